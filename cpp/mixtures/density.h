// The arithmetic that log_prob, responsibilities and the fast paths of the heads share: sums of log densities.
//
// Quadratic forms and products of standard deviations are formed in double, from float parameters, with + − × ÷ only;
// exp and log are the float functions of vmath.h. So a distance of 1e6 σ or a thousand dimensions cost no accuracy and
// every platform gives the same bits.
#pragma once

namespace mdn {

// Quadratic forms stop here: beyond it a log density would no longer be a finite double.
inline constexpr double kMaxQuadratic = 1e300;

inline constexpr double kLn2 = 0.69314718055994530942;
inline constexpr double kLogTwoPi = 1.83787706640934548356;

// q, or kMaxQuadratic where q is larger. NaN stays NaN.
inline double bounded_quadratic(double q) { return q > kMaxQuadratic ? kMaxQuadratic : q; }

// The nearest float; beyond the largest one it saturates. −∞ and NaN stay what they are.
float to_float(double x);

// log Σ e^x: the largest entry first, then the rest relative to it, summed in double in index order. −∞ entries count
// nothing; −∞ when there is nothing else; NaN when an entry is NaN.
double wide_log_sum_exp(const double* x, int n);
double wide_log_sum_exp(const float* x, int n);

// out[k] += log N(values; means[k], diag(scales[k])²). Diagonal: D scales a component.
//   means [components][dims], scales [components][dims], values [dims], components <= kMaxComponents
void add_diagonal(double* out, const float* means, const float* scales, const float* values, int components, int dims);

// out[k] += log N(values; means[k], L_k L_kᵀ). Row-major lower triangles, dims <= kMaxTriangularDims.
void add_triangular(double* out, const float* means, const float* scales, const float* values, int components,
                    int dims);

// Log probability of the discrete part of a point: `outcome` holds C weights of the category log-probabilities, then a
// 0 or 1 (or a share between) for each of the B coins of the given logits.
float discrete_log_prob(const float* categories, const float* bernoullis, const float* outcome, int category_count,
                        int bernoulli_count);

}  // namespace mdn
