#pragma once

#include <span>
#include <string_view>

#include "base/status.h"

// The activations of Keras 3 by their Keras names, with Keras' default parameters, in float32.
//
// No libm function is called anywhere below, so the bits are the same natively and in WebAssembly, and a number's
// result does not depend on its place in the row (softmax, log_softmax and sparsemax aside, which see the whole row).
//
//   name            y(x)
//   linear          x
//   relu            max(x, 0)
//   relu6           min(max(x, 0), 6)
//   leaky_relu      x < 0 ? 0.2 x : x
//   elu             x > 0 ? x : eˣ − 1
//   celu            the same (α = 1)
//   selu            1.05070098… · (x > 0 ? x : 1.67326324… (eˣ − 1))
//   gelu            x Φ(x) = ½ x (1 + erf(x/√2))
//   gelu_tanh       ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))             (Keras: gelu with approximate=True)
//   softplus        log(1 + eˣ)
//   softsign        x / (1 + |x|)
//   squareplus      ½ (x + √(x² + 4))
//   sparse_plus     x ≤ −1 ? 0 : x < 1 ? ¼ (x + 1)² : x
//   sparse_sigmoid  min(max(½ (x + 1), 0), 1)
//   sigmoid         1 / (1 + e⁻ˣ)
//   log_sigmoid     −log(1 + e⁻ˣ)
//   hard_sigmoid    min(max(0.2 x + 0.5, 0), 1)                          (Keras 1 and 2, TensorFlow 1)
//   hard_sigmoid_3  min(max(x + 3, 0), 6) / 6                            (what Keras 3 calls hard_sigmoid)
//   hard_silu       x · hard_sigmoid_3(x)                                (alias: hard_swish)
//   silu            x · sigmoid(x)                                       (alias: swish)
//   mish            x · tanh(softplus(x))
//   tanh            tanh x
//   hard_tanh       min(max(x, −1), 1)
//   tanh_shrink     x − tanh x
//   hard_shrink     |x| > 0.5 ? x : 0
//   soft_shrink     x > 0.5 ? x − 0.5 : x < −0.5 ? x + 0.5 : 0
//   threshold       x > 0 ? x : 0            (Keras gives its threshold and its value no defaults: both are 0 here)
//   exponential     eˣ
//   softmax         eˣⁱ / Σ eˣʲ over the row
//   log_softmax     xᵢ − log Σ eˣʲ over the row
//   sparsemax       the Euclidean projection of the row onto the simplex (Martins and Astudillo 2016, algorithm 1)
//
// Two names of Keras are hard_sigmoid: weights trained with Keras ≤ 2 or TensorFlow 1 need clip(0.2x + 0.5), and most
// LSTM weights in the wild are of that kind, so the plain name keeps the old meaning. A reader of Keras 3 files maps
// "hard_sigmoid" to hard_sigmoid_3.
//
// Two more differences. sparsemax follows its paper: that of Keras up to 3.15 has a wrong threshold, and its rows do
// not add up to 1 (keras issue 23425). And a NaN stays NaN in every activation, where Keras' hard_shrink, soft_shrink
// and threshold turn it into 0. At −∞, where Keras has −∞ · 0 = NaN, a limit or NaN comes out.
namespace mdn {

enum class Activation {
  kLinear,
  kRelu,
  kRelu6,
  kLeakyRelu,
  kElu,
  kCelu,
  kSelu,
  kGelu,
  kGeluTanh,
  kSoftplus,
  kSoftsign,
  kSquareplus,
  kSparsePlus,
  kSparseSigmoid,
  kSigmoid,
  kLogSigmoid,
  kHardSigmoid,
  kHardSigmoid3,
  kHardSilu,
  kSilu,
  kMish,
  kTanh,
  kHardTanh,
  kTanhShrink,
  kHardShrink,
  kSoftShrink,
  kThreshold,
  kExponential,
  kSoftmax,
  kLogSoftmax,
  kSparsemax,
};

// Finds an activation by name or alias. kUnsupported, with the known names, for any other; "glu" has its own message,
// since it halves the width of its row.
Status parse_activation(Activation* out, std::string_view name);

// The canonical name ("silu" for swish), a string that lives for ever.
const char* activation_name(Activation activation);

// Every canonical name, in the order of the enumeration.
std::span<const char* const> activation_names();

// Applies the activation in place to one row of n ≥ 0 numbers. Element-wise activations may take several rows at once;
// softmax, log_softmax and sparsemax normalise over the n numbers given. Nothing is allocated. A NaN gives NaN in its
// place, and in the whole row for the three that normalise.
void activate(float* y, int n, Activation activation);

}  // namespace mdn
