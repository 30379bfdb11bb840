// The writing half of io/json.h.
#pragma once

#include <string>
#include <string_view>

#include "io/json.h"

namespace mdn {

// "text" in quotes, escaped; bytes above 127 are taken for UTF-8 and pass.
std::string json_string(std::string_view text);

// The shortest decimal that reads back as the same double; null for NaN and infinities.
std::string json_number(double value);

// A value as text again, without spaces; members keep their order.
std::string json_text(JsonValue value);

}  // namespace mdn
