#include "heads/bivariate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/bits.h"
#include "kernels/vmath.h"
#include "mixtures/density.h"

namespace mdn {
namespace {

constexpr int kBlock = 64;

// Beyond ±230 as at ±230, so that products of two exponentials stay finite. NaN stays NaN.
double bounded(float x) { return x > 230 ? 230 : x < -230 ? -230 : x; }

// out[i] = e^x[i] in double for |x[i]| < 700, to 1e-15 relative, by + − × and bits alone so that the loop vectorises.
void wide_exp(double* out, const double* x, int n) {
  constexpr double kLog2E = 1.44269504088896340736;
  constexpr double kLn2High = 0.693147180369123816490;  // ln 2 in two pieces: n · high is exact
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr double kRound = 0x1.8p52;  // added, it leaves the nearest integer in the low bits of the mantissa
  constexpr double kInverseFactorials[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                           1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
                                           1.0 / 6,        1.0 / 2,       1.0,          1.0};
  for (int i = 0; i < n; ++i) {
    const double rounded = x[i] * kLog2E + kRound;
    const double whole = rounded - kRound;
    const double r = (x[i] - whole * kLn2High) - whole * kLn2Low;  // |r| <= ½ ln 2
    double sum = 1.0 / 479001600;
    for (const double term : kInverseFactorials) sum = sum * r + term;
    out[i] = bit_cast<double>(bit_cast<std::uint64_t>(sum) + (bit_cast<std::uint64_t>(rounded) << 52));
  }
}

}  // namespace

void bivariate_scale(float* out, float raw_sigma_x, float raw_sigma_y, float raw_rho) {
  const float sigma_y = fexp(raw_sigma_y);
  const float a = fexp(-std::fabs(raw_rho));
  out[0] = fexp(raw_sigma_x);
  out[1] = ftanh(raw_rho) * sigma_y;
  out[2] = sigma_y * (2 * a / (1 + a * a));
}

void add_bivariate(double* out, const BivariateArrays& raw, float x, float y, int components) {
  for (int start = 0; start < components; start += kBlock) {
    const int count = std::min(kBlock, components - start);
    double exps[3 * kBlock];  // 1 / σx, 1 / σy and a = e^−|ρ̂|
    float log_terms[kBlock];  // of 1 + a²; log cosh ρ̂ = |ρ̂| + log(1 + a²) − log 2
    for (int i = 0; i < count; ++i) {
      exps[i] = bounded(-raw.raw_sigma_x[start + i]);
      exps[count + i] = bounded(-raw.raw_sigma_y[start + i]);
      exps[2 * count + i] = bounded(-std::fabs(raw.raw_rho[start + i]));
    }
    wide_exp(exps, exps, 3 * count);
    const double* a = exps + 2 * count;
    for (int i = 0; i < count; ++i) log_terms[i] = static_cast<float>(1 + a[i] * a[i]);
    vlog(log_terms, log_terms, count);
    for (int i = 0; i < count; ++i) {
      const int k = start + i;
      const double z_x = (static_cast<double>(x) - raw.mean_x[k]) * exps[i];
      const double z_y = (static_cast<double>(y) - raw.mean_y[k]) * exps[count + i];
      // (z_y − ρ z_x) cosh ρ̂, with cosh ρ̂ = (1 + a²) / 2a and 1 − |ρ| = 2a² / (1 + a²).
      const double along = raw.raw_rho[k] < 0 ? -z_x : z_x;
      const double square = a[i] * a[i];
      const double across = ((z_y - along) * (1 + square) + 2 * square * along) / (2 * a[i]);
      const double log_cosh = std::fabs(static_cast<double>(raw.raw_rho[k])) + log_terms[i] - kLn2;
      const double log_determinant = static_cast<double>(raw.raw_sigma_x[k]) + raw.raw_sigma_y[k] - log_cosh;
      out[k] -= 0.5 * bounded_quadratic(z_x * z_x + across * across) + log_determinant + kLogTwoPi;
    }
  }
}

}  // namespace mdn
