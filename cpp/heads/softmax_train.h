#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/functions_train.h"

namespace mdn {

// out = softmax(x), returns log Σ e^x. The largest entry is taken out first.   out [n], x [n], n >= 1
template <class T>
double softmax_train(T* out, const T* x, int n) {
  T largest = x[0];
  for (int i = 1; i < n; ++i) largest = std::max(largest, x[i]);
  for (int i = 0; i < n; ++i) out[i] = x[i] - largest;
  vexp(out, out, n);
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += static_cast<double>(out[i]);
  const T scale = static_cast<T>(1 / sum);
  for (int i = 0; i < n; ++i) out[i] *= scale;
  return static_cast<double>(largest) + std::log(sum);
}

}  // namespace mdn
