// The network of model/network.h for training: the same description, the same parameters, forward and backward over
// whole batches. T is float to train, double to check gradients.
#pragma once

#include <memory>
#include <vector>

#include "base/status.h"
#include "heads/nll_train.h"
#include "layers/dense_train.h"
#include "layers/lstm_train.h"
#include "model/spec.h"
#include "train/batch.h"
#include "train/parameters.h"

namespace mdn {

template <class T>
class TrainNetwork {
 public:
  // Buffers of one shard: its activations, and what backward needs.
  struct Tape {
    std::vector<LstmTape<T>> lstm;
    std::vector<AlignedVector<T>> outputs;  // [node][rows, units]; LSTM nodes keep theirs in their own tape
    std::vector<AlignedVector<T>> d_outputs, joined, d_joined;
    AlignedVector<T> embedding, d_embedding;  // [sequences, E]
    std::vector<AlignedVector<T>> states;     // [LSTM][sequences, 2·units]: where the next window continues
    bool continued = false;                   // the last forward() started from them
    GemmScratch<T> scratch;
  };

  Status build(const ModelSpec& spec);

  const ModelSpec& spec() const { return spec_; }
  const ParameterLayout& layout() const { return layout_; }
  const Nll<T>& nll() const { return *nll_; }

  // Takes over new parameters [layout().size]; they must live until the next pack().
  void pack(const T* parameters);

  // Runs the batch; raw outputs are at output(). Dropout with keep = 1 is none. `continued`: the batch is the next
  // window of the sequences that keep_states() was last called for; gradients do not reach back into it (truncated
  // backpropagation through time).
  void forward(Tape& tape, const Batch<T>& batch, const RecurrentDropout& dropout, bool continued = false) const;

  // Remembers where the sequences of the last forward() ended.
  void keep_states(Tape& tape, const PackedSteps& steps) const;

  // The sums of both parts' nats over the batch, added to parts. d_outputs of the last node receive the gradient.
  void loss(double parts[2], Tape& tape, const Batch<T>& batch) const;

  // After forward and loss: adds to the gradients d [layout().size] of the summed nats.
  void backward(T* d, Tape& tape, const Batch<T>& batch, const RecurrentDropout& dropout) const;

  // Raw outputs of the last node: [rows, P].
  const T* output(const Tape& tape) const { return node_output(tape, static_cast<int>(nodes_.size()) - 1); }

 private:
  struct Node {
    NodeSpec::Type type = NodeSpec::Type::kDense;
    std::vector<int> inputs;
    int layer = 0;  // index among the nodes of its type
    int units = 0, input_units = 0;
    bool wants_dx = false;  // some input of it is a node
    std::size_t kernel = 0, recurrent_kernel = 0, bias = 0, class_kernel = 0, class_state_kernel = 0,
                class_state_bias = 0;
    DenseSizes dense;
    LstmSizes lstm;
  };

  const T* node_output(const Tape& tape, int node) const;
  const T* joined_inputs(Tape& tape, int node, const Batch<T>& batch) const;
  T* d_inputs(Tape& tape, int node, int rows) const;
  void spread_d_inputs(Tape& tape, int node, int rows) const;
  DenseParameters<T> dense_parameters(const Node& node, T* values) const {
    return {values + node.kernel, values + node.bias};
  }
  LstmParameters<T> lstm_parameters(const Node& node, T* values) const;
  RecurrentDropout node_dropout(const RecurrentDropout& dropout, int layer) const;

  ModelSpec spec_;
  ParameterLayout layout_;
  std::unique_ptr<Nll<T>> nll_;
  std::vector<Node> nodes_;
  std::vector<DensePacked<T>> dense_;
  std::vector<LstmPacked<T>> lstm_;
  T* parameters_ = nullptr;
};

}  // namespace mdn
