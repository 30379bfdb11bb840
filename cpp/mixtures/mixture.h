// The mixture density, in the one form to which every family is lowered.
//
// A point has D real values y, an outcome of one categorical variable with C values, and B coins:
//
//   p(y, c, b) = [ Σ_k w_k N(y; μ_k, L_k L_kᵀ) ] · q_c · Π_j r_j^{b_j} (1 − r_j)^{1 − b_j}
//
// with L_k lower triangular, or diagonal (then only its diagonal σ_k is stored). Each operation is written once, here;
// heads may add fast paths for log_prob and sample which agree with these.
//
// A mixture is one flat row of floats:
//
//   [ log w: K | μ: K·D | L: K·scale_size | log q: C | logit r: B ]
//
// component-major; the triangle of L row by row (l00, l10, l11, l20, …). A point is [ y: D | one-hot c: C | b: B ].
// Nats everywhere. Nothing here allocates but mean and covariance.
#pragma once

#include "base/status.h"
#include "mixtures/temperature.h"
#include "random/draw.h"

namespace mdn {

inline constexpr int kMaxComponents = 1024;
inline constexpr int kMaxDims = 4096;
inline constexpr int kMaxTriangularDims = 64;  // full covariance beyond it would need D² / 2 numbers a component
inline constexpr int kMaxCategories = 1024;
inline constexpr int kMaxBernoullis = 1024;

// The sizes of a mixture, and where its parts lie in a row and in a point.
struct MixtureShape {
  int dims = 1;             // D ≥ 1
  int components = 1;       // K ≥ 1
  bool triangular = false;  // a full lower triangle a component, or its diagonal only
  int categories = 0;       // C ≥ 0
  int bernoullis = 0;       // B ≥ 0

  int scale_size() const { return triangular ? dims * (dims + 1) / 2 : dims; }
  int means_at() const { return components; }
  int scales_at() const { return means_at() + components * dims; }
  int categories_at() const { return scales_at() + components * scale_size(); }
  int bernoullis_at() const { return categories_at() + categories; }
  int row_size() const { return bernoullis_at() + bernoullis; }
  int point_size() const { return dims + categories + bernoullis; }
};

// kBadShape: a size below its minimum. kTooLarge: a size above the limits above.
Status check_shape(const MixtureShape& shape);

// Whether a row is a distribution: means and scales finite, standard deviations (the diagonal of L) > 0, weights and
// category probabilities summing to 1 within 1e-3. A probability may be 0 (log −∞) or, of a coin, 0 or 1 (logit ±∞).
// kBadValue names the first parameter that is not, with its component and dimension.
Status validate(const MixtureShape& shape, const float* row);

// parts[0] = log density of the values, parts[1] = log probability of the discrete outcome (0 where there is none).
// The C numbers of a point weigh the category log-probabilities, so a one-hot picks one and all zeros pick none.
// Within 1e-5 × max(1, |exact|) of the exact value of the given row; finite wherever that is (saturating at −3.4e38).
// A quadratic form in double over float parameters keeps distances of 1e6 σ exact; exp and log are those of vmath.h.
// The row must be valid.
void log_prob(float parts[2], const float* row, const float* point, const MixtureShape& shape);

// P(component k | the point's values): K numbers which sum to 1.
void responsibilities(float* out, const float* row, const float* point, const MixtureShape& shape);

// One point of the tempered mixture. Numbers are drawn in a fixed order (see draw.h): the component, the category
// (consumed even where C = 0), the D normals, then one per coin; so temperatures change the outcome, never the order.
// A coin shows 1 where its uniform number is below r. Any row is safe: with NaN parameters the values may be NaN, the
// discrete parts are still outcomes.
void sample(float* point, const float* row, const Temper& temper, Draw& draw, const MixtureShape& shape);

// E[y]: D numbers.
void mean(float* out, const float* row, const MixtureShape& shape);

// Cov[y]: D × D numbers, row-major, symmetric to the bit.
void covariance(float* out, const float* row, const MixtureShape& shape);

// The tempered mixture as a row of its own; `out` may be `row`. A temperature of 0 moves all probability to the
// likeliest outcome (the first of equals; a coin of even odds shows 1). kUnsupported where temper.scales is 0: a point
// mass has no density. sample can do that.
Status temper(float* out, const float* row, const Temper& temper, const MixtureShape& shape);

}  // namespace mdn
