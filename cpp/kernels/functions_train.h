// The array functions of vmath.h for double, so that training's templates read the same for both: float runs, double
// checks the gradients by finite differences.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/vmath.h"

namespace mdn {

namespace detail {
template <class F>
void each(double* out, const double* in, int n, F f) {
  for (int i = 0; i < n; ++i) out[i] = f(in[i]);
}
}  // namespace detail

inline void vexp(double* out, const double* in, int n) {
  detail::each(out, in, n, [](double x) { return std::exp(x); });
}
inline void vtanh(double* out, const double* in, int n) {
  detail::each(out, in, n, [](double x) { return std::tanh(x); });
}
inline void vsigmoid(double* out, const double* in, int n) {
  detail::each(out, in, n, [](double x) { return 1 / (1 + std::exp(-x)); });
}
inline void vsoftplus(double* out, const double* in, int n) {
  detail::each(out, in, n, [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); });
}
inline void vlog_cosh(double* out, const double* in, int n) {
  detail::each(out, in, n, [](double x) {
    return std::fabs(x) + std::log1p(std::exp(-2 * std::fabs(x))) - 0.69314718055994530942;
  });
}

}  // namespace mdn
