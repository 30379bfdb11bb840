// log N = Σ_d −½ z_d² − log σ_d − ½ log 2π with z = (y − μ) / σ and σ = f(s) + ε:
//
//   ∂/∂μ = z / σ        ∂/∂s = (z² − 1) / σ · f'(s)       f' = 1 or e^s (elu) · e^s (exp) · sigmoid s (softplus)
#include <algorithm>

#include "heads/nll_train.h"
#include "heads/softmax_train.h"
#include "mixtures/density.h"

namespace mdn {
namespace {

enum class Spread { kElu, kExp, kSoftplus };

template <class T>
class DiagonalNll final : public Nll<T> {
 public:
  DiagonalNll(int dims, int components, Spread spread, float epsilon)
      : Nll<T>(components * (2 * dims + 1), dims, dims), components_(components), spread_(spread), epsilon_(epsilon) {}

  void row(double parts[2], T* gradient, const T* raw, const T* point, const T weights[2]) const override {
    if (weights[0] == 0) return static_cast<void>(std::fill_n(gradient, this->outputs(), T{0}));
    const int dims = this->dims(), n = components_, size = n * dims;
    if (n < 1) __builtin_unreachable();  // make_head has checked it
    const T *mean = raw, *spread = raw + size, *logits = raw + 2 * size;
    T *d_mean = gradient, *d_spread = gradient + size, *d_logits = gradient + 2 * size;

    T joint[kMaxComponents], shares[kMaxComponents];
    for (int k = 0; k < n; ++k) {
      double log_density = static_cast<double>(logits[k]);
      for (int i = k * dims; i < (k + 1) * dims; ++i) {
        T slope;
        const double sigma = width(&slope, spread[i]);
        const double z = (static_cast<double>(point[i - k * dims]) - static_cast<double>(mean[i])) / sigma;
        log_density -= 0.5 * (bounded_quadratic(z * z) + kLogTwoPi) + std::log(sigma);
        // The component's gradients, to be multiplied by its share.
        d_mean[i] = static_cast<T>(-z / sigma);
        d_spread[i] = static_cast<T>(-(z * z - 1) / sigma * static_cast<double>(slope));
      }
      joint[k] = static_cast<T>(log_density);
    }
    const double log_sum = softmax_train(d_logits, logits, n);
    const double log_joint = softmax_train(shares, joint, n);
    parts[0] += static_cast<double>(weights[0]) * (log_sum - log_joint);
    for (int k = 0; k < n; ++k) {
      d_logits[k] = weights[0] * (d_logits[k] - shares[k]);
      for (int i = k * dims; i < (k + 1) * dims; ++i) {
        d_mean[i] *= weights[0] * shares[k];
        d_spread[i] *= weights[0] * shares[k];
      }
    }
  }

 private:
  // σ of a raw number, and its derivative.
  double width(T* slope, T raw) const {
    T value = raw;
    if (spread_ == Spread::kSoftplus) {
      vsoftplus(&value, &raw, 1);
      vsigmoid(slope, &raw, 1);
    } else if (spread_ == Spread::kElu && raw > 0) {
      value = raw + 1;
      *slope = 1;
    } else {
      vexp(&value, &raw, 1);
      *slope = value;
    }
    return static_cast<double>(value) + static_cast<double>(epsilon_);
  }

  int components_;
  Spread spread_;
  float epsilon_;
};

}  // namespace

template <class T>
std::unique_ptr<Nll<T>> make_diagonal_nll(const HeadSpec& spec) {
  const Spread spread = spec.activation == "exp"        ? Spread::kExp
                        : spec.activation == "softplus" ? Spread::kSoftplus
                                                        : Spread::kElu;
  return std::make_unique<DiagonalNll<T>>(spec.dims, spec.components, spread, spec.epsilon);
}
template std::unique_ptr<Nll<float>> make_diagonal_nll(const HeadSpec&);
template std::unique_ptr<Nll<double>> make_diagonal_nll(const HeadSpec&);

}  // namespace mdn
