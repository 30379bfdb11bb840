// A training run on arrays: what `fit` of JavaScript drives.
#pragma once

#include <memory>

#include "train/array_set.h"
#include "train/learner.h"
#include "train/train_spec.h"

namespace mdn {

class ArrayTrainer {
 public:
  // Checks the set (see check_array_set). kBadShape: rows of another size than the network's; sequences of different
  // lengths in a stateful run; nothing left to train on.
  static Status create(std::unique_ptr<ArrayTrainer>* out, const ArraySpec& spec, ArraySet set, int threads);

  Status step(StepReport* report);
  // Nats of the validation sequences; of none, 0.
  Nats evaluate();
  std::int64_t steps_per_epoch() const { return plan_->steps_per_epoch(); }
  int validating() const { return static_cast<int>(set_.other.size()); }

  Learner& learner() { return learner_; }
  const Learner& learner() const { return learner_; }
  void set_steps(std::int64_t steps) { learner_.set_steps(steps); }
  Status resume(TrainState state) { return learner_.resume(std::move(state)); }

 private:
  ArrayTrainer(const ArraySpec& spec, ArraySet set, int threads)
      : spec_(spec), set_(std::move(set)), learner_(spec, threads) {}
  Status set_up();

  ArraySpec spec_;
  ArraySet set_;
  Learner learner_;
  std::unique_ptr<ArrayPlan> plan_;
};

}  // namespace mdn
