#include "io/safetensors_write.h"

#include <cstring>

#include "io/json_write.h"

namespace mdn {

std::vector<std::uint8_t> write_safetensors(std::string_view metadata, const std::vector<TensorSource>& tensors) {
  std::string header = "{\"__metadata__\":{\"mixture-density\":" + json_string(metadata) + "}";
  std::size_t end = 0;
  std::vector<std::size_t> begins;
  for (const TensorSource& tensor : tensors) {
    const std::size_t begin = end;
    std::size_t count = 1;
    std::string shape;
    for (const int size : tensor.shape) {
      count *= static_cast<std::size_t>(size);
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    }
    begins.push_back(begin);
    end = begin + count * sizeof(float);
    header += ',' + json_string(tensor.name) + ":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[" +
              std::to_string(begin) + ',' + std::to_string(end) + "]}";
  }
  header += '}';
  while (header.size() % 8 != 0) header += ' ';

  std::vector<std::uint8_t> out(8 + header.size() + end);
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(std::uint64_t{header.size()} >> (8 * i));
  std::memcpy(out.data() + 8, header.data(), header.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t size = (i + 1 < tensors.size() ? begins[i + 1] : end) - begins[i];
    if (size > 0) std::memcpy(out.data() + 8 + header.size() + begins[i], tensors[i].values, size);
  }
  return out;
}

}  // namespace mdn
