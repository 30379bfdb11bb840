// Pairs of correlated values as networks parameterise them (Graves 2013, eq. 18 to 25; Ha & Eck 2017, eq. 3):
// σx = e^σ̂x, σy = e^σ̂y, ρ = tanh ρ̂. Everything that needs √(1 − ρ²) uses 1 / cosh ρ̂ from ρ̂ itself, which is exact where
// the rounded ρ is already 1.
#pragma once

namespace mdn {

// The canonical lower triangle (σx; ρ σy, σy / cosh ρ̂).   out [3]
void bivariate_scale(float* out, float raw_sigma_x, float raw_sigma_y, float raw_rho);

// out[k] += log N((x, y)) of K components, each parameter an array of K numbers.
//
// An error of σ is multiplied by cosh ρ̂ on its way into the quadratic form, so e^−σ̂ is taken in double here.
// components <= kMaxComponents
struct BivariateArrays {
  const float *mean_x, *mean_y, *raw_sigma_x, *raw_sigma_y, *raw_rho;
};
void add_bivariate(double* out, const BivariateArrays& raw, float x, float y, int components);

}  // namespace mdn
