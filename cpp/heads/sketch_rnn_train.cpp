// With z = (x − μ) / σ for both axes, u = z_x and v = (z_y − ρ z_x) / √(1 − ρ²) = z_y cosh ρ̂ − z_x sinh ρ̂:
//
//   log N = −½ (u² + v²) − σ̂x − σ̂y + log cosh ρ̂ − log 2π
//   ∂/∂μx = e^−σ̂x (u − v sinh ρ̂)      ∂/∂σ̂x = z_x (u − v sinh ρ̂) − 1
//   ∂/∂μy = e^−σ̂y v cosh ρ̂            ∂/∂σ̂y = z_y v cosh ρ̂ − 1
//   ∂/∂ρ̂  = tanh ρ̂ − v (z_y sinh ρ̂ − z_x cosh ρ̂)
//
// Nothing divides by 1 − ρ², so |ρ| → 1 is no special case.
#include <algorithm>

#include "heads/nll_train.h"
#include "heads/softmax_train.h"
#include "mixtures/density.h"

namespace mdn {
namespace {

constexpr int kPenStates = 3;

template <class T>
class SketchRnnNll final : public Nll<T> {
 public:
  explicit SketchRnnNll(int components)
      : Nll<T>(kPenStates + 6 * components, 2, 2 + kPenStates), components_(components) {}

  void row(double parts[2], T* gradient, const T* raw, const T* point, const T weights[2]) const override {
    pen(parts, gradient, raw, point + 2, weights[1]);
    if (weights[0] == 0) {
      std::fill_n(gradient + kPenStates, 6 * components_, T{0});
    } else {
      offset(parts, gradient + kPenStates, raw + kPenStates, point, weights[0]);
    }
  }

 private:
  struct Terms {
    double u, z_y, v, sinh, cosh;
  };

  static void pen(double parts[2], T* gradient, const T* raw, const T* one_hot, T weight) {
    if (weight == 0) return static_cast<void>(std::fill_n(gradient, kPenStates, T{0}));
    const double log_sum = softmax_train(gradient, raw, kPenStates);
    double nats = 0;
    for (int i = 0; i < kPenStates; ++i) {
      nats += static_cast<double>(one_hot[i]) * (log_sum - static_cast<double>(raw[i]));
      gradient[i] = weight * (gradient[i] - one_hot[i]);
    }
    parts[1] += static_cast<double>(weight) * nats;
  }

  void offset(double parts[2], T* gradient, const T* raw, const T* point, T weight) const {
    const int n = components_;
    if (n < 1) __builtin_unreachable();  // make_head has checked it
    const T *raw_x = raw + 3 * n, *raw_y = raw + 4 * n, *raw_rho = raw + 5 * n;
    T weights[kMaxComponents], shares[kMaxComponents], joint[kMaxComponents];
    T inverse_x[kMaxComponents], inverse_y[kMaxComponents], grown[kMaxComponents], log_cosh[kMaxComponents];
    for (int k = 0; k < n; ++k) {
      inverse_x[k] = -raw_x[k];
      inverse_y[k] = -raw_y[k];
      grown[k] = raw_rho[k] < 0 ? -raw_rho[k] : raw_rho[k];
    }
    vexp(inverse_x, inverse_x, n);
    vexp(inverse_y, inverse_y, n);
    vexp(grown, grown, n);
    vlog_cosh(log_cosh, raw_rho, n);
    for (int k = 0; k < n; ++k) {
      const Terms terms = at(k, raw, point, inverse_x, inverse_y, grown);
      const double quadratic = bounded_quadratic(terms.u * terms.u + terms.v * terms.v);
      joint[k] = static_cast<T>(static_cast<double>(raw[k]) - 0.5 * quadratic - static_cast<double>(raw_x[k]) -
                                static_cast<double>(raw_y[k]) + static_cast<double>(log_cosh[k]) - kLogTwoPi);
    }
    const double log_sum = softmax_train(weights, raw, n);
    const double log_joint = softmax_train(shares, joint, n);
    parts[0] += static_cast<double>(weight) * (log_sum - log_joint);

    for (int k = 0; k < n; ++k) {
      const Terms terms = at(k, raw, point, inverse_x, inverse_y, grown);
      const double share = static_cast<double>(weight) * static_cast<double>(shares[k]);
      const double along = terms.u - terms.v * terms.sinh, across = terms.v * terms.cosh;
      gradient[k] = weight * (weights[k] - shares[k]);
      gradient[n + k] = static_cast<T>(-share * along * static_cast<double>(inverse_x[k]));
      gradient[2 * n + k] = static_cast<T>(-share * across * static_cast<double>(inverse_y[k]));
      gradient[3 * n + k] = static_cast<T>(-share * (terms.u * along - 1));
      gradient[4 * n + k] = static_cast<T>(-share * (terms.z_y * across - 1));
      gradient[5 * n + k] = static_cast<T>(
          -share * (terms.sinh / terms.cosh - terms.v * (terms.z_y * terms.sinh - terms.u * terms.cosh)));
    }
  }

  // In double, so that far outliers and narrow components lose nothing and nothing overflows.
  Terms at(int k, const T* raw, const T* point, const T* inverse_x, const T* inverse_y, const T* grown) const {
    const int n = components_;
    Terms out;
    out.u = (static_cast<double>(point[0]) - static_cast<double>(raw[n + k])) * static_cast<double>(inverse_x[k]);
    out.z_y = (static_cast<double>(point[1]) - static_cast<double>(raw[2 * n + k])) * static_cast<double>(inverse_y[k]);
    const double e = static_cast<double>(grown[k]);
    out.cosh = 0.5 * (e + 1 / e);
    out.sinh = raw[5 * n + k] < 0 ? -0.5 * (e - 1 / e) : 0.5 * (e - 1 / e);
    out.v = out.z_y * out.cosh - out.u * out.sinh;
    return out;
  }

  int components_;
};

}  // namespace

template <class T>
std::unique_ptr<Nll<T>> make_sketch_rnn_nll(const HeadSpec& spec) {
  return std::make_unique<SketchRnnNll<T>>(spec.components);
}
template std::unique_ptr<Nll<float>> make_sketch_rnn_nll(const HeadSpec&);
template std::unique_ptr<Nll<double>> make_sketch_rnn_nll(const HeadSpec&);

}  // namespace mdn
