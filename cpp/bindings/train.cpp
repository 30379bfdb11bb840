// Embind registrations of the training module, beside those of bindings.cpp. The same rules: classes carry control,
// addresses carry data, what may fail returns a Code.
#include <emscripten/bind.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "bindings/report.h"
#include "train/array_trainer.h"
#include "train/checkpoint.h"
#include "train/trainer.h"

namespace {

using mdn::report;
using mdn::Status;
using Address = std::uintptr_t;

float* floats(Address address) { return reinterpret_cast<float*>(address); }

template <class T>
Address address_of(const T* values) {
  return reinterpret_cast<Address>(values);
}

// What a network learns: names, shapes, initial values.
class Parameters {
 public:
  // From the JSON description of a model file.
  int build(const std::string& description, double seed) {
    mdn::ModelSpec spec;
    if (const Status status = mdn::read_spec(&spec, description); !status.ok()) return report(status);
    mdn::TrainNetwork<float> network;
    if (const Status status = network.build(spec); !status.ok()) return report(status);
    layout_ = network.layout();
    values_.resize(layout_.size);
    mdn::initialise(values_.data(), layout_, static_cast<std::uint64_t>(seed));
    return 0;
  }
  int size() const { return static_cast<int>(layout_.size); }
  Address values() const { return address_of(values_.data()); }
  int views() const { return static_cast<int>(layout_.views.size()); }
  std::string name(int view) const { return at(view).name; }
  int rank(int view) const { return static_cast<int>(at(view).shape.size()); }
  int extent(int view, int axis) const { return at(view).shape[static_cast<std::size_t>(axis)]; }

 private:
  const mdn::ParameterView& at(int view) const { return layout_.views[static_cast<std::size_t>(view)]; }
  mdn::ParameterLayout layout_;
  mdn::AlignedVector<float> values_;
};

// What runs on drawings and on arrays have in common.
template <class Trainer>
class Training {
 public:
  // The number of steps in all, which the schedule and done() go by.
  void set_steps(double steps) { trainer_->set_steps(static_cast<std::int64_t>(steps)); }
  void start_from(Address parameters) { trainer_->learner().set_parameters(floats(parameters)); }
  int step() { return report(trainer_->step(&report_)); }
  bool done() const { return trainer_->learner().done(); }
  double steps() const { return static_cast<double>(trainer_->learner().state().step); }
  // Of the last step.
  double value_nats() const { return report_.nats.offset; }
  double discrete_nats() const { return report_.nats.pen; }
  double points() const { return report_.points; }
  double rate() const { return report_.rate; }
  double norm() const { return report_.norm; }
  // Of the last validation.
  double validation_value_nats() const { return nats_.offset; }
  double validation_discrete_nats() const { return nats_.pen; }
  // The averaged weights, or the weights themselves without an average.
  Address parameters() const { return address_of(trainer_->learner().averaged().data()); }

  void make_checkpoint() { bytes_ = mdn::write_checkpoint(trainer_->learner().state(), trainer_->learner().layout()); }
  Address checkpoint() const { return address_of(bytes_.data()); }
  int checkpoint_size() const { return static_cast<int>(bytes_.size()); }
  int resume(Address bytes, int size) {
    mdn::TrainState state;
    const std::span<const std::uint8_t> file(reinterpret_cast<const std::uint8_t*>(bytes),
                                             static_cast<std::size_t>(size));
    Status status = mdn::read_checkpoint(&state, file, trainer_->learner().layout());
    if (status.ok()) status = trainer_->resume(std::move(state));
    return report(status);
  }

 protected:
  Trainer& trainer() { return *trainer_; }
  const Trainer& trainer() const { return *trainer_; }
  std::unique_ptr<Trainer> trainer_;
  mdn::Nats nats_;

 private:
  mdn::StepReport report_;
  std::vector<std::uint8_t> bytes_;
};

class ArrayTraining : public Training<mdn::ArrayTrainer> {
 public:
  void inputs(Address values, int rows, int size) {
    set_.input_size = size;
    take(&set_.inputs, values, rows * size);
  }
  void targets(Address values, int rows, int size, bool last_only) {
    set_.point_size = size;
    set_.last_only = last_only;
    take(&set_.targets, values, rows * size);
  }
  void mask(Address values, int count) { take(&set_.weights, values, count); }
  void classes(Address values, int count) { set_.classes.assign(ints(values), ints(values) + count); }
  void lengths(Address values, int count) {
    for (int i = 0; i < count; ++i) set_.first.push_back(set_.first.back() + ints(values)[i]);
  }
  // validate: so many sequences at the end; or else share: this part of all.
  int create(const std::string& specification, int validate, double share) {
    mdn::ArraySpec spec;
    if (const Status status = mdn::read_array_spec(&spec, specification); !status.ok()) return report(status);
    mdn::split_array_set(&set_, validate, share, spec.seed);
    return report(mdn::ArrayTrainer::create(&trainer_, spec, std::move(set_), 1));
  }
  double steps_per_epoch() const { return static_cast<double>(trainer().steps_per_epoch()); }
  bool validates() const { return trainer().validating() > 0; }
  void validate() { nats_ = trainer().evaluate(); }

 private:
  static const std::int32_t* ints(Address address) { return reinterpret_cast<const std::int32_t*>(address); }
  static void take(std::vector<float>* out, Address values, int count) {
    out->assign(floats(values), floats(values) + count);
  }
  mdn::ArraySet set_;
};

class StrokeTraining : public Training<mdn::Trainer> {
 public:
  int read(Address bytes, int size) {
    return report(
        mdn::read_stroke_set(&set_, {reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)}));
  }
  int classes() const { return static_cast<int>(set_.classes.size()); }
  std::string class_name(int index) const { return set_.classes[static_cast<std::size_t>(index)]; }
  // Of the offsets, about 0.
  double deviation() const {
    double square = 0;
    for (std::size_t i = 0; i < set_.points.size(); i += 3) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const auto offset = static_cast<double>(set_.points[i + axis]);
        square += offset * offset;
      }
    }
    return std::sqrt(square / (2 * static_cast<double>(set_.points.size() / 3)));
  }
  int create(const std::string& specification) {
    mdn::TrainSpec spec;
    if (const Status status = mdn::read_train_spec(&spec, specification); !status.ok()) return report(status);
    validates_ = std::count(set_.splits.begin(), set_.splits.end(), mdn::StrokeSet::kValidation) > 0;
    return report(mdn::Trainer::create(&trainer_, spec, set_, 1));
  }
  double steps_per_epoch() const { return trainer().batches_per_epoch(); }
  bool validates() const { return validates_; }
  void validate() { nats_ = trainer().evaluate(mdn::StrokeSet::kValidation); }

 private:
  mdn::StrokeSet set_;
  bool validates_ = false;
};

template <class Trainer>
void register_training(const char* name) {
  using T = Training<Trainer>;
  emscripten::class_<T>(name)
      .function("setSteps", &T::set_steps)
      .function("startFrom", &T::start_from)
      .function("step", &T::step)
      .function("done", &T::done)
      .function("steps", &T::steps)
      .function("valueNats", &T::value_nats)
      .function("discreteNats", &T::discrete_nats)
      .function("points", &T::points)
      .function("rate", &T::rate)
      .function("norm", &T::norm)
      .function("validationValueNats", &T::validation_value_nats)
      .function("validationDiscreteNats", &T::validation_discrete_nats)
      .function("parameters", &T::parameters)
      .function("makeCheckpoint", &T::make_checkpoint)
      .function("checkpoint", &T::checkpoint)
      .function("checkpointSize", &T::checkpoint_size)
      .function("resume", &T::resume);
}

}  // namespace

EMSCRIPTEN_BINDINGS(mixture_density_train) {
  emscripten::class_<Parameters>("Parameters")
      .constructor<>()
      .function("build", &Parameters::build)
      .function("size", &Parameters::size)
      .function("values", &Parameters::values)
      .function("views", &Parameters::views)
      .function("name", &Parameters::name)
      .function("rank", &Parameters::rank)
      .function("extent", &Parameters::extent);

  register_training<mdn::ArrayTrainer>("TrainingArrays");
  emscripten::class_<ArrayTraining, emscripten::base<Training<mdn::ArrayTrainer>>>("ArrayTraining")
      .constructor<>()
      .function("stepsPerEpoch", &ArrayTraining::steps_per_epoch)
      .function("validates", &ArrayTraining::validates)
      .function("validate", &ArrayTraining::validate)
      .function("inputs", &ArrayTraining::inputs)
      .function("targets", &ArrayTraining::targets)
      .function("mask", &ArrayTraining::mask)
      .function("classes", &ArrayTraining::classes)
      .function("lengths", &ArrayTraining::lengths)
      .function("create", &ArrayTraining::create);

  register_training<mdn::Trainer>("TrainingStrokes");
  emscripten::class_<StrokeTraining, emscripten::base<Training<mdn::Trainer>>>("StrokeTraining")
      .constructor<>()
      .function("stepsPerEpoch", &StrokeTraining::steps_per_epoch)
      .function("validates", &StrokeTraining::validates)
      .function("validate", &StrokeTraining::validate)
      .function("read", &StrokeTraining::read)
      .function("classes", &StrokeTraining::classes)
      .function("className", &StrokeTraining::class_name)
      .function("deviation", &StrokeTraining::deviation)
      .function("create", &StrokeTraining::create);
}
