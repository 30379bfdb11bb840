#include "train/trainer.h"

#include <algorithm>
#include <cmath>

#include "train/model_file.h"

namespace mdn {

Status Trainer::create(std::unique_ptr<Trainer>* out, const TrainSpec& spec, const StrokeSet& set, int threads) {
  std::unique_ptr<Trainer> trainer(new Trainer(spec, set, threads));
  if (Status status = trainer->set_up(); !status.ok()) return status;
  *out = std::move(trainer);
  return {};
}

std::vector<bool> Trainer::classes_with(int min_drawings) const {
  std::vector<int> counts(set_.classes.size(), 0);
  for (int i = 0; i < set_.drawings(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (set_.splits[at] == StrokeSet::kTrain) ++counts[static_cast<std::size_t>(set_.labels[at])];
  }
  std::vector<bool> out;
  for (const int count : counts) out.push_back(count >= min_drawings);
  return out;
}

Status Trainer::set_up() {
  if (Status status = learner_.build(spec_.model); !status.ok()) return status;
  const bool conditioned = !spec_.model.embedding.empty();
  if (conditioned && spec_.model.classes != static_cast<int>(set_.classes.size())) {
    return Status::error(Code::kBadArgument, "the model has " + std::to_string(spec_.model.classes) +
                                                 " classes, the data set " + std::to_string(set_.classes.size()));
  }
  spec_.strokes.mirror.assign(set_.classes.size(), spec_.mirror);
  for (const std::string& name : spec_.never_mirror) {
    const auto found = std::find(set_.classes.begin(), set_.classes.end(), name);
    if (found == set_.classes.end()) {
      return Status::error(Code::kBadArgument, "augment.neverMirror names '" + name + "', which the data set lacks");
    }
    spec_.strokes.mirror[static_cast<std::size_t>(found - set_.classes.begin())] = false;
  }
  for (std::size_t i = 0; i < spec_.phases.size(); ++i) {
    plans_.emplace_back(set_, StrokeSet::kTrain, classes_with(spec_.phases[i].min_drawings), spec_.batch, spec_.seed,
                        static_cast<int>(i));
    if (plans_.back().drawings() == 0) {
      return Status::error(Code::kBadArgument, "phase " + std::to_string(i) +
                                                   " has no training drawings: no class has " +
                                                   std::to_string(spec_.phases[i].min_drawings));
    }
  }
  return {};
}

Status Trainer::resume(TrainState state) {
  if (state.phase >= static_cast<int>(spec_.phases.size())) {
    return Status::error(Code::kMismatch, "the checkpoint is in phase " + std::to_string(state.phase) +
                                              ", the specification has " + std::to_string(spec_.phases.size()) +
                                              " phases");
  }
  return learner_.resume(std::move(state));
}

// A phase begins when its share of the steps is reached, and is never left for an earlier one.
void Trainer::enter_phase() {
  TrainState& state = learner_.state();
  const auto reached = [&](int phase) {
    const double until = spec_.phases[static_cast<std::size_t>(phase)].until;
    return static_cast<double>(state.step) >= std::floor(until * static_cast<double>(spec_.steps));
  };
  while (state.phase + 1 < static_cast<int>(spec_.phases.size()) && reached(state.phase)) {
    ++state.phase;
    state.phase_start = state.step;
  }
}

// A density per data unit is that per model unit ÷ scale in each dimension.
Nats Trainer::in_data_units(const Nats& nats) const {
  return {nats.offset + learner_.network().nll().dims() * std::log(spec_.scale), nats.pen};
}

Status Trainer::step(StepReport* report) {
  enter_phase();
  const std::int64_t step = state().step;
  const std::span<const int> drawings =
      plans_[static_cast<std::size_t>(state().phase)].batch(step - state().phase_start);
  const Status status = learner_.step(report, [&](Batch<float>* out, int shard) {
    make_stroke_batch(out, set_, drawings, shard, spec_.shards, step, true, spec_.strokes);
  });
  report->nats = in_data_units(report->nats);
  return status;
}

Nats Trainer::evaluate(StrokeSet::Split split, bool told_any) {
  const std::vector<bool> classes = classes_with(spec_.validate_min_drawings);
  std::vector<int> drawings;
  for (int i = 0; i < set_.drawings(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (set_.splits[at] == split && classes[static_cast<std::size_t>(set_.labels[at])]) drawings.push_back(i);
  }
  std::stable_sort(drawings.begin(), drawings.end(), [&](int a, int b) { return set_.length(a) > set_.length(b); });
  constexpr std::size_t kBatch = 64;
  const auto count = static_cast<int>((drawings.size() + kBatch - 1) / kBatch);
  return in_data_units(learner_.evaluate(count, [&](Batch<float>* out, int number) {
    const std::size_t from = static_cast<std::size_t>(number) * kBatch;
    const auto chosen = std::span<const int>(drawings).subspan(from, std::min(kBatch, drawings.size() - from));
    make_stroke_batch(out, set_, chosen, 0, 1, 0, false, spec_.strokes);
    if (told_any) std::fill(out->classes.begin(), out->classes.end(), spec_.strokes.any_class);
  }));
}

bool Trainer::out_of_patience() const {
  return spec_.patience > 0 && state().best_step >= 0 &&
         state().step - state().best_step >= spec_.patience * spec_.validate_every;
}

Status Trainer::write_model(std::vector<std::uint8_t>* out, const Nats& nats) const {
  return write_model_file(out, spec_, set_, layout(), learner_.averaged().data(), state(), nats.offset, nats.pen);
}

}  // namespace mdn
