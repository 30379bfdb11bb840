#include "train/checkpoint.h"

#include <cstdio>
#include <cstring>

#include "io/json.h"
#include "io/json_write.h"
#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "train/file.h"

namespace mdn {
namespace {

// FNV-1a of 64 bits, over eight bytes at a time and the rest one by one.
std::uint64_t checksum(std::uint64_t hash, std::span<const std::uint8_t> bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;  // words, unlike bytes, need their upper bits carried down
  }
  for (; i < bytes.size(); ++i) hash = (hash ^ bytes[i]) * kPrime;
  return hash;
}

std::uint64_t checksum(const std::string& counters, const std::vector<std::span<const std::uint8_t>>& tensors) {
  std::uint64_t hash = 0xcbf29ce484222325;
  hash = checksum(hash, {reinterpret_cast<const std::uint8_t*>(counters.data()), counters.size()});
  for (const auto& tensor : tensors) hash = checksum(hash, tensor);
  return hash;
}

std::string hex(std::uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

// Names and shapes of all parameters: what a checkpoint must agree on.
std::string layout_text(const ParameterLayout& layout) {
  std::string out;
  for (const ParameterView& view : layout.views) {
    out += view.name;
    for (const int size : view.shape) out += ' ' + std::to_string(size);
    out += ';';
  }
  return out;
}

constexpr const char* kTensors[] = {"parameters", "first_moment", "second_moment", "average"};

std::string path(const std::string& directory, const char* name) { return directory + "/" + name; }
constexpr const char* kNewest = "checkpoint.safetensors";
constexpr const char* kPrevious = "checkpoint.previous.safetensors";

}  // namespace

std::vector<std::uint8_t> write_checkpoint(const TrainState& state, const ParameterLayout& layout) {
  const std::string counters =
      "\"checkpoint\":1,\"step\":" + json_number(static_cast<double>(state.step)) +
      ",\"seconds\":" + json_number(state.seconds) + ",\"points\":" + json_number(state.points) +
      ",\"best\":" + json_number(state.best) + ",\"bestStep\":" + json_number(static_cast<double>(state.best_step)) +
      ",\"phase\":" + std::to_string(state.phase) +
      ",\"phaseStart\":" + json_number(static_cast<double>(state.phase_start)) +
      ",\"seed\":" + json_number(static_cast<double>(state.seed)) + ",\"layout\":" + json_string(layout_text(layout));
  std::vector<TensorSource> tensors;
  std::vector<std::span<const std::uint8_t>> bytes;
  const AlignedVector<float>* values[] = {&state.parameters, &state.first_moment, &state.second_moment, &state.average};
  for (std::size_t i = 0; i < std::size(kTensors); ++i) {
    tensors.push_back({kTensors[i], {static_cast<int>(layout.size)}, values[i]->data()});
    bytes.emplace_back(reinterpret_cast<const std::uint8_t*>(values[i]->data()), layout.size * sizeof(float));
  }
  return write_safetensors("{\"checksum\":\"" + hex(checksum(counters, bytes)) + "\"," + counters + "}", tensors);
}

Status read_checkpoint(TrainState* out, std::span<const std::uint8_t> bytes, const ParameterLayout& layout) {
  *out = {};
  Safetensors file;
  if (Status status = read_safetensors(&file, bytes); !status.ok()) return status;
  JsonDocument document;
  if (Status status = document.parse(file.metadata); !status.ok()) return status;
  const JsonValue root = document.root();
  if (root["checkpoint"].index() != 1)
    return Status::error(Code::kBadFile, "this file is not a checkpoint of a training run");
  if (root["layout"].string() != layout_text(layout)) {
    return Status::error(Code::kMismatch, "the checkpoint belongs to another network than the specification describes");
  }
  AlignedVector<float>* values[] = {&out->parameters, &out->first_moment, &out->second_moment, &out->average};
  std::vector<std::span<const std::uint8_t>> spans;
  for (std::size_t i = 0; i < std::size(kTensors); ++i) {
    const TensorView* tensor = file.find(kTensors[i]);
    if (tensor == nullptr || tensor->dtype != Dtype::kFloat32 || tensor->count() != layout.size) {
      return Status::error(Code::kBadFile, std::string("checkpoint without its tensor '") + kTensors[i] + "'");
    }
    spans.push_back(tensor->bytes);
  }
  const std::size_t from = file.metadata.find(',');  // the checksum is the first member and covers what follows it
  const std::string counters =
      from == std::string::npos ? "" : file.metadata.substr(from + 1, file.metadata.size() - from - 2);
  if (root["checksum"].string() != hex(checksum(counters, spans))) {
    return Status::error(Code::kBadFile, "the checkpoint is damaged: its checksum does not fit its contents");
  }
  for (std::size_t i = 0; i < std::size(kTensors); ++i) {
    values[i]->resize(layout.size);
    if (Status status = read_floats(values[i]->data(), *file.find(kTensors[i]), nullptr); !status.ok()) return status;
  }
  out->step = static_cast<std::int64_t>(root["step"].number());
  out->seconds = root["seconds"].number();
  out->points = root["points"].number();
  out->best = root["best"].number();
  out->best_step = static_cast<std::int64_t>(root["bestStep"].number());
  out->phase = root["phase"].index(0);
  out->phase_start = static_cast<std::int64_t>(root["phaseStart"].number());
  out->seed = static_cast<std::uint64_t>(root["seed"].number());
  return {};
}

Status save_checkpoint(const std::string& directory, const TrainState& state, const ParameterLayout& layout) {
  return write_file(path(directory, kNewest), write_checkpoint(state, layout), path(directory, kPrevious));
}

Status load_checkpoint(TrainState* out, std::string* warning, const std::string& directory,
                       const ParameterLayout& layout) {
  warning->clear();
  Status first;
  for (const char* name : {kNewest, kPrevious}) {
    std::vector<std::uint8_t> bytes;
    Status status = read_file(&bytes, path(directory, name));
    if (status.ok()) status = read_checkpoint(out, bytes, layout);
    if (status.ok()) {
      if (!first.ok()) *warning = first.message + "; going on from " + name;
      return {};
    }
    if (first.ok()) first = status;
    if (status.code == Code::kMismatch) break;
  }
  return first;
}

}  // namespace mdn
