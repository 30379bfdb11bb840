// Activations and their derivatives for training, in float and double.
//
// A derivative is taken from the output y, so that no layer keeps its sums: available for the activations whose
// derivative is a function of y.
//
//   linear 1 · relu, relu6, hard_tanh: 1 inside · leaky_relu 1 or 0.2 · elu, celu: y > 0 ? 1 : y + 1
//   selu λ or y + λα · softplus 1 − e⁻ʸ · sigmoid y(1 − y) · hard_sigmoid 0.2 and hard_sigmoid_3 ⅙ inside
//   tanh 1 − y² · exponential y
#pragma once

#include "base/status.h"
#include "layers/activations.h"

namespace mdn {

// kUnsupported, with the names above, for an activation that cannot be trained.
Status check_trainable(Activation activation);

// y = f(y), n numbers.
void activate_train(float* y, int n, Activation activation);
void activate_train(double* y, int n, Activation activation);

// dy *= f'(x) where y = f(x).   dy [n], y [n]
template <class T>
void activation_backward(T* dy, const T* y, int n, Activation activation);

}  // namespace mdn
