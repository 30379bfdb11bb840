// A reader for the JSON inside a model file: the safetensors header and the model's description.
//
// Only reads, only strict JSON (RFC 8259), never recurses: hostile input is refused with a position, within time and
// memory proportional to its length. JavaScript reads all other foreign text; this exists because the native tools
// open model files too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace mdn {

class JsonDocument;

// One value of a document; cheap to copy, valid as long as its document. A missing value is of type kMissing, so
// lookups chain without checks: `root["head"]["type"].string()`.
class JsonValue {
 public:
  enum class Type : std::uint8_t { kMissing, kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  JsonValue() = default;
  Type type() const;
  bool exists() const { return type() != Type::kMissing; }
  bool is_null() const { return type() == Type::kNull; }
  bool is_number() const { return type() == Type::kNumber; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }
  bool is_true() const { return type() == Type::kTrue; }

  double number(double otherwise = 0) const;
  // The number as an int, or `otherwise` where it is no whole number in [0, 2^31).
  int index(int otherwise = -1) const;
  std::string_view string(std::string_view otherwise = {}) const;
  // Number of elements or members.
  int size() const;
  // Member of an object by key; kMissing where there is none.
  JsonValue operator[](std::string_view key) const;
  // First element or member, and the one after this; kMissing at the end.
  JsonValue first() const;
  JsonValue next() const;
  // The key under which this value stands in its object.
  std::string_view key() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, int index) : document_(document), index_(index) {}
  const JsonDocument* document_ = nullptr;
  int index_ = -1;
};

// A parsed text. Depth is capped at kMaxDepth; keys may not repeat; `__proto__`, `constructor` and `prototype` are
// refused as keys (the same file is read by JavaScript).
class JsonDocument {
 public:
  static constexpr int kMaxDepth = 32;

  Status parse(std::string_view text);
  JsonValue root() const { return nodes_.empty() ? JsonValue() : JsonValue(this, 0); }

 private:
  friend class JsonValue;
  friend class JsonParser;
  struct Node {
    JsonValue::Type type = JsonValue::Type::kMissing;
    int next = -1;
    int first = -1;
    int size = 0;
    double number = 0;
    std::uint32_t string_begin = 0, string_size = 0;
    std::uint32_t key_begin = 0, key_size = 0;
  };
  std::string_view text(std::uint32_t begin, std::uint32_t size) const {
    return std::string_view(strings_).substr(begin, size);
  }
  std::vector<Node> nodes_;
  std::string strings_;  // all decoded strings, end to end
};

}  // namespace mdn
