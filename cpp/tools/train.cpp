// The native trainer's command line.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "io/json_write.h"
#include "train/file.h"
#include "train/trainer.h"

namespace mdn {
namespace {

constexpr char kHelp[] = R"(usage: train SPEC.json --data SET.safetensors --out DIRECTORY [options]

Trains a sketch model. SPEC.json is described in cpp/train/train_spec.h, the data set in cpp/train/stroke_set.h.
In the directory:
  model.safetensors       the averaged weights of the best validation so far, ready to load
  checkpoint.safetensors  the state of the run (and checkpoint.previous.safetensors, the one before)
  log.jsonl               one JSON object a line: the curve

  --resume          go on from the directory's checkpoint
  --steps N         instead of the specification's; on resume the schedule is that of a run of N steps from here on
  --seed N          instead of the specification's
  --max-seconds N   stop after so long, with a checkpoint; --resume goes on
  --finish-in N     be done after N seconds: the number of steps is estimated anew from the speed as the run goes on, so
                    the schedule ends in time on a machine with other work. Such a run cannot be repeated bit for bit
  --threads N       at most one a shard is of use; the result does not depend on it (default: those of the machine)
  --export          only write model.safetensors from the checkpoint's averaged weights, validated
  --test            with --export: nats of the test split too, with the class and without

SIGINT and SIGTERM stop after the step, with a checkpoint.
)";

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) { stop_asked = 1; }

struct Arguments {
  std::string spec, data, out;
  bool resume = false, only_export = false, test = false;
  double steps = 0, seed = -1, max_seconds = 0, finish_in = 0, threads = 0;
};

int fail(const std::string& message) {
  std::fprintf(stderr, "train: %s\n", message.c_str());
  return 1;
}

Status read_arguments(Arguments* out, int count, char** values) {
  for (int i = 1; i < count; ++i) {
    const std::string name = values[i];
    const auto next = [&]() -> const char* { return i + 1 < count ? values[++i] : nullptr; };
    std::string* text = name == "--data" ? &out->data : name == "--out" ? &out->out : nullptr;
    double* number = name == "--steps"         ? &out->steps
                     : name == "--seed"        ? &out->seed
                     : name == "--max-seconds" ? &out->max_seconds
                     : name == "--finish-in"   ? &out->finish_in
                     : name == "--threads"     ? &out->threads
                                               : nullptr;
    bool* flag = name == "--resume"   ? &out->resume
                 : name == "--export" ? &out->only_export
                 : name == "--test"   ? &out->test
                                      : nullptr;
    if (flag != nullptr) {
      *flag = true;
    } else if (text != nullptr || number != nullptr) {
      const char* value = next();
      if (value == nullptr) return Status::error(Code::kBadArgument, name + " needs a value");
      if (text != nullptr) {
        *text = value;
      } else {
        char* end = nullptr;
        *number = std::strtod(value, &end);
        if (end == value || *end != '\0' || !(*number >= 0 && *number < 9e15)) {
          return Status::error(Code::kBadArgument, name + " needs a number of at least 0, received '" + value + "'");
        }
      }
    } else if (name.empty() || name[0] == '-' || !out->spec.empty()) {
      return Status::error(Code::kBadArgument, "unknown argument '" + name + "'; see --help");
    } else {
      out->spec = name;
    }
  }
  if (out->spec.empty() || out->data.empty() || out->out.empty()) {
    return Status::error(Code::kBadArgument, "SPEC.json, --data and --out are needed; see --help");
  }
  return {};
}

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One run with its directory.
class Run {
 public:
  Run(Trainer& trainer, const Arguments& arguments) : trainer_(trainer), arguments_(arguments) {}
  ~Run() {
    if (log_ != nullptr) std::fclose(log_);
  }

  Status open() {
    mkdir(arguments_.out.c_str(), 0777);  // what is wrong with it the first file will tell
    const std::string path = arguments_.out + "/log.jsonl";
    log_ = std::fopen(path.c_str(), arguments_.resume || arguments_.only_export ? "a" : "w");
    if (log_ == nullptr) return Status::error(Code::kBadFile, "cannot write '" + path + "': " + std::strerror(errno));
    return {};
  }

  Status train() {
    double saved = clock_.seconds();
    StepReport sum;
    double from = clock_.seconds(), steps = 0;
    while (!trainer_.done() && stop_asked == 0 && !trainer_.out_of_patience()) {
      if (arguments_.max_seconds > 0 && clock_.seconds() >= arguments_.max_seconds) break;
      const double before = clock_.seconds();
      StepReport report;
      if (Status status = trainer_.step(&report); !status.ok()) return status;
      trainer_.add_seconds(clock_.seconds() - before);
      sum.nats.offset += report.nats.offset * report.points;
      sum.nats.pen += report.nats.pen * report.points;
      sum.points += report.points;
      ++steps;
      if (trainer_.state().step % kLogEvery == 0 || trainer_.done()) {
        log_steps(report, sum, steps, clock_.seconds() - from);
        estimate_steps(steps, clock_.seconds() - from);
        sum = {};
        steps = 0;
        from = clock_.seconds();
      }
      if (trainer_.state().step % trainer_.spec().validate_every == 0) {
        if (Status status = validate(); !status.ok()) return status;
        sum = {};
        steps = 0;
        from = clock_.seconds();
      }
      if (clock_.seconds() - saved >= trainer_.spec().checkpoint_seconds) {
        if (Status status = save(); !status.ok()) return status;
        saved = clock_.seconds();
      }
    }
    if (trainer_.state().step % trainer_.spec().validate_every != 0) {
      if (Status status = validate(); !status.ok()) return status;
    }
    return save();
  }

  // Only writes the model of the state as it is.
  Status export_model() {
    const Nats nats = trainer_.evaluate(StrokeSet::kValidation);
    log_nats("validation", nats);
    if (arguments_.test) {
      log_nats("test", trainer_.evaluate(StrokeSet::kTest));
      if (trainer_.spec().strokes.any_class >= 0) log_nats("testToldAny", trainer_.evaluate(StrokeSet::kTest, true));
    }
    return write_model(nats);
  }

 private:
  static constexpr std::int64_t kLogEvery = 50;

  // Steps that fit the time left at the speed of the last ten minutes or so. One minute is kept for the last
  // validation.
  void estimate_steps(double steps, double seconds) {
    if (arguments_.finish_in <= 0) return;
    constexpr double kMemory = 600;
    const double weight = std::max(1 - std::exp(-seconds / kMemory), std::min(1.0, seconds / clock_.seconds()));
    speed_ += weight * (steps / seconds - speed_);
    const double left = std::max(0.0, arguments_.finish_in - 60 - clock_.seconds());
    trainer_.set_steps(trainer_.state().step + static_cast<std::int64_t>(left * speed_));
  }

  Status save() { return save_checkpoint(arguments_.out, trainer_.state(), trainer_.layout()); }

  Status write_model(const Nats& nats) {
    std::vector<std::uint8_t> bytes;
    if (Status status = trainer_.write_model(&bytes, nats); !status.ok()) return status;
    return write_file(arguments_.out + "/model.safetensors", bytes);
  }

  Status validate() {
    const Clock clock;
    const Nats nats = trainer_.evaluate(StrokeSet::kValidation);
    const bool best = trainer_.note(nats);
    line("\"validation\":{\"offset\":" + rounded(nats.offset) + ",\"pen\":" + rounded(nats.pen) +
         "},\"best\":" + (best ? "true" : "false") + ",\"took\":" + rounded(clock.seconds()));
    return best ? write_model(nats) : Status();
  }

  void log_nats(const char* name, const Nats& nats) {
    line("\"" + std::string(name) + "\":{\"offset\":" + rounded(nats.offset) + ",\"pen\":" + rounded(nats.pen) + "}");
  }

  void log_steps(const StepReport& last, const StepReport& sum, double steps, double seconds) {
    const double rate = steps / seconds;
    const double left = static_cast<double>(trainer_.spec().steps - trainer_.state().step) / rate;
    line("\"offset\":" + rounded(sum.nats.offset / sum.points) + ",\"pen\":" + rounded(sum.nats.pen / sum.points) +
         ",\"rate\":" + json_number(last.rate) + ",\"norm\":" + rounded(last.norm) +
         ",\"stepsPerSecond\":" + rounded(rate) +
         ",\"pointsPerSecond\":" + json_number(static_cast<double>(static_cast<std::int64_t>(sum.points / seconds))) +
         ",\"points\":" + json_number(trainer_.state().points) +
         ",\"phase\":" + std::to_string(trainer_.state().phase) + ",\"fill\":" + rounded(trainer_.fill()) +
         ",\"steps\":" + std::to_string(trainer_.spec().steps) +
         ",\"secondsLeft\":" + json_number(static_cast<double>(static_cast<std::int64_t>(left))));
  }

  static std::string rounded(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
  }

  void line(const std::string& members) {
    const std::string text =
        "{\"step\":" + std::to_string(trainer_.state().step) + "," + members +
        ",\"seconds\":" + json_number(static_cast<double>(static_cast<std::int64_t>(trainer_.state().seconds))) + "}\n";
    for (std::FILE* file : {log_, stdout}) {
      std::fputs(text.c_str(), file);
      std::fflush(file);
    }
  }

  Trainer& trainer_;
  const Arguments& arguments_;
  std::FILE* log_ = nullptr;
  double speed_ = 0;  // steps per second, averaged
  Clock clock_;
};

int run(const Arguments& arguments) {
  std::vector<std::uint8_t> bytes;
  if (Status status = read_file(&bytes, arguments.spec); !status.ok()) return fail(status.message);
  TrainSpec spec;
  if (Status status = read_train_spec(&spec, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      !status.ok()) {
    return fail(arguments.spec + ": " + status.message);
  }
  if (arguments.steps > 0) spec.steps = static_cast<std::int64_t>(arguments.steps);
  if (arguments.seed >= 0) spec.seed = spec.strokes.seed = static_cast<std::uint64_t>(arguments.seed);
  StrokeSet set;
  if (Status status = read_file(&bytes, arguments.data); !status.ok()) return fail(status.message);
  if (Status status = read_stroke_set(&set, bytes); !status.ok()) return fail(arguments.data + ": " + status.message);
  bytes = {};

  const int threads = arguments.threads > 0 ? static_cast<int>(arguments.threads) : hardware_threads();
  std::unique_ptr<Trainer> trainer;
  if (Status status = Trainer::create(&trainer, spec, set, threads); !status.ok()) return fail(status.message);
  if (arguments.resume || arguments.only_export) {
    TrainState state;
    std::string warning;
    if (Status status = load_checkpoint(&state, &warning, arguments.out, trainer->layout()); !status.ok()) {
      return fail(status.message);
    }
    if (!warning.empty()) std::fprintf(stderr, "train: %s\n", warning.c_str());
    if (Status status = trainer->resume(std::move(state)); !status.ok()) return fail(status.message);
  }
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  Run one(*trainer, arguments);
  Status status = one.open();
  if (status.ok()) status = arguments.only_export ? one.export_model() : one.train();
  return status.ok() ? 0 : fail(status.message);
}

}  // namespace
}  // namespace mdn

int main(int count, char** values) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(values[i], "--help") == 0) {
      std::fputs(mdn::kHelp, stdout);
      return 0;
    }
  }
  mdn::Arguments arguments;
  if (mdn::Status status = mdn::read_arguments(&arguments, count, values); !status.ok())
    return mdn::fail(status.message);
  return mdn::run(arguments);
}
