// The safetensors reader, on good files and on every kind of bad one that comes to mind.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "base/bits.h"
#include "bit_hash.h"
#include "doctest/doctest.h"
#include "io/safetensors.h"
#include "model_support.h"

namespace {

using mdn::Code;
using mdn::Dtype;
using mdn::Safetensors;
using mdn::Status;
using mdn::TensorView;
using model_support::Bytes;
using model_support::file_of;
using model_support::times;

Code code_of(const Bytes& bytes) {
  Safetensors file;
  const Status status = mdn::read_safetensors(&file, bytes);
  CHECK(status.message.size() < 500);
  return status.code;
}

Code code_of(const std::string& header, std::size_t data = 0) { return code_of(file_of(header, data)); }

std::string entry(const char* dtype, const char* shape, const char* offsets) {
  return std::string("{\"dtype\":\"") + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

// Three tensors of all dtypes, an empty one, and metadata.
Bytes small_file() {
  Bytes bytes = file_of("{\"__metadata__\":{\"mixture-density\":\"{\\u0022é\\\"}\",\"other\":\"x\"},\"m\":" +
                            entry("F32", "2,3", "4,28") + ",\"i\":" + entry("I8", "2", "0,2") +
                            ",\"e\":" + entry("F16", "0,7", "28,28") + ",\"h\":" + entry("F16", "1", "2,4") + "}",
                        28);
  Bytes data = {0x80, 0x7f, 0x00, 0x3c};  // -128, 127, half 1.0
  for (const float value : {1.0f, -2.0f, 3.5f, 0.0f, -0.0f, 1e-40f}) {
    const auto bits = mdn::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 4; ++i) data.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  std::copy(data.begin(), data.end(), bytes.end() - 28);
  return bytes;
}

}  // namespace

TEST_CASE("a safetensors file is read: names, dtypes, shapes, bytes and metadata") {
  const Bytes bytes = small_file();
  Safetensors file;
  const Status status = mdn::read_safetensors(&file, bytes);
  REQUIRE_MESSAGE(status.ok(), status.message);
  CHECK(file.metadata == "{\"é\"}");
  REQUIRE(file.tensors.size() == 4);
  CHECK(file.find("x") == nullptr);
  const TensorView &m = *file.find("m"), &i = *file.find("i"), &h = *file.find("h"), &e = *file.find("e");
  CHECK(m.dtype == Dtype::kFloat32);
  CHECK(m.shape == std::vector<int>{2, 3});
  CHECK(m.count() == 6);
  CHECK(m.bytes.data() == bytes.data() + bytes.size() - 24);
  CHECK(e.shape == std::vector<int>{0, 7});
  CHECK(e.count() == 0);
  float values[6];
  CHECK(mdn::read_floats(values, m, nullptr).ok());
  CHECK(values[1] == -2);
  CHECK(std::signbit(values[4]));
  CHECK(values[5] == 1e-40f);
  CHECK(mdn::read_floats(values, h, nullptr).ok());
  CHECK(values[0] == 1);
  CHECK(mdn::read_floats(nullptr, e, nullptr).ok());
  CHECK(mdn::read_floats(values, i, nullptr).code == Code::kBadShape);
  CHECK(i.bytes[0] == 0x80);
}

TEST_CASE("int8 values are multiplied by the scale of their column") {
  const std::int8_t narrow[] = {-128, 127, 1, 0, -1, 2};
  const float scale[] = {0.5f, 0.25f, 2};
  const auto bytes_of = [](const auto& values) {
    return std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(&values), sizeof values);
  };
  TensorView tensor{"t", Dtype::kInt8, {2, 3}, bytes_of(narrow)};
  TensorView scales{"t_scale", Dtype::kFloat32, {3}, bytes_of(scale)};
  float out[6];
  REQUIRE(mdn::read_floats(out, tensor, &scales).ok());
  const float expected[] = {-64, 31.75f, 2, 0, -0.25f, 4};
  for (int i = 0; i < 6; ++i) CHECK(out[i] == expected[i]);
  tensor.shape = {6};
  CHECK(mdn::read_floats(out, tensor, &scales).code == Code::kBadShape);
  scales.shape = {6};  // more than its bytes hold
  CHECK(mdn::read_floats(out, tensor, &scales).code == Code::kBadShape);
  tensor.shape = {7};
  CHECK(mdn::read_floats(out, tensor, nullptr).code == Code::kBadShape);
}

TEST_CASE("values that are not finite are refused, with their place") {
  const float inf = std::numeric_limits<float>::infinity();
  for (const float bad : {inf, -inf, std::numeric_limits<float>::quiet_NaN()}) {
    const float values[] = {1, 2, bad};
    const TensorView tensor{"w", Dtype::kFloat32, {3}, {reinterpret_cast<const std::uint8_t*>(values), 12}};
    float out[3];
    const Status status = mdn::read_floats(out, tensor, nullptr);
    CHECK(status.code == Code::kBadValue);
    CHECK(status.message.find("'w'") != std::string::npos);
    CHECK(status.message.find("index 2") != std::string::npos);
  }
  const std::uint8_t half_infinity[] = {0x00, 0x7c};
  float out[2];
  CHECK(mdn::read_floats(out, {"h", Dtype::kFloat16, {1}, half_infinity}, nullptr).code == Code::kBadValue);
  const std::int8_t ones[] = {1, 1};
  const float scale[] = {1, inf};
  const TensorView scales{"i_scale", Dtype::kFloat32, {2}, {reinterpret_cast<const std::uint8_t*>(scale), 8}};
  const TensorView narrow{"i", Dtype::kInt8, {2}, {reinterpret_cast<const std::uint8_t*>(ones), 2}};
  CHECK(mdn::read_floats(out, narrow, &scales).code == Code::kBadValue);
}

// ± fraction · 2^−24 for a zero exponent, ± (1 + fraction / 1024) · 2^(exponent − 15) else: IEEE 754-2008, table 3.5.
TEST_CASE("all 65536 halves have their value") {
  int wrong = 0;
  for (int bits = 0; bits < 65536; ++bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double sign = bits < 32768 ? 1 : -1;
    const float got = mdn::half_to_float(static_cast<std::uint16_t>(bits));
    if (exponent == 31 && fraction != 0) {
      wrong += !std::isnan(got);
    } else {
      const double magnitude = exponent == 31  ? std::numeric_limits<double>::infinity()
                               : exponent == 0 ? std::ldexp(fraction, -24)
                                               : std::ldexp(1 + fraction / 1024.0, exponent - 15);
      wrong += got != static_cast<float>(sign * magnitude) || std::signbit(got) != (sign < 0);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("every prefix and every extension of a safetensors file is refused") {
  const Bytes bytes = small_file();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK(code_of(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length))) == Code::kBadFile);
  }
  Bytes longer = bytes;
  longer.push_back(0);
  CHECK(code_of(longer) == Code::kBadFile);
}

TEST_CASE("the stated length of the header is checked against the file and the limit") {
  Bytes bytes = small_file();
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes lie = bytes;
    lie[i] = 0xff;
    CHECK(code_of(lie) == Code::kBadFile);
  }
  CHECK(code_of(std::string("{}") + std::string(mdn::kMaxHeaderBytes - 2, ' ')) == Code::kOk);
  CHECK(code_of(std::string("{}") + std::string(mdn::kMaxHeaderBytes - 1, ' ')) == Code::kTooLarge);
}

TEST_CASE("headers that are no object of tensors are refused") {
  for (const char* header : {"", "[]", " {}", "1", "{", "{} {}", "<!doctype html>", "{\"a\"}"}) {
    CHECK(code_of(header) == Code::kBadFile);
  }
  for (const char* header : {"{\"a\":1}", "{\"a\":null}", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":\"F32\"}"}) {
    CHECK(code_of(header) == Code::kUnsupported);
  }
  CHECK(code_of("{}") == Code::kOk);
  CHECK(code_of("{\"__proto__\":" + entry("F32", "0", "0,0") + "}") == Code::kBadFile);
  CHECK(code_of("{\"a\":" + entry("F32", "0", "0,0") + ",\"a\":" + entry("F32", "0", "0,0") + "}") == Code::kBadFile);
  CHECK(code_of("{\"a\":" + times("[", 2000000) + "}") == Code::kBadFile);
}

TEST_CASE("absurd entries are refused") {
  const auto code = [](const char* dtype, const char* shape, const char* offsets) {
    return code_of("{\"a\":" + entry(dtype, shape, offsets) + "}", 8);
  };
  CHECK(code("F32", "2", "0,8") == Code::kOk);
  CHECK(code("F32", "2,1,1,1", "0,8") == Code::kOk);
  for (const char* shape :
       {"3", "1", "-2", "1.5", "2147483648", "2147483647,2147483647", "65536,65536,65536,65536",
        "4294967296,4294967297", "1e300", "0,1e300", "\"2\"", "[2]", "null", "1,1,1,1,2", "", "9007199254740993"}) {
    CHECK_MESSAGE(code("F32", shape, "0,8") == Code::kBadFile, shape);
  }
  for (const char* offsets :
       {"0,4", "8,0", "4,12", "-8,0", "0,8,16", "0", "", "0.5,8.5", "0.5,8", "0,8.5", "\"0\",\"8\"", "null,8",
        "0,18446744073709551624", "0,4294967304", "1e400,8", "0,1e400"}) {
    CHECK_MESSAGE(code("F32", "2", offsets) == Code::kBadFile, offsets);
  }
  // Products that wrap around to what there is: 2^64 and 2^32.
  CHECK(code_of("{\"a\":" + entry("F32", "65536,65536,65536,65536", "0,0") + "}") == Code::kBadFile);
  CHECK(code_of("{\"a\":" + entry("F32", "65536,65536", "0,0") + "}") == Code::kBadFile);
  for (const char* dtype : {"F64", "f32", "", "I32", "BF16", "F32 "})
    CHECK(code(dtype, "2", "0,8") == Code::kUnsupported);
  CHECK(code_of("{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8) == Code::kBadFile);
  CHECK(code_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{\"x\":0,\"y\":8}}}", 8) == Code::kBadFile);
  CHECK(code_of("{\"a\":{\"dtype\":[],\"shape\":[2],\"data_offsets\":[0,8]}}", 8) == Code::kUnsupported);
  CHECK(code_of("{\"" + std::string(100000, 'a') + "\":" + entry("F32", "3", "0,8") + "}", 8) == Code::kBadFile);
}

TEST_CASE("overlaps and gaps are refused") {
  const auto code = [](const std::vector<const char*>& offsets) {
    std::string header = "{";
    for (const char* pair : offsets) {
      const int begin = std::atoi(pair),
                end = std::atoi(std::string(pair).substr(std::string(pair).find(',') + 1).c_str());
      header += (header.size() > 1 ? ",\"t" : "\"t") + std::to_string(header.size()) +
                "\":" + entry("I8", std::to_string(end - begin).c_str(), pair);
    }
    return code_of(header + "}", 8);
  };
  CHECK(code({"0,8"}) == Code::kOk);
  CHECK(code({"4,8", "0,4", "4,4", "8,8", "0,0"}) == Code::kOk);
  CHECK(code({"0,5", "4,8"}) == Code::kBadFile);
  CHECK(code({"0,4", "2,4", "6,8"}) == Code::kBadFile);  // as many bytes as there are, but not once each
  CHECK(code({"0,2", "4,6", "4,8"}) == Code::kBadFile);
  CHECK(code({"0,8", "0,8"}) == Code::kBadFile);
  CHECK(code({"0,8", "2,4"}) == Code::kBadFile);
  CHECK(code({"0,3", "4,8"}) == Code::kBadFile);
  CHECK(code({"1,8"}) == Code::kBadFile);
  CHECK(code({"0,4"}) == Code::kBadFile);
  CHECK(code({}) == Code::kBadFile);
}

TEST_CASE("the number of tensors is limited, metadata not counted") {
  const auto header = [](int count) {
    std::string text = "{\"__metadata__\":{}";
    for (int i = 0; i < count; ++i) text += ",\"t" + std::to_string(i) + "\":" + entry("F32", "0", "0,0");
    return text + "}";
  };
  CHECK(code_of(header(mdn::kMaxTensors)) == Code::kOk);
  CHECK(code_of(header(mdn::kMaxTensors + 1)) == Code::kTooLarge);
}

// The sanitizers watch; a file that is read has tensors within its bytes.
TEST_CASE("damaged files are read or refused, never anything else") {
  const Bytes good = small_file();
  const std::size_t header_end = good.size() - 28;
  int read = 0, refused = 0;
  const auto attempt = [&](const Bytes& bytes) {
    Safetensors file;
    if (!mdn::read_safetensors(&file, bytes).ok()) {
      ++refused;
      return;
    }
    ++read;
    std::size_t total = 0;
    for (const TensorView& tensor : file.tensors) {
      total += tensor.bytes.size();
      CHECK(tensor.complete());
      CHECK(tensor.bytes.data() >= bytes.data());
      CHECK(tensor.bytes.data() + tensor.bytes.size() <= bytes.data() + bytes.size());
      std::vector<float> values(tensor.count());
      const Code code = mdn::read_floats(values.data(), tensor, nullptr).code;
      CHECK((code == Code::kOk || code == Code::kBadValue || code == Code::kBadShape));
    }
    CHECK(total <= bytes.size());
  };
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    attempt(flipped);
  }
  TestData data(41);
  for (int i = 0; i < 20000; ++i) attempt(model_support::mutant(good, data, i % 2 == 0 ? header_end : good.size()));
  CHECK(read > 300);
  CHECK(refused > 10000);
}
