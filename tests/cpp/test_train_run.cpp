// Whole runs on a tiny network: the same bits from any number of threads and after any interruption; checkpoints that
// know when they are torn; model files that inference reads; clear ends for hopeless runs.
#include <cmath>
#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "io/safetensors.h"
#include "model/network.h"
#include "train/file.h"
#include "train/trainer.h"
#include "train_strokes.h"

namespace mdn {
namespace {

using namespace test;

constexpr char kModel[] = R"("model":{"name":"tiny","input":{"size":5},"anyClass":true,"nodes":[
  {"name":"class","type":"embedding","classes":3,"units":3},
  {"name":"lstm_0","type":"lstm","inputs":["input"],"units":8,"condition":"class"},
  {"name":"output","type":"dense","inputs":["lstm_0"],"units":15}],
  "head":{"type":"sketch-rnn","components":2},"scale":8,"startToken":[0,0,1,0,0]})";

TrainSpec tiny_spec(const std::string& more = "") {
  TrainSpec spec;
  const Status status =
      read_train_spec(&spec, std::string("{") + kModel + R"(,"steps":12,"batch":10,"shards":3,"recurrentKeep":0.9,
        "schedule":{"rate":0.01,"warmUp":2},"phases":[{"until":0.5},{"until":1,"minDrawings":20}],
        "augment":{"axisScaling":0.15,"drop":0.1,"dequantise":0.5,"any":0.1,"mirror":true,"neverMirror":["class 1"]})" +
                                 more + "}");
  REQUIRE_MESSAGE(status.ok(), status.message);
  return spec;
}

std::unique_ptr<Trainer> make_trainer(const TrainSpec& spec, const StrokeSet& set, int threads) {
  std::unique_ptr<Trainer> trainer;
  const Status status = Trainer::create(&trainer, spec, set, threads);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return trainer;
}

void run(Trainer& trainer, int steps) {
  for (int i = 0; i < steps; ++i) {
    StepReport report;
    const Status status = trainer.step(&report);
    REQUIRE_MESSAGE(status.ok(), status.message);
  }
}

bool same(const TrainState& a, const TrainState& b) {
  const auto equal = [](const AlignedVector<float>& x, const AlignedVector<float>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  };
  return a.step == b.step && a.points == b.points && equal(a.parameters, b.parameters) &&
         equal(a.first_moment, b.first_moment) && equal(a.second_moment, b.second_moment) &&
         equal(a.average, b.average);
}

TEST_CASE("the number of threads does not change a bit; the seed does") {
  const StrokeSet set = read_set(stroke_file(100, 2));
  const TrainSpec spec = tiny_spec();
  const auto one = make_trainer(spec, set, 1), four = make_trainer(spec, set, 4);
  run(*one, 12);
  run(*four, 12);
  CHECK(same(one->state(), four->state()));
  CHECK(one->done());
  const Nats a = one->evaluate(StrokeSet::kValidation), b = four->evaluate(StrokeSet::kValidation);
  CHECK(a.offset == b.offset);
  CHECK(a.pen == b.pen);
  const auto other = make_trainer(tiny_spec(R"(,"seed":2)"), set, 1);
  run(*other, 12);
  CHECK_FALSE(same(one->state(), other->state()));
}

TEST_CASE("a run that was interrupted anywhere ends with the bits of one that was not") {
  const StrokeSet set = read_set(stroke_file(100, 2));
  const TrainSpec spec = tiny_spec();
  const auto whole = make_trainer(spec, set, 2);
  run(*whole, 12);
  for (const int stop : {1, 5, 6, 11}) {
    const auto before = make_trainer(spec, set, 2), after = make_trainer(spec, set, 1);
    run(*before, stop);
    static_cast<void>(before->evaluate(StrokeSet::kValidation));  // looking changes nothing
    TrainState state;
    REQUIRE(read_checkpoint(&state, write_checkpoint(before->state(), before->layout()), before->layout()).ok());
    CHECK(same(state, before->state()));
    REQUIRE(after->resume(std::move(state)).ok());
    run(*after, 12 - stop);
    CHECK(same(after->state(), whole->state()));
  }
}

TEST_CASE("windows of truncated backpropagation see the same losses; only their gradients end earlier") {
  const StrokeSet set = read_set(stroke_file(100, 2));
  TrainSpec spec = tiny_spec();
  const auto reports = [&](int window) {
    spec.window = window;
    const auto trainer = make_trainer(spec, set, 1);
    std::vector<StepReport> out(2);
    for (StepReport& report : out) REQUIRE(trainer->step(&report).ok());
    return out;
  };
  const auto whole = reports(0), wide = reports(100), narrow = reports(7);
  CHECK(wide[1].norm == whole[1].norm);
  // The first step's weights are the same, so are its nats, but for the order of the sum.
  CHECK(std::fabs(narrow[0].nats.offset - whole[0].nats.offset) < 1e-9);
  CHECK(std::fabs(narrow[0].nats.pen - whole[0].nats.pen) < 1e-9);
  CHECK(narrow[0].norm != whole[0].norm);
}

TEST_CASE("training lowers the loss below that of a fixed Gaussian") {
  // Offsets are uniform on 21 whole numbers: entropy log 21 = 3.0445 an axis dequantised, the optimum. A Gaussian of
  // the same variance costs ½ log(2πe · 440/12) = 3.2196 an axis.
  const StrokeSet set = read_set(stroke_file(300, 2));
  TrainSpec spec = tiny_spec();
  spec.steps = 400;
  spec.average = 0.9f;
  const auto trainer = make_trainer(spec, set, 2);
  run(*trainer, 400);
  const Nats nats = trainer->evaluate(StrokeSet::kValidation);
  CHECK(nats.offset < 2 * 3.2196 + 0.05);
  CHECK(nats.offset > 2 * 3.0445 - 0.05);
}

TEST_CASE("a torn, altered or foreign checkpoint is known") {
  const StrokeSet set = read_set(stroke_file(50, 2));
  const auto trainer = make_trainer(tiny_spec(), set, 1);
  run(*trainer, 2);
  const std::vector<std::uint8_t> sound = write_checkpoint(trainer->state(), trainer->layout());
  TrainState state;
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, sound.size() / 2, sound.size() - 1}) {
    CHECK(read_checkpoint(&state, std::span(sound).first(size), trainer->layout()).code == Code::kBadFile);
  }
  for (std::size_t at = 9; at < sound.size(); at += 97) {
    std::vector<std::uint8_t> altered = sound;
    altered[at] ^= 4;
    CHECK_FALSE(read_checkpoint(&state, altered, trainer->layout()).ok());
  }
  ParameterLayout other;
  ModelSpec wider = trainer->spec().model;
  wider.nodes[0].units = 9;
  REQUIRE(lay_out(&other, wider).ok());
  CHECK(read_checkpoint(&state, sound, other).code == Code::kMismatch);
  REQUIRE(read_checkpoint(&state, sound, trainer->layout()).ok());
  state.seed = 5;
  CHECK(trainer->resume(std::move(state)).code == Code::kMismatch);
}

TEST_CASE("the previous checkpoint takes the place of a torn one; a directory without any says so") {
  const auto directory = std::filesystem::temp_directory_path() / "mdn_test_checkpoints";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  const std::string path = directory.string();
  const StrokeSet set = read_set(stroke_file(50, 2));
  const auto trainer = make_trainer(tiny_spec(), set, 1);
  TrainState state;
  std::string warning;
  CHECK(load_checkpoint(&state, &warning, path, trainer->layout()).code == Code::kBadFile);
  run(*trainer, 1);
  REQUIRE(save_checkpoint(path, trainer->state(), trainer->layout()).ok());
  run(*trainer, 1);
  REQUIRE(save_checkpoint(path, trainer->state(), trainer->layout()).ok());
  REQUIRE(load_checkpoint(&state, &warning, path, trainer->layout()).ok());
  CHECK(state.step == 2);
  CHECK(warning.empty());
  std::filesystem::resize_file(directory / "checkpoint.safetensors", 1000);
  REQUIRE(load_checkpoint(&state, &warning, path, trainer->layout()).ok());
  CHECK(state.step == 1);
  CHECK_FALSE(warning.empty());

  // What cannot be written leaves what was there.
  CHECK(save_checkpoint(path + "/missing", trainer->state(), trainer->layout()).code == Code::kBadFile);
  CHECK(std::filesystem::exists(directory / "checkpoint.previous.safetensors"));
  std::filesystem::remove_all(directory);
}

TEST_CASE("the model file is read by inference, which answers what the training network answers") {
  const StrokeSet set = read_set(stroke_file(100, 2));
  TrainSpec spec = tiny_spec();
  spec.average = 0;
  const auto trainer = make_trainer(spec, set, 1);
  run(*trainer, 5);
  std::vector<std::uint8_t> bytes;
  REQUIRE(trainer->write_model(&bytes, {6, 0.5}).ok());
  std::shared_ptr<const Network> network;
  const Status status = Network::load(&network, bytes);
  REQUIRE_MESSAGE(status.ok(), status.message);
  CHECK(network->self_test().ok());
  CHECK_FALSE(network->spec().self_test.outputs.empty());

  TrainNetwork<float> training;
  REQUIRE(training.build(spec.model).ok());
  training.pack(trainer->state().parameters.data());
  Batch<float> batch;
  make_stroke_batch(&batch, set, std::vector<int>{7, 12}, 0, 1, 0, false, trainer->spec().strokes);
  batch.classes.back() = 2;  // any
  TrainNetwork<float>::Tape tape;
  training.forward(tape, batch, {});
  double worst = 0;
  for (int s = 0; s < 2; ++s) {
    std::vector<float> bias(static_cast<std::size_t>(network->bias_size())),
        state(static_cast<std::size_t>(network->state_size()));
    std::vector<float> activations(static_cast<std::size_t>(network->activation_size()));
    REQUIRE(network->start(bias.data(), state.data(), s == 1 ? -1 : batch.classes[0]).ok());
    for (int t = 0; t < batch.steps.steps() && s < batch.steps.rows(t); ++t) {
      const std::ptrdiff_t row = batch.steps.row(s, t);
      network->advance(activations.data(), state.data(), batch.inputs.data() + 5 * row, 5, bias.data(), 1, nullptr);
      network->read_out(activations.data(), 1);
      for (int j = 0; j < network->output_size(); ++j) {
        const float expected = network->output(activations.data())[j];
        const float got = training.output(tape)[row * network->output_size() + j];
        worst = std::max(worst, static_cast<double>(std::fabs(got - expected)));
      }
    }
  }
  CHECK(worst < 1e-5);  // fused multiply-adds and another order of sums than inference's
}

TEST_CASE("a loss that is not finite stops the run, says why, and leaves the last sound parameters") {
  const StrokeSet set = read_set(stroke_file(50, 2));
  TrainSpec spec = tiny_spec();
  spec.schedule.rate = 1e30;
  const auto trainer = make_trainer(spec, set, 1);
  Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) {
    StepReport report;
    status = trainer->step(&report);
  }
  CHECK(status.code == Code::kBadValue);
  CHECK(status.message.find("learning rate") != std::string::npos);
}

TEST_CASE("validation notes the best, and patience runs out") {
  const StrokeSet set = read_set(stroke_file(50, 2));
  const auto trainer = make_trainer(tiny_spec(R"(,"validation":{"every":2,"patience":2})"), set, 1);
  run(*trainer, 2);
  CHECK(trainer->note({6, 0.5}));
  run(*trainer, 2);
  CHECK_FALSE(trainer->note({6.1, 0.5}));
  CHECK_FALSE(trainer->out_of_patience());
  run(*trainer, 2);
  CHECK(trainer->out_of_patience());
  CHECK(trainer->note({5.9, 0.5}));
  CHECK_FALSE(trainer->out_of_patience());
}

TEST_CASE("a specification is refused where it makes no sense, by the field's name") {
  const auto refused = [](const std::string& json, const char* text) {
    TrainSpec spec;
    const Status status = read_train_spec(&spec, json);
    CHECK_FALSE(status.ok());
    CHECK_MESSAGE(status.message.find(text) != std::string::npos, status.message);
  };
  const std::string model = kModel;
  refused("{}", "model");
  refused("{" + model + "}", "steps");
  refused("{" + model + R"(,"steps":1.5})", "steps");
  refused("{" + model + R"(,"steps":10,"step":3})", "step ");
  refused("{" + model + R"(,"steps":10,"schedule":{"type":"linear"}})", "schedule.type");
  refused("{" + model + R"(,"steps":10,"optimiser":{"type":"sgd"}})", "optimiser.type");
  refused("{" + model + R"(,"steps":10,"optimiser":{"weightDecay":0.1}})", "weightDecay");
  refused("{" + model + R"(,"steps":10,"recurrentKeep":0})", "recurrentKeep");
  refused("{" + model + R"(,"steps":10,"phases":[{"until":0.5},{"until":0.2}]})", "until");

  const StrokeSet set = read_set(stroke_file(50, 2));
  std::unique_ptr<Trainer> trainer;
  TrainSpec spec = tiny_spec();
  spec.phases[1].min_drawings = 1000;
  CHECK(Trainer::create(&trainer, spec, set, 1).code == Code::kBadArgument);
  spec = tiny_spec();
  spec.never_mirror = {"class 9"};
  CHECK(Trainer::create(&trainer, spec, set, 1).code == Code::kBadArgument);
  spec = tiny_spec();
  spec.model.classes = 3;
  CHECK(Trainer::create(&trainer, spec, set, 1).code == Code::kBadArgument);
  spec = tiny_spec();
  spec.model.nodes[0].lstm.forget_bias = 1;
  CHECK(Trainer::create(&trainer, spec, set, 1).code == Code::kUnsupported);
  spec = tiny_spec();
  spec.model.nodes.back().units = 16;
  CHECK(Trainer::create(&trainer, spec, set, 1).code == Code::kBadShape);
}

}  // namespace
}  // namespace mdn
