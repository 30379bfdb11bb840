// The writing half of io/safetensors.h, for what the native trainer stores: float32 tensors and one JSON string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mdn {

struct TensorSource {
  std::string name;
  std::vector<int> shape;
  const float* values = nullptr;  // as many as the product of the shape
};

// The bytes of a file which read_safetensors reads back, `metadata` under "mixture-density". The data starts at a
// multiple of 8 bytes.
std::vector<std::uint8_t> write_safetensors(std::string_view metadata, const std::vector<TensorSource>& tensors);

}  // namespace mdn
