// Four lanes of float32, and the few operations everything in this library is written with.
//
// Three backends give the same bits: WebAssembly simd128, SSE2 (every x86-64 has it; nothing newer is used) and plain
// C++ for any other machine, which -DMDN_SIMD_PORTABLE forces. There is no fused multiply-add in any of them, on
// purpose, and the compiler must not make one up: build with -ffp-contract=off, never with -ffast-math.
//
//   F4  float32 x 4      load store splat first + - * / negate abs min max sqrt round select < ==
//   I4  int32 x 4        load_int store splat_int to_float + - & | shl sar; masks are all ones or all zeros
//   S8  int16 x 8        load load_bytes splat_short splat_pair sar dot narrow store
//
// min(a, b) is b < a ? b : a and max(a, b) is a < b ? b : a, as wasm's pmin and pmax: a NaN in a stays, a NaN in b is
// passed over. Comparisons with NaN are false.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bits.h"

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

inline F4 load(const float* p) { return {wasm_v128_load(p)}; }
inline void store(float* p, F4 a) { wasm_v128_store(p, a.v); }
inline F4 splat(float x) { return {wasm_f32x4_splat(x)}; }
inline float first(F4 a) { return wasm_f32x4_extract_lane(a.v, 0); }
inline F4 operator+(F4 a, F4 b) { return {wasm_f32x4_add(a.v, b.v)}; }
inline F4 operator-(F4 a, F4 b) { return {wasm_f32x4_sub(a.v, b.v)}; }
inline F4 operator*(F4 a, F4 b) { return {wasm_f32x4_mul(a.v, b.v)}; }
inline F4 operator/(F4 a, F4 b) { return {wasm_f32x4_div(a.v, b.v)}; }
inline F4 operator-(F4 a) { return {wasm_f32x4_neg(a.v)}; }
inline F4 abs(F4 a) { return {wasm_f32x4_abs(a.v)}; }
inline F4 sqrt(F4 a) { return {wasm_f32x4_sqrt(a.v)}; }
inline F4 min(F4 a, F4 b) { return {wasm_f32x4_pmin(a.v, b.v)}; }
inline F4 max(F4 a, F4 b) { return {wasm_f32x4_pmax(a.v, b.v)}; }
inline I4 operator<(F4 a, F4 b) { return {wasm_f32x4_lt(a.v, b.v)}; }
inline I4 operator==(F4 a, F4 b) { return {wasm_f32x4_eq(a.v, b.v)}; }
inline F4 select(I4 mask, F4 yes, F4 no) { return {wasm_v128_bitselect(yes.v, no.v, mask.v)}; }
inline I4 as_int(F4 a) { return {a.v}; }
inline F4 as_float(I4 a) { return {a.v}; }

inline I4 load_int(const std::int32_t* p) { return {wasm_v128_load(p)}; }
inline void store(std::int32_t* p, I4 a) { wasm_v128_store(p, a.v); }
inline I4 splat_int(std::int32_t x) { return {wasm_i32x4_splat(x)}; }
inline F4 to_float(I4 a) { return {wasm_f32x4_convert_i32x4(a.v)}; }
inline I4 operator+(I4 a, I4 b) { return {wasm_i32x4_add(a.v, b.v)}; }
inline I4 operator-(I4 a, I4 b) { return {wasm_i32x4_sub(a.v, b.v)}; }
inline I4 operator&(I4 a, I4 b) { return {wasm_v128_and(a.v, b.v)}; }
inline I4 operator|(I4 a, I4 b) { return {wasm_v128_or(a.v, b.v)}; }
template <int n>
inline I4 shl(I4 a) {
  return {wasm_i32x4_shl(a.v, n)};
}
template <int n>
inline I4 sar(I4 a) {
  return {wasm_i32x4_shr(a.v, n)};
}

inline S8 load(const std::int16_t* p) { return {wasm_v128_load(p)}; }
inline S8 load_bytes(const std::int8_t* p) { return {wasm_v128_load(p)}; }
inline S8 splat_short(std::int16_t x) { return {wasm_i16x8_splat(x)}; }
template <int n>
inline S8 sar(S8 a) {
  return {wasm_i16x8_shr(a.v, n)};
}
inline S8 splat_pair(const std::int16_t* p) { return {wasm_v128_load32_splat(p)}; }
inline I4 dot(S8 a, S8 b) { return {wasm_i32x4_dot_i16x8(a.v, b.v)}; }
inline S8 narrow(I4 low, I4 high) { return {wasm_i16x8_narrow_i32x4(low.v, high.v)}; }
inline void store(std::int16_t* p, S8 a) { wasm_v128_store(p, a.v); }

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

inline F4 load(const float* p) { return {_mm_loadu_ps(p)}; }
inline void store(float* p, F4 a) { _mm_storeu_ps(p, a.v); }
inline F4 splat(float x) { return {_mm_set1_ps(x)}; }
inline float first(F4 a) { return _mm_cvtss_f32(a.v); }
inline F4 operator+(F4 a, F4 b) { return {_mm_add_ps(a.v, b.v)}; }
inline F4 operator-(F4 a, F4 b) { return {_mm_sub_ps(a.v, b.v)}; }
inline F4 operator*(F4 a, F4 b) { return {_mm_mul_ps(a.v, b.v)}; }
inline F4 operator/(F4 a, F4 b) { return {_mm_div_ps(a.v, b.v)}; }
inline F4 operator-(F4 a) { return {_mm_xor_ps(a.v, _mm_set1_ps(-0.0f))}; }
inline F4 abs(F4 a) { return {_mm_andnot_ps(_mm_set1_ps(-0.0f), a.v)}; }
inline F4 sqrt(F4 a) { return {_mm_sqrt_ps(a.v)}; }
inline F4 min(F4 a, F4 b) {
  return {_mm_min_ps(b.v, a.v)};
}  // minps answers its second operand unless the first is less
inline F4 max(F4 a, F4 b) { return {_mm_max_ps(b.v, a.v)}; }
inline I4 operator<(F4 a, F4 b) { return {_mm_castps_si128(_mm_cmplt_ps(a.v, b.v))}; }
inline I4 operator==(F4 a, F4 b) { return {_mm_castps_si128(_mm_cmpeq_ps(a.v, b.v))}; }
inline F4 select(I4 mask, F4 yes, F4 no) {
  const __m128 m = _mm_castsi128_ps(mask.v);
  return {_mm_or_ps(_mm_and_ps(m, yes.v), _mm_andnot_ps(m, no.v))};
}
inline I4 as_int(F4 a) { return {_mm_castps_si128(a.v)}; }
inline F4 as_float(I4 a) { return {_mm_castsi128_ps(a.v)}; }

inline I4 load_int(const std::int32_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
inline void store(std::int32_t* p, I4 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }
inline I4 splat_int(std::int32_t x) { return {_mm_set1_epi32(x)}; }
inline F4 to_float(I4 a) { return {_mm_cvtepi32_ps(a.v)}; }
inline I4 operator+(I4 a, I4 b) { return {_mm_add_epi32(a.v, b.v)}; }
inline I4 operator-(I4 a, I4 b) { return {_mm_sub_epi32(a.v, b.v)}; }
inline I4 operator&(I4 a, I4 b) { return {_mm_and_si128(a.v, b.v)}; }
inline I4 operator|(I4 a, I4 b) { return {_mm_or_si128(a.v, b.v)}; }
template <int n>
inline I4 shl(I4 a) {
  return {_mm_slli_epi32(a.v, n)};
}
template <int n>
inline I4 sar(I4 a) {
  return {_mm_srai_epi32(a.v, n)};
}

inline S8 load(const std::int16_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
inline S8 load_bytes(const std::int8_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
inline S8 splat_short(std::int16_t x) { return {_mm_set1_epi16(x)}; }
template <int n>
inline S8 sar(S8 a) {
  return {_mm_srai_epi16(a.v, n)};
}
inline S8 splat_pair(const std::int16_t* p) {
  std::int32_t pair;
  std::memcpy(&pair, p, sizeof pair);
  return {_mm_set1_epi32(pair)};
}
inline I4 dot(S8 a, S8 b) { return {_mm_madd_epi16(a.v, b.v)}; }
inline S8 narrow(I4 low, I4 high) { return {_mm_packs_epi32(low.v, high.v)}; }
inline void store(std::int16_t* p, S8 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }

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
inline Vector each(Lane lane) {
  return {{lane(0), lane(1), lane(2), lane(3)}};
}
// Integers wrap around as they do in vectors.
inline std::int32_t wrap(std::uint32_t x) { return static_cast<std::int32_t>(x); }
inline std::uint32_t bits(std::int32_t x) { return static_cast<std::uint32_t>(x); }
}  // namespace portable

inline F4 load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline void store(float* p, F4 a) { std::memcpy(p, a.v, sizeof a.v); }
inline F4 splat(float x) { return {{x, x, x, x}}; }
inline float first(F4 a) { return a.v[0]; }
inline F4 operator+(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] + b.v[i]; });
}
inline F4 operator-(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] - b.v[i]; });
}
inline F4 operator*(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] * b.v[i]; });
}
inline F4 operator/(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] / b.v[i]; });
}
inline F4 operator-(F4 a) {
  return portable::each<F4>([&](int i) { return -a.v[i]; });
}
inline F4 abs(F4 a) {
  return portable::each<F4>([&](int i) { return __builtin_fabsf(a.v[i]); });
}
inline F4 sqrt(F4 a) {  // IEEE 754 rounds square roots correctly: the one function that is the same everywhere
  return portable::each<F4>([&](int i) { return std::sqrt(a.v[i]); });
}
inline F4 min(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return b.v[i] < a.v[i] ? b.v[i] : a.v[i]; });
}
inline F4 max(F4 a, F4 b) {
  return portable::each<F4>([&](int i) { return a.v[i] < b.v[i] ? b.v[i] : a.v[i]; });
}
inline I4 operator<(F4 a, F4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] < b.v[i] ? -1 : 0; });
}
inline I4 operator==(F4 a, F4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] == b.v[i] ? -1 : 0; });
}
inline F4 select(I4 mask, F4 yes, F4 no) {
  return portable::each<F4>([&](int i) { return mask.v[i] != 0 ? yes.v[i] : no.v[i]; });
}
inline I4 as_int(F4 a) { return bit_cast<I4>(a); }
inline F4 as_float(I4 a) { return bit_cast<F4>(a); }

inline I4 load_int(const std::int32_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline void store(std::int32_t* p, I4 a) { std::memcpy(p, a.v, sizeof a.v); }
inline I4 splat_int(std::int32_t x) { return {{x, x, x, x}}; }
inline F4 to_float(I4 a) {
  return portable::each<F4>([&](int i) { return static_cast<float>(a.v[i]); });
}
inline I4 operator+(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) + portable::bits(b.v[i])); });
}
inline I4 operator-(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) - portable::bits(b.v[i])); });
}
inline I4 operator&(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] & b.v[i]; });
}
inline I4 operator|(I4 a, I4 b) {
  return portable::each<I4>([&](int i) { return a.v[i] | b.v[i]; });
}
template <int n>
inline I4 shl(I4 a) {
  return portable::each<I4>([&](int i) { return portable::wrap(portable::bits(a.v[i]) << n); });
}
template <int n>
inline I4 sar(I4 a) {
  return portable::each<I4>([&](int i) { return a.v[i] >> n; });
}

inline S8 load(const std::int16_t* p) { return {{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}}; }
inline S8 load_bytes(const std::int8_t* p) {  // little-endian, as wasm and x86 read memory
  S8 out;
  for (int i = 0; i < 8; ++i)
    out.v[i] = static_cast<std::int16_t>(p[2 * i + 1] * 256 + static_cast<std::uint8_t>(p[2 * i]));
  return out;
}
inline S8 splat_short(std::int16_t x) { return {{x, x, x, x, x, x, x, x}}; }
template <int n>
inline S8 sar(S8 a) {
  for (std::int16_t& lane : a.v) lane = static_cast<std::int16_t>(lane >> n);
  return a;
}
inline S8 splat_pair(const std::int16_t* p) { return {{p[0], p[1], p[0], p[1], p[0], p[1], p[0], p[1]}}; }
inline I4 dot(S8 a, S8 b) {
  return portable::each<I4>([&](int i) {
    return portable::wrap(portable::bits(a.v[2 * i] * b.v[2 * i]) + portable::bits(a.v[2 * i + 1] * b.v[2 * i + 1]));
  });
}
inline S8 narrow(I4 low, I4 high) {
  S8 out;
  for (int i = 0; i < 8; ++i) {
    const std::int32_t x = i < 4 ? low.v[i] : high.v[i - 4];
    out.v[i] = static_cast<std::int16_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
  }
  return out;
}
inline void store(std::int16_t* p, S8 a) { std::memcpy(p, a.v, sizeof a.v); }

#endif

// Adding 1.5 * 2^23 rounds half to even and leaves the integer in the low bits of the sum: exact for |x| < 2^22, and
// cheaper than any conversion (wasm's trunc_sat is several instructions on x86).
inline constexpr float kRounder = 0x1.8p23f;

inline F4 round(F4 a) { return (a + splat(kRounder)) - splat(kRounder); }

// The first n lanes (0 <= n <= 4) of an array, `fill` in the others; and the first n lanes back.
inline F4 load_part(const float* p, int n, float fill) {
  float lanes[4] = {fill, fill, fill, fill};
  for (int i = 0; i < n; ++i) lanes[i] = p[i];
  return load(lanes);
}
inline void store_part(float* p, F4 a, int n) {
  float lanes[4];
  store(lanes, a);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

}  // namespace mdn::simd
