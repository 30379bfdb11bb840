#include "mixtures/density.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/bits.h"
#include "kernels/vmath.h"
#include "mixtures/mixture.h"

namespace mdn {
namespace {

constexpr int kBlock = 64;

// A product of many positive numbers, kept as mantissa · 2^exponent so that it never leaves the range of a double: one
// logarithm for a component instead of one for each dimension, and the rounding error of one, too.
class Product {
 public:
  void multiply(double factor) {
    mantissa_ *= factor;
    if (++pending_ == kMostPending) normalise();
  }

  // The product is float_mantissa · 2^exponent; float_mantissa in [1, 2].
  void split(float* float_mantissa, double* exponent) {
    normalise();
    *float_mantissa = static_cast<float>(mantissa_);
    *exponent = static_cast<double>(exponent_);
  }

 private:
  static constexpr int kMostPending = 4;  // float factors lie between 2^-149 and 2^128

  void normalise() {
    const auto bits = bit_cast<std::uint64_t>(mantissa_);
    exponent_ += static_cast<std::int64_t>((bits >> 52) & 0x7ff) - 1023;
    mantissa_ = bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
    pending_ = 0;
  }

  double mantissa_ = 1;
  std::int64_t exponent_ = 0;
  int pending_ = 0;
};

// out[k] −= ½ q_k + log det L_k + ½ D log 2π, with log det L_k = log mantissa_k + exponent_k ln 2.
void finish(double* out, const double* quadratics, float* mantissas, const double* exponents, int components,
            int dims) {
  vlog(mantissas, mantissas, components);
  const double constant = 0.5 * dims * kLogTwoPi;
  for (int k = 0; k < components; ++k) {
    out[k] -= 0.5 * bounded_quadratic(quadratics[k]) + (mantissas[k] + exponents[k] * kLn2) + constant;
  }
}

template <class T>
double wide_log_sum_exp_of(const T* x, int n) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < n; ++i) {
    if (x[i] > largest) largest = x[i];
  }
  double sum = 0;
  if (largest == -std::numeric_limits<double>::infinity()) {
    for (int i = 0; i < n; ++i) sum += x[i];  // only −∞ and NaN are left
    return n == 0 ? largest : sum;
  }
  float terms[kBlock];
  for (int start = 0; start < n; start += kBlock) {
    const int count = std::min(kBlock, n - start);
    for (int i = 0; i < count; ++i) {
      const double below = x[start + i] - largest;
      terms[i] = below < -200 ? -200.0f : static_cast<float>(below);  // e^-200 is 0 in float
    }
    vexp(terms, terms, count);
    for (int i = 0; i < count; ++i) sum += terms[i];
  }
  return largest + flog(static_cast<float>(sum));
}

// add_triangular, its loops unrolled where the dimensions are known: for pairs that is half the time.
template <int kDims>
void add_triangles(double* out, const float* means, const float* scales, const float* values, int components,
                   int any_dims) {
  const int dims = kDims > 0 ? kDims : any_dims;
  float mantissas[kBlock];
  double exponents[kBlock], quadratics[kBlock];
  double z[kDims > 0 ? kDims : kMaxTriangularDims];
  for (int start = 0; start < components; start += kBlock) {
    const int count = std::min(kBlock, components - start);
    for (int k = 0; k < count; ++k) {
      Product determinant;
      double quadratic = 0;
      for (int i = 0; i < dims; ++i) {  // L z = y − μ, from the first row down
        double rest = static_cast<double>(values[i]) - *means++;
        for (int j = 0; j < i; ++j) rest -= *scales++ * z[j];
        const double scale = *scales++;
        z[i] = rest / scale;
        quadratic += z[i] * z[i];
        determinant.multiply(scale);
      }
      quadratics[k] = quadratic;
      determinant.split(&mantissas[k], &exponents[k]);
    }
    finish(out + start, quadratics, mantissas, exponents, count, dims);
  }
}

// The joint log densities log w_k + log N_k.   out [K]
void component_log_probs(double* out, const float* row, const float* point, const MixtureShape& shape) {
  for (int k = 0; k < shape.components; ++k) out[k] = row[k];
  const auto add = shape.triangular ? add_triangular : add_diagonal;
  add(out, row + shape.means_at(), row + shape.scales_at(), point, shape.components, shape.dims);
}

}  // namespace

float to_float(double x) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (x > kLargest) return std::numeric_limits<float>::max();
  if (x < -kLargest && x >= -std::numeric_limits<double>::max()) return -std::numeric_limits<float>::max();
  return static_cast<float>(x);
}

double wide_log_sum_exp(const double* x, int n) { return wide_log_sum_exp_of(x, n); }
double wide_log_sum_exp(const float* x, int n) { return wide_log_sum_exp_of(x, n); }

void add_diagonal(double* out, const float* means, const float* scales, const float* values, int components, int dims) {
  float mantissas[kBlock];
  double exponents[kBlock], quadratics[kBlock];
  for (int start = 0; start < components; start += kBlock) {
    const int count = std::min(kBlock, components - start);
    for (int k = 0; k < count; ++k) {
      Product determinant;
      double quadratic = 0;
      for (int d = 0; d < dims; ++d) {
        const double scale = *scales++;
        const double z = (static_cast<double>(values[d]) - *means++) / scale;
        quadratic += z * z;
        determinant.multiply(scale);
      }
      quadratics[k] = quadratic;
      determinant.split(&mantissas[k], &exponents[k]);
    }
    finish(out + start, quadratics, mantissas, exponents, count, dims);
  }
}

void add_triangular(double* out, const float* means, const float* scales, const float* values, int components,
                    int dims) {
  const auto add = dims == 2 ? add_triangles<2> : add_triangles<0>;
  add(out, means, scales, values, components, dims);
}

float discrete_log_prob(const float* categories, const float* bernoullis, const float* outcome, int category_count,
                        int bernoulli_count) {
  double total = 0;
  for (int c = 0; c < category_count; ++c) {
    if (outcome[c] != 0) total += static_cast<double>(outcome[c]) * categories[c];  // 0 · log 0 = 0
  }
  for (int b = 0; b < bernoulli_count; ++b) {
    const double one = outcome[category_count + b];
    if (one != 0) total -= one * fsoftplus(-bernoullis[b]);
    if (one != 1) total -= (1 - one) * fsoftplus(bernoullis[b]);
  }
  return to_float(total);
}

void log_prob(float parts[2], const float* row, const float* point, const MixtureShape& shape) {
  double joint[kMaxComponents];
  component_log_probs(joint, row, point, shape);
  parts[0] = to_float(wide_log_sum_exp(joint, shape.components));
  parts[1] = discrete_log_prob(row + shape.categories_at(), row + shape.bernoullis_at(), point + shape.dims,
                               shape.categories, shape.bernoullis);
}

void responsibilities(float* out, const float* row, const float* point, const MixtureShape& shape) {
  double joint[kMaxComponents];
  component_log_probs(joint, row, point, shape);
  const double largest = *std::max_element(joint, joint + shape.components);
  for (int k = 0; k < shape.components; ++k) out[k] = to_float(std::max(joint[k] - largest, -200.0));
  vexp(out, out, shape.components);
  double sum = 0;
  for (int k = 0; k < shape.components; ++k) sum += out[k];
  for (int k = 0; k < shape.components; ++k) out[k] = static_cast<float>(out[k] / sum);
}

}  // namespace mdn
