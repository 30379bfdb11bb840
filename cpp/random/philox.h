// Philox4x32-10: a counter-based random generator. A word is a pure function of (seed, stream, position, block), so any
// draw can be repeated, skipped to, or made on another machine.
//
// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011, doi:10.1145/2063384.2063405.
#pragma once

#include <array>
#include <cstdint>

namespace mdn {

using PhiloxWords = std::array<std::uint32_t, 4>;

// Who draws: all streams of all seeds are independent.
struct Key {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

// The raw bijection: ten rounds over the counter.
inline PhiloxWords philox4x32_10(PhiloxWords counter, std::array<std::uint32_t, 2> key) {
  auto [c0, c1, c2, c3] = counter;
  auto [k0, k1] = key;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9u;  // the golden ratio
    k1 += 0xBB67AE85u;  // sqrt(3) - 1
  }
  return {c0, c1, c2, c3};
}

// The library's use of it: key = (seed low, seed high), counter = (block, position, stream low, stream high).
// `position` counts what is drawn (the steps of a session), `block` the groups of four words within one draw.
inline PhiloxWords philox(std::uint64_t seed, std::uint64_t stream, std::uint32_t position, std::uint32_t block) {
  return philox4x32_10({block, position, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                       {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

}  // namespace mdn
