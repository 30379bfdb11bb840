// Which Philox stream serves what, so that no two uses of one seed ever meet. The upper byte names the purpose; the
// rest counts steps and sequences.
#pragma once

#include <cstdint>

namespace mdn {

enum class Purpose : std::uint64_t { kInitialise = 1, kShuffle, kAugment, kDropout, kValidate };

inline std::uint64_t stream_of(Purpose purpose, std::uint64_t number) {
  return static_cast<std::uint64_t>(purpose) << 56 | number;
}

// Of sequence s in a step's batch: 2^20 sequences a step, 2^36 steps.
inline std::uint64_t stream_of(Purpose purpose, std::int64_t step, int sequence) {
  return stream_of(purpose, static_cast<std::uint64_t>(step) << 20 | static_cast<std::uint64_t>(sequence));
}

}  // namespace mdn
