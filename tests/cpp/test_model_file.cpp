// Model files and descriptions: every rule, every missing or wrong part, and damage of all kinds.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "model/futures.h"
#include "network_support.h"

namespace {

using mdn::Code;
using namespace model_support;
using mdn::Futures;
using mdn::Network;

}  // namespace

TEST_CASE("a self-test passes on the numbers of this engine and fails on others") {
  const RandomModel model(kConditioned);
  Session session(must_load(model.bytes()), -1, 1, 0);
  std::string inputs;
  for (const Row& row : random_rows(5, 4, 65)) {
    feed(session, row);
    std::string text;
    for (const float value : row) text += (text.empty() ? "" : ",") + std::to_string(static_cast<double>(value));
    inputs += (inputs.empty() ? "[" : ",[") + text + "]";
  }
  // The rows as the text has them, six digits behind the point.
  const auto with = [&](const std::string& outputs, const std::string& tolerance) {
    return kConditioned.substr(0, kConditioned.size() - 1) + ",\"selfTest\":{\"inputs\":[" + inputs +
           "],\"outputs\":[" + outputs + "],\"tolerance\":" + tolerance + "}}";
  };
  const Row raw = raw_of(session);
  const auto outputs_with = [&](std::size_t changed, double by) {
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      text += (i == 0 ? "" : ",") + std::to_string(static_cast<double>(raw[i]) + (i == changed ? by : 0));
    }
    return text;
  };
  CHECK(must_load(model.bytes())->self_test().ok());  // none to fail
  CHECK(must_load(model.bytes(with(outputs_with(0, 0), "1e-4")))->self_test().ok());
  const Status status = must_load(model.bytes(with(outputs_with(20, 0.01), "1e-4")))->self_test();
  CHECK(status.code == Code::kMismatch);
  CHECK(status.message.find("output 20") != std::string::npos);
  RandomModel damaged = model;
  damaged["lstm_1/recurrent_kernel"].values[7] += 1;
  CHECK(must_load(damaged.bytes(with(outputs_with(0, 0), "1e-4")))->self_test().code == Code::kMismatch);
  RandomModel broken = model;
  std::vector<float>& kernel = broken["lstm_0/kernel"].values;  // ∞ − ∞ somewhere: the outputs are NaN
  std::fill(kernel.begin(), kernel.end(), 3e38f);
  CHECK(must_load(broken.bytes(with(outputs_with(0, 0), "1e-4")))->self_test().code == Code::kMismatch);
}

TEST_CASE("a missing tensor, a wrong shape and a wrong value are refused by name") {
  const std::string names[] = {"class/embedding",     "lstm_0/kernel",           "lstm_0/recurrent_kernel",
                               "lstm_0/bias",         "lstm_0/class_kernel",     "lstm_0/class_state_kernel",
                               "lstm_1/class_kernel", "lstm_0/class_state_bias", "output/kernel",
                               "output/bias"};
  NetworkPointer network;
  const auto refused = [&](const RandomModel& model, Code code, const std::string& name) {
    const Status status = model_support::load(&network, model.bytes());
    CHECK_MESSAGE(status.code == code, name << ": " << status.message);
    CHECK_MESSAGE(status.message.find("'" + name + "'") != std::string::npos, status.message);
    CHECK(network == nullptr);
  };
  for (const std::string& name : names) {
    RandomModel missing(kConditioned);
    missing.remove(name);
    refused(missing, Code::kBadFile, name);
    RandomModel longer(kConditioned);
    longer[name].shape[0] += 1;
    longer[name].values.resize(longer[name].values.size() / size(longer[name].shape[0] - 1) *
                               size(longer[name].shape[0]));
    refused(longer, Code::kBadShape, name);
    if (RandomModel wider(kConditioned); wider[name].shape.size() == 2) {
      wider[name].shape[1] += 1;
      wider[name].values.resize(wider[name].values.size() + size(wider[name].shape[0]));
      refused(wider, Code::kBadShape, name);
    }
    RandomModel flat(kConditioned);
    flat[name].shape.push_back(1);
    flat[name].shape.push_back(1);
    refused(flat, Code::kBadShape, name);
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
      RandomModel model(kConditioned);
      model[name].values.back() = bad;
      refused(model, Code::kBadValue, name);
    }
  }
  RandomModel unscaled(kChain, Storage::kInt8);
  unscaled.remove("lstm_0/recurrent_kernel_scale");
  CHECK(model_support::load(&network, unscaled.bytes()).code == Code::kBadShape);
  CHECK(model_support::load(&network, unscaled.bytes(integers(kChain))).code == Code::kBadFile);
  RandomModel infinite(kChain, Storage::kInt8);
  infinite["lstm_0/recurrent_kernel_scale"].values[3] = INFINITY;
  CHECK(model_support::load(&network, infinite.bytes()).code == Code::kBadValue);
  CHECK(model_support::load(&network, infinite.bytes(integers(kChain))).code == Code::kBadValue);
}

// A file read by somebody else, whose shape promises more than there is.
TEST_CASE("tensors shorter than their shape are never read") {
  const RandomModel model(kChain, Storage::kInt8);
  const Bytes bytes = model.bytes();
  for (const std::string& description : {kChain, integers(kChain)}) {
    mdn::ModelSpec spec;
    REQUIRE(mdn::read_spec(&spec, description).ok());
    mdn::Safetensors file;
    REQUIRE(mdn::read_safetensors(&file, bytes).ok());
    NetworkPointer network;
    CHECK(Network::build(&network, spec, file).ok());
    for (mdn::TensorView& tensor : file.tensors) {
      const auto whole = tensor.bytes;
      tensor.bytes = whole.first(0);
      const Code code = Network::build(&network, spec, file).code;
      CHECK_MESSAGE((code == Code::kBadFile || code == Code::kBadShape), tensor.name);
      CHECK(network == nullptr);
      tensor.bytes = whole;
    }
  }
}

TEST_CASE("every rule of a description is enforced, and the message names node and field") {
  const auto refused = [](const std::string& json, Code code, const std::string& text) {
    mdn::ModelSpec spec;
    const Status status = mdn::read_spec(&spec, json);
    CHECK_MESSAGE(status.code == code, json << ": " << status.message);
    CHECK_MESSAGE(status.message.find(text) != std::string::npos, status.message);
  };
  const auto changed = [](const std::string& from, const std::string& to, const std::string& in) {
    std::string out = in;
    REQUIRE(out.find(from) != std::string::npos);
    return out.replace(out.find(from), from.size(), to);
  };
  const auto chain = [&](const char* from, const char* to, const char* text, Code code = Code::kBadFile) {
    refused(changed(from, to, kChain), code, text);
  };
  refused("", Code::kBadFile, "__metadata__");
  refused("{", Code::kBadFile, "JSON");
  refused("[]", Code::kUnsupported, "version");
  chain("\"version\":1", "\"version\":2", "version", Code::kUnsupported);
  chain("\"version\":1", "\"version\":\"1\"", "version", Code::kUnsupported);
  for (const char* size : {"0", "-1", "16385", "1.5", "\"5\"", "null", "4294967301"}) {
    chain("\"size\":5", (std::string("\"size\":") + size).c_str(), "input.size");
    chain("\"units\":13", (std::string("\"units\":") + size).c_str(), "units of node 'lstm_0'");
    chain("\"components\":2", (std::string("\"components\":") + size).c_str(), "head.components");
  }
  chain("\"name\":\"lstm_0\"", "\"name\":\"\"", "the name");
  chain("\"name\":\"lstm_0\"", "\"name\":\"input\"", "the name of node 'input'");
  chain("\"name\":\"output\"", "\"name\":\"lstm_0\"", "the name of node 'lstm_0'");
  chain("\"name\":\"lstm_0\"", ("\"name\":\"" + std::string(257, 'a') + "\"").c_str(), "the name");
  chain("\"type\":\"lstm\"", "\"type\":\"gru\"", "'gru'", Code::kUnsupported);
  chain("\"type\":\"lstm\",", "", "type", Code::kUnsupported);
  chain("[\"input\"]", "[]", "inputs of node 'lstm_0'");
  chain("[\"input\"]", "[\"output\"]", "earlier nodes");
  chain("[\"input\"]", "[\"lstm_0\"]", "earlier nodes");
  chain("[\"input\"]", "[\"nobody\"]", "earlier nodes");
  chain("[\"input\"]", "[3]", "earlier nodes");
  chain("\"gates\":\"igfo\"", "\"gates\":\"fiog\"", "gates of node 'lstm_0'");
  chain("\"gates\":\"igfo\"", "\"gates\":7,\"activation\":\"relu\"", "activation of node 'lstm_0'", Code::kUnsupported);
  chain("\"forgetBias\":1", "\"forgetBias\":\"1\"", "forgetBias");
  chain("\"forgetBias\":1", "\"forgetBias\":1e300", "forgetBias");
  chain("\"forgetBias\":1", "\"recurrentActivation\":\"tanh\"", "recurrentActivation of node 'lstm_0'");
  chain("\"forgetBias\":1", "\"recurrentActivation\":\"sine\"", "'sine'", Code::kUnsupported);
  chain("\"forgetBias\":1", "\"condition\":\"class\"", "condition of node 'lstm_0'");
  chain("\"units\":15", "\"units\":15,\"activation\":\"glu\"", "glu", Code::kUnsupported);
  chain("\"version\":1", "\"version\":1,\"compute\":\"float64\"", "compute", Code::kUnsupported);

  refused(changed("\"classes\":4", "\"classes\":1", kConditioned), Code::kBadFile, "classes of node 'class'");
  refused(changed("\"classes\":4", "\"classes\":99999999", kConditioned), Code::kBadFile, "classes of node 'class'");
  refused(changed("\"units\":3", "\"units\":0", kConditioned), Code::kBadFile, "units of node 'class'");
  refused(changed("\"condition\":\"class\"", "\"condition\":\"klass\"", kConditioned), Code::kBadFile, "condition");
  refused(changed("\"name\":\"lstm_1\"", "\"name\":\"class\"", kConditioned), Code::kBadFile, "the name");
  refused(changed("\"name\":\"class\"", "\"name\":\"\"", kConditioned), Code::kBadFile, "name of the embedding");
  const std::string embedding = R"({"name":"class","type":"embedding","classes":4,"units":3},)";
  refused(changed(embedding, embedding + embedding, kConditioned), Code::kUnsupported, "one 'embedding'");

  std::string many = R"({"version":1,"input":{"size":1},"nodes":[)";
  for (int i = 0; i < 65; ++i) {
    many += std::string(i == 0 ? "" : ",") + "{\"name\":\"" + std::to_string(i) +
            "\",\"type\":\"dense\",\"inputs\":[\"input\"],\"units\":3}";
  }
  refused(many + R"(],"head":{"type":"diagonal","dims":1,"components":1}})", Code::kTooLarge, "64");
  refused(changed("\"nodes\"", "\"knots\"", kChain), Code::kBadFile, "nodes");

  const auto test = [&](const std::string& self_test, const char* text) {
    refused(kChain.substr(0, kChain.size() - 1) + ",\"selfTest\":" + self_test + "}", Code::kBadFile, text);
  };
  test(R"({"inputs":[],"outputs":[1]})", "selfTest.inputs");
  test(R"({"inputs":[[1,2,3]],"outputs":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]})", "selfTest.inputs");
  test(R"({"inputs":[[1,2,3,4,5]],"outputs":[1]})", "selfTest.outputs");
}

// What no JSON can say, but a description that somebody else has put together.
TEST_CASE("descriptions that were not read from JSON are checked too") {
  mdn::ModelSpec good;
  REQUIRE(mdn::read_spec(&good, kChain).ok());
  CHECK(mdn::check_spec(good).ok());
  for (const int source : {0, 1, -2, 1000000}) {
    mdn::ModelSpec spec = good;
    spec.nodes[0].inputs = {source};
    CHECK_MESSAGE(mdn::check_spec(spec).code == Code::kBadFile, source);
  }
  mdn::ModelSpec conditioned = good;
  conditioned.nodes[0].conditioned = true;
  CHECK(mdn::check_spec(conditioned).code == Code::kBadFile);
  mdn::ModelSpec any = good;
  any.any_class = true;
  CHECK(mdn::check_spec(any).code == Code::kBadFile);
}

TEST_CASE("a description of thousands of nodes is refused at once" * doctest::timeout(10)) {
  mdn::ModelSpec spec;
  spec.input_size = 1;
  spec.nodes.resize(300000);
  CHECK(mdn::check_spec(spec).code == Code::kBadFile);
}

TEST_CASE("a head that does not fit its network is refused") {
  NetworkPointer network;
  const auto code = [&](const std::string& head) {
    const RandomModel model(kChain);
    std::string description = kChain;
    const std::size_t at = description.find("{\"type\":\"sketch-rnn\"");
    description.replace(at, description.find('}', at) + 1 - at, head);
    return model_support::load(&network, model.bytes(description)).code;
  };
  CHECK(code(R"({"type":"sketch-rnn","components":2})") == Code::kOk);
  CHECK(code(R"({"type":"sketch-rnn","components":3})") == Code::kBadShape);
  CHECK(code(R"({"type":"sketch-rnn","components":2000})") == Code::kTooLarge);
  CHECK(code(R"({"type":"laplace","components":2})") == Code::kUnsupported);
  CHECK(code(R"({"components":2})") == Code::kUnsupported);
  CHECK(code(R"({"type":"diagonal","dims":2,"components":3})") == Code::kOk);
  CHECK(code(R"({"type":"diagonal","components":3})") == Code::kBadShape);
  CHECK(code(R"({"type":"diagonal","dims":2,"components":3,"epsilon":-1})") == Code::kBadValue);
  CHECK(code(R"({"type":"diagonal","dims":2,"components":3,"activation":"relu"})") == Code::kUnsupported);
}

TEST_CASE("more inputs than a layer may have are refused") {
  std::string description = R"({"version":1,"input":{"size":16384},"nodes":[
    {"name":"o","type":"dense","inputs":["input","input"],"units":3}],"head":{"type":"diagonal","dims":1,"components":1}})";
  NetworkPointer network;
  CHECK(model_support::load(&network, model_support::FileWriter().bytes(description)).code == Code::kTooLarge);
}

// The sanitizers watch; whatever loads must run.
TEST_CASE("damaged model files are refused or work") {
  int loaded = 0, refused = 0;
  const auto attempt = [&](const Bytes& bytes) {
    NetworkPointer network;
    const Status status = model_support::load(&network, bytes);
    if (!status.ok()) {
      ++refused;
      CHECK(network == nullptr);
      CHECK_FALSE(status.message.empty());
      return;
    }
    ++loaded;
    Session session(network, network->conditioned() ? 0 : -1, 1, 0);
    REQUIRE(session.status().ok());
    const Row row(size(network->input_size()), 0.5f);
    feed(session, row);
    Row point(size(network->head().shape().point_size()));
    float log_prob = 0;
    const Code code = session.step(point.data(), &log_prob, {}).code;
    CHECK((code == Code::kOk || code == Code::kBadValue || code == Code::kMismatch));
    Futures futures(session, 5, 5, 1, {});
    if (futures.status().ok()) (void)futures.advance(5);
    (void)network->self_test();
  };
  TestData data(66);
  for (const Storage storage : {Storage::kFloat32, Storage::kInt8}) {
    const Bytes good = sketch(kConditioned, storage).bytes();
    const std::size_t header = 8 + good[0] + 256u * good[1];
    for (std::size_t length = 0; length < good.size(); length += length < header ? 1 : 97) {
      attempt(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
    }
    CHECK(loaded == 0);
    for (int i = 0; i < 3000; ++i) attempt(model_support::mutant(good, data, i % 4 == 0 ? good.size() : header));
    for (int i = 0; i < 500; ++i) {  // only the values
      Bytes flipped = good;
      const std::size_t bit = 8 * header + data.word() % (8 * (good.size() - header));
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      attempt(flipped);
    }
    CHECK(loaded > 100);
    CHECK(refused > 1000);
    loaded = 0;
  }
}
