#include "model/spec.h"

#include <cmath>

namespace mdn {
namespace {

// Keeps the first thing that is wrong.
class Rules {
 public:
  // Of the node called `node`, or of the whole description.
  void require(bool good, Piece expected, std::string_view field, std::string_view node = {}) {
    if (good || !status_.ok()) return;
    status_ = node.empty() ? Status::error(Code::kBadFile, {"model description: ", field, " must be ", expected})
                           : Status::error(Code::kBadFile, {"model description: ", field, " of node '",
                                                            node.substr(0, 64), "' must be ", expected});
  }
  void require_size(int size, std::string_view field, std::string_view node = {}) {
    require(size >= 1 && size <= kMaxUnits, "a whole number from 1 to 16384", field, node);
  }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

void check_node(Rules* rules, const ModelSpec& spec, int index) {
  const NodeSpec& node = spec.nodes[static_cast<std::size_t>(index)];
  bool taken = node.name == "input" || node.name == spec.embedding;
  for (int i = 0; i < index; ++i) taken |= spec.nodes[static_cast<std::size_t>(i)].name == node.name;
  rules->require(!node.name.empty() && node.name.size() <= 256 && !taken,
                 "1 to 256 characters, used once, other than 'input'", "the name", node.name.empty() ? "" : node.name);
  rules->require_size(node.units, "units", node.name);
  rules->require(!node.inputs.empty() && node.inputs.size() <= kMaxNodes, "1 to 64 node names", "inputs", node.name);
  for (int source : node.inputs) {
    rules->require(source >= NodeSpec::kNetworkInput && source < index, "'input' or names of earlier nodes", "inputs",
                   node.name);
  }
  if (node.type != NodeSpec::Type::kLstm) return;
  const Activation recurrent = node.lstm.recurrent_activation;
  rules->require(recurrent == Activation::kSigmoid || recurrent == Activation::kHardSigmoid ||
                     recurrent == Activation::kHardSigmoid3,
                 "'sigmoid', 'hard_sigmoid' or 'hard_sigmoid_3'", "recurrentActivation", node.name);
  rules->require(std::isfinite(node.lstm.forget_bias), "a finite number", "forgetBias", node.name);
  rules->require(!node.conditioned || !spec.embedding.empty(), "the name of an embedding", "condition", node.name);
}

}  // namespace

int find_node(const ModelSpec& spec, std::string_view name) {
  if (name == "input") return NodeSpec::kNetworkInput;
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    if (spec.nodes[i].name == name) return static_cast<int>(i);
  }
  return kUnknownNode;
}

bool parse_gates(GateOrder* out, std::string_view name) {
  *out = name == "igfo" ? GateOrder::kInputCellForgetOutput : GateOrder::kInputForgetCellOutput;
  return name == "ifgo" || name == "igfo";
}

Status check_spec(const ModelSpec& spec) {
  Rules rules;
  rules.require_size(spec.input_size, "input.size");
  rules.require(!spec.nodes.empty() && spec.nodes.size() <= kMaxNodes, "an array of 1 to 64 layers", "nodes");
  if (!rules.status().ok()) return rules.status();  // the checks below compare every node with every other
  if (!spec.embedding.empty()) {
    rules.require_size(spec.embedding_units, "units", spec.embedding);
    rules.require(spec.classes >= 1 && spec.classes <= kMaxClasses, "at least 1, not counting the one for any class",
                  "classes", spec.embedding);
  }
  rules.require(!spec.any_class || !spec.embedding.empty(), "false without an embedding", "anyClass");
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) check_node(&rules, spec, static_cast<int>(i));
  rules.require_size(spec.head.components, "head.components");
  if (!rules.status().ok() || spec.self_test.outputs.empty()) return rules.status();
  rules.require(!spec.self_test.inputs.empty(), "an array of input rows", "selfTest.inputs");
  for (const auto& row : spec.self_test.inputs) {
    rules.require(row.size() == static_cast<std::size_t>(spec.input_size), "rows as long as the input",
                  "selfTest.inputs");
  }
  rules.require(spec.self_test.outputs.size() == static_cast<std::size_t>(spec.nodes.back().units),
                "as many numbers as the last node has units", "selfTest.outputs");
  return rules.status();
}

}  // namespace mdn
