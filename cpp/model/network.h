// The network: nodes in topological order, weights packed for running. Immutable once loaded and shared by sessions.
//
// A row of state holds what a sequence carries from step to step (the [x | h | c] of each LSTM); a row of activations
// holds every node's output. Both are flat, so a fork, a snapshot and a batch are copies of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "base/status.h"
#include "heads/head.h"
#include "io/safetensors.h"
#include "layers/dense.h"
#include "layers/lstm.h"
#include "model/spec.h"

namespace mdn {

class Network {
 public:
  // Reads a model file. The bytes are not needed afterwards. `force_float32` expands int8 kernels instead of running
  // them as integers. Errors: kBadFile, kBadShape, kBadValue (weights that are not finite), kUnsupported, kTooLarge.
  static Status load(std::shared_ptr<const Network>* out, std::span<const std::uint8_t> bytes,
                     bool force_float32 = false);
  // The same from a description and tensors that somebody else has read; spec.self_test and file.metadata may be empty.
  static Status build(std::shared_ptr<const Network>* out, ModelSpec spec, const Safetensors& file,
                      bool force_float32 = false);

  const ModelSpec& spec() const { return spec_; }
  const Head& head() const { return *head_; }
  int input_size() const { return spec_.input_size; }
  // Raw outputs of the last node.
  int output_size() const { return spec_.nodes.back().units; }
  // Whether the network carries anything from one row to the next.
  bool recurrent() const { return recurrent_; }
  bool conditioned() const { return !spec_.embedding.empty(); }
  // Whether a sampled row can be fed back as the next input.
  bool autoregressive() const { return spec_.input_size == head_->shape().point_size(); }

  int state_size() const { return state_size_; }
  int activation_size() const { return activation_size_; }
  int bias_size() const { return bias_size_; }
  int scratch_size() const { return scratch_size_; }

  // Starts a sequence. class_index: a class, or -1 for "any" (which needs an "any" row in a conditioned network).
  // bias [bias_size], state [state_size]. kBadArgument for a class that does not exist.
  Status start(float* bias, float* state, int class_index) const;

  // Feeds one input row to each of `rows` sequences: everything that the state depends on.
  // x [rows, ldx]; activations [rows, activation_size]; state [rows, state_size];
  // scratch [min(rows, Lstm::kChunk), scratch_size].
  void advance(float* activations, float* state, const float* x, int ldx, const float* bias, int rows,
               std::int16_t* scratch) const;

  // Computes what advance() left out: the nodes that only the output depends on. Run when somebody asks for the output.
  void read_out(float* activations, int rows) const;

  // Raw outputs in a row of activations, valid after read_out(): [output_size].
  const float* output(const float* activations) const { return activations + nodes_.back().offset; }

  // Replays the stored input and output pair. kMismatch with the position and both numbers of the first difference;
  // ok where the file has none.
  Status self_test() const;

 private:
  struct Node {
    NodeSpec::Type type;
    std::vector<int> inputs;
    int layer = 0;  // index into dense_ or lstm_
    int units = 0;
    int offset = 0;           // of its output in a row of activations
    int concat_offset = -1;   // of its joined inputs in a row of activations, where it has several
    int state_offset = 0;     // of its state in a row of state
    int bias_offset = 0;      // of its session bias
    bool on_advance = false;  // the state depends on it
  };

  Status pack(const Safetensors& file, bool force_float32);
  Status pack_lstm(const Safetensors& file, const NodeSpec& spec, int inputs, bool force_float32);
  Status pack_dense(const Safetensors& file, const NodeSpec& spec, int inputs);
  void run(const Node& node, float* activations, float* state, const float* bias, int rows,
           std::int16_t* scratch) const;
  const float* source(int node, const float* activations) const;
  int source_units(int node) const;

  ModelSpec spec_;
  std::unique_ptr<Head> head_;
  std::vector<Node> nodes_;
  std::vector<Dense> dense_;
  std::vector<Lstm> lstm_;
  AlignedVector<float> embedding_;  // [classes + any, embedding_units]
  int state_size_ = 0, activation_size_ = 0, bias_size_ = 0, scratch_size_ = 0;
  bool recurrent_ = false;
};

}  // namespace mdn
