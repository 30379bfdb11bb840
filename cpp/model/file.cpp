// The model file, for native programs: safetensors, a JSON description in its metadata, and a self-test.
#include <algorithm>
#include <cmath>

#include "io/json.h"
#include "model/network.h"

namespace mdn {
namespace {

// JSON → ModelSpec: types only; check_spec judges the values. What is missing or of the wrong type becomes a value that
// check_spec refuses.
void read_lstm(NodeSpec* node, JsonValue value, const ModelSpec& spec, Status* status) {
  if (!parse_gates(&node->lstm.gates, value["gates"].string("ifgo"))) {
    *status =
        Status::error(Code::kBadFile, {"model description: gates of node '", node->name, "' must be 'ifgo' or 'igfo'"});
  }
  if (value["activation"].string("tanh") != "tanh") {
    *status =
        Status::error(Code::kUnsupported, {"model description: activation of node '", node->name, "' must be 'tanh'"});
  }
  const JsonValue forget_bias = value["forgetBias"];
  node->lstm.forget_bias = static_cast<float>(forget_bias.number(forget_bias.exists() ? NAN : 0));
  if (value["condition"].exists() && !value["condition"].is_null()) {
    node->conditioned = value["condition"].string() == spec.embedding;
    if (!node->conditioned) {
      *status = Status::error(
          Code::kBadFile, {"model description: condition of node '", node->name, "' must be the name of an embedding"});
    }
  }
}

Status read_node(ModelSpec* spec, JsonValue value) {
  const std::string_view type = value["type"].string();
  if (type == "embedding" && spec->embedding.empty()) {
    spec->embedding = std::string(value["name"].string());
    spec->embedding_units = value["units"].index(0);
    spec->classes = value["classes"].index(0) - (spec->any_class ? 1 : 0);
    if (!spec->embedding.empty()) return {};
    return Status::error(Code::kBadFile, "model description: the name of the embedding is missing");
  }
  if (type != "dense" && type != "lstm") {
    return Status::error(Code::kUnsupported,
                         {"model description: type of node '", value["name"].string().substr(0, 64),
                          "' must be 'dense', 'lstm' or one 'embedding', it is '", type.substr(0, 64), "'"});
  }
  NodeSpec node;
  node.name = std::string(value["name"].string());
  node.type = type == "lstm" ? NodeSpec::Type::kLstm : NodeSpec::Type::kDense;
  node.units = value["units"].index(0);
  for (JsonValue input = value["inputs"].first(); input.exists(); input = input.next()) {
    node.inputs.push_back(find_node(*spec, input.string()));
  }
  Status status;
  const JsonValue activation = value[type == "lstm" ? "recurrentActivation" : "activation"];
  if (activation.exists()) {
    status = parse_activation(type == "lstm" ? &node.lstm.recurrent_activation : &node.activation, activation.string());
  }
  if (type == "lstm") read_lstm(&node, value, *spec, &status);
  spec->nodes.push_back(std::move(node));
  return status;
}

std::vector<float> read_row(JsonValue values) {
  std::vector<float> row;
  for (JsonValue value = values.first(); value.exists(); value = value.next()) {
    row.push_back(static_cast<float>(value.number(NAN)));
  }
  return row;
}

}  // namespace

Status read_spec(ModelSpec* out, std::string_view json) {
  *out = {};
  if (json.empty()) {
    return Status::error(Code::kBadFile,
                         "safetensors file without a 'mixture-density' description in its __metadata__");
  }
  JsonDocument document;
  if (Status status = document.parse(json); !status.ok()) return status;
  const JsonValue root = document.root();
  if (root["version"].index() != 1) {
    return Status::error(Code::kUnsupported,
                         "model description: version must be 1; this file is newer than the program");
  }
  out->input_size = root["input"]["size"].index(0);
  out->any_class = root["anyClass"].is_true();
  if (root["nodes"].size() > kMaxNodes) return Status::error(Code::kTooLarge, "model description: over 64 nodes");
  for (JsonValue value = root["nodes"].first(); value.exists(); value = value.next()) {
    if (Status status = read_node(out, value); !status.ok()) return status;
  }
  if (out->embedding.empty()) out->any_class = false;
  const std::string_view compute = root["compute"].string("float32");
  if (compute != "float32" && compute != "int8") {
    return Status::error(Code::kUnsupported, "model description: compute must be 'float32' or 'int8'");
  }
  out->compute = compute == "int8" ? Compute::kInt8 : Compute::kFloat32;
  const JsonValue head = root["head"];
  out->head.type = std::string(head["type"].string());
  out->head.dims = head["dims"].index(0);
  out->head.components = head["components"].index(0);
  out->head.activation = std::string(head["activation"].string());
  out->head.epsilon = static_cast<float>(head["epsilon"].number(out->head.epsilon));
  const JsonValue self_test = root["selfTest"];
  for (JsonValue row = self_test["inputs"].first(); row.exists(); row = row.next()) {
    out->self_test.inputs.push_back(read_row(row));
  }
  out->self_test.outputs = read_row(self_test["outputs"]);
  out->self_test.tolerance = static_cast<float>(self_test["tolerance"].number(1e-5));
  return check_spec(*out);
}

Status Network::load(std::shared_ptr<const Network>* out, std::span<const std::uint8_t> bytes, bool force_float32) {
  out->reset();
  Safetensors file;
  if (Status status = read_safetensors(&file, bytes); !status.ok()) return status;
  ModelSpec spec;
  if (Status status = read_spec(&spec, file.metadata); !status.ok()) return status;
  return build(out, std::move(spec), file, force_float32);
}

Status Network::self_test() const {
  const ModelSpec::SelfTest& test = spec_.self_test;
  if (test.outputs.empty()) return {};
  AlignedVector<float> bias(static_cast<std::size_t>(bias_size_)), state(static_cast<std::size_t>(state_size_));
  AlignedVector<float> activations(static_cast<std::size_t>(activation_size_));
  AlignedVector<std::int16_t> scratch(static_cast<std::size_t>(scratch_size_));
  if (Status status = start(bias.data(), state.data(), conditioned() && !spec_.any_class ? 0 : -1); !status.ok()) {
    return status;
  }
  for (const auto& input : test.inputs) {
    advance(activations.data(), state.data(), input.data(), spec_.input_size, bias.data(), 1, scratch.data());
  }
  read_out(activations.data(), 1);
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const float got = output(activations.data())[i], want = test.outputs[i];
    if (!(std::fabs(got - want) <= test.tolerance * std::max(1.0f, std::fabs(want)))) {
      return Status::error(Code::kMismatch,
                           {"self-test: output ", i, " must be ", want, " within ", test.tolerance, ", it is ", got});
    }
  }
  return {};
}

}  // namespace mdn
