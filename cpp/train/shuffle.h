#pragma once

#include <utility>
#include <vector>

#include "random/draw.h"

namespace mdn {

// Fisher and Yates' shuffle; one word a value.
inline void shuffle(std::vector<int>& values, Draw& draw) {
  for (std::size_t i = values.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(std::uint64_t{draw.word()} * i >> 32);
    std::swap(values[i - 1], values[j]);
  }
}

}  // namespace mdn
