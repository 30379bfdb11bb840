// A hash of results, bit for bit, to compare builds: what one backend or compiler computes, all must. The constants in
// the tests were printed by the native SSE2 build; the wasm and the portable build have to reach the same ones.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/bits.h"
#include "random/philox.h"

// FNV-1a over 32-bit words, 64 bits wide. All NaNs count as one, since their sign and payload are not promised.
class BitHash {
 public:
  void add(std::uint32_t word) {
    for (int byte = 0; byte < 4; ++byte) {
      value_ = (value_ ^ ((word >> (8 * byte)) & 0xff)) * 0x100000001b3u;
    }
  }
  void add(std::int32_t word) { add(static_cast<std::uint32_t>(word)); }
  void add(float x) { add(std::isnan(x) ? 0x7fc00000u : mdn::bit_cast<std::uint32_t>(x)); }
  template <class T>
  void add(const T* values, int n) {
    for (int i = 0; i < n; ++i) add(values[i]);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

// Test data that is the same everywhere: word i of stream `stream`, and floats made of it without any rounding.
class TestData {
 public:
  explicit TestData(std::uint64_t stream) : stream_(stream) {}
  std::uint32_t word() {
    if (used_ == 4) {
      words_ = mdn::philox(2024, stream_, 0, block_++);
      used_ = 0;
    }
    return words_[static_cast<unsigned>(used_++)];
  }
  // In [-scale, scale), with 24 bits; scale a power of two.
  float number(float scale) {
    return (static_cast<float>(static_cast<std::int32_t>(word() >> 8)) - 0x1p23f) * (scale * 0x1p-23f);
  }
  // In [low, high].
  int integer(int low, int high) { return low + static_cast<int>(word() % static_cast<std::uint32_t>(high - low + 1)); }
  // Any float32 at all: infinities, NaNs and denormal numbers come up.
  float any() { return mdn::bit_cast<float>(word()); }

 private:
  std::uint64_t stream_;
  std::uint32_t block_ = 0;
  int used_ = 4;
  mdn::PhiloxWords words_{};
};
