// Four lanes of float32, and the few operations everything in this library is written with.
//
// Three backends give the same bits: WebAssembly simd128, SSE2 (every x86-64 has it; nothing newer is used) and plain
// C++ for any other machine, which -DMDN_SIMD_PORTABLE forces. There is no fused multiply-add in any of them, on
// purpose, and the compiler must not make one up: build with -ffp-contract=off, never with -ffast-math.
//
//   F4  float32 x 4      load store splat set first + - * / negate abs min max sqrt round select < ==
//   I4  int32 x 4        load_int store splat_int to_float + - & | shl sar; masks are all ones or all zeros
//   S8  int16 x 8        load load_bytes splat_short splat_pair sar dot narrow store
//
// min(a, b) is b < a ? b : a and max(a, b) is a < b ? b : a, as wasm's pmin and pmax: a NaN in a stays, a NaN in b is
// passed over. Comparisons with NaN are false.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bits.h"
#include "base/inlining.h"

#if defined(__FAST_MATH__)
#error "-ffast-math changes results beyond rounding (exp(-0.2) became 1): build without it"
#endif

#if defined(MDN_SIMD_PORTABLE)
#include <cmath>
#elif defined(__wasm_simd128__)
#define MDN_SIMD_WASM
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#define MDN_SIMD_SSE2
#include <emmintrin.h>
#else
#define MDN_SIMD_PORTABLE
#include <cmath>
#endif

namespace mdn::simd {

#if defined(MDN_SIMD_WASM)

inline constexpr const char* kBackend = "wasm";

struct F4 {
  v128_t v;
};
struct I4 {
  v128_t v;
};
struct S8 {
  v128_t v;
};

MDN_INLINE F4 load(const float* p) { return {wasm_v128_load(p)}; }
MDN_INLINE void store(float* p, F4 a) { wasm_v128_store(p, a.v); }
MDN_INLINE F4 splat(float x) { return {wasm_f32x4_splat(x)}; }
MDN_INLINE F4 set(float a, float b, float c, float d) { return {wasm_f32x4_make(a, b, c, d)}; }
MDN_INLINE float first(F4 a) { return wasm_f32x4_extract_lane(a.v, 0); }
MDN_INLINE F4 operator+(F4 a, F4 b) { return {wasm_f32x4_add(a.v, b.v)}; }
MDN_INLINE F4 operator-(F4 a, F4 b) { return {wasm_f32x4_sub(a.v, b.v)}; }
MDN_INLINE F4 operator*(F4 a, F4 b) { return {wasm_f32x4_mul(a.v, b.v)}; }
MDN_INLINE F4 operator/(F4 a, F4 b) { return {wasm_f32x4_div(a.v, b.v)}; }
MDN_INLINE F4 operator-(F4 a) { return {wasm_f32x4_neg(a.v)}; }
MDN_INLINE F4 abs(F4 a) { return {wasm_f32x4_abs(a.v)}; }
MDN_INLINE F4 sqrt(F4 a) { return {wasm_f32x4_sqrt(a.v)}; }
MDN_INLINE F4 min(F4 a, F4 b) { return {wasm_f32x4_pmin(a.v, b.v)}; }
MDN_INLINE F4 max(F4 a, F4 b) { return {wasm_f32x4_pmax(a.v, b.v)}; }
MDN_INLINE I4 operator<(F4 a, F4 b) { return {wasm_f32x4_lt(a.v, b.v)}; }
MDN_INLINE I4 operator==(F4 a, F4 b) { return {wasm_f32x4_eq(a.v, b.v)}; }
MDN_INLINE F4 select(I4 mask, F4 yes, F4 no) { return {wasm_v128_bitselect(yes.v, no.v, mask.v)}; }
MDN_INLINE I4 as_int(F4 a) { return {a.v}; }
MDN_INLINE F4 as_float(I4 a) { return {a.v}; }

MDN_INLINE I4 load_int(const std::int32_t* p) { return {wasm_v128_load(p)}; }
MDN_INLINE void store(std::int32_t* p, I4 a) { wasm_v128_store(p, a.v); }
MDN_INLINE I4 splat_int(std::int32_t x) { return {wasm_i32x4_splat(x)}; }
MDN_INLINE F4 to_float(I4 a) { return {wasm_f32x4_convert_i32x4(a.v)}; }
MDN_INLINE I4 operator+(I4 a, I4 b) { return {wasm_i32x4_add(a.v, b.v)}; }
MDN_INLINE I4 operator-(I4 a, I4 b) { return {wasm_i32x4_sub(a.v, b.v)}; }
MDN_INLINE I4 operator&(I4 a, I4 b) { return {wasm_v128_and(a.v, b.v)}; }
MDN_INLINE I4 operator|(I4 a, I4 b) { return {wasm_v128_or(a.v, b.v)}; }
template <int n>
MDN_INLINE I4 shl(I4 a) {
  return {wasm_i32x4_shl(a.v, n)};
}
template <int n>
MDN_INLINE I4 sar(I4 a) {
  return {wasm_i32x4_shr(a.v, n)};
}

MDN_INLINE S8 load(const std::int16_t* p) { return {wasm_v128_load(p)}; }
MDN_INLINE S8 load_bytes(const std::int8_t* p) { return {wasm_v128_load(p)}; }
MDN_INLINE S8 splat_short(std::int16_t x) { return {wasm_i16x8_splat(x)}; }
template <int n>
MDN_INLINE S8 sar(S8 a) {
  return {wasm_i16x8_shr(a.v, n)};
}
MDN_INLINE S8 splat_pair(const std::int16_t* p) { return {wasm_v128_load32_splat(p)}; }
MDN_INLINE I4 dot(S8 a, S8 b) { return {wasm_i32x4_dot_i16x8(a.v, b.v)}; }
MDN_INLINE S8 narrow(I4 low, I4 high) { return {wasm_i16x8_narrow_i32x4(low.v, high.v)}; }
MDN_INLINE void store(std::int16_t* p, S8 a) { wasm_v128_store(p, a.v); }

#elif defined(MDN_SIMD_SSE2)

inline constexpr const char* kBackend = "sse2";

struct F4 {
  __m128 v;
};
struct I4 {
  __m128i v;
};
struct S8 {
  __m128i v;
};

MDN_INLINE F4 load(const float* p) { return {_mm_loadu_ps(p)}; }
MDN_INLINE void store(float* p, F4 a) { _mm_storeu_ps(p, a.v); }
MDN_INLINE F4 splat(float x) { return {_mm_set1_ps(x)}; }
MDN_INLINE F4 set(float a, float b, float c, float d) { return {_mm_setr_ps(a, b, c, d)}; }
MDN_INLINE float first(F4 a) { return _mm_cvtss_f32(a.v); }
MDN_INLINE F4 operator+(F4 a, F4 b) { return {_mm_add_ps(a.v, b.v)}; }
MDN_INLINE F4 operator-(F4 a, F4 b) { return {_mm_sub_ps(a.v, b.v)}; }
MDN_INLINE F4 operator*(F4 a, F4 b) { return {_mm_mul_ps(a.v, b.v)}; }
MDN_INLINE F4 operator/(F4 a, F4 b) { return {_mm_div_ps(a.v, b.v)}; }
MDN_INLINE F4 operator-(F4 a) { return {_mm_xor_ps(a.v, _mm_set1_ps(-0.0f))}; }
MDN_INLINE F4 abs(F4 a) { return {_mm_andnot_ps(_mm_set1_ps(-0.0f), a.v)}; }
MDN_INLINE F4 sqrt(F4 a) { return {_mm_sqrt_ps(a.v)}; }
MDN_INLINE F4 min(F4 a, F4 b) {
  return {_mm_min_ps(b.v, a.v)};
}  // minps answers its second operand unless the first is less
MDN_INLINE F4 max(F4 a, F4 b) { return {_mm_max_ps(b.v, a.v)}; }
MDN_INLINE I4 operator<(F4 a, F4 b) { return {_mm_castps_si128(_mm_cmplt_ps(a.v, b.v))}; }
MDN_INLINE I4 operator==(F4 a, F4 b) { return {_mm_castps_si128(_mm_cmpeq_ps(a.v, b.v))}; }
MDN_INLINE F4 select(I4 mask, F4 yes, F4 no) {
  const __m128 m = _mm_castsi128_ps(mask.v);
  return {_mm_or_ps(_mm_and_ps(m, yes.v), _mm_andnot_ps(m, no.v))};
}
MDN_INLINE I4 as_int(F4 a) { return {_mm_castps_si128(a.v)}; }
MDN_INLINE F4 as_float(I4 a) { return {_mm_castsi128_ps(a.v)}; }

MDN_INLINE I4 load_int(const std::int32_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
MDN_INLINE void store(std::int32_t* p, I4 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }
MDN_INLINE I4 splat_int(std::int32_t x) { return {_mm_set1_epi32(x)}; }
MDN_INLINE F4 to_float(I4 a) { return {_mm_cvtepi32_ps(a.v)}; }
MDN_INLINE I4 operator+(I4 a, I4 b) { return {_mm_add_epi32(a.v, b.v)}; }
MDN_INLINE I4 operator-(I4 a, I4 b) { return {_mm_sub_epi32(a.v, b.v)}; }
MDN_INLINE I4 operator&(I4 a, I4 b) { return {_mm_and_si128(a.v, b.v)}; }
MDN_INLINE I4 operator|(I4 a, I4 b) { return {_mm_or_si128(a.v, b.v)}; }
template <int n>
MDN_INLINE I4 shl(I4 a) {
  return {_mm_slli_epi32(a.v, n)};
}
template <int n>
MDN_INLINE I4 sar(I4 a) {
  return {_mm_srai_epi32(a.v, n)};
}

MDN_INLINE S8 load(const std::int16_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
MDN_INLINE S8 load_bytes(const std::int8_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
MDN_INLINE S8 splat_short(std::int16_t x) { return {_mm_set1_epi16(x)}; }
template <int n>
MDN_INLINE S8 sar(S8 a) {
  return {_mm_srai_epi16(a.v, n)};
}
MDN_INLINE S8 splat_pair(const std::int16_t* p) {
  std::int32_t pair;
  std::memcpy(&pair, p, sizeof pair);
  return {_mm_set1_epi32(pair)};
}
MDN_INLINE I4 dot(S8 a, S8 b) { return {_mm_madd_epi16(a.v, b.v)}; }
MDN_INLINE S8 narrow(I4 low, I4 high) { return {_mm_packs_epi32(low.v, high.v)}; }
MDN_INLINE void store(std::int16_t* p, S8 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }

#else

inline constexpr const char* kBackend = "portable";

struct alignas(16) F4 {
  float v[4];
};
struct alignas(16) I4 {
  std::int32_t v[4];
};
struct alignas(16) S8 {
  std::int16_t v[8];
};

namespace portable {
// One lambda for each lane: what the operations below are.
template <class Vector, class Lane>
MDN_INLINE Vector each(Lane lane) {
  return {{lane(0), lane(1), lane(2), lane(3)}};
}
// Integers wrap around as they do in vectors.
MDN_INLINE std::int32_t wrap(std::uint32_t x) { return static_cast<std::int32_t>(x); }
MDN_INLINE std::uint32_t bits(std::int32_t x) { return static_cast<std::uint32_t>(x); }
}  // namespace portable

MDN_INLINE F4 load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
MDN_INLINE void store(float* p, F4 a) { std::memcpy(p, a.v, sizeof a.v); }
MDN_INLINE F4 splat(float x) { return {{x, x, x, x}}; }
MDN_INLINE F4 set(float a, float b, float c, float d) { return {{a, b, c, d}}; }
MDN_INLINE float first(F4 a) { return a.v[0]; }
MDN_INLINE F4 operator+(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] + b.v[i]; });
}
MDN_INLINE F4 operator-(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] - b.v[i]; });
}
MDN_INLINE F4 operator*(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] * b.v[i]; });
}
MDN_INLINE F4 operator/(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] / b.v[i]; });
}
MDN_INLINE F4 operator-(F4 a) {
  return portable::each<F4>([&](int i) { return -a.v[i]; });
}
MDN_INLINE F4 abs(F4 a) {
  return portable::each<F4>([&](int i) { return __builtin_fabsf(a.v[i]); });
}
MDN_INLINE F4 sqrt(F4 a) {  // IEEE 754 rounds square roots correctly: the one function that is the same everywhere
  return portable::each<F4>([&](int i) { return std::sqrt(a.v[i]); });
}
MDN_INLINE F4 min(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return b.v[i] < a.v[i] ? b.v[i] : a.v[i]; });
}
MDN_INLINE F4 max(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] < b.v[i] ? b.v[i] : a.v[i]; });
}
MDN_INLINE I4 operator<(F4 a, F4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] < b.v[i] ? -1 : 0; });
}
MDN_INLINE I4 operator==(F4 a, F4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] == b.v[i] ? -1 : 0; });
}
MDN_INLINE F4 select(I4 mask, F4 yes, F4 no) {
  return portable::each<F4>([&](int i) { return mask.v[i] != 0 ? yes.v[i] : no.v[i]; });
}
MDN_INLINE I4 as_int(F4 a) { return bit_cast<I4>(a); }
MDN_INLINE F4 as_float(I4 a) { return bit_cast<F4>(a); }

MDN_INLINE I4 load_int(const std::int32_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
MDN_INLINE void store(std::int32_t* p, I4 a) { std::memcpy(p, a.v, sizeof a.v); }
MDN_INLINE I4 splat_int(std::int32_t x) { return {{x, x, x, x}}; }
MDN_INLINE F4 to_float(I4 a) {
  return portable::each<F4>([&](int i) { return static_cast<float>(a.v[i]); });
}
MDN_INLINE I4 operator+(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) + portable::bits(b.v[i])); });
}
MDN_INLINE I4 operator-(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) - portable::bits(b.v[i])); });
}
MDN_INLINE I4 operator&(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] & b.v[i]; });
}
MDN_INLINE I4 operator|(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] | b.v[i]; });
}
template <int n>
MDN_INLINE I4 shl(I4 a) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) << n); });
}
template <int n>
MDN_INLINE I4 sar(I4 a) {
  return portable::each<I4>([&](int i) { return a.v[i] >> n; });
}

MDN_INLINE S8 load(const std::int16_t* p) { return {{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}}; }
MDN_INLINE S8 load_bytes(const std::int8_t* p) {  // little-endian, as wasm and x86 read memory
  S8 out;
  for (int i = 0; i < 8; ++i)
    out.v[i] = static_cast<std::int16_t>(p[2 * i + 1] * 256 + static_cast<std::uint8_t>(p[2 * i]));
  return out;
}
MDN_INLINE S8 splat_short(std::int16_t x) { return {{x, x, x, x, x, x, x, x}}; }
template <int n>
MDN_INLINE S8 sar(S8 a) {
  for (std::int16_t& lane : a.v) lane = static_cast<std::int16_t>(lane >> n);
  return a;
}
MDN_INLINE S8 splat_pair(const std::int16_t* p) { return {{p[0], p[1], p[0], p[1], p[0], p[1], p[0], p[1]}}; }
MDN_INLINE I4 dot(S8 a, S8 b) {
  return portable::each<I4>([&](int i) {
    return portable::wrap(portable::bits(a.v[2 * i] * b.v[2 * i]) + portable::bits(a.v[2 * i + 1] * b.v[2 * i + 1]));
  });
}
MDN_INLINE S8 narrow(I4 low, I4 high) {
  S8 out;
  for (int i = 0; i < 8; ++i) {
    const std::int32_t x = i < 4 ? low.v[i] : high.v[i - 4];
    out.v[i] = static_cast<std::int16_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
  }
  return out;
}
MDN_INLINE void store(std::int16_t* p, S8 a) { std::memcpy(p, a.v, sizeof a.v); }

#endif

// Adding 1.5 * 2^23 rounds half to even and leaves the integer in the low bits of the sum: exact for |x| < 2^22, and
// cheaper than any conversion (wasm's trunc_sat is several instructions on x86).
inline constexpr float kRounder = 0x1.8p23f;

MDN_INLINE F4 round(F4 a) { return (a + splat(kRounder)) - splat(kRounder); }

// The first n lanes (0 <= n <= 4) of an array, `fill` in the others; and the first n lanes back.
// Lane by lane in registers: a vector read from four stores just made waits until all have reached the cache.
inline F4 load_part(const float* p, int n, float fill) {
  return set(n > 0 ? p[0] : fill, n > 1 ? p[1] : fill, n > 2 ? p[2] : fill, n > 3 ? p[3] : fill);
}
inline void store_part(float* p, F4 a, int n) {
  float lanes[4];
  store(lanes, a);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

}  // namespace mdn::simd
