// One draw: the random numbers that belong to one (seed, stream, position), taken in order.
//
// The 32-bit words of the blocks 0, 1, 2, … of that position are consumed one after another: `uniform` and
// `categorical` take one, `normals` two for each pair. What is drawn depends on nothing else, so a session that is
// restored, forked or run as one of many futures draws the same bits.
#pragma once

#include <cstdint>

#include "random/philox.h"

namespace mdn {

class Draw {
 public:
  Draw(std::uint64_t seed, std::uint64_t stream, std::uint32_t position)
      : key_{seed, stream}, position_(position), words_{} {}

  // The next raw word.
  std::uint32_t word() {
    if (used_ == 4) refill();
    return words_[static_cast<unsigned>(used_++)];
  }

  // Uniform in (0, 1): (word >> 9 + 1/2) / 2^23. Never 0 and never 1, symmetric about 1/2, every value exact in float32
  // (24 bits and the half would round to 1).
  float uniform() { return (static_cast<float>(word() >> 9) + 0.5f) * 0x1p-23f; }

  // n independent standard normals, by Box and Muller: of each pair of uniforms (u, v), sqrt(-2 log u) times cos 2πv,
  // then sin 2πv. The last sine is dropped when n is odd. |value| <= 5.77.   out [n]
  void normals(float* out, int n);

  // The index k with probability exp(log_probs[k]) / sum; -inf entries and NaN have none, +inf is not allowed. The
  // inverse of the cumulative sum of exp(log_probs - max), in index order. Always in [0, n), and an index with positive
  // mass where there is one; 0 where there is none.   log_probs [n], n >= 1
  int categorical(const float* log_probs, int n);

 private:
  void refill() {
    words_ = philox(key_.seed, key_.stream, position_, block_++);
    used_ = 0;
  }

  Key key_;
  std::uint32_t position_;
  std::uint32_t block_ = 0;
  int used_ = 4;
  PhiloxWords words_;
};

}  // namespace mdn
