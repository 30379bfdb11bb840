// From a description and tensors to packed layers.
#include <algorithm>

#include "model/network.h"

namespace mdn {
namespace {

int round_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

Status out_of_memory(const std::string& what) {
  return Status::error(Code::kTooLarge, {"model file: not enough memory for the weights of '", what, "'"});
}

// Takes tensors out of a file and keeps the first thing that is wrong with one.
class Tensors {
 public:
  explicit Tensors(const Safetensors& file) : file_(file) {}

  const Status& status() const { return status_; }

  // A tensor of this shape; `columns` 0 for a vector. Null after an error.
  const TensorView* find(const std::string& name, int rows, int columns) {
    const TensorView* tensor = file_.find(name);
    if (tensor == nullptr) return fail(Code::kBadFile, {"model file: tensor '", name, "' is missing"});
    const std::vector<int>& shape = tensor->shape;
    const bool fits = columns == 0 ? shape.size() == 1 && shape[0] == rows
                                   : shape.size() == 2 && shape[0] == rows && shape[1] == columns;
    if (fits && tensor->complete()) return tensor;
    if (fits) return fail(Code::kBadFile, {"model file: tensor '", name, "' is cut short"});
    const auto axis = [&](std::size_t i) { return i < shape.size() ? shape[i] : 0; };
    return fail(Code::kBadShape, {"model file: tensor '", name, "' must have the shape [", rows, ", ", columns,
                                  "], it has [", axis(0), ", ", axis(1), "] (0: no such axis)"});
  }

  // The same, expanded to float32. Empty after an error.
  AlignedVector<float> read(const std::string& name, int rows, int columns) {
    const TensorView* tensor = find(name, rows, columns);
    if (tensor == nullptr || !status_.ok()) return {};
    AlignedVector<float> values;
    status_ = values.try_resize(tensor->count()) ? read_floats(values.data(), *tensor, file_.find(name + "_scale"))
                                                 : out_of_memory(name);
    return status_.ok() ? std::move(values) : AlignedVector<float>();
  }

 private:
  std::nullptr_t fail(Code code, Pieces message) {
    if (status_.ok()) status_ = Status::error(code, message);
    return nullptr;
  }

  const Safetensors& file_;
  Status status_;
};

}  // namespace

Status Network::build(std::shared_ptr<const Network>* out, ModelSpec spec, const Safetensors& file,
                      bool force_float32) {
  out->reset();
  if (Status status = check_spec(spec); !status.ok()) return status;
  auto network = std::make_shared<Network>();
  network->spec_ = std::move(spec);
  if (Status status = make_head(&network->head_, network->spec_.head); !status.ok()) return status;
  if (network->head_->outputs() != network->output_size()) {
    return Status::error(Code::kBadShape, {"model file: the head '", network->spec_.head.type, "' reads ",
                                           network->head_->outputs(), " numbers, the last node '",
                                           network->spec_.nodes.back().name, "' gives ", network->output_size()});
  }
  if (Status status = network->pack(file, force_float32); !status.ok()) return status;
  *out = std::move(network);
  return {};
}

int Network::source_units(int node) const {
  return node == NodeSpec::kNetworkInput ? spec_.input_size : spec_.nodes[static_cast<std::size_t>(node)].units;
}

Status Network::pack(const Safetensors& file, bool force_float32) {
  if (!spec_.embedding.empty()) {
    Tensors tensors(file);
    embedding_ =
        tensors.read(spec_.embedding + "/embedding", spec_.classes + (spec_.any_class ? 1 : 0), spec_.embedding_units);
    if (!tensors.status().ok()) return tensors.status();
  }
  activation_size_ = round_up(spec_.input_size, 16);
  for (const NodeSpec& spec : spec_.nodes) {
    Node node;
    node.type = spec.type;
    node.inputs = spec.inputs;
    node.units = spec.units;
    int inputs = 0;
    for (int source : spec.inputs) inputs += source_units(source);
    if (inputs > kMaxUnits) return Status::error(Code::kTooLarge, {"node '", spec.name, "' has over 16384 inputs"});
    node.offset = activation_size_;
    if (spec.type == NodeSpec::Type::kLstm) {
      if (Status status = pack_lstm(file, spec, inputs, force_float32); !status.ok()) return status;
      const Lstm& lstm = lstm_.back();
      node.layer = static_cast<int>(lstm_.size()) - 1;
      node.state_offset = state_size_;
      node.bias_offset = bias_size_;
      state_size_ += round_up(lstm.state_size(), 16);
      bias_size_ += lstm.bias_size();
      scratch_size_ = std::max(scratch_size_, lstm.scratch_size());
      activation_size_ += round_up(lstm.width(), 16);
      node.on_advance = recurrent_ = true;
    } else {
      if (Status status = pack_dense(file, spec, inputs); !status.ok()) return status;
      node.layer = static_cast<int>(dense_.size()) - 1;
      activation_size_ += dense_.back().width();
      if (spec.inputs.size() > 1) {
        node.concat_offset = activation_size_;
        activation_size_ += round_up(inputs, 16);
      }
    }
    nodes_.push_back(std::move(node));
  }
  // What a stateful node reads, directly or through others, must run whenever a row is fed.
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!nodes_[i].on_advance) continue;
    for (int source : nodes_[i].inputs) {
      if (source != NodeSpec::kNetworkInput) nodes_[static_cast<std::size_t>(source)].on_advance = true;
    }
  }
  return {};
}

Status Network::pack_lstm(const Safetensors& file, const NodeSpec& spec, int inputs, bool force_float32) {
  const int gates = 4 * spec.units, units = spec.units, embedded = spec_.embedding_units;
  Tensors tensors(file);
  const AlignedVector<float> kernel = tensors.read(spec.name + "/kernel", inputs, gates);
  const AlignedVector<float> bias = tensors.read(spec.name + "/bias", gates, 0);

  const std::string recurrent_name = spec.name + "/recurrent_kernel";
  const TensorView* stored = tensors.find(recurrent_name, units, gates);
  const bool integer =
      stored != nullptr && stored->dtype == Dtype::kInt8 && spec_.compute == Compute::kInt8 && !force_float32;
  AlignedVector<float> recurrent, scale;
  if (integer) {
    scale = tensors.read(recurrent_name + "_scale", gates, 0);
  } else {
    recurrent = tensors.read(recurrent_name, units, gates);
  }
  AlignedVector<float> class_kernel, class_state_kernel, class_state_bias;
  if (spec.conditioned) {
    class_kernel = tensors.read(spec.name + "/class_kernel", embedded, gates);
    class_state_kernel = tensors.read(spec.name + "/class_state_kernel", embedded, 2 * units);
    class_state_bias = tensors.read(spec.name + "/class_state_bias", 2 * units, 0);
  }
  if (!tensors.status().ok()) return tensors.status();
  LstmWeights weights;
  weights.kernel = kernel.data();
  weights.recurrent_kernel = recurrent.data();
  weights.bias = bias.data();
  weights.recurrent_int8 = integer ? reinterpret_cast<const std::int8_t*>(stored->bytes.data()) : nullptr;
  weights.recurrent_scale = scale.data();
  weights.class_kernel = class_kernel.data();
  weights.class_state_kernel = class_state_kernel.data();
  weights.class_state_bias = class_state_bias.data();
  return lstm_.emplace_back().pack(weights, inputs, units, embedded, spec.lstm) ? Status() : out_of_memory(spec.name);
}

Status Network::pack_dense(const Safetensors& file, const NodeSpec& spec, int inputs) {
  Tensors tensors(file);
  const AlignedVector<float> kernel = tensors.read(spec.name + "/kernel", inputs, spec.units);
  const AlignedVector<float> bias = tensors.read(spec.name + "/bias", spec.units, 0);
  if (!tensors.status().ok()) return tensors.status();
  const bool enough = dense_.emplace_back().pack(kernel.data(), bias.data(), inputs, spec.units, spec.activation);
  return enough ? Status() : out_of_memory(spec.name);
}

}  // namespace mdn
