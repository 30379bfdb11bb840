// Model files made in memory, well formed or not, and a seeded mutator, for the tests of io/ and model/.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "model/network.h"
#include "model/spec.h"

namespace model_support {

using Bytes = std::vector<std::uint8_t>;

// A file of any header, `data` behind it; the stated length of the header may be a lie.
inline Bytes file_of(std::string_view header, std::size_t data = 0) {
  Bytes out(8 + header.size() + data);
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(std::uint64_t{header.size()} >> (8 * i));
  if (!header.empty()) std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

inline std::string times(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

// Writes safetensors of any dtype.
class FileWriter {
 public:
  void add(const std::string& name, const char* dtype, const std::vector<int>& shape, const void* values,
           std::size_t bytes) {
    std::string sizes;
    for (const int size : shape) sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
    const std::size_t begin = data_.size();
    data_.resize(begin + bytes);
    if (bytes > 0) std::memcpy(data_.data() + begin, values, bytes);
    entries_ += "," + quoted(name) + ":{\"dtype\":\"" + dtype + "\",\"shape\":[" + sizes + "],\"data_offsets\":[" +
                std::to_string(begin) + "," + std::to_string(data_.size()) + "]}";
  }
  void floats(const std::string& name, const std::vector<int>& shape, const std::vector<float>& values) {
    add(name, "F32", shape, values.data(), values.size() * sizeof(float));
  }
  Bytes bytes(std::string_view description) const {
    const std::string header = "{\"__metadata__\":{\"mixture-density\":" + quoted(description) + "}" + entries_ + "}";
    Bytes out = file_of(header);
    out.insert(out.end(), data_.begin(), data_.end());
    return out;
  }

 private:
  std::string entries_;
  Bytes data_;
};

enum class Storage { kFloat32, kInt8 };  // int8: the recurrent kernels, with a scale a column

// A network's weights by tensor name, as the engine computes with them: [rows, columns] row-major, columns 0 for
// vectors.
struct Tensor {
  std::vector<int> shape;
  std::vector<float> values;
  std::vector<std::int8_t> narrow;  // of an int8 tensor, whose scales are another tensor
};

// Random weights for a description, uniform with the usual spread of one over the square root of the inputs.
class RandomModel {
 public:
  explicit RandomModel(std::string description, Storage storage = Storage::kFloat32, std::uint64_t seed = 1)
      : description_(std::move(description)), data_(seed), storage_(storage) {
    const mdn::Status status = mdn::read_spec(&spec_, description_);
    REQUIRE_MESSAGE(status.ok(), status.message);
    const int embedded = spec_.embedding_units;
    if (!spec_.embedding.empty()) {
      put(spec_.embedding + "/embedding", {spec_.classes + (spec_.any_class ? 1 : 0), embedded}, 1);
    }
    for (const mdn::NodeSpec& node : spec_.nodes) {
      int fed = 0;
      for (const int from : node.inputs) {
        fed += from < 0 ? spec_.input_size : spec_.nodes[static_cast<std::size_t>(from)].units;
      }
      const bool recurrent = node.type == mdn::NodeSpec::Type::kLstm;
      const int width = recurrent ? 4 * node.units : node.units;
      put(node.name + "/kernel", {fed, width}, 2 / std::sqrt(static_cast<float>(fed)));
      put(node.name + "/bias", {width}, 0.5f);
      if (recurrent) put_recurrent(node.name + "/recurrent_kernel", node.units);
      if (!node.conditioned) continue;
      put(node.name + "/class_kernel", {embedded, width}, 0.5f);
      put(node.name + "/class_state_kernel", {embedded, 2 * node.units}, 0.5f);
      put(node.name + "/class_state_bias", {2 * node.units}, 0.5f);
    }
  }

  const mdn::ModelSpec& spec() const { return spec_; }
  const std::string& description() const { return description_; }
  Tensor& operator[](const std::string& name) { return tensors_.at(name); }
  const Tensor& operator[](const std::string& name) const { return tensors_.at(name); }
  void remove(const std::string& name) { tensors_.erase(name); }

  Bytes bytes() const { return bytes(description_); }
  Bytes bytes(std::string_view description) const {
    FileWriter file;
    for (const auto& [name, tensor] : tensors_) {
      if (tensor.narrow.empty()) {
        file.floats(name, tensor.shape, tensor.values);
      } else {
        file.add(name, "I8", tensor.shape, tensor.narrow.data(), tensor.narrow.size());
      }
    }
    return file.bytes(description);
  }

 private:
  void put(const std::string& name, const std::vector<int>& shape, float spread) {
    std::size_t count = 1;
    for (const int size : shape) count *= static_cast<std::size_t>(size);
    Tensor& tensor = tensors_[name];
    tensor.shape = shape;
    tensor.values.resize(count);
    for (float& value : tensor.values) value = data_.number(1) * spread;
  }
  void put_recurrent(const std::string& name, int units) {
    const float spread = 2 / std::sqrt(static_cast<float>(units));
    put(name, {units, 4 * units}, spread);
    if (storage_ == Storage::kFloat32) return;
    Tensor& tensor = tensors_[name];
    std::vector<float> scales(static_cast<std::size_t>(4 * units));
    for (float& scale : scales) scale = spread / static_cast<float>(data_.integer(100, 200));
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.narrow.push_back(static_cast<std::int8_t>(data_.integer(-127, 127)));
      tensor.values[i] = static_cast<float>(tensor.narrow.back()) * scales[i % scales.size()];
    }
    tensors_[name + "_scale"] = {{4 * units}, scales, {}};
  }

  std::string description_;
  mdn::ModelSpec spec_;
  std::map<std::string, Tensor> tensors_;
  TestData data_;
  Storage storage_;
};

inline mdn::Status load(std::shared_ptr<const mdn::Network>* out, const Bytes& bytes, bool force_float32 = false) {
  return mdn::Network::load(out, bytes, force_float32);
}

inline std::shared_ptr<const mdn::Network> must_load(const Bytes& bytes, bool force_float32 = false) {
  std::shared_ptr<const mdn::Network> network;
  const mdn::Status status = load(&network, bytes, force_float32);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return network;
}

// A damaged copy: one to eight times a bit flipped, a byte set to a telling value, a piece removed, repeated or
// overwritten by another. As tests/mutants.js.
inline Bytes mutant(const Bytes& bytes, TestData& data, std::size_t within) {
  static constexpr std::uint8_t kTelling[] = {0,    1,    0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b,
                                              0x5d, 0x65, 0x7b, 0x7d, 0x7f, 0x80, 0xff};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(data.word()) % n; };
  Bytes out = bytes;
  for (std::size_t edits = 1 + below(8); edits > 0 && !out.empty(); --edits) {
    const std::size_t at = below(std::min(within, out.size())), length = std::min(1 + below(16), out.size() - at);
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(at);
    const Bytes piece(first, first + static_cast<std::ptrdiff_t>(length));
    switch (below(5)) {
      case 0:
        out[at] ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        out[at] = kTelling[below(sizeof kTelling)];
        break;
      case 2:
        out.erase(first, first + static_cast<std::ptrdiff_t>(length));
        break;
      case 3:
        out.insert(first, piece.begin(), piece.end());
        break;
      case 4: {
        const std::size_t to = below(out.size() - length + 1);
        std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(to));
        break;
      }
    }
  }
  out.shrink_to_fit();  // so that a sanitizer sees a read beyond the end
  return out;
}

}  // namespace model_support
