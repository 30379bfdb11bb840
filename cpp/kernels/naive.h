// The obvious versions, templated on the scalar: what every kernel means, and the oracle it is tested against. They use
// libm and plain loops; nothing but tests should call them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace mdn::naive {

// ---- kernels/vmath.h ----

template <class T>
T sigmoid(T x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

template <class T>
T hard_sigmoid(T x) {
  return std::clamp(T(0.2) * x + T(0.5), T(0), T(1));
}

template <class T>
T softplus(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}

// log cosh x. Below 1 from cosh^2 = 1 + sinh^2, because the other form cancels there.
template <class T>
T log_cosh(T x) {
  const T a = std::abs(x);
  if (a < 1) return std::log1p(std::sinh(a) * std::sinh(a)) / 2;
  return a + std::log1p(std::exp(-2 * a)) - std::log(T(2));
}

template <class T>
T log_sum_exp(const T* x, int n) {
  T largest = -std::numeric_limits<T>::infinity();
  for (int i = 0; i < n; ++i) largest = std::max(largest, x[i]);
  if (std::isinf(largest)) return largest;
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += std::exp(x[i] - largest);
  return largest + std::log(sum);
}

template <class T>
void log_softmax(T* out, const T* x, int n) {
  const T total = log_sum_exp(x, n);
  for (int i = 0; i < n; ++i) out[i] = x[i] - total;
}

// ---- kernels/panels.h, on matrices as Keras stores them ----

// out[j] = bias[j] + sum over i of x[i] kernel[i][j]: a dense layer without its activation, in the contract's order.
// out [n], x [k], kernel [k][n], bias [n]
template <class T>
void dense(T* out, const T* x, const T* kernel, const T* bias, int k, int n) {
  for (int j = 0; j < n; ++j) {
    T total = bias[j];
    for (int from = 0; from < k; from += 128) {
      T sum = 0;
      for (int i = from; i < std::min(k, from + 128); ++i) sum += kernel[i * n + j] * x[i];
      total += sum;
    }
    out[j] = total;
  }
}

// out[j] = sum over i of x[i] kernel[i][j], exactly.   out [n], x [k], kernel [k][n]
inline void dense_i8(std::int64_t* out, const std::int16_t* x, const std::int8_t* kernel, int k, int n) {
  for (int j = 0; j < n; ++j) {
    out[j] = 0;
    for (int i = 0; i < k; ++i) out[j] += std::int64_t{kernel[i * n + j]} * x[i];
  }
}

// One activation in fixed point: the nearest of the 2^bits - 1 multiples of max_abs / (2^(bits-1) - 1), halves to even.
template <class T>
int quantise(T x, T max_abs, int bits) {
  const T limit = T((1 << (bits - 1)) - 1);
  if (std::isnan(x)) return 0;
  return static_cast<int>(std::nearbyint(std::clamp(x * (limit / max_abs), -limit, limit)));
}

// ---- layers ----

// The conventions in which LSTMs differ.
struct LstmConventions {
  std::string_view gates = "ifgo";  // order of the four column blocks: input, forget, candidate (g), output
  double forget_bias = 0;           // added to the forget gate before its activation
  bool hard_sigmoid = false;        // the gates' activation: sigmoid, or Keras' hard_sigmoid
};

// One step of an LSTM: c = f c + i g, h = o tanh(c), with i, f, o, g from x kernel + h recurrent + bias.
// h [units] and c [units] are read and replaced; x [inputs], kernel [inputs][4 units], recurrent [units][4 units],
// bias [4 units]
template <class T>
void lstm_cell(T* h, T* c, const T* x, const T* kernel, const T* recurrent, const T* bias, int inputs, int units,
               const LstmConventions& conventions) {
  const int n = 4 * units;
  std::vector<T> z(bias, bias + n);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < inputs; ++i) z[j] += kernel[i * n + j] * x[i];
    for (int i = 0; i < units; ++i) z[j] += recurrent[i * n + j] * h[i];
  }
  const auto gate = [&](char name, int unit) {
    return z[static_cast<int>(conventions.gates.find(name)) * units + unit];
  };
  const auto squash = [&](T value) { return conventions.hard_sigmoid ? hard_sigmoid(value) : sigmoid(value); };
  for (int u = 0; u < units; ++u) {
    const T i = squash(gate('i', u));
    const T f = squash(gate('f', u) + T(conventions.forget_bias));
    const T o = squash(gate('o', u));
    c[u] = f * c[u] + i * std::tanh(gate('g', u));
    h[u] = o * std::tanh(c[u]);
  }
}

}  // namespace mdn::naive
