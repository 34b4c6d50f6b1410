#!/bin/sh
# Builds and runs the kernels' truths without Node: needs a C++20 compiler, and nvcc where CUDA is to be tested.
#   native/truth/build.sh [OUTPUT FOLDER]
set -e
here=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$here/build/truth}
mkdir -p "$out"
cxx=${CXX:-c++}
kernel="-std=c++20 -O3 -ffp-contract=off -fno-math-errno -fvisibility=hidden -Wno-maybe-uninitialized"
isa() { name=$1 width=$2; shift 2; $cxx $kernel "-DISA_NS=$name" "-DISA_W=$width" "$@" -c "$here/backends/isa.cc" -o "$out/$name.o"; objects="$objects $out/$name.o"; }
objects= cuda=
isa scalar 1
case $(uname -m) in
  x86_64)
    define=-DANTEROOM_X86
    isa sse42 4 -msse4.2
    isa avx2 8 -mavx2 -mfma
    isa avx512 16 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma ;;
  aarch64 | arm64) define=-DANTEROOM_ARM; isa neon 4 ;;
  *) define= ;;
esac
if command -v nvcc >/dev/null 2>&1; then
  # In the background: it takes as long as all else together.
  nvcc -O3 -std=c++20 --fmad=false --expt-relaxed-constexpr -Xcompiler -fPIC -cudart static -shared \
    -gencode=arch=compute_75,code=sm_75 -gencode=arch=compute_80,code=sm_80 -gencode=arch=compute_90,code=sm_90 \
    -gencode=arch=compute_90,code=compute_90 -o "$out/anteroom_cuda.so" "$here/backends/cuda.cu" &
  cuda=$!
else
  echo "nvcc is not here: CUDA is not tested"
fi
# The CUDA library's own code on plain memory, watched for every byte beyond: in a folder of its own, for it has the
# same name.
mkdir -p "$out/on-host"
watched="-fsanitize=address,undefined -fno-sanitize-recover=all"
echo "int main() {}" | $cxx $watched -x c++ - -o "$out/on-host/try" 2>/dev/null || watched=
$cxx $kernel $watched -fPIC -shared -x c++ -include "$here/truth/cuda_on_host.h" "$here/backends/cuda.cu" -o "$out/on-host/anteroom_cuda.so"
$cxx -std=c++20 -O2 $define "$here/truth/truth.cc" "$here"/backends/choose.cc "$here"/backends/cuda.cc "$here"/engine/*.cc $objects -ldl -o "$out/truth"
$cxx -std=c++20 -O2 $watched $define "$here/truth/truth.cc" "$here"/backends/choose.cc "$here"/backends/cuda.cc "$here"/engine/*.cc $objects -ldl -o "$out/on-host/truth"
if [ "$cuda" ]; then wait "$cuda"; fi
# dladdr finds the CUDA library beside the program by the path that it was started with.
"$out/on-host/truth" cuda
exec "$out/truth"
