// The description of a network: what a model file says about it, as data. Native programs read it from the file's JSON
// (file.cpp); in WebAssembly JavaScript has parsed the JSON already and hands the fields over (bindings/). Both end in
// check_spec, which knows the rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "heads/head.h"
#include "layers/lstm.h"

namespace mdn {

enum class Compute { kFloat32, kInt8 };

// One node of the network. `inputs` are indices of earlier nodes, or kNetworkInput; several are concatenated in order.
struct NodeSpec {
  static constexpr int kNetworkInput = -1;
  enum class Type { kDense, kLstm };

  std::string name;
  Type type = Type::kDense;
  std::vector<int> inputs;
  int units = 0;
  Activation activation = Activation::kLinear;
  LstmOptions lstm;
  bool conditioned = false;  // the class embedding feeds its gates and its initial state
};

struct ModelSpec {
  int input_size = 0;
  std::vector<NodeSpec> nodes;  // in topological order; the last one feeds the head
  HeadSpec head;
  std::string embedding;   // name of the class embedding, empty without one
  int classes = 0;         // rows of the embedding that stand for a class
  bool any_class = false;  // one more row stands for "any"
  int embedding_units = 0;
  Compute compute = Compute::kFloat32;

  struct SelfTest {
    std::vector<std::vector<float>> inputs;
    std::vector<float> outputs;  // raw network outputs after the last input; empty: no self-test
    float tolerance = 1e-5f;     // × max(1, |output|)
  } self_test;
};

inline constexpr int kMaxUnits = 16384;
inline constexpr int kMaxNodes = 64;
inline constexpr int kMaxClasses = 1 << 20;

// Index of the node called `name` among those read so far: kNetworkInput for 'input', kUnknownNode for none.
inline constexpr int kUnknownNode = -2;
int find_node(const ModelSpec& spec, std::string_view name);

// kInputForgetCellOutput for 'ifgo', kInputCellForgetOutput for 'igfo'; false for any other name.
bool parse_gates(GateOrder* out, std::string_view name);

// Whether the description can be built: sizes within the limits, names unique, inputs of earlier nodes only, a
// self-test of the right lengths. kBadFile says which node and field is wrong and what it must be.
Status check_spec(const ModelSpec& spec);

// Parses the JSON of a model file's metadata, and checks it. kBadFile as above, kUnsupported for a later version.
Status read_spec(ModelSpec* out, std::string_view json);

}  // namespace mdn
