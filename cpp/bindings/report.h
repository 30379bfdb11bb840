// How a Status crosses into JavaScript: as the number of its code, with the latest text kept for errorMessage().
#pragma once

#include <string>

#include "base/status.h"

namespace mdn {

inline std::string last_message;

inline int report(const Status& status) {
  if (!status.ok()) last_message = status.message;
  return static_cast<int>(status.code);
}

}  // namespace mdn
