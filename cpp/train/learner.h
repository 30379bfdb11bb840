// The step of a training run, whatever it learns from: gradients of the shards of a batch, added in order, clipped, and
// handed to the optimiser. Where the batches come from is the affair of Trainer (drawings) and ArrayTrainer (arrays).
//
// The bits of a run depend on the options, the data and the machine's vector width; not on the number of threads.
#pragma once

#include <functional>
#include <vector>

#include "train/checkpoint.h"
#include "train/optimiser.h"
#include "train/pool.h"
#include "train/train_network.h"

namespace mdn {

struct LearnOptions {
  std::uint64_t seed = 1;
  std::int64_t steps = 0;  // optimiser steps in all
  int batch = 128;         // sequences a step
  int shards = 4;          // parts of a batch; at most as many threads help
  AdamOptions adam;
  Schedule schedule;
  double clip_norm = 1, clip_value = 0;  // 0: not at all
  float average = 0.999f;                // of the weights; 0: none
  float recurrent_keep = 1;              // recurrent dropout
  int window = 0;         // gradients run back through so many steps at most, which bounds the memory; 0: through all
  bool stateful = false;  // a step learns one window, and the next goes on from its states
};

// Nats per point: of the values, and of the discrete part (with the end row of a drawing, per point).
struct Nats {
  double offset = 0, pen = 0;
  double total() const { return offset + pen; }
};

struct StepReport {
  std::int64_t step = 0;  // of this step, from 0
  Nats nats;              // of the batch, with dropout and augmentation
  double rate = 0;        // learning rate
  double norm = 0;        // of the gradient before clipping
  double points = 0;      // in the batch: the sum of their weights
};

class Learner {
 public:
  // Fills a batch: that of a shard of a step, or number n of an evaluation. Without rows it is passed over.
  using Source = std::function<void(Batch<float>* out, int number)>;

  Learner(const LearnOptions& options, int threads) : options_(options), pool_(threads) {}
  Status build(const ModelSpec& spec);

  // One optimiser step. `from`: where in their sequences the rows begin; above 0 the batch is the next window of the
  // step before it. kBadValue, with the cause, when the loss or the gradient is not finite: the parameters are then
  // those of the step before.
  Status step(StepReport* report, const Source& source, int from = 0);
  bool done() const { return state_.step >= options_.steps; }

  // Of the averaged weights (the weights themselves without an average) over batches 0 … count − 1. Not between the
  // windows of a stateful run, whose states it overwrites.
  Nats evaluate(int count, const Source& source);

  // Notes the result of a validation; true where it is the best so far.
  bool note(const Nats& nats);

  const LearnOptions& options() const { return options_; }
  // The number of steps in all, where it is not known beforehand: the rest of the schedule stretches or shrinks.
  void set_steps(std::int64_t steps) { options_.steps = steps; }
  TrainState& state() { return state_; }
  const TrainState& state() const { return state_; }
  // Goes on from a checkpoint of a run of this network and seed.
  Status resume(TrainState state);
  // Starts from these [layout().size] instead of random ones.
  void set_parameters(const float* parameters);
  const AlignedVector<float>& averaged() const { return options_.average > 0 ? state_.average : state_.parameters; }

  const TrainNetwork<float>& network() const { return network_; }
  const ParameterLayout& layout() const { return network_.layout(); }

 private:
  struct Parts {
    double nats[2] = {0, 0};
    double points = 0;
  };
  // Calls work(batch, first step) for the batch of a shard, whole or in windows, states carried along.
  template <class Work>
  void each_window(int shard, const Work& work);
  void learn(int shard, int from, double nats[2]);
  Status update(StepReport* report, double points);

  LearnOptions options_;
  Pool pool_;
  TrainNetwork<float> network_;
  TrainState state_;
  std::vector<TrainNetwork<float>::Tape> tapes_;
  std::vector<Batch<float>> batches_, windows_;  // of each shard
  std::vector<AlignedVector<float>> gradients_;  // of each shard
};

}  // namespace mdn
