#include "model/network.h"

#include <algorithm>

namespace mdn {

Status Network::start(float* bias, float* state, int class_index) const {
  const float* embedding = nullptr;
  if (conditioned()) {
    if (class_index == -1 && spec_.any_class)
      class_index = spec_.classes;
    else if (class_index < 0 || class_index >= spec_.classes) {
      return Status::error(Code::kBadArgument, {"class ", class_index, " of a model with ", spec_.classes, " classes"});
    }
    embedding = embedding_.data() + static_cast<std::ptrdiff_t>(class_index) * spec_.embedding_units;
  } else if (class_index != -1) {
    return Status::error(Code::kBadArgument, "this model has no classes to choose from");
  }
  std::fill_n(state, state_size_, 0.0f);
  for (const Node& node : nodes_) {
    if (node.type == NodeSpec::Type::kLstm) {
      lstm_[static_cast<std::size_t>(node.layer)].start(bias + node.bias_offset, state + node.state_offset, embedding);
    }
  }
  return {};
}

const float* Network::source(int node, const float* activations) const {
  return activations + (node == NodeSpec::kNetworkInput ? 0 : nodes_[static_cast<std::size_t>(node)].offset);
}

void Network::run(const Node& node, float* activations, float* state, const float* bias, int rows,
                  std::int16_t* scratch) const {
  // Joins the inputs of row r at `out`.
  const auto gather = [&](float* out, int r) {
    const float* row = activations + static_cast<std::ptrdiff_t>(r) * activation_size_;
    for (int from : node.inputs) out = std::copy_n(source(from, row), source_units(from), out);
  };
  if (node.type == NodeSpec::Type::kLstm) {
    const Lstm& lstm = lstm_[static_cast<std::size_t>(node.layer)];
    float* first = state + node.state_offset;
    for (int r = 0; r < rows; ++r) gather(lstm.input(first + static_cast<std::ptrdiff_t>(r) * state_size_), r);
    lstm.forward(activations + node.offset, activation_size_, first, state_size_, bias + node.bias_offset, rows,
                 scratch);
    return;
  }
  const Dense& dense = dense_[static_cast<std::size_t>(node.layer)];
  const float* x = source(node.inputs.front(), activations);
  if (node.concat_offset >= 0) {
    for (int r = 0; r < rows; ++r) {
      gather(activations + static_cast<std::ptrdiff_t>(r) * activation_size_ + node.concat_offset, r);
    }
    x = activations + node.concat_offset;
  }
  dense.forward(activations + node.offset, activation_size_, x, activation_size_, rows);
}

void Network::advance(float* activations, float* state, const float* x, int ldx, const float* bias, int rows,
                      std::int16_t* scratch) const {
  // Futures leave each row's input in its place already; ldx then is the distance of rows of activations.
  for (int r = 0; x != activations && r < rows; ++r) {
    std::copy_n(x + static_cast<std::ptrdiff_t>(r) * ldx, spec_.input_size,
                activations + static_cast<std::ptrdiff_t>(r) * activation_size_);
  }
  for (const Node& node : nodes_) {
    if (node.on_advance) run(node, activations, state, bias, rows, scratch);
  }
}

void Network::read_out(float* activations, int rows) const {
  for (const Node& node : nodes_) {
    if (!node.on_advance) run(node, activations, nullptr, nullptr, rows, nullptr);
  }
}

}  // namespace mdn
