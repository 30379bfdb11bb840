#include "train/train_spec.h"

#include <cmath>

#include "io/json.h"
#include "io/json_write.h"

namespace mdn {
namespace {

// Reads numbers of one object, remembering the first that is wrong and any field that nobody knows.
class Fields {
 public:
  Fields(JsonValue object, std::string where) : object_(object), where_(std::move(where)) {
    if (object.exists() && !object.is_object()) fail("", "an object");
  }

  JsonValue take(std::string_view name) {
    known_.emplace_back(name);
    return object_[name];
  }

  template <class N>
  void number(N* out, std::string_view name, double low, double high) {
    const JsonValue value = take(name);
    if (!value.exists()) return;
    const double got = value.number(NAN);
    const bool whole = std::is_integral_v<N>;
    if (!(got >= low && got <= high) || (whole && got != std::floor(got))) {
      return fail(name, std::string(whole ? "a whole number" : "a number") + " from " + json_number(low) + " to " +
                            json_number(high));
    }
    *out = static_cast<N>(got);
  }

  void fail(std::string_view name, const std::string& expected) {
    if (!status_.ok()) return;
    status_ = Status::error(Code::kBadValue, "training: " + where_ + (name.empty() || where_.empty() ? "" : ".") +
                                                 std::string(name) + " must be " + expected);
  }

  // The first error, and an unknown field is one: a misspelt option would silently do nothing.
  Status done() {
    for (JsonValue field = object_.first(); status_.ok() && field.exists(); field = field.next()) {
      bool found = false;
      for (const std::string& name : known_) found = found || name == field.key();
      if (!found) fail(field.key(), "left out: training knows no such field");
    }
    return status_;
  }

 private:
  JsonValue object_;
  std::string where_;
  std::vector<std::string> known_;
  Status status_;
};

constexpr double kMost = 9007199254740992.0;  // 2^53

Status read_schedule(Schedule* out, JsonValue value) {
  Fields fields(value, "schedule");
  const std::string_view type = fields.take("type").string("cosine");
  if (type == "cosine") {
    out->type = Schedule::Type::kCosine;
  } else if (type == "exponential") {
    out->type = Schedule::Type::kExponential;
  } else if (type == "constant") {
    out->type = Schedule::Type::kConstant;
  } else {
    fields.fail("type", "'cosine', 'exponential' or 'constant'");
  }
  fields.number(&out->rate, "rate", 0, 10);
  fields.number(&out->last, "last", 0, 10);
  fields.number(&out->warm_up, "warmUp", 0, kMost);
  fields.number(&out->decay, "decay", 0, 1);
  return fields.done();
}

Status read_optimiser(AdamOptions* out, JsonValue value) {
  Fields fields(value, "optimiser");
  const std::string_view type = fields.take("type").string("adam");
  if (type != "adam" && type != "adamw") fields.fail("type", "'adam' or 'adamw'");
  if (type == "adamw") out->weight_decay = 0.01f;
  fields.number(&out->beta1, "beta1", 0, 0.9999999);
  fields.number(&out->beta2, "beta2", 0, 0.9999999);
  fields.number(&out->epsilon, "epsilon", 0, 1);
  if (type == "adamw") fields.number(&out->weight_decay, "weightDecay", 0, 10);
  return fields.done();
}

Status read_augment(TrainSpec* out, JsonValue value) {
  Fields fields(value, "augment");
  fields.number(&out->strokes.axis_scaling, "axisScaling", 0, 0.9);
  fields.number(&out->strokes.drop, "drop", 0, 0.9);
  fields.number(&out->strokes.dequantise, "dequantise", 0, 1e6);
  fields.number(&out->strokes.any_share, "any", 0, 1);
  out->mirror = fields.take("mirror").is_true();
  for (JsonValue name = fields.take("neverMirror").first(); name.exists(); name = name.next()) {
    out->never_mirror.emplace_back(name.string());
  }
  return fields.done();
}

Status read_phases(TrainSpec* out, JsonValue value) {
  double from = 0;
  for (JsonValue item = value.first(); item.exists(); item = item.next()) {
    TrainSpec::Phase phase;
    Fields fields(item, "phases[]");
    fields.number(&phase.until, "until", from, 1);
    fields.number(&phase.min_drawings, "minDrawings", 0, 1e9);
    if (Status status = fields.done(); !status.ok()) return status;
    from = phase.until;
    out->phases.push_back(phase);
  }
  if (out->phases.empty()) out->phases.emplace_back();
  out->phases.back().until = 1;
  return {};
}

Status read_description(ModelSpec* out, JsonValue model) {
  if (!model.is_object()) return Status::error(Code::kBadFile, "training: model must be an object");
  std::string text = json_text(model);
  if (!model["version"].exists()) text = "{\"version\":1," + text.substr(1);
  return read_spec(out, text);
}

Status read_model(TrainSpec* out, JsonValue model) {
  if (Status status = read_description(&out->model, model); !status.ok()) return status;
  out->model_text = json_text(model);
  out->scale = model["scale"].number(1);
  if (!(out->scale > 0)) return Status::error(Code::kBadValue, "training: model.scale must be a number above 0");
  out->strokes.scale = static_cast<float>(out->scale);
  std::size_t i = 0;
  for (JsonValue number = model["startToken"].first(); number.exists(); number = number.next(), ++i) {
    if (i < 5) out->strokes.start_token[i] = static_cast<float>(number.number());
  }
  if (i != 5 || out->model.input_size != 5 || out->model.head.type != "sketch-rnn") {
    return Status::error(Code::kUnsupported,
                         "training on drawings needs a model with the head 'sketch-rnn', an input of "
                         "5 numbers and a startToken of 5 numbers");
  }
  out->strokes.conditioned = !out->model.embedding.empty();
  out->strokes.any_class = out->model.any_class ? out->model.classes : -1;
  return {};
}

// What drawings and arrays have in common.
Status read_learning(LearnOptions* out, Fields& fields) {
  fields.number(&out->seed, "seed", 0, kMost);
  if (!fields.take("steps").exists()) fields.fail("steps", "given");
  fields.number(&out->steps, "steps", 1, 1e9);
  fields.number(&out->batch, "batch", 1, 1 << 20);
  fields.number(&out->shards, "shards", 1, 1024);
  fields.number(&out->average, "average", 0, 0.9999999);
  fields.number(&out->recurrent_keep, "recurrentKeep", 0.01, 1);
  fields.number(&out->window, "window", 0, kMaxDrawingPoints);
  if (Status status = read_optimiser(&out->adam, fields.take("optimiser")); !status.ok()) return status;
  if (Status status = read_schedule(&out->schedule, fields.take("schedule")); !status.ok()) return status;
  Fields clip(fields.take("clip"), "clip");
  clip.number(&out->clip_norm, "norm", 0, 1e30);
  clip.number(&out->clip_value, "value", 0, 1e30);
  return clip.done();
}

}  // namespace

Status read_train_spec(TrainSpec* out, std::string_view json) {
  *out = {};
  JsonDocument document;
  if (Status status = document.parse(json); !status.ok()) return status;
  Fields fields(document.root(), "");
  if (Status status = read_model(out, fields.take("model")); !status.ok()) return status;
  if (Status status = read_learning(out, fields); !status.ok()) return status;
  fields.number(&out->checkpoint_seconds, "checkpointSeconds", 0, 1e9);
  if (Status status = read_augment(out, fields.take("augment")); !status.ok()) return status;
  if (Status status = read_phases(out, fields.take("phases")); !status.ok()) return status;
  Fields validation(fields.take("validation"), "validation");
  validation.number(&out->validate_every, "every", 1, 1e9);
  validation.number(&out->validate_min_drawings, "minDrawings", 0, 1e9);
  validation.number(&out->patience, "patience", 0, 1e9);
  if (Status status = validation.done(); !status.ok()) return status;
  out->strokes.seed = out->seed;
  return fields.done();
}

Status read_array_spec(ArraySpec* out, std::string_view json) {
  *out = {};
  out->average = 0;
  out->clip_norm = 0;
  JsonDocument document;
  if (Status status = document.parse(json); !status.ok()) return status;
  Fields fields(document.root(), "");
  if (Status status = read_description(&out->model, fields.take("model")); !status.ok()) return status;
  if (Status status = read_learning(out, fields); !status.ok()) return status;
  const JsonValue shuffle = fields.take("shuffle");
  out->shuffle = !shuffle.exists() || shuffle.is_true();
  out->stateful = fields.take("stateful").is_true();
  if (out->stateful && out->window == 0) fields.fail("window", "given, for stateful training");
  fields.number(&out->any_share, "any", 0, 1);
  return fields.done();
}

}  // namespace mdn
