#include "io/json_write.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace mdn {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char digits[32];
  if (std::fabs(value) < 1e15 && value == std::floor(value)) {
    std::snprintf(digits, sizeof digits, "%.0f", value);
    return digits;
  }
  for (int precision = 1; precision <= 17; ++precision) {
    std::snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (std::strtod(digits, nullptr) == value) break;
  }
  return digits;
}

std::string json_text(JsonValue value) {
  switch (value.type()) {
    case JsonValue::Type::kMissing:
    case JsonValue::Type::kNull:
      return "null";
    case JsonValue::Type::kFalse:
      return "false";
    case JsonValue::Type::kTrue:
      return "true";
    case JsonValue::Type::kNumber:
      return json_number(value.number());
    case JsonValue::Type::kString:
      return json_string(value.string());
    case JsonValue::Type::kArray:
    case JsonValue::Type::kObject:
      break;
  }
  // The parser's cap on depth bounds the recursion.
  std::string out;
  for (JsonValue item = value.first(); item.exists(); item = item.next()) {
    if (!out.empty()) out += ',';
    if (value.is_object()) out += json_string(item.key()) + ':';
    out += json_text(item);
  }
  return value.is_object() ? '{' + out + '}' : '[' + out + ']';
}

}  // namespace mdn
