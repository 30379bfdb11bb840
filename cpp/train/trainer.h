// A training run on drawings: steps, validation, checkpoints, and the model file at the end.
//
// The bits of a run depend on the specification, the data and the machine's vector width; not on the number of threads,
// and not on where it was interrupted and resumed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "train/learner.h"
#include "train/stroke_batch.h"
#include "train/stroke_set.h"
#include "train/train_spec.h"

namespace mdn {

class Trainer {
 public:
  // The set must outlive the trainer. kBadArgument: a phase without enough drawings, classes that the model lacks.
  static Status create(std::unique_ptr<Trainer>* out, const TrainSpec& spec, const StrokeSet& set, int threads);

  // One optimiser step; see learner.h. The report's nats are those of data units.
  Status step(StepReport* report);
  bool done() const { return learner_.done(); }

  // Of the averaged weights (the weights themselves without an average) on a split of the classes that have at least
  // spec.validation.minDrawings training drawings. Dequantised with fixed noise. `told_any`: with the class withheld.
  Nats evaluate(StrokeSet::Split split, bool told_any = false);

  // Notes a validation result; true where it is the best so far.
  bool note(const Nats& nats) { return learner_.note(nats); }
  // Whether patience is exhausted.
  bool out_of_patience() const;

  const TrainState& state() const { return learner_.state(); }
  void add_seconds(double seconds) { learner_.state().seconds += seconds; }
  // Goes on from a checkpoint of a run with this network and seed.
  Status resume(TrainState state);

  Learner& learner() { return learner_; }
  const Learner& learner() const { return learner_; }
  const ParameterLayout& layout() const { return learner_.layout(); }
  const TrainSpec& spec() const { return spec_; }
  // The number of steps in all, where it is not known beforehand: the rest of the schedule stretches or shrinks.
  void set_steps(std::int64_t steps) {
    spec_.steps = steps;
    learner_.set_steps(steps);
  }
  int batches_per_epoch() const { return plan().batches_per_epoch(); }
  // How even the batches of the present phase are.
  double fill() const { return plan().fill(); }

  // A model file of the averaged weights: float32, with a self-test. `nats` goes into its training summary.
  Status write_model(std::vector<std::uint8_t>* out, const Nats& nats) const;

 private:
  Trainer(const TrainSpec& spec, const StrokeSet& set, int threads) : spec_(spec), set_(set), learner_(spec, threads) {}
  Status set_up();
  std::vector<bool> classes_with(int min_drawings) const;
  void enter_phase();
  const BatchPlan& plan() const { return plans_[static_cast<std::size_t>(state().phase)]; }
  Nats in_data_units(const Nats& nats) const;

  TrainSpec spec_;
  const StrokeSet& set_;
  Learner learner_;
  std::vector<BatchPlan> plans_;  // of each phase
};

}  // namespace mdn
