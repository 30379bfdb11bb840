#include "train/model_file.h"

#include <memory>

#include "io/json_write.h"
#include "io/safetensors_write.h"
#include "model/network.h"

namespace mdn {
namespace {

// Rows of the self-test: the start token, then the first rows of the set's first drawing.
constexpr int kSelfTestRows = 8;

std::vector<std::vector<float>> self_test_rows(const TrainSpec& spec, const StrokeSet& set) {
  std::vector<std::vector<float>> rows;
  rows.emplace_back(spec.strokes.start_token.begin(), spec.strokes.start_token.end());
  const std::span<const float> drawing = set.rows(0);
  for (std::size_t i = 0; i < drawing.size() && static_cast<int>(rows.size()) < kSelfTestRows; i += 3) {
    const bool lift = drawing[i + 2] > 0;
    rows.push_back({drawing[i] / spec.strokes.scale, drawing[i + 1] / spec.strokes.scale, lift ? 0.0f : 1.0f,
                    lift ? 1.0f : 0.0f, 0.0f});
  }
  return rows;
}

std::string numbers(const std::vector<float>& values) {
  std::string out;
  for (const float value : values) out += (out.empty() ? "" : ",") + json_number(static_cast<double>(value));
  return '[' + out + ']';
}

std::string description(const TrainSpec& spec, const StrokeSet& set, const TrainState& state, double offset_nats,
                        double pen_nats, const std::string& self_test) {
  std::string classes;
  for (const std::string& name : set.classes) classes += (classes.empty() ? "" : ",") + json_string(name);
  std::string out = "{\"version\":1," + spec.model_text.substr(1, spec.model_text.size() - 2);
  if (!spec.model.embedding.empty()) out += ",\"classes\":[" + classes + "]";
  out += ",\"compute\":\"float32\",\"data\":{\"source\":" + json_string(set.source) +
         ",\"licence\":" + json_string(set.licence) + ",\"attribution\":" + json_string(set.attribution) + "}";
  out += ",\"training\":{\"steps\":" + json_number(static_cast<double>(state.step)) +
         ",\"points\":" + json_number(state.points) + ",\"seed\":" + json_number(static_cast<double>(spec.seed)) +
         ",\"seconds\":" + json_number(static_cast<double>(static_cast<std::int64_t>(state.seconds))) +
         ",\"validation\":{\"offsetNats\":" + json_number(offset_nats) + ",\"penNats\":" + json_number(pen_nats) + "}}";
  return out + self_test + "}";
}

// What the inference network answers after the rows.
Status answers(std::vector<float>* out, const std::vector<std::uint8_t>& file,
               const std::vector<std::vector<float>>& rows) {
  std::shared_ptr<const Network> network;
  if (Status status = Network::load(&network, file); !status.ok()) return status;
  AlignedVector<float> bias(static_cast<std::size_t>(network->bias_size()));
  AlignedVector<float> state(static_cast<std::size_t>(network->state_size()));
  AlignedVector<float> activations(static_cast<std::size_t>(network->activation_size()));
  AlignedVector<std::int16_t> scratch(static_cast<std::size_t>(network->scratch_size()));
  const int told = network->conditioned() && !network->spec().any_class ? 0 : -1;
  if (Status status = network->start(bias.data(), state.data(), told); !status.ok()) return status;
  for (const auto& row : rows) {
    network->advance(activations.data(), state.data(), row.data(), network->input_size(), bias.data(), 1,
                     scratch.data());
  }
  network->read_out(activations.data(), 1);
  const float* output = network->output(activations.data());
  out->assign(output, output + network->output_size());
  return {};
}

}  // namespace

Status write_model_file(std::vector<std::uint8_t>* out, const TrainSpec& spec, const StrokeSet& set,
                        const ParameterLayout& layout, const float* parameters, const TrainState& state,
                        double offset_nats, double pen_nats) {
  std::vector<TensorSource> tensors;
  for (const ParameterView& view : layout.views) tensors.push_back({view.name, view.shape, parameters + view.offset});
  *out = write_safetensors(description(spec, set, state, offset_nats, pen_nats, ""), tensors);
  const std::vector<std::vector<float>> rows = self_test_rows(spec, set);
  std::vector<float> outputs;
  if (Status status = answers(&outputs, *out, rows); !status.ok()) return status;
  std::string inputs;
  for (const auto& row : rows) inputs += (inputs.empty() ? "" : ",") + numbers(row);
  const std::string self_test =
      ",\"selfTest\":{\"inputs\":[" + inputs + "],\"outputs\":" + numbers(outputs) + ",\"tolerance\":1e-5}";
  *out = write_safetensors(description(spec, set, state, offset_nats, pen_nats, self_test), tensors);
  return {};
}

}  // namespace mdn
