{
  # One kernel source, compiled once per instruction set; the addon picks a table when it is loaded.
  "variables": {
    "kernel_flags": ["-std=c++20", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden", "-Wall", "-Wextra"],
    "openh264": "<!(echo '#include <wels/codec_api.h>' | ${CXX:-c++} -E -x c++ - >/dev/null 2>&1 && echo 1 || echo 0)",
    "api_flags": ["-std=c++20", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra"],
  },
  "target_defaults": {
    "cflags_cc!": ["-std=gnu++20", "-std=gnu++17", "-O3"],
    "cflags": ["-fPIC"],
  },
  "targets": [
    {
      "target_name": "kernels_scalar",
      "type": "static_library",
      "sources": ["backends/isa.cc"],
      "defines": ["ISA_NS=scalar", "ISA_W=1"],
      "cflags_cc": ["<@(kernel_flags)"],
    },
    {
      "target_name": "anteroom",
      "sources": [
        "api/addon.cc", "api/env.cc", "api/march.cc", "api/objects.cc", "api/pool.cc", "api/prepare.cc", "api/values.cc",
        "backends/choose.cc", "backends/cuda.cc", "engine/eye.cc", "engine/grid.cc", "engine/look.cc", "engine/picture.cc",
      ],
      "cflags_cc": ["<@(api_flags)"],
      "dependencies": ["kernels_scalar"],
      "libraries": ["-ldl"],
      "conditions": [
        ["target_arch=='x64'", {
          "dependencies": ["kernels_sse42", "kernels_avx2", "kernels_avx512"],
          "defines": ["ANTEROOM_X86"],
        }],
        ["target_arch=='arm64'", {
          "dependencies": ["kernels_neon"],
          "defines": ["ANTEROOM_ARM"],
        }],
      ],
    },
  ],
  "conditions": [
    # H.264 by openh264, an addon of its own: its absence is no failure, the stream then takes another encoder.
    ["openh264==1", {
      "targets": [
        {
          "target_name": "anteroom_h264",
          "sources": ["encode/h264.cc"],
          "cflags_cc": ["<@(api_flags)"],
          "libraries": ["-lopenh264"],
        },
      ],
    }],
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_sse42",
          "type": "static_library",
          "sources": ["backends/isa.cc"],
          "defines": ["ISA_NS=sse42", "ISA_W=4"],
          "cflags_cc": ["<@(kernel_flags)", "-msse4.2"],
        },
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["backends/isa.cc"],
          "defines": ["ISA_NS=avx2", "ISA_W=8"],
          "cflags_cc": ["<@(kernel_flags)", "-mavx2", "-mfma"],
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["backends/isa.cc"],
          "defines": ["ISA_NS=avx512", "ISA_W=16"],
          "cflags_cc": ["<@(kernel_flags)", "-Wno-maybe-uninitialized", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"],
        },
      ],
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernels_neon",
          "type": "static_library",
          "sources": ["backends/isa.cc"],
          "defines": ["ISA_NS=neon", "ISA_W=4"],
          "cflags_cc": ["<@(kernel_flags)"],
        },
      ],
    }],
  ],
}
