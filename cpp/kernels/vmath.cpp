#include "kernels/vmath.h"

namespace mdn {

using simd::F4;

namespace {

// `f` of every element; the last lanes of a short tail are computed on `fill` and dropped.
template <F4 (*f)(F4)>
void apply(float* out, const float* in, int n, float fill) {
  // One call for whole vectors and the tail alike: each function is inlined once, which halves this file's code.
  for (int i = 0; i < n; i += 4) {
    const int lanes = n - i;
    const F4 x = f(lanes >= 4 ? simd::load(in + i) : simd::load_part(in + i, lanes, fill));
    if (lanes >= 4) {
      simd::store(out + i, x);
    } else {
      simd::store_part(out + i, x, lanes);
    }
  }
}

// What log_sum_exp and log_softmax share: the log of the sum is shift + log_sum. The shift is the largest entry, or 0
// where that is infinite, which makes the special cases come out by themselves.
struct LogSum {
  float shift, log_sum;
};

LogSum log_sum(const float* x, int n) {
  const float infinity = __builtin_inff();
  float shift = -infinity;
  for (int i = 0; i < n; ++i) shift = shift < x[i] ? x[i] : shift;
  if (shift == -infinity || shift == infinity) shift = 0.0f;
  F4 sum = simd::splat(0.0f);
  for (int i = 0; i < n; i += 4) {
    const F4 part = n - i >= 4 ? simd::load(x + i) : simd::load_part(x + i, n - i, -infinity);  // e^-inf adds 0
    sum = sum + exp4(part - simd::splat(shift));
  }
  float lanes[4];
  simd::store(lanes, sum);
  return {shift, flog((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))};
}

}  // namespace

float fexp(float x) { return simd::first(exp4(simd::splat(x))); }
float flog(float x) { return simd::first(log4(simd::splat(x))); }
float flog1p(float x) { return simd::first(log1p4(simd::splat(x))); }
float ftanh(float x) { return simd::first(tanh4(simd::splat(x))); }
float fsigmoid(float x) { return simd::first(sigmoid4(simd::splat(x))); }
float fhard_sigmoid(float x) { return simd::first(hard_sigmoid4(simd::splat(x))); }
float fsoftplus(float x) { return simd::first(softplus4(simd::splat(x))); }
float flog_cosh(float x) { return simd::first(log_cosh4(simd::splat(x))); }
void fsincos_2pi(float turns, float* sine, float* cosine) {
  F4 s, c;
  sincos_2pi4(simd::splat(turns), &s, &c);
  *sine = simd::first(s);
  *cosine = simd::first(c);
}

void vexp(float* out, const float* in, int n) { apply<exp4>(out, in, n, 0.0f); }
void vlog(float* out, const float* in, int n) { apply<log4>(out, in, n, 1.0f); }
void vlog1p(float* out, const float* in, int n) { apply<log1p4>(out, in, n, 0.0f); }
void vtanh(float* out, const float* in, int n) { apply<tanh4>(out, in, n, 0.0f); }
void vsigmoid(float* out, const float* in, int n) { apply<sigmoid4>(out, in, n, 0.0f); }
void vhard_sigmoid(float* out, const float* in, int n) { apply<hard_sigmoid4>(out, in, n, 0.0f); }
void vsoftplus(float* out, const float* in, int n) { apply<softplus4>(out, in, n, 0.0f); }
void vlog_cosh(float* out, const float* in, int n) { apply<log_cosh4>(out, in, n, 0.0f); }

float log_sum_exp(const float* x, int n) {
  const LogSum sum = log_sum(x, n);
  return sum.shift + sum.log_sum;
}

void log_softmax(float* out, const float* x, int n) {
  const LogSum sum = log_sum(x, n);
  for (int i = 0; i < n; ++i) out[i] = (x[i] - sum.shift) - sum.log_sum;
}

}  // namespace mdn
