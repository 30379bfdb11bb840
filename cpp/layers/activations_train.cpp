#include "layers/activations_train.h"

#include <algorithm>
#include <cmath>

#include "kernels/functions_train.h"

namespace mdn {
namespace {

constexpr Activation kTrainable[] = {Activation::kLinear,      Activation::kRelu,         Activation::kRelu6,
                                     Activation::kLeakyRelu,   Activation::kElu,          Activation::kCelu,
                                     Activation::kSelu,        Activation::kSoftplus,     Activation::kSigmoid,
                                     Activation::kHardSigmoid, Activation::kHardSigmoid3, Activation::kTanh,
                                     Activation::kHardTanh,    Activation::kExponential};

constexpr double kSeluScale = 1.05070098735548049342, kSeluAlpha = 1.67326324235437728481;

}  // namespace

Status check_trainable(Activation activation) {
  std::string names;
  for (const Activation known : kTrainable) {
    if (known == activation) return {};
    names += std::string(names.empty() ? "" : ", ") + activation_name(known);
  }
  return Status::error(Code::kUnsupported, std::string("training does not know the derivative of '") +
                                               activation_name(activation) + "'; it knows " + names);
}

void activate_train(float* y, int n, Activation activation) { activate(y, n, activation); }

void activate_train(double* y, int n, Activation activation) {
  const auto each = [&](auto f) {
    for (int i = 0; i < n; ++i) y[i] = f(y[i]);
  };
  switch (activation) {
    case Activation::kRelu:
      return each([](double x) { return std::max(x, 0.0); });
    case Activation::kRelu6:
      return each([](double x) { return std::clamp(x, 0.0, 6.0); });
    case Activation::kLeakyRelu:
      return each([](double x) { return x < 0 ? 0.2 * x : x; });
    case Activation::kElu:
    case Activation::kCelu:
      return each([](double x) { return x > 0 ? x : std::expm1(x); });
    case Activation::kSelu:
      return each([](double x) { return kSeluScale * (x > 0 ? x : kSeluAlpha * std::expm1(x)); });
    case Activation::kSoftplus:
      return vsoftplus(y, y, n);
    case Activation::kSigmoid:
      return vsigmoid(y, y, n);
    case Activation::kHardSigmoid:
      return each([](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); });
    case Activation::kHardSigmoid3:
      return each([](double x) { return std::clamp(x + 3, 0.0, 6.0) / 6; });
    case Activation::kTanh:
      return vtanh(y, y, n);
    case Activation::kHardTanh:
      return each([](double x) { return std::clamp(x, -1.0, 1.0); });
    case Activation::kExponential:
      return vexp(y, y, n);
    default:  // linear; check_trainable has refused the others
      return;
  }
}

template <class T>
void activation_backward(T* dy, const T* y, int n, Activation activation) {
  const auto each = [&](auto derivative) {
    for (int i = 0; i < n; ++i) dy[i] *= derivative(y[i]);
  };
  switch (activation) {
    case Activation::kRelu:
      return each([](T v) { return T(v > 0); });
    case Activation::kRelu6:
      return each([](T v) { return T(v > 0 && v < 6); });
    case Activation::kLeakyRelu:
      return each([](T v) { return v < 0 ? T(0.2) : T(1); });
    case Activation::kElu:
    case Activation::kCelu:
      return each([](T v) { return v > 0 ? T(1) : v + 1; });
    case Activation::kSelu:
      return each([](T v) { return v > 0 ? T(kSeluScale) : v + T(kSeluScale * kSeluAlpha); });
    case Activation::kSoftplus:
      for (int i = 0; i < n; ++i) {
        T e = -y[i];
        vexp(&e, &e, 1);
        dy[i] *= 1 - e;
      }
      return;
    case Activation::kSigmoid:
      return each([](T v) { return v * (1 - v); });
    case Activation::kHardSigmoid:
      return each([](T v) { return v > 0 && v < 1 ? T(0.2) : T(0); });
    case Activation::kHardSigmoid3:
      return each([](T v) { return v > 0 && v < 1 ? T(1.0 / 6) : T(0); });
    case Activation::kTanh:
      return each([](T v) { return 1 - v * v; });
    case Activation::kHardTanh:
      return each([](T v) { return T(v > -1 && v < 1); });
    case Activation::kExponential:
      return each([](T v) { return v; });
    default:
      return;
  }
}

template void activation_backward(float*, const float*, int, Activation);
template void activation_backward(double*, const double*, int, Activation);

}  // namespace mdn
