// All parameters of a network as one flat array with named views, in the order of the model file. Gradients, moments
// and averages are arrays of the same layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/spec.h"

namespace mdn {

struct ParameterView {
  enum class Start : std::uint8_t {
    kGlorot,      // uniform ±√(6 / (inputs + outputs)) (Glorot & Bengio 2010)
    kOrthogonal,  // each block of square gates orthogonal (Saxe et al. 2014)
    kSmall,       // normal, standard deviation 0.01: a head that starts with all components alike
    kEmbedding,   // normal, standard deviation 0.3
    kForgetBias,  // zero, the forget gate's block one
    kZero,
  };
  std::string name;  // as in the model file
  std::vector<int> shape;
  std::size_t offset = 0;
  Start start = Start::kZero;

  std::size_t count() const;
};

struct ParameterLayout {
  std::vector<ParameterView> views;
  std::size_t size = 0;

  const ParameterView* find(const std::string& name) const;
};

// What the network of `spec` learns. kUnsupported for what training does not know: gates in another order than i, f, g,
// o, a forget bias outside the bias, activations without a derivative, narrow weights.
Status lay_out(ParameterLayout* out, const ModelSpec& spec);

// The inputs of a node, joined: their number.
int input_units(const ModelSpec& spec, const NodeSpec& node);

// Initial values, a pure function of the seed: `values` [layout.size].
void initialise(float* values, const ParameterLayout& layout, std::uint64_t seed);

}  // namespace mdn
