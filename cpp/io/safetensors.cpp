#include "io/safetensors.h"

#include <cmath>
#include <cstring>

#include "base/bits.h"
#include "io/json.h"

namespace mdn {
namespace {

std::size_t dtype_bytes(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat32:
      return 4;
    case Dtype::kFloat16:
      return 2;
    case Dtype::kInt8:
      return 1;
  }
  return 0;
}

// Damage of the file as a whole, or of one tensor.
Status bad(Pieces what) { return Status::error(Code::kBadFile, {"safetensors: ", join(what)}); }

Status read_tensor(TensorView* out, JsonValue value, std::span<const std::uint8_t> data) {
  out->name = std::string(value.key());
  const std::string where = join({"tensor '", value.key().substr(0, 64), "': "});
  const std::string_view dtype = value["dtype"].string();
  if (dtype == "F32") {
    out->dtype = Dtype::kFloat32;
  } else if (dtype == "F16") {
    out->dtype = Dtype::kFloat16;
  } else if (dtype == "I8") {
    out->dtype = Dtype::kInt8;
  } else {
    return Status::error(Code::kUnsupported,
                         {"safetensors: ", where, "dtype must be F32, F16 or I8, not '", dtype.substr(0, 16), "'"});
  }
  const JsonValue shape = value["shape"];
  if (!shape.is_array() || shape.size() > 4) return bad({where, "shape must be an array of at most four sizes"});
  std::size_t count = 1;
  for (JsonValue size = shape.first(); size.exists(); size = size.next()) {
    const int n = size.index();
    if (n < 0) return bad({where, "sizes must be whole numbers below 2^31"});
    // The data cannot hold more values than it has bytes, so this bound also keeps the product from overflowing.
    if (n > 0 && count > data.size() / static_cast<std::size_t>(n)) return bad({where, "larger than the file"});
    count *= static_cast<std::size_t>(n);
    out->shape.push_back(n);
  }
  const JsonValue offsets = value["data_offsets"];
  const double begin = offsets.first().number(-1), end = offsets.first().next().number(-1);
  if (!offsets.is_array() || offsets.size() != 2 ||
      !(begin >= 0 && begin <= end && end <= static_cast<double>(data.size())) || begin != std::floor(begin) ||
      end != std::floor(end)) {
    return bad({where, "data_offsets outside the file's ", data.size(), " bytes of data"});
  }
  const auto first = static_cast<std::size_t>(begin), last = static_cast<std::size_t>(end);
  out->bytes = data.subspan(first, last - first);
  if (!out->complete()) {
    return bad({where, last - first, " bytes where shape and dtype need ", count * dtype_bytes(out->dtype)});
  }
  return {};
}

}  // namespace

std::size_t TensorView::count() const {
  std::size_t product = 1;
  for (int size : shape) product *= static_cast<std::size_t>(size);
  return product;
}

bool TensorView::complete() const { return bytes.size() == count() * dtype_bytes(dtype); }

const TensorView* Safetensors::find(std::string_view name) const {
  for (const TensorView& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

Status read_safetensors(Safetensors* out, std::span<const std::uint8_t> bytes) {
  *out = {};
  if (bytes.size() < 8) return bad({"needs at least 8 bytes, has ", bytes.size()});
  std::uint64_t header_size = 0;
  for (int i = 7; i >= 0; --i) header_size = header_size << 8 | bytes[static_cast<std::size_t>(i)];
  if (header_size > bytes.size() - 8) {
    return bad({"header of ", header_size, " bytes in a file of ", bytes.size()});
  }
  if (header_size > kMaxHeaderBytes) return Status::error(Code::kTooLarge, "safetensors: header over 16 MB");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, static_cast<std::size_t>(header_size));
  const auto data = bytes.subspan(8 + static_cast<std::size_t>(header_size));

  if (text.empty() || text[0] != '{') return bad({"the header must begin with '{'"});
  JsonDocument document;
  if (Status status = document.parse(text); !status.ok()) return status;
  const JsonValue root = document.root();
  if (root.size() - (root["__metadata__"].exists() ? 1 : 0) > kMaxTensors) {
    return Status::error(Code::kTooLarge, "safetensors: more than 4096 tensors");
  }
  for (JsonValue member = root.first(); member.exists(); member = member.next()) {
    if (member.key() == "__metadata__") {
      out->metadata = std::string(member["mixture-density"].string());
      continue;
    }
    TensorView tensor;
    if (Status status = read_tensor(&tensor, member, data); !status.ok()) return status;
    out->tensors.push_back(std::move(tensor));
  }
  // The format allows neither gaps nor overlaps: the tensors, each where another one ends, cover the data.
  const std::uint8_t* expected = data.data();
  for (std::size_t placed = 0; placed < out->tensors.size(); ++placed) {
    std::size_t next = placed;  // empty tensors share their place with another one and go first
    for (std::size_t i = placed; i < out->tensors.size(); ++i) {
      const auto &a = out->tensors[i].bytes, &b = out->tensors[next].bytes;
      if (a.data() < b.data() || (a.data() == b.data() && a.size() < b.size())) next = i;
    }
    std::swap(out->tensors[placed], out->tensors[next]);
    const TensorView& tensor = out->tensors[placed];
    if (tensor.bytes.data() != expected) return bad({"tensor '", tensor.name, "' overlaps another or leaves a gap"});
    expected += tensor.bytes.size();
  }
  if (expected != data.data() + data.size()) return bad({"bytes after the last tensor"});
  return {};
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 31u, fraction = half & 1023u;
  if (exponent == 31) return bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent == 0) {  // zero and subnormals: fraction × 2^-24, exact in float
    const float magnitude = static_cast<float>(fraction) * 5.9604644775390625e-8f;
    return sign ? -magnitude : magnitude;
  }
  return bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

Status read_floats(float* out, const TensorView& tensor, const TensorView* scales) {
  if (!tensor.complete()) {
    return Status::error(Code::kBadShape, {"tensor '", tensor.name, "' has ", tensor.bytes.size(),
                                           " bytes, other than its shape needs"});
  }
  const std::size_t count = tensor.count();
  const std::uint8_t* bytes = tensor.bytes.data();
  switch (tensor.dtype) {
    case Dtype::kFloat32:
      if (count != 0) std::memcpy(out, bytes, count * 4);
      break;
    case Dtype::kFloat16:
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = half_to_float(static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8));
      }
      break;
    case Dtype::kInt8: {
      const std::size_t columns = tensor.shape.empty() ? 1 : static_cast<std::size_t>(tensor.shape.back());
      if (scales == nullptr || scales->dtype != Dtype::kFloat32 || scales->count() != columns) {
        return Status::error(Code::kBadShape, {"int8 tensor '", tensor.name, "' needs a float32 tensor '", tensor.name,
                                               "_scale' of ", columns, " values"});
      }
      std::vector<float> scale(columns);
      if (Status status = read_floats(scale.data(), *scales, nullptr); !status.ok()) return status;
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<float>(static_cast<std::int8_t>(bytes[i])) * scale[i % columns];
      }
      break;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(out[i])) {
      return Status::error(Code::kBadValue,
                           {"tensor '", tensor.name, "' holds a value that is not finite at index ", i});
    }
  }
  return {};
}

}  // namespace mdn
