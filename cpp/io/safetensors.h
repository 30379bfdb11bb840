// safetensors: bytes → named tensors, hostile input refused. (https://github.com/huggingface/safetensors, format
// section: 8 bytes little-endian header length, JSON header, one data buffer.)
//
// Every size is checked against the bytes present before anything is allocated from it. JavaScript writes the files
// (js/safetensors.js); this side reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace mdn {

enum class Dtype : std::uint8_t { kFloat32, kFloat16, kInt8 };

// One tensor, a view into the file's bytes (not aligned: copy out through the reading functions below).
struct TensorView {
  std::string name;
  Dtype dtype = Dtype::kFloat32;
  std::vector<int> shape;
  std::span<const std::uint8_t> bytes;

  std::size_t count() const;
  // Whether there are as many bytes as shape and dtype need.
  bool complete() const;
};

struct Safetensors {
  std::string metadata;  // the JSON string under __metadata__["mixture-density"]
  std::vector<TensorView> tensors;

  const TensorView* find(std::string_view name) const;
};

inline constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 20;
inline constexpr int kMaxTensors = 4096;

// Reads the header. The views point into `bytes`, which must outlive `out`.
// kBadFile: not a safetensors file, truncated, extended, overlapping or damaged. kUnsupported: a dtype other than F32,
// F16, I8. kTooLarge: header over 16 MB or more than 4096 tensors.
Status read_safetensors(Safetensors* out, std::span<const std::uint8_t> bytes);

// Expands a tensor to float32 [count]. An int8 tensor [rows, columns] (or [columns]) needs `scales` [columns]:
// value = int8 × scale of its last index; otherwise `scales` is not looked at.
// kBadShape: bytes that do not fill the shape, missing scales. kBadValue where a value is not finite, naming the
// tensor.
Status read_floats(float* out, const TensorView& tensor, const TensorView* scales);

// IEEE 754 half → single precision, exact.
float half_to_float(std::uint16_t half);

}  // namespace mdn
