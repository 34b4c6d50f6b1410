// The device layer: W lanes of float and int, masks as ints of all ones or zeros. It alone uses intrinsics.
// Every operation is exactly rounded or integer, so each width gives the bits of width 1.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__SSE4_2__) && !defined(__CUDACC__)
#include <immintrin.h>
#endif

#if defined(__CUDACC__)
#define AR_FN __host__ __device__ __forceinline__
#else
#define AR_FN inline __attribute__((always_inline))
#endif
#if !defined(ISA_NS) || !defined(ISA_W)
#error "ISA_NS names the namespace of this instruction set, ISA_W its lanes"
#endif

namespace ISA_NS {

/** Weights of the 14-bit blend along x. */
constexpr int kBlendOne = 16384;

template <int W>
struct Lanes;

template <>
struct Lanes<1> {
  using F = float;
  using I = int32_t;
  static AR_FN F splat(float v) { return v; }
  static AR_FN I splat(int v) { return v; }
  static AR_FN F load(const float* p) { return *p; }
  static AR_FN void store(float* p, F v) { *p = v; }
  static AR_FN void store(int32_t* p, I v) { *p = v; }
  static AR_FN I lt(F a, F b) { return a < b ? -1 : 0; }
  static AR_FN I le(F a, F b) { return a <= b ? -1 : 0; }
  static AR_FN I gt(I a, I b) { return a > b ? -1 : 0; }
  static AR_FN F select(I m, F a, F b) { return m ? a : b; }
  static AR_FN I select(I m, I a, I b) { return m ? a : b; }
  // `a < b ? a : b`, as minps does: the second operand where one is not a number.
  static AR_FN F min(F a, F b) { return a < b ? a : b; }
  static AR_FN F max(F a, F b) { return a > b ? a : b; }
  static AR_FN I min(I a, I b) { return a < b ? a : b; }
  static AR_FN I max(I a, I b) { return a > b ? a : b; }
  static AR_FN F sqrt(F a) { return __builtin_sqrtf(a); }
  static AR_FN F floor(F a) { return __builtin_floorf(a); }
  /** Truncation; callers keep the argument within +-2^30. */
  static AR_FN I toInt(F a) { return static_cast<int32_t>(a); }
  static AR_FN F toFloat(I a) { return static_cast<float>(a); }
  static AR_FN F bits(I a) {
    F f;
    std::memcpy(&f, &a, 4);
    return f;
  }
  static AR_FN I bits(F a) {
    I f;
    std::memcpy(&f, &a, 4);
    return f;
  }
  static AR_FN bool any(I m) { return m != 0; }
  static AR_FN bool all(I m) { return m != 0; }
  static AR_FN F gather(const float* p, I i) { return p[i]; }
  static AR_FN I gather(const int32_t* p, I i) { return p[i]; }
  static AR_FN I gatherByte(const uint8_t* p, I i) { return p[i]; }
  /** Two neighbours along x in one word: the lower index in the lower half. */
  static AR_FN I gatherPair(const int16_t* p, I i) {
    return static_cast<int32_t>(static_cast<uint16_t>(p[i]) | (static_cast<uint32_t>(static_cast<uint16_t>(p[i + 1])) << 16));
  }
  static AR_FN I low16(I a) { return static_cast<int16_t>(a & 0xffff); }
  static AR_FN I high16(I a) { return a >> 16; }
  static AR_FN I blend(I pair, I weights) { return low16(pair) * low16(weights) + high16(pair) * high16(weights); }
  /** Not zero where one half of the pair equals that of `value`. */
  static AR_FN I sameHalf(I pair, I value) {
    return ((pair ^ value) & 0xffff) == 0 || (static_cast<uint32_t>(pair ^ value) >> 16) == 0 ? -1 : 0;
  }
  static AR_FN I notZero(I a) { return a != 0 ? -1 : 0; }
  /** CUDA hides latency by itself; the single lane stays plain. */
  static constexpr bool kFetchesAhead = false;
};

#if !defined(__CUDACC__) && ISA_W > 1
// Vectors of GCC and Clang: arithmetic, comparison and shifts are the compiler's.
template <>
struct Lanes<ISA_W> {
  static constexpr int W = ISA_W;
  typedef float F __attribute__((vector_size(W * 4)));
  typedef int32_t I __attribute__((vector_size(W * 4)));
  typedef uint32_t U __attribute__((vector_size(W * 4)));
  static AR_FN F splat(float v) { return F{} + v; }
  static AR_FN I splat(int v) { return I{} + v; }
  static AR_FN F load(const float* p) {
    F v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static AR_FN void store(float* p, F v) { std::memcpy(p, &v, sizeof v); }
  static AR_FN void store(int32_t* p, I v) { std::memcpy(p, &v, sizeof v); }
  static AR_FN I lt(F a, F b) { return a < b; }
  static AR_FN I le(F a, F b) { return a <= b; }
  static AR_FN I gt(I a, I b) { return a > b; }
  static AR_FN F bits(I a) { return reinterpret_cast<F>(a); }
  static AR_FN I bits(F a) { return reinterpret_cast<I>(a); }
  static AR_FN I select(I m, I a, I b) {
#if ISA_W == 8 && defined(__AVX2__)
    return (I)_mm256_blendv_epi8((__m256i)b, (__m256i)a, (__m256i)m);
#else
    return (a & m) | (b & ~m);
#endif
  }
  static AR_FN F select(I m, F a, F b) {
#if ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#else
    return bits(select(m, bits(a), bits(b)));
#endif
  }
  static AR_FN F min(F a, F b) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (F)_mm512_min_ps((__m512)a, (__m512)b);
#elif ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_min_ps((__m256)a, (__m256)b);
#elif ISA_W == 4 && defined(__SSE4_2__)
    return (F)_mm_min_ps((__m128)a, (__m128)b);
#else
    return select(a < b, a, b);
#endif
  }
  static AR_FN F max(F a, F b) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (F)_mm512_max_ps((__m512)a, (__m512)b);
#elif ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_max_ps((__m256)a, (__m256)b);
#elif ISA_W == 4 && defined(__SSE4_2__)
    return (F)_mm_max_ps((__m128)a, (__m128)b);
#else
    return select(a > b, a, b);
#endif
  }
  static AR_FN I min(I a, I b) { return select(a < b, a, b); }
  static AR_FN I max(I a, I b) { return select(a > b, a, b); }
  static AR_FN F sqrt(F a) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (F)_mm512_sqrt_ps((__m512)a);
#elif ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_sqrt_ps((__m256)a);
#elif ISA_W == 4 && defined(__SSE4_2__)
    return (F)_mm_sqrt_ps((__m128)a);
#else
    F r;
    for (int k = 0; k < W; k++) r[k] = __builtin_sqrtf(a[k]);
    return r;
#endif
  }
  static AR_FN F floor(F a) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (F)_mm512_roundscale_ps((__m512)a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#elif ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_floor_ps((__m256)a);
#elif ISA_W == 4 && defined(__SSE4_2__)
    return (F)_mm_floor_ps((__m128)a);
#else
    F r;
    for (int k = 0; k < W; k++) r[k] = __builtin_floorf(a[k]);
    return r;
#endif
  }
  static AR_FN I toInt(F a) { return __builtin_convertvector(a, I); }
  static AR_FN F toFloat(I a) { return __builtin_convertvector(a, F); }
  /** One bit per lane of a mask. */
  static AR_FN unsigned bitsOf(I m) {
#if ISA_W == 16 && defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)m);
#elif ISA_W == 8 && defined(__AVX2__)
    return static_cast<unsigned>(_mm256_movemask_ps((__m256)m));
#elif ISA_W == 4 && defined(__SSE4_2__)
    return static_cast<unsigned>(_mm_movemask_ps((__m128)m));
#else
    unsigned bits = 0;
    for (int k = 0; k < W; k++) bits |= (m[k] != 0 ? 1u : 0u) << k;
    return bits;
#endif
  }
  static AR_FN bool any(I m) { return bitsOf(m) != 0; }
  static AR_FN bool all(I m) { return !any(~m); }
  static AR_FN F gather(const float* p, I i) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (F)_mm512_i32gather_ps((__m512i)i, p, 4);
#elif ISA_W == 8 && defined(__AVX2__)
    return (F)_mm256_i32gather_ps(p, (__m256i)i, 4);
#else
    F r;
    for (int k = 0; k < W; k++) r[k] = p[i[k]];
    return r;
#endif
  }
  static AR_FN I gather(const int32_t* p, I i) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (I)_mm512_i32gather_epi32((__m512i)i, p, 4);
#elif ISA_W == 8 && defined(__AVX2__)
    return (I)_mm256_i32gather_epi32(p, (__m256i)i, 4);
#else
    I r;
    for (int k = 0; k < W; k++) r[k] = p[i[k]];
    return r;
#endif
  }
  /** Reads whole words: three bytes past the last one must be there. */
  static AR_FN I gatherByte(const uint8_t* p, I i) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (I)_mm512_i32gather_epi32((__m512i)i, reinterpret_cast<const int*>(p), 1) & 0xff;
#elif ISA_W == 8 && defined(__AVX2__)
    return (I)_mm256_i32gather_epi32(reinterpret_cast<const int*>(p), (__m256i)i, 1) & 0xff;
#else
    I r;
    for (int k = 0; k < W; k++) r[k] = p[i[k]];
    return r;
#endif
  }
  static AR_FN I gatherPair(const int16_t* p, I i) {
#if ISA_W == 16 && defined(__AVX512F__)
    return (I)_mm512_i32gather_epi32((__m512i)i, reinterpret_cast<const int*>(p), 2);
#elif ISA_W == 8 && defined(__AVX2__)
    return (I)_mm256_i32gather_epi32(reinterpret_cast<const int*>(p), (__m256i)i, 2);
#else
    I r;
    for (int k = 0; k < W; k++) {
      int32_t word;
      std::memcpy(&word, p + i[k], 4);
      r[k] = word;
    }
    return r;
#endif
  }
  /** The pairs at W places that no other lane has to find: plain loads, cheaper than a gather. */
  static AR_FN I loadPairs(const int16_t* p, const int32_t* at) {
    I r;
    for (int k = 0; k < W; k++) {
      int32_t word;
      std::memcpy(&word, p + at[k], 4);
      r[k] = word;
    }
    return r;
  }
  static AR_FN I low16(I a) { return (I)((U)a << 16) >> 16; }
  static AR_FN I high16(I a) { return a >> 16; }
  static AR_FN I blend(I pair, I weights) {
#if ISA_W == 16 && defined(__AVX512BW__)
    return (I)_mm512_madd_epi16((__m512i)pair, (__m512i)weights);
#elif ISA_W == 8 && defined(__AVX2__)
    return (I)_mm256_madd_epi16((__m256i)pair, (__m256i)weights);
#elif ISA_W == 4 && defined(__SSE4_2__)
    return (I)_mm_madd_epi16((__m128i)pair, (__m128i)weights);
#else
    return low16(pair) * low16(weights) + high16(pair) * high16(weights);
#endif
  }
  static AR_FN I sameHalf(I pair, I value) {
    const I x = pair ^ value;
    return ((x & 0xffff) == 0) | ((I)((U)x >> 16) == 0);
  }
  static AR_FN I notZero(I a) { return a != 0; }
  static constexpr bool kFetchesAhead = true;
  template <class Value>
  static AR_FN void prefetch(const Value* p, I i) {
    int32_t index[W];
    std::memcpy(index, &i, sizeof index);
    for (int k = 0; k < W; k++) __builtin_prefetch(p + index[k]);
  }
};
#endif

/** e^-x for x >= 0, relative error below 2e-7; 0 beyond 80. Own arithmetic: the same bits at every width. */
template <int W>
AR_FN typename Lanes<W>::F expNegative(typename Lanes<W>::F x) {
  using L = Lanes<W>;
  using F = typename L::F;
  // e^-x = 2^-n * e^r with |r| <= ln2/2, ln2 in two parts (Cody and Waite), Taylor to the 6th power.
  const F clamped = L::min(x, L::splat(80.0f));
  const F n = L::floor(clamped * 1.44269504f + 0.5f);
  const F r = (n * 0.693359375f - clamped) - n * 2.12194440e-4f;
  F p = r * (1.0f / 720.0f) + (1.0f / 120.0f);
  p = p * r + (1.0f / 24.0f);
  p = p * r + (1.0f / 6.0f);
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const auto scale = L::bits((127 - L::toInt(n)) << 23);
  return L::select(L::lt(x, L::splat(80.0f)), p * scale, L::splat(0.0f));
}

}  // namespace ISA_NS
