#include "train/array_trainer.h"

#include <algorithm>

#include "random/draw.h"
#include "train/streams.h"

namespace mdn {

Status ArrayTrainer::create(std::unique_ptr<ArrayTrainer>* out, const ArraySpec& spec, ArraySet set, int threads) {
  std::unique_ptr<ArrayTrainer> trainer(new ArrayTrainer(spec, std::move(set), threads));
  if (Status status = trainer->set_up(); !status.ok()) return status;
  *out = std::move(trainer);
  return {};
}

Status ArrayTrainer::set_up() {
  if (Status status = learner_.build(spec_.model); !status.ok()) return status;
  if (set_.input_size != spec_.model.input_size || set_.point_size != learner_.network().nll().point_size()) {
    return Status::error(Code::kBadShape, "the network reads rows of " + std::to_string(spec_.model.input_size) +
                                              " numbers and predicts " +
                                              std::to_string(learner_.network().nll().point_size()));
  }
  const bool conditioned = !spec_.model.embedding.empty();
  if (Status status = check_array_set(set_, conditioned ? spec_.model.classes : 0); !status.ok()) return status;
  if (set_.train.empty()) return Status::error(Code::kBadShape, "validation takes all the data; none is left to train");
  for (const int s : set_.train) {
    if (!spec_.stateful || set_.length(s) == set_.length(set_.train.front())) continue;
    return Status::error(Code::kBadShape, "stateful training needs sequences of equal length; sequence " +
                                              std::to_string(s) + " has " + std::to_string(set_.length(s)) + " rows, " +
                                              std::to_string(set_.length(set_.train.front())) + " were expected");
  }
  plan_ = std::make_unique<ArrayPlan>(set_, spec_.batch, spec_.stateful ? spec_.window : 0, spec_.shuffle, spec_.seed);
  return {};
}

Status ArrayTrainer::step(StepReport* report) {
  const std::int64_t index = learner_.state().step;
  const ArrayPlan::Step step = plan_->step(index);
  std::vector<bool> told_any;
  for (std::size_t i = 0; spec_.model.any_class && i < step.sequences.size(); ++i) {
    Draw draw(spec_.seed, stream_of(Purpose::kAugment, step.batch_start, static_cast<int>(i)), 0);
    told_any.push_back(draw.uniform() < spec_.any_share);
  }
  return learner_.step(
      report,
      [&](Batch<float>* out, int shard) {
        make_array_batch(out, set_, step, shard, spec_.shards, told_any, spec_.model.classes);
      },
      step.from);
}

Nats ArrayTrainer::evaluate() {
  // Batches of the run's own size: what fits the memory in training fits it here.
  const auto batch = static_cast<std::size_t>(spec_.batch);
  const auto count = static_cast<int>((set_.other.size() + batch - 1) / batch);
  return learner_.evaluate(count, [&](Batch<float>* out, int number) {
    const std::size_t from = static_cast<std::size_t>(number) * batch;
    const ArrayPlan::Step step{
        std::span<const int>(set_.other).subspan(from, std::min(batch, set_.other.size() - from)), 0, 1 << 30, 0};
    make_array_batch(out, set_, step, 0, 1);
  });
}

}  // namespace mdn
