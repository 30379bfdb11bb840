// Embind registrations only: coarse classes carry control, addresses of buffers carry data.
//
// Addresses are numbers here; js/runtime.js is the only file that makes and reads them, and JavaScript has checked
// every length before it calls. What may fail returns a Code; errorMessage() has the text of the latest one.
#include <emscripten/bind.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "bindings/report.h"
#include "kernels/vmath.h"
#include "mdn.h"

// Two functions of the runtime libraries that are never called here, but whose own versions would link all of printf, a
// twentieth of the module: what happens when a pure virtual function is called, and how Embind names a type that is not
// registered.
extern "C" void __cxa_pure_virtual() { __builtin_trap(); }
extern "C" int siprintf(char*, const char*, ...) { __builtin_trap(); }

namespace {

using mdn::Code;
using mdn::report;
using mdn::Status;
using Address = std::uintptr_t;

std::string error_message() { return mdn::last_message; }

float* floats(Address address) { return reinterpret_cast<float*>(address); }

// Seeds and streams are whole numbers below 2^53, so a double carries them.
std::uint64_t whole(double value) { return static_cast<std::uint64_t>(value); }

// A network from a description and tensors, in the order of a model file's nodes. JavaScript has parsed the file and
// checked the types; values are judged by build(), so a wrong one may be handed over.
class ModelBuilder {
 public:
  void input(int size) { spec_.input_size = size; }
  void embedding(const std::string& name, int units, int classes, bool any) {
    spec_.embedding = name;
    spec_.embedding_units = units;
    spec_.classes = classes;
    spec_.any_class = any;
  }
  int dense(const std::string& name, int units, const std::string& activation) {
    mdn::NodeSpec& node = spec_.nodes.emplace_back();
    node.name = name;
    node.units = units;
    return report(mdn::parse_activation(&node.activation, activation));
  }
  int lstm(const std::string& name, int units, const std::string& gates, float forget_bias,
           const std::string& recurrent_activation, bool conditioned) {
    mdn::NodeSpec& node = spec_.nodes.emplace_back();
    node.name = name;
    node.type = mdn::NodeSpec::Type::kLstm;
    node.units = units;
    node.lstm.forget_bias = forget_bias;
    node.conditioned = conditioned;
    if (!mdn::parse_gates(&node.lstm.gates, gates)) {
      return report(
          Status::error(Code::kBadFile, {"model description: gates of node '", name, "' must be 'ifgo' or 'igfo'"}));
    }
    return report(mdn::parse_activation(&node.lstm.recurrent_activation, recurrent_activation));
  }
  // An input of the node added last.
  void from(const std::string& source) { spec_.nodes.back().inputs.push_back(mdn::find_node(spec_, source)); }
  void head(const std::string& type, int dims, int components, float epsilon, const std::string& activation) {
    spec_.head = {type, dims, components, epsilon, activation};
  }
  void integers(bool integers) { spec_.compute = integers ? mdn::Compute::kInt8 : mdn::Compute::kFloat32; }
  // dtype: 0 float32, 1 float16, 2 int8. columns: 0 for a vector. The bytes must stay until build().
  void tensor(const std::string& name, int dtype, int rows, int columns, Address bytes, std::size_t size) {
    mdn::TensorView& tensor = file_.tensors.emplace_back();
    tensor.name = name;
    tensor.dtype = static_cast<mdn::Dtype>(dtype);
    tensor.shape = {rows};
    if (columns > 0) tensor.shape.push_back(columns);
    tensor.bytes = {reinterpret_cast<const std::uint8_t*>(bytes), size};
  }
  const mdn::ModelSpec& spec() const { return spec_; }
  const mdn::Safetensors& file() const { return file_; }

 private:
  mdn::ModelSpec spec_;
  mdn::Safetensors file_;
};

class Model {
 public:
  int build(const ModelBuilder& builder, bool force_float32) {
    return report(mdn::Network::build(&network_, builder.spec(), builder.file(), force_float32));
  }
  int inputs() const { return network_->input_size(); }
  int outputs() const { return network_->output_size(); }
  bool recurrent() const { return network_->recurrent(); }
  bool conditioned() const { return network_->conditioned(); }
  int dims() const { return shape().dims; }
  int components() const { return shape().components; }
  bool triangular() const { return shape().triangular; }
  int categories() const { return shape().categories; }
  int bernoullis() const { return shape().bernoullis; }
  const std::shared_ptr<const mdn::Network>& network() const { return network_; }

  // The mixtures that `count` fresh sequences of `steps` rows predict, after each row or only after the last.
  //   out [count, steps or 1, row_size], x [count, steps, inputs]
  int predict(Address out, Address x, int count, int steps, int class_index, bool each) const {
    constexpr int kTogether = 64;
    const mdn::Network& network = *network_;
    const auto together = static_cast<std::size_t>(std::min(count, kTogether));
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    mdn::AlignedVector<float> bias, first, state, activations;
    mdn::AlignedVector<std::int16_t> scratch;
    if (!bias.try_resize(size(network.bias_size())) || !first.try_resize(size(network.state_size())) ||
        !state.try_resize(together * size(network.state_size())) ||
        !activations.try_resize(together * size(network.activation_size())) ||
        !scratch.try_resize(together * size(network.scratch_size()))) {
      return report(Status::error(Code::kTooLarge, "not enough memory to predict"));
    }
    if (const Status status = network.start(bias.data(), first.data(), class_index); !status.ok()) {
      return report(status);
    }
    const std::ptrdiff_t inputs = network.input_size(), row_size = shape().row_size();
    float* row = floats(out);
    for (int from = 0; from < count; from += kTogether) {
      const int rows = std::min(kTogether, count - from);
      for (int r = 0; r < rows; ++r) std::copy(first.begin(), first.end(), state.data() + r * network.state_size());
      for (int t = 0; t < steps; ++t) {
        const float* at = floats(x) + (static_cast<std::ptrdiff_t>(from) * steps + t) * inputs;
        network.advance(activations.data(), state.data(), at, static_cast<int>(steps * inputs), bias.data(), rows,
                        scratch.data());
        if (!each && t + 1 < steps) continue;
        network.read_out(activations.data(), rows);
        for (int r = 0; r < rows; ++r) {
          const std::ptrdiff_t place = each ? static_cast<std::ptrdiff_t>(from + r) * steps + t : from + r;
          network.head().mixture(row + place * row_size,
                                 network.output(activations.data() + r * network.activation_size()));
        }
      }
    }
    return 0;
  }

 private:
  const mdn::MixtureShape& shape() const { return network_->head().shape(); }
  std::shared_ptr<const mdn::Network> network_;
};

class Session {
 public:
  Session(const Model& model, int class_index, double seed, double stream)
      : session_(model.network(), class_index, whole(seed), whole(stream)),
        stepped_(static_cast<std::size_t>(model.network()->head().shape().point_size() + 2)) {}
  // Copying is forking.
  Session(const Session& other) = default;

  int status() const { return report(session_.status()); }
  int observe(Address rows, int count, Address parts, Address targets, int draws) {
    return report(session_.observe(floats(rows), count, floats(parts), floats(targets), draws));
  }
  int step(float weights, float scales, float pen) {
    float* const point = stepped_.data();
    float* const log_prob = point + stepped_.size() - 2;
    const Status status = session_.step(point, log_prob, {weights, scales, pen});
    log_prob[1] = status.ok() && session_.network().head().finished(point) ? 1.0f : 0.0f;
    return report(status);
  }
  // What step() left: the row it sampled, its log-probability, and 1 where it ends the sequence or else 0. One address
  // for the life of the session, because every call from JavaScript costs as much as sampling does.
  Address stepped() const { return reinterpret_cast<Address>(stepped_.data()); }
  int mixture(Address row) { return report(session_.mixture(floats(row))); }
  int raw(Address out) {
    const float* raw = nullptr;
    const Status status = session_.raw(&raw);
    if (status.ok()) std::copy_n(raw, session_.network().output_size(), floats(out));
    return report(status);
  }

  double seed() const { return static_cast<double>(session_.seed()); }
  double stream() const { return static_cast<double>(session_.stream()); }
  double position() const { return session_.position(); }
  void reseed(double seed, double stream, double position) {
    session_.reseed(whole(seed), whole(stream), static_cast<std::uint32_t>(position));
  }
  void skip(int rows) { session_.skip(static_cast<std::uint32_t>(rows)); }

  int snapshot_size() const { return session_.snapshot_size(); }
  bool save(Address out) const { return session_.save(floats(out)).observed; }
  void restore(Address from, double seed, double stream, double position, bool observed) {
    session_.restore(floats(from), {whole(seed), whole(stream), static_cast<std::uint32_t>(position), observed});
  }
  mdn::Session& get() { return session_; }

 private:
  mdn::Session session_;
  mdn::AlignedVector<float> stepped_;
};

class Futures {
 public:
  Futures(Session& session, int count, int max_steps, double seed, float weights, float scales, float pen)
      : futures_(session.get(), count, max_steps, whole(seed), {weights, scales, pen}) {}
  int status() const { return report(futures_.status()); }
  int advance(int steps) { return report(futures_.advance(steps)); }
  bool done() const { return futures_.done(); }
  Address lengths() const { return reinterpret_cast<Address>(futures_.lengths()); }
  Address finished() const { return reinterpret_cast<Address>(futures_.finished()); }
  Address log_probs() const { return reinterpret_cast<Address>(futures_.log_probs()); }
  Address points() const { return reinterpret_cast<Address>(futures_.points()); }

 private:
  mdn::Futures futures_;
};

// The operations on `count` rows of canonical mixtures, [count, row_size] each; points are [count, point_size]. A
// stride of 0 in place of a row's size answers for one row (of mixtures or of points) again and again.
class MixtureOperations {
 public:
  MixtureOperations(int dims, int components, bool triangular, int categories, int bernoullis)
      : shape_{dims, components, triangular, categories, bernoullis} {}
  int status() const { return report(mdn::check_shape(shape_)); }
  int row_size() const { return shape_.row_size(); }
  int validate(Address rows, int count) const {
    for (int i = 0; i < count; ++i) {
      Status status = mdn::validate(shape_, row(rows, i, shape_.row_size()));
      if (!status.ok()) {
        status.message = "row " + std::to_string(i) + ": " + status.message;
        return report(status);
      }
    }
    return 0;
  }
  void log_prob(Address parts, Address rows, Address points, int count, int row_stride, int point_stride) const {
    for (int i = 0; i < count; ++i) {
      mdn::log_prob(row(parts, i, 2), row(rows, i, row_stride), row(points, i, point_stride), shape_);
    }
  }
  void sample(Address points, Address rows, int count, int row_stride, Address temper, double seed, double stream,
              double position) const {
    const float* factors = floats(temper);
    for (int i = 0; i < count; ++i) {
      mdn::Draw draw(whole(seed), whole(stream),
                     static_cast<std::uint32_t>(whole(position)) + static_cast<std::uint32_t>(i));
      mdn::sample(row(points, i, shape_.point_size()), row(rows, i, row_stride), {factors[0], factors[1], factors[2]},
                  draw, shape_);
    }
  }
  void mean(Address out, Address rows, int count) const {
    for (int i = 0; i < count; ++i) mdn::mean(row(out, i, shape_.dims), row(rows, i, shape_.row_size()), shape_);
  }
  void covariance(Address out, Address rows, int count) const {
    for (int i = 0; i < count; ++i) {
      mdn::covariance(row(out, i, shape_.dims * shape_.dims), row(rows, i, shape_.row_size()), shape_);
    }
  }
  void responsibilities(Address out, Address rows, Address points, int count, int row_stride, int point_stride) const {
    for (int i = 0; i < count; ++i) {
      mdn::responsibilities(row(out, i, shape_.components), row(rows, i, row_stride), row(points, i, point_stride),
                            shape_);
    }
  }
  int temper(Address out, Address rows, int count, Address temper) const {
    const float* factors = floats(temper);
    for (int i = 0; i < count; ++i) {
      const Status status = mdn::temper(row(out, i, shape_.row_size()), row(rows, i, shape_.row_size()),
                                        {factors[0], factors[1], factors[2]}, shape_);
      if (!status.ok()) return report(status);
    }
    return 0;
  }

 private:
  static float* row(Address base, int index, int stride) {
    return floats(base) + static_cast<std::ptrdiff_t>(index) * stride;
  }
  mdn::MixtureShape shape_;
};

// Fills out [3] with weights, scales, pen of a named rule.
int temper_rule(Address out, const std::string& rule, float weights, float scales, float pen, float bias) {
  mdn::Temper temper;
  const Status status = mdn::temper_rule(&temper, rule, {weights, scales, pen, bias});
  floats(out)[0] = temper.weights;
  floats(out)[1] = temper.scales;
  floats(out)[2] = temper.pen;
  return report(status);
}

std::string temperature_rules() {
  std::string names;
  for (const char* name : mdn::temperature_rules()) names += (names.empty() ? "" : " ") + std::string(name);
  return names;
}

void random_uniform(Address out, int count, double seed, double stream, double position) {
  mdn::Draw draw(whole(seed), whole(stream), static_cast<std::uint32_t>(whole(position)));
  for (int i = 0; i < count; ++i) floats(out)[i] = draw.uniform();
}

void random_normal(Address out, int count, double seed, double stream, double position) {
  mdn::Draw(whole(seed), whole(stream), static_cast<std::uint32_t>(whole(position))).normals(floats(out), count);
}

void exponentials(Address values, int count) { mdn::vexp(floats(values), floats(values), count); }

void logarithms(Address values, int count) { mdn::vlog(floats(values), floats(values), count); }

void log_softmax(Address values, int rows, int n) {
  for (int i = 0; i < rows; ++i) mdn::log_softmax(floats(values) + i * n, floats(values) + i * n, n);
}

// pairs [count, 2]: the first of each becomes its tanh, the second the sech of the first.
void correlation_pairs(Address pairs, int count) {
  float* pair = floats(pairs);
  for (int i = 0; i < count; ++i, pair += 2) {
    pair[1] = mdn::fexp(-mdn::flog_cosh(pair[0]));
    pair[0] = mdn::ftanh(pair[0]);
  }
}

}  // namespace

EMSCRIPTEN_BINDINGS(mixture_density) {
  using emscripten::class_;
  using emscripten::function;

  function("errorMessage", &error_message);
  function("temperRule", &temper_rule);
  function("temperatureRules", &temperature_rules);
  function("randomUniform", &random_uniform);
  function("randomNormal", &random_normal);
  function("exponentials", &exponentials);
  function("logarithms", &logarithms);
  function("logSoftmax", &log_softmax);
  function("correlationPairs", &correlation_pairs);

  class_<ModelBuilder>("ModelBuilder")
      .constructor<>()
      .function("input", &ModelBuilder::input)
      .function("embedding", &ModelBuilder::embedding)
      .function("dense", &ModelBuilder::dense)
      .function("lstm", &ModelBuilder::lstm)
      .function("from", &ModelBuilder::from)
      .function("head", &ModelBuilder::head)
      .function("integers", &ModelBuilder::integers)
      .function("tensor", &ModelBuilder::tensor);

  class_<Model>("Model")
      .constructor<>()
      .function("build", &Model::build)
      .function("inputs", &Model::inputs)
      .function("outputs", &Model::outputs)
      .function("recurrent", &Model::recurrent)
      .function("conditioned", &Model::conditioned)
      .function("dims", &Model::dims)
      .function("components", &Model::components)
      .function("triangular", &Model::triangular)
      .function("categories", &Model::categories)
      .function("bernoullis", &Model::bernoullis)
      .function("predict", &Model::predict);

  class_<Session>("Session")
      .constructor<const Model&, int, double, double>()
      .constructor<const Session&>()
      .function("status", &Session::status)
      .function("observe", &Session::observe)
      .function("step", &Session::step)
      .function("stepped", &Session::stepped)
      .function("mixture", &Session::mixture)
      .function("raw", &Session::raw)
      .function("seed", &Session::seed)
      .function("stream", &Session::stream)
      .function("position", &Session::position)
      .function("reseed", &Session::reseed)
      .function("skip", &Session::skip)
      .function("snapshotSize", &Session::snapshot_size)
      .function("save", &Session::save)
      .function("restore", &Session::restore);

  class_<Futures>("Futures")
      .constructor<Session&, int, int, double, float, float, float>()
      .function("status", &Futures::status)
      .function("advance", &Futures::advance)
      .function("done", &Futures::done)
      .function("lengths", &Futures::lengths)
      .function("finished", &Futures::finished)
      .function("logProbs", &Futures::log_probs)
      .function("points", &Futures::points);

  class_<MixtureOperations>("MixtureOperations")
      .constructor<int, int, bool, int, int>()
      .function("status", &MixtureOperations::status)
      .function("rowSize", &MixtureOperations::row_size)
      .function("validate", &MixtureOperations::validate)
      .function("logProb", &MixtureOperations::log_prob)
      .function("sample", &MixtureOperations::sample)
      .function("mean", &MixtureOperations::mean)
      .function("covariance", &MixtureOperations::covariance)
      .function("responsibilities", &MixtureOperations::responsibilities)
      .function("temper", &MixtureOperations::temper);
}
