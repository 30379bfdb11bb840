// The output of Sketch-RNN (Ha & Eck 2017): a mixture of correlated pairs for the offset, and three pen states.
//
//   raw    [ pen logits 3 | π logits K | μx K | μy K | σ̂x K | σ̂y K | ρ̂ K ]                3 + 6K numbers
//   point  [ Δx, Δy, pen stays down, pen is lifted after this point, the drawing is over ]  stroke-5
//
// σ = e^σ̂, ρ = tanh ρ̂, softmax over π and pen, as in Magenta's code (the paper writes the pen last).
#pragma once

#include <memory>

#include "heads/head.h"

namespace mdn {

// Reads spec.components; spec.dims is 2 where it is given.
Status make_sketch_rnn(std::unique_ptr<Head>* out, const HeadSpec& spec);

}  // namespace mdn
