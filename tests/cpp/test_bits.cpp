// The same bits everywhere: the hashes of tests/golden/bits.json, which Node and browsers reach too (tests/bits.js).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "io/json.h"
#include "model/futures.h"
#include "model_support.h"

namespace {

using mdn::JsonValue;
using model_support::Bytes;

constexpr char kGolden[] =
#include "golden_bits_json.h"
    ;

Bytes from_base64(std::string_view text) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Bytes out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return out;
}

std::string hex(std::uint64_t value) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
  return out;
}

// bitHash of tests/bits.js.
std::string bit_hash(const Bytes& file, const std::vector<float>& rows) {
  const auto network = model_support::must_load(file);
  const int point_size = network->head().shape().point_size(), count = static_cast<int>(rows.size()) / point_size;
  mdn::Temper temper;
  REQUIRE(mdn::temper_rule(&temper, "sketch-rnn-js", {0.4f, 0.4f, 0.4f, 0}).ok());
  mdn::Session session(network, 1, 7, 0);
  const float start_token[] = {0, 0, 1, 0, 0};
  REQUIRE(session.observe(start_token, 1, nullptr, nullptr, 1).ok());

  BitHash hash;
  std::vector<float> parts(2 * static_cast<std::size_t>(count));
  REQUIRE(session.observe(rows.data(), count, parts.data(), nullptr, 1).ok());
  hash.add(parts.data(), 2 * count);
  const float* raw = nullptr;
  REQUIRE(session.raw(&raw).ok());
  hash.add(raw, network->output_size());
  for (const int n : {1, 8, 64}) {
    mdn::Futures futures(session, n, 40, 9, temper);
    REQUIRE(futures.advance(40).ok());
    hash.add(futures.points(), n * 40 * point_size);
    hash.add(futures.log_probs(), n);
    hash.add(futures.lengths(), n);
  }
  std::vector<float> point(static_cast<std::size_t>(point_size));
  for (int i = 0; i < 60; ++i) {
    float log_prob = 0;
    REQUIRE(session.step(point.data(), &log_prob, temper).ok());
    hash.add(point.data(), point_size);
    hash.add(log_prob);
  }
  return hex(hash.value());
}

}  // namespace

TEST_CASE("a small model has the bits of every other machine, in float32 and in int8") {
  mdn::JsonDocument golden;
  const mdn::Status status = golden.parse(kGolden);
  REQUIRE_MESSAGE(status.ok(), status.message);
  std::vector<float> rows;
  for (JsonValue row = golden.root()["rows"].first(); row.exists(); row = row.next()) {
    for (JsonValue x = row.first(); x.exists(); x = x.next()) rows.push_back(static_cast<float>(x.number()));
  }
  for (const char* compute : {"float32", "int8"}) {
    const JsonValue entry = golden.root()[compute];
    CHECK_MESSAGE(bit_hash(from_base64(entry["model"].string()), rows) == entry["hash"].string(), compute);
  }
}
