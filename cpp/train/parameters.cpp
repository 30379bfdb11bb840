#include "train/parameters.h"

#include <algorithm>
#include <cmath>

#include "layers/activations_train.h"
#include "random/draw.h"
#include "train/streams.h"

namespace mdn {
namespace {

using Start = ParameterView::Start;

void add(ParameterLayout* layout, std::string name, std::vector<int> shape, Start start) {
  layout->views.push_back({std::move(name), std::move(shape), layout->size, start});
  layout->size += layout->views.back().count();
}

Status add_lstm(ParameterLayout* layout, const ModelSpec& spec, const NodeSpec& node) {
  if (node.lstm.gates != GateOrder::kInputForgetCellOutput || node.lstm.forget_bias != 0) {
    return Status::error(Code::kUnsupported, "training node '" + node.name +
                                                 "': gates must be in the order 'ifgo' and forgetBias 0 (it is part of "
                                                 "the bias)");
  }
  if (Status status = check_trainable(node.lstm.recurrent_activation); !status.ok()) return status;
  const int units = node.units;
  add(layout, node.name + "/kernel", {input_units(spec, node), 4 * units}, Start::kGlorot);
  add(layout, node.name + "/recurrent_kernel", {units, 4 * units}, Start::kOrthogonal);
  add(layout, node.name + "/bias", {4 * units}, Start::kForgetBias);
  if (!node.conditioned) return {};
  add(layout, node.name + "/class_kernel", {spec.embedding_units, 4 * units}, Start::kGlorot);
  add(layout, node.name + "/class_state_kernel", {spec.embedding_units, 2 * units}, Start::kGlorot);
  add(layout, node.name + "/class_state_bias", {2 * units}, Start::kZero);
  return {};
}

// Orthonormal columns of a random [n, n] matrix by modified Gram-Schmidt, in double, run twice for accuracy.
// out [n, ld]
void orthogonal(float* out, int ld, int n, Draw& draw) {
  const std::size_t size = static_cast<std::size_t>(n);
  std::vector<float> normals(size * size);
  draw.normals(normals.data(), n * n);
  std::vector<double> rows(normals.begin(), normals.end());
  for (std::size_t i = 0; i < size; ++i) {
    double* row = rows.data() + i * size;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const double* other = rows.data() + j * size;
        double dot = 0;
        for (std::size_t k = 0; k < size; ++k) dot += row[k] * other[k];
        for (std::size_t k = 0; k < size; ++k) row[k] -= dot * other[k];
      }
    }
    double norm = 0;
    for (std::size_t k = 0; k < size; ++k) norm += row[k] * row[k];
    norm = std::sqrt(norm);
    for (std::size_t k = 0; k < size; ++k) row[k] /= norm;
  }
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < size; ++k)
      out[i * static_cast<std::size_t>(ld) + k] = static_cast<float>(rows[i * size + k]);
  }
}

}  // namespace

std::size_t ParameterView::count() const {
  std::size_t product = 1;
  for (const int size : shape) product *= static_cast<std::size_t>(size);
  return product;
}

const ParameterView* ParameterLayout::find(const std::string& name) const {
  for (const ParameterView& view : views) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

int input_units(const ModelSpec& spec, const NodeSpec& node) {
  int units = 0;
  for (const int input : node.inputs) {
    units += input == NodeSpec::kNetworkInput ? spec.input_size : spec.nodes[static_cast<std::size_t>(input)].units;
  }
  return units;
}

Status lay_out(ParameterLayout* out, const ModelSpec& spec) {
  *out = {};
  if (spec.compute != Compute::kFloat32) {
    return Status::error(Code::kUnsupported, "training needs float32 weights; convert the model afterwards");
  }
  if (!spec.embedding.empty()) {
    add(out, spec.embedding + "/embedding", {spec.classes + (spec.any_class ? 1 : 0), spec.embedding_units},
        Start::kEmbedding);
  }
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const NodeSpec& node = spec.nodes[i];
    if (node.type == NodeSpec::Type::kLstm) {
      if (Status status = add_lstm(out, spec, node); !status.ok()) return status;
      continue;
    }
    if (Status status = check_trainable(node.activation); !status.ok()) return status;
    const bool feeds_head = i + 1 == spec.nodes.size();
    add(out, node.name + "/kernel", {input_units(spec, node), node.units}, feeds_head ? Start::kSmall : Start::kGlorot);
    add(out, node.name + "/bias", {node.units}, Start::kZero);
  }
  return {};
}

void initialise(float* values, const ParameterLayout& layout, std::uint64_t seed) {
  for (std::size_t v = 0; v < layout.views.size(); ++v) {
    const ParameterView& view = layout.views[v];
    float* out = values + view.offset;
    const auto count = static_cast<int>(view.count());
    Draw draw(seed, stream_of(Purpose::kInitialise, v), 0);
    std::fill_n(out, count, 0.0f);
    switch (view.start) {
      case Start::kGlorot: {
        const float limit = std::sqrt(6.0f / static_cast<float>(view.shape[0] + view.shape[1]));
        for (int i = 0; i < count; ++i) out[i] = limit * (2 * draw.uniform() - 1);
        break;
      }
      case Start::kOrthogonal: {
        const int units = view.shape[0];
        for (int block = 0; block < view.shape[1] / units; ++block) {
          orthogonal(out + block * units, view.shape[1], units, draw);
        }
        break;
      }
      case Start::kSmall:
      case Start::kEmbedding: {
        draw.normals(out, count);
        for (int i = 0; i < count; ++i) out[i] *= view.start == Start::kSmall ? 0.01f : 0.3f;
        break;
      }
      case Start::kForgetBias:
        std::fill_n(out + count / 4, count / 4, 1.0f);
        break;
      case Start::kZero:
        break;
    }
  }
}

}  // namespace mdn
