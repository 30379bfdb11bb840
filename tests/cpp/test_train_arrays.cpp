// Training on arrays: what a batch holds, in which order a run sees the data, and that neither threads nor an
// interruption change a bit.
#include <algorithm>
#include <cmath>

#include "doctest/doctest.h"
#include "random/draw.h"
#include "train/array_trainer.h"

namespace mdn {
namespace {

constexpr char kModel[] = R"("model":{"name":"tiny","input":{"size":2},"nodes":[
  {"name":"lstm_0","type":"lstm","inputs":["input"],"units":6},
  {"name":"output","type":"dense","inputs":["lstm_0"],"units":6}],
  "head":{"type":"diagonal","dims":1,"components":2}})";

ArraySpec spec_of(const std::string& more = "") {
  ArraySpec spec;
  const Status status = read_array_spec(
      &spec, std::string("{") + kModel + R"(,"steps":20,"batch":4,"shards":3,"recurrentKeep":0.9)" + more + "}");
  REQUIRE_MESSAGE(status.ok(), status.message);
  return spec;
}

// Sequence s has the inputs (s, t) and the targets 100 s + t.
ArraySet set_of(const std::vector<int>& lengths, bool last_only = false) {
  ArraySet set;
  set.input_size = 2;
  set.point_size = 1;
  set.last_only = last_only;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    for (int t = 0; t < lengths[s]; ++t) {
      set.inputs.push_back(static_cast<float>(s));
      set.inputs.push_back(static_cast<float>(t));
      if (!last_only || t + 1 == lengths[s]) set.targets.push_back(static_cast<float>(100 * s) + static_cast<float>(t));
    }
    set.first.push_back(set.first.back() + lengths[s]);
  }
  split_array_set(&set, 0, 0, 1);
  return set;
}

std::unique_ptr<ArrayTrainer> trainer_of(const ArraySpec& spec, const ArraySet& set, int threads = 1) {
  std::unique_ptr<ArrayTrainer> trainer;
  const Status status = ArrayTrainer::create(&trainer, spec, set, threads);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return trainer;
}

void run(ArrayTrainer& trainer, int steps) {
  for (int i = 0; i < steps; ++i) {
    StepReport report;
    REQUIRE(trainer.step(&report).ok());
  }
}

bool same(ArrayTrainer& a, ArrayTrainer& b) {
  const AlignedVector<float>&x = a.learner().state().parameters, &y = b.learner().state().parameters;
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

TEST_CASE("the shards of a step hold every row of its sequences once, each with its own target") {
  for (const bool last_only : {false, true}) {
    const ArraySet set = set_of({3, 1, 5, 2, 4}, last_only);
    const std::vector<int> sequences = {4, 0, 2, 1};
    const ArrayPlan::Step step{sequences, 1, 3, 0};
    std::vector<int> seen;
    double points = 0;
    for (int shard = 0; shard < 3; ++shard) {
      Batch<float> batch;
      make_array_batch(&batch, set, step, shard, 3);
      points += batch.points;
      for (int t = 0; t < batch.steps.steps(); ++t) {
        for (int s = 0; s < batch.steps.rows(t); ++s) {
          const auto row = static_cast<std::size_t>(batch.steps.row(s, t));
          const int sequence = static_cast<int>(batch.inputs[2 * row]),
                    at = static_cast<int>(batch.inputs[2 * row + 1]);
          CHECK(at == t + 1);
          seen.push_back(10 * sequence + at);
          const bool counts = !last_only || at + 1 == set.length(sequence);
          CHECK(batch.weights[2 * row] == (counts ? 1.0f : 0.0f));
          if (counts) CHECK(batch.targets[row] == static_cast<float>(100 * sequence + at));
        }
      }
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<int>{1, 2, 21, 22, 41, 42});  // sequence 1 ended before
    CHECK(points == (last_only ? 1.0 : 6.0));
  }
}

TEST_CASE("an epoch sees every sequence once, in an order of its own, the rest as the last batch") {
  const ArraySet set = set_of(std::vector<int>(11, 2));
  ArrayPlan plan(set, 4, 0, true, 5), again(set, 4, 0, true, 5), other(set, 4, 0, true, 6), fixed(set, 4, 0, false, 5);
  REQUIRE(plan.steps_per_epoch() == 3);
  std::vector<std::vector<int>> epochs(2);
  bool differs = false;
  for (int i = 0; i < 6; ++i) {
    const ArrayPlan::Step step = plan.step(i);
    CHECK(step.sequences.size() == (i % 3 == 2 ? 3 : 4));
    std::vector<int>& epoch = epochs[static_cast<std::size_t>(i / 3)];
    epoch.insert(epoch.end(), step.sequences.begin(), step.sequences.end());
    const auto same_as = [&](ArrayPlan& p) {
      const ArrayPlan::Step there = p.step(i);
      return std::equal(step.sequences.begin(), step.sequences.end(), there.sequences.begin(), there.sequences.end());
    };
    CHECK(same_as(again));
    differs = differs || !same_as(other);
    CHECK(fixed.step(i).sequences.front() == i % 3 * 4);
  }
  CHECK(differs);
  CHECK(epochs[0] != epochs[1]);
  for (std::vector<int>& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    for (int s = 0; s < 11; ++s) CHECK(epoch[static_cast<std::size_t>(s)] == s);
  }
  // A pure function of the step: asked out of order, the same answer.
  const int last = plan.step(5).sequences.front();
  static_cast<void>(plan.step(0));
  CHECK(plan.step(5).sequences.front() == last);
}

TEST_CASE("windows of a stateful plan follow each other with the same sequences") {
  const ArraySet set = set_of(std::vector<int>(6, 10));
  ArrayPlan plan(set, 4, 4, true, 1);
  REQUIRE(plan.steps_per_epoch() == 6);
  for (int i = 0; i < 12; ++i) {
    const ArrayPlan::Step step = plan.step(i);
    CHECK(step.from == i % 3 * 4);
    CHECK(step.to == step.from + 4);
    CHECK(step.batch_start == i / 3 * 3);
    CHECK(step.sequences.size() == (i % 6 < 3 ? 4 : 2));
  }
}

TEST_CASE("a share of the sequences validates: as many, seeded, and no others") {
  ArraySet set = set_of(std::vector<int>(40, 1));
  split_array_set(&set, 0, 0.25, 3);
  const std::vector<int> chosen = set.other;
  CHECK(chosen.size() == 10);
  CHECK(set.train.size() == 30);
  for (const int s : set.train) CHECK_FALSE(std::binary_search(chosen.begin(), chosen.end(), s));
  split_array_set(&set, 0, 0.25, 3);
  CHECK(set.other == chosen);
  split_array_set(&set, 0, 0.25, 4);
  CHECK(set.other != chosen);
  split_array_set(&set, 5, 0, 4);
  CHECK(set.other == std::vector<int>{35, 36, 37, 38, 39});
}

TEST_CASE("on arrays too, threads and interruptions change no bit") {
  ArraySet set = set_of({3, 1, 5, 2, 4, 5, 2, 2, 9});
  for (float& value : set.targets) value /= 500;
  const auto one = trainer_of(spec_of(), set, 1), three = trainer_of(spec_of(), set, 3);
  run(*one, 20);
  run(*three, 20);
  CHECK(same(*one, *three));
  CHECK(one->learner().done());
  const auto before = trainer_of(spec_of(), set), after = trainer_of(spec_of(), set);
  run(*before, 7);
  REQUIRE(after->resume(before->learner().state()).ok());
  run(*after, 13);
  CHECK(same(*after, *one));
  const auto other = trainer_of(spec_of(R"(,"seed":2)"), set);
  run(*other, 20);
  CHECK_FALSE(same(*other, *one));
}

TEST_CASE("windows change only where gradients end; stateful steps add up to the whole sequences") {
  const ArraySet set = set_of(std::vector<int>(3, 10));
  ArraySpec spec = spec_of();
  spec.recurrent_keep = 1;
  spec.schedule.rate = spec.schedule.last = 0;
  const auto losses = [&](int window, bool stateful, int steps) {
    spec.window = window;
    spec.stateful = stateful;
    const auto trainer = trainer_of(spec, set);
    double sum = 0, points = 0;
    for (int i = 0; i < steps; ++i) {
      StepReport report;
      REQUIRE(trainer->step(&report).ok());
      sum += report.nats.total() * report.points;
      points += report.points;
    }
    CHECK(points == 30);
    return sum / points;
  };
  const double whole = losses(0, false, 1);
  CHECK(losses(4, false, 1) == doctest::Approx(whole).epsilon(1e-12));
  CHECK(losses(4, true, 3) == doctest::Approx(whole).epsilon(1e-12));
}

TEST_CASE("a set is refused where it makes no sense, by the row") {
  const auto refused = [](ArraySet set, Code code, const char* text, const std::string& more = "") {
    std::unique_ptr<ArrayTrainer> trainer;
    const Status status = ArrayTrainer::create(&trainer, spec_of(more), std::move(set), 1);
    CHECK(status.code == code);
    CHECK_MESSAGE(status.message.find(text) != std::string::npos, status.message);
  };
  const ArraySet sound = set_of({3, 1, 5});
  ArraySet set = sound;
  set.inputs[5] = NAN;
  refused(set, Code::kBadValue, "x holds a number that is not finite in row 2, column 1");
  set = sound;
  set.targets[8] = INFINITY;
  refused(set, Code::kBadValue, "y holds a number that is not finite in row 8");
  set = sound;
  set.first[1] = set.first[2];
  refused(set, Code::kBadValue, "sequence 1 has no rows");
  set = sound;
  set.targets.pop_back();
  refused(set, Code::kBadShape, "number of rows");
  set = sound;
  set.classes = {0, 0, 0};
  refused(set, Code::kBadShape, "knows no classes");
  set = sound;
  set.input_size = 1;
  refused(set, Code::kBadShape, "rows of 2 numbers");
  set = sound;
  set.train.clear();
  refused(set, Code::kBadShape, "none is left");
  refused(set_of({}), Code::kBadShape, "empty");
  refused(sound, Code::kBadShape, "equal length; sequence 1", R"(,"stateful":true,"window":2)");

  ArraySpec spec;
  const Status status = read_array_spec(&spec, std::string("{") + kModel + R"(,"steps":1,"stateful":true})");
  CHECK(status.message.find("window") != std::string::npos);
}

}  // namespace
}  // namespace mdn
