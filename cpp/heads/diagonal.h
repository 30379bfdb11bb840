// The output of keras-mdn-layer: a mixture of Gaussians with independent dimensions.
//
//   raw    [ μ: K·D | s: K·D | logits: K ]   component-major      K (2D + 1) numbers
//   point  [ D values ]
//
// The standard deviation is f(s) + ε, with f by name: "elu" (keras-mdn-layer, the default): s + 1 above 0, e^s at and
// below it, ε = 1e-7; "exp" (Bishop 1994); "softplus". For s ≤ 0 no 1 is added and taken away again, which in float32
// would cost 7 % of σ at s = −14.
#pragma once

#include <memory>

#include "heads/head.h"

namespace mdn {

// Reads spec.dims, components, epsilon, activation.
Status make_diagonal(std::unique_ptr<Head>* out, const HeadSpec& spec);

}  // namespace mdn
