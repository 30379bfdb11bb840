#include "train/train_network.h"

#include <algorithm>

namespace mdn {
namespace {

template <class T>
T* zeros(AlignedVector<T>& values, std::ptrdiff_t size) {
  if (values.size() < static_cast<std::size_t>(size)) {
    values = AlignedVector<T>(static_cast<std::size_t>(size));
  } else {
    std::fill_n(values.data(), size, T{0});
  }
  return values.data();
}

template <class T>
T* at_least(AlignedVector<T>& values, std::ptrdiff_t size) {
  if (values.size() < static_cast<std::size_t>(size)) values = AlignedVector<T>(static_cast<std::size_t>(size));
  return values.data();
}

}  // namespace

template <class T>
Status TrainNetwork<T>::build(const ModelSpec& spec) {
  spec_ = spec;
  if (Status status = lay_out(&layout_, spec); !status.ok()) return status;
  if (Status status = make_nll(&nll_, spec.head); !status.ok()) return status;
  if (nll_->outputs() != spec.nodes.back().units) {
    return Status::error(Code::kBadShape, "node '" + spec.nodes.back().name + "' must have the " +
                                              std::to_string(nll_->outputs()) + " outputs that the head '" +
                                              spec.head.type + "' needs, it has " +
                                              std::to_string(spec.nodes.back().units));
  }
  const auto offset = [&](const std::string& name) {
    const ParameterView* view = layout_.find(name);
    return view == nullptr ? std::size_t{0} : view->offset;
  };
  nodes_.clear();
  int dense_count = 0, lstm_count = 0;
  for (const NodeSpec& from : spec.nodes) {
    Node node;
    node.type = from.type;
    node.inputs = from.inputs;
    node.units = from.units;
    node.input_units = input_units(spec, from);
    node.wants_dx = std::any_of(from.inputs.begin(), from.inputs.end(), [](int input) { return input >= 0; });
    node.kernel = offset(from.name + "/kernel");
    node.bias = offset(from.name + "/bias");
    if (from.type == NodeSpec::Type::kDense) {
      node.layer = dense_count++;
      node.dense = {node.input_units, from.units, from.activation};
    } else {
      node.layer = lstm_count++;
      node.lstm = {node.input_units, from.units, from.conditioned ? spec.embedding_units : 0,
                   from.lstm.recurrent_activation};
      node.recurrent_kernel = offset(from.name + "/recurrent_kernel");
      node.class_kernel = offset(from.name + "/class_kernel");
      node.class_state_kernel = offset(from.name + "/class_state_kernel");
      node.class_state_bias = offset(from.name + "/class_state_bias");
    }
    nodes_.push_back(node);
  }
  dense_ = std::vector<DensePacked<T>>(static_cast<std::size_t>(dense_count));
  lstm_ = std::vector<LstmPacked<T>>(static_cast<std::size_t>(lstm_count));
  return {};
}

template <class T>
LstmParameters<T> TrainNetwork<T>::lstm_parameters(const Node& node, T* values) const {
  LstmParameters<T> out{values + node.kernel, values + node.recurrent_kernel, values + node.bias};
  if (node.lstm.embedding > 0) {
    out.class_kernel = values + node.class_kernel;
    out.class_state_kernel = values + node.class_state_kernel;
    out.class_state_bias = values + node.class_state_bias;
  }
  return out;
}

template <class T>
void TrainNetwork<T>::pack(const T* parameters) {
  parameters_ = const_cast<T*>(parameters);  // the views of parameters and gradients share one type; forward only reads
  for (const Node& node : nodes_) {
    const auto layer = static_cast<std::size_t>(node.layer);
    if (node.type == NodeSpec::Type::kDense) {
      dense_[layer].pack(dense_parameters(node, parameters_), node.dense);
    } else {
      lstm_[layer].pack(lstm_parameters(node, parameters_), node.lstm);
    }
  }
}

template <class T>
const T* TrainNetwork<T>::node_output(const Tape& tape, int node) const {
  const auto index = static_cast<std::size_t>(node);
  const Node& of = nodes_[index];
  return of.type == NodeSpec::Type::kLstm ? tape.lstm[static_cast<std::size_t>(of.layer)].hidden.data()
                                          : tape.outputs[index].data();
}

// One input is used where it lies; several are joined row by row.
template <class T>
const T* TrainNetwork<T>::joined_inputs(Tape& tape, int node, const Batch<T>& batch) const {
  const Node& of = nodes_[static_cast<std::size_t>(node)];
  const auto source = [&](int input) {
    return input == NodeSpec::kNetworkInput ? batch.inputs.data() : node_output(tape, input);
  };
  if (of.inputs.size() == 1) return source(of.inputs.front());
  const int rows = batch.steps.total();
  T* out = at_least(tape.joined[static_cast<std::size_t>(node)], static_cast<std::ptrdiff_t>(rows) * of.input_units);
  std::ptrdiff_t column = 0;
  for (const int input : of.inputs) {
    const int units =
        input == NodeSpec::kNetworkInput ? spec_.input_size : nodes_[static_cast<std::size_t>(input)].units;
    const T* from = source(input);
    for (std::ptrdiff_t r = 0; r < rows; ++r) std::copy_n(from + r * units, units, out + r * of.input_units + column);
    column += units;
  }
  return out;
}

// Where a node adds the gradient of its inputs: its one input's own, a buffer for several, nothing for the data.
template <class T>
T* TrainNetwork<T>::d_inputs(Tape& tape, int node, int rows) const {
  const Node& of = nodes_[static_cast<std::size_t>(node)];
  if (!of.wants_dx) return nullptr;
  if (of.inputs.size() == 1) return tape.d_outputs[static_cast<std::size_t>(of.inputs.front())].data();
  return zeros(tape.d_joined[static_cast<std::size_t>(node)], static_cast<std::ptrdiff_t>(rows) * of.input_units);
}

template <class T>
void TrainNetwork<T>::spread_d_inputs(Tape& tape, int node, int rows) const {
  const Node& of = nodes_[static_cast<std::size_t>(node)];
  if (!of.wants_dx || of.inputs.size() == 1) return;
  const T* from = tape.d_joined[static_cast<std::size_t>(node)].data();
  for (const int input : of.inputs) {
    const int units =
        input == NodeSpec::kNetworkInput ? spec_.input_size : nodes_[static_cast<std::size_t>(input)].units;
    if (input != NodeSpec::kNetworkInput) {
      T* out = tape.d_outputs[static_cast<std::size_t>(input)].data();
      for (std::ptrdiff_t r = 0; r < rows; ++r) {
        for (int j = 0; j < units; ++j) out[r * units + j] += from[r * of.input_units + j];
      }
    }
    from += units;
  }
}

template <class T>
RecurrentDropout TrainNetwork<T>::node_dropout(const RecurrentDropout& dropout, int layer) const {
  RecurrentDropout out = dropout;
  out.first_block += static_cast<std::uint32_t>(layer) << 16;  // kMaxUnits / 8 blocks fit many times
  return out;
}

template <class T>
void TrainNetwork<T>::forward(Tape& tape, const Batch<T>& batch, const RecurrentDropout& dropout,
                              bool continued) const {
  tape.continued = continued;
  tape.lstm.resize(lstm_.size());
  for (auto* buffers : {&tape.outputs, &tape.d_outputs, &tape.joined, &tape.d_joined}) buffers->resize(nodes_.size());
  const int rows = batch.steps.total();
  const T* embedding = nullptr;
  if (!spec_.embedding.empty()) {
    const std::ptrdiff_t units = spec_.embedding_units;
    T* out = at_least(tape.embedding, static_cast<std::ptrdiff_t>(batch.steps.sequences()) * units);
    for (std::size_t s = 0; s < batch.classes.size(); ++s) {
      std::copy_n(parameters_ + layout_.views.front().offset + batch.classes[s] * units, units,
                  out + static_cast<std::ptrdiff_t>(s) * units);
    }
    embedding = out;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    const auto layer = static_cast<std::size_t>(node.layer);
    const T* x = joined_inputs(tape, static_cast<int>(i), batch);
    if (node.type == NodeSpec::Type::kDense) {
      T* y = at_least(tape.outputs[i], static_cast<std::ptrdiff_t>(rows) * node.units);
      dense_forward(y, dense_parameters(node, parameters_), dense_[layer], x, rows, node.dense);
    } else {
      lstm_forward(tape.lstm[layer], lstm_parameters(node, parameters_), lstm_[layer], x, embedding,
                   continued ? tape.states[layer].data() : nullptr, node_dropout(dropout, node.layer), batch.steps,
                   node.lstm);
    }
  }
}

template <class T>
void TrainNetwork<T>::keep_states(Tape& tape, const PackedSteps& steps) const {
  tape.states.resize(lstm_.size());
  for (const Node& node : nodes_) {
    if (node.type != NodeSpec::Type::kLstm) continue;
    const auto layer = static_cast<std::size_t>(node.layer);
    T* state = at_least(tape.states[layer], static_cast<std::ptrdiff_t>(steps.sequences()) * 2 * node.units);
    lstm_final_state(state, tape.lstm[layer], steps, node.lstm);
  }
}

template <class T>
void TrainNetwork<T>::loss(double parts[2], Tape& tape, const Batch<T>& batch) const {
  const int rows = batch.steps.total();
  const T* raw = output(tape);
  const std::ptrdiff_t outputs = nll_->outputs(), point = nll_->point_size();
  T* d = at_least(tape.d_outputs.back(), rows * outputs);
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    nll_->row(parts, d + r * outputs, raw + r * outputs, batch.targets.data() + r * point,
              batch.weights.data() + 2 * r);
  }
}

template <class T>
void TrainNetwork<T>::backward(T* d, Tape& tape, const Batch<T>& batch, const RecurrentDropout& dropout) const {
  const int rows = batch.steps.total();
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    zeros(tape.d_outputs[i], static_cast<std::ptrdiff_t>(rows) * nodes_[i].units);
  }
  const std::ptrdiff_t embedding_units = spec_.embedding.empty() ? 0 : spec_.embedding_units;
  const bool conditioned = embedding_units > 0;
  if (conditioned) zeros(tape.d_embedding, batch.steps.sequences() * embedding_units);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const Node& node = nodes_[i];
    const auto layer = static_cast<std::size_t>(node.layer);
    const T* x = joined_inputs(tape, static_cast<int>(i), batch);
    T* dx = d_inputs(tape, static_cast<int>(i), rows);
    if (node.type == NodeSpec::Type::kDense) {
      dense_backward(dense_parameters(node, d), dx, tape.d_outputs[i].data(), dense_[layer], tape.outputs[i].data(), x,
                     rows, node.dense, tape.scratch);
    } else {
      lstm_backward(lstm_parameters(node, d), dx, conditioned ? tape.d_embedding.data() : nullptr,
                    tape.d_outputs[i].data(), tape.lstm[layer], lstm_[layer], x,
                    conditioned ? tape.embedding.data() : nullptr, tape.continued, dropout.keep, batch.steps,
                    node.lstm);
    }
    spread_d_inputs(tape, static_cast<int>(i), rows);
  }
  for (std::size_t s = 0; conditioned && s < batch.classes.size(); ++s) {
    T* row = d + layout_.views.front().offset + batch.classes[s] * embedding_units;
    const T* from = tape.d_embedding.data() + static_cast<std::ptrdiff_t>(s) * embedding_units;
    for (std::ptrdiff_t e = 0; e < embedding_units; ++e) row[e] += from[e];
  }
}

template class TrainNetwork<float>;
template class TrainNetwork<double>;

}  // namespace mdn
