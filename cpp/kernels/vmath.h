// Elementary functions of float32, four lanes at a time, and the sums of exponentials that mixtures are made of.
//
// Everything here is built from the vocabulary of simd.h, without libm and without fused multiply-add, so all backends
// give the same bits (a NaN is a NaN: its sign and payload are not promised). A scalar version is one lane of the
// vector version. Errors are the largest found on a third of all float32, in units in the last place (ulp) of the
// result; tests/tolerances.json holds what the tests demand.
#pragma once

#include "kernels/simd.h"

namespace mdn {

// e^x, to 1.1 ulp. exp(-inf) = 0, denormal results are kept, overflow gives +inf (x > 88.72283).
inline simd::F4 exp4(simd::F4 x);
// Natural logarithm, to 0.9 ulp. log(0) = -inf, log(x < 0) = NaN, denormal arguments are handled.
inline simd::F4 log4(simd::F4 x);
// log(1 + x), to 1.5 ulp, small x included. log1p(-1) = -inf.
inline simd::F4 log1p4(simd::F4 x);
// Hyperbolic tangent, to 2.7 ulp; odd, never beyond ±1, tanh(x) = x for tiny x.
inline simd::F4 tanh4(simd::F4 x);
// 1 / (1 + e^-x), to 2.5 ulp of the result also where that is tiny; 0 where it would be below 4.2e-39 (x < -88.37).
inline simd::F4 sigmoid4(simd::F4 x);
// Keras 1 and 2: clip(0.2 x + 0.5, 0, 1).
inline simd::F4 hard_sigmoid4(simd::F4 x);
// log(1 + e^x), to 2 ulp at both ends.
inline simd::F4 softplus4(simd::F4 x);
// log cosh x = |x| + log1p(e^(-2|x|)) - log 2, to 2.1 ulp for large and small x. log(1 - tanh(x)^2) = -2 log cosh x.
inline simd::F4 log_cosh4(simd::F4 x);
// sin and cos of 2π·turns, to 2.2 ulp (for turns within ±1). The reduction is exact for |turns| < 2^20.
inline void sincos_2pi4(simd::F4 turns, simd::F4* sine, simd::F4* cosine);

// Scalar versions: one lane of the vector ones.
float fexp(float x);
float flog(float x);
float flog1p(float x);
float ftanh(float x);
float fsigmoid(float x);
float fhard_sigmoid(float x);
float fsoftplus(float x);
float flog_cosh(float x);
void fsincos_2pi(float turns, float* sine, float* cosine);

// The same for arrays of any length; out may be in.   out [n], in [n]
void vexp(float* out, const float* in, int n);
void vlog(float* out, const float* in, int n);
void vlog1p(float* out, const float* in, int n);
void vtanh(float* out, const float* in, int n);
void vsigmoid(float* out, const float* in, int n);
void vhard_sigmoid(float* out, const float* in, int n);
void vsoftplus(float* out, const float* in, int n);
void vlog_cosh(float* out, const float* in, int n);

// log of the sum of e^x[i]. The largest entry m is taken out first; then four partial sums over i = 0, 1, 2, 3 (mod 4),
// each in index order, added as (s0 + s1) + (s2 + s3); the result is m + log(sum). -inf entries count nothing; -inf
// when there is nothing else (or n = 0); any NaN gives NaN, else any +inf gives +inf.   x [n]
float log_sum_exp(const float* x, int n);

// out[i] = x[i] - log_sum_exp(x), computed as (x[i] - m) - log(sum). NaN where no entry is above -inf.   out [n], x [n]
void log_softmax(float* out, const float* x, int n);

// ---- The definitions that want to be inlined into a layer's own loops. ----

namespace detail {

// e^x = 2^n (1 + rest): x = n log 2 + r with |r| <= log(2)/2, and rest = e^r - 1 = r + r^2 P(r), relatively accurate.
// The reduction is Cephes' (S. Moshier, expf.c): log 2 in two parts, of which n times the first is exact. P is minimax
// for the relative error of the rest (1.4e-8), found by iteratively reweighted least squares (Lawson) on Chebyshev
// nodes.
struct ExpParts {
  simd::F4 rest;
  simd::I4 n;
};

MDN_INLINE ExpParts exp_parts(simd::F4 x) {
  using namespace simd;
  const F4 shifted = x * splat(1.44269504f) + splat(kRounder);
  const F4 n = shifted - splat(kRounder);
  const F4 r = (x - n * splat(0.693359375f)) - n * splat(-2.12194440e-4f);
  F4 p = splat(1.38823942002e-3f);
  p = p * r + splat(8.3671809321e-3f);
  p = p * r + splat(4.16672212917e-2f);
  p = p * r + splat(1.66665386818e-1f);
  p = p * r + splat(4.99999980417e-1f);
  return {p * (r * r) + r, as_int(shifted) - as_int(splat(kRounder))};
}

// 2^n for -127 < n < 128; +inf for n = 128.
MDN_INLINE simd::F4 power_of_two(simd::I4 n) {
  return simd::as_float(simd::as_int(simd::splat(1.0f)) + simd::shl<23>(n));
}

// e^x for -87 <= x < 88.37; +inf from there to 89.
MDN_INLINE simd::F4 exp_bounded(simd::F4 x) {
  const ExpParts parts = exp_parts(x);
  return (parts.rest + simd::splat(1.0f)) * power_of_two(parts.n);
}

}  // namespace detail

// The power of two is applied in two halves, so that denormal and the largest results come out right.
inline simd::F4 exp4(simd::F4 x) {
  using namespace simd;
  const detail::ExpParts parts = detail::exp_parts(min(max(x, splat(-104.0f)), splat(89.0f)));  // e^x is 0, +inf beyond
  const I4 half = sar<1>(parts.n);
  return ((parts.rest + splat(1.0f)) * detail::power_of_two(half)) * detail::power_of_two(parts.n - half);
}

// Cephes logf: x = m 2^e with m in [sqrt(1/2), sqrt(2)), a polynomial in m - 1.
inline simd::F4 log4(simd::F4 x) {
  using namespace simd;
  const F4 zero = splat(0.0f);
  const I4 denormal = x < splat(0x1p-126f);
  const I4 word = as_int(select(denormal, x * splat(0x1p23f), x));
  const I4 exponent = sar<23>(word - as_int(splat(0x1.6a09e6p-1f)));  // sqrt(1/2)
  const F4 f = as_float(word - shl<23>(exponent)) - splat(1.0f);
  const F4 e = to_float(exponent) - select(denormal, splat(23.0f), zero);
  F4 p = splat(7.0376836292e-2f);
  p = p * f + splat(-1.1514610310e-1f);
  p = p * f + splat(1.1676998740e-1f);
  p = p * f + splat(-1.2420140846e-1f);
  p = p * f + splat(1.4249322787e-1f);
  p = p * f + splat(-1.6668057665e-1f);
  p = p * f + splat(2.0000714765e-1f);
  p = p * f + splat(-2.4999993993e-1f);
  p = p * f + splat(3.3333331174e-1f);
  const F4 ff = f * f;
  const F4 tail = ((p * f) * ff + e * splat(-2.12194440e-4f)) - splat(0.5f) * ff;
  F4 result = (f + tail) + e * splat(0.693359375f);
  result = select(x < splat(__builtin_inff()), result, x);  // +inf and NaN stay
  const F4 outside = select(x == zero, splat(-__builtin_inff()), splat(__builtin_nanf("")));
  return select(zero < x, result, outside);
}

// log(w) with w = 1 + x rounded, corrected by what the rounding lost: (x - (w - 1)) / w. The correction is 0/0 or
// inf/inf at the two ends, where log(w) is already right.
inline simd::F4 log1p4(simd::F4 x) {
  using namespace simd;
  const F4 w = splat(1.0f) + x;
  const F4 lost = (x - (w - splat(1.0f))) / w;
  return log4(w) + select(lost == lost, lost, splat(0.0f));
}

// m / (m + 2) with m = e^(2|x|) - 1 = 2^n rest + (2^n - 1), which is accurate for all x because the rest is: one
// formula, x itself for tiny x, and exactly 1 from about 9 on.
inline simd::F4 tanh4(simd::F4 x) {
  using namespace simd;
  const F4 a = abs(x);
  const detail::ExpParts parts = detail::exp_parts(min(a + a, splat(20.0f)));
  const F4 power = detail::power_of_two(parts.n);
  const F4 m = power * parts.rest + (power - splat(1.0f));
  const I4 sign = as_int(x) & as_int(splat(-0.0f));
  return as_float(as_int(m / (m + splat(2.0f))) | sign);
}

// Nothing cancels at either end. Exactly 1 above 17, and 0 below -88.37 where the result would be a denormal.
inline simd::F4 sigmoid4(simd::F4 x) {
  using namespace simd;
  const F4 e = detail::exp_bounded(max(min(-x, splat(89.0f)), splat(-87.0f)));
  return splat(1.0f) / (splat(1.0f) + e);
}

inline simd::F4 hard_sigmoid4(simd::F4 x) {
  using namespace simd;
  return min(max(splat(0.2f) * x + splat(0.5f), splat(0.0f)), splat(1.0f));
}

inline simd::F4 softplus4(simd::F4 x) {
  using namespace simd;
  return max(x, splat(0.0f)) + log1p4(exp4(-abs(x)));
}

// Below 1 a minimax polynomial of x^2 (relative error 7.5e-9, made as tanh's), because |x| and log 2 would cancel.
inline simd::F4 log_cosh4(simd::F4 x) {
  using namespace simd;
  const F4 a = abs(x);
  const F4 y = a * a;
  F4 p = splat(8.78075710932e-5f);
  p = p * y + splat(-5.60221092805e-4f);
  p = p * y + splat(2.0823018513e-3f);
  p = p * y + splat(-6.71337743331e-3f);
  p = p * y + splat(2.22174174213e-2f);
  p = p * y + splat(-8.33330945749e-2f);
  p = p * y + splat(0.5f);
  const F4 large = (a - splat(0.693147181f)) + log1p4(exp4(splat(-2.0f) * a));
  return select(a < splat(1.0f), p * y, large);
}

// Cephes sinf and cosf on the nearest quarter turn; the quarter's number swaps the two and sets the signs.
inline void sincos_2pi4(simd::F4 turns, simd::F4* sine, simd::F4* cosine) {
  using namespace simd;
  const F4 quarters = turns * splat(4.0f);
  const F4 shifted = quarters + splat(kRounder);
  const I4 q = as_int(shifted);
  const F4 x = (quarters - (shifted - splat(kRounder))) * splat(1.57079633f);
  const F4 y = x * x;
  F4 s = splat(-1.9515295891e-4f);
  s = s * y + splat(8.3321608736e-3f);
  s = s * y + splat(-1.6666654611e-1f);
  s = (s * y) * x + x;
  F4 c = splat(2.443315711809948e-5f);
  c = c * y + splat(-1.388731625493765e-3f);
  c = c * y + splat(4.166664568298827e-2f);
  c = (c * (y * y) - splat(0.5f) * y) + splat(1.0f);
  const I4 odd = splat_int(0) - (q & splat_int(1));
  const I4 sine_sign = shl<30>(q & splat_int(2));
  const I4 cosine_sign = shl<30>((q + splat_int(1)) & splat_int(2));
  *sine = as_float(as_int(select(odd, c, s)) + sine_sign);  // adding the sign bit flips it
  *cosine = as_float(as_int(select(odd, s, c)) + cosine_sign);
}

}  // namespace mdn
