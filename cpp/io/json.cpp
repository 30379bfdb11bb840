#include "io/json.h"

#include <algorithm>
#include <cstdlib>

namespace mdn {

JsonValue::Type JsonValue::type() const {
  return index_ < 0 ? Type::kMissing : document_->nodes_[static_cast<std::size_t>(index_)].type;
}

double JsonValue::number(double otherwise) const {
  return is_number() ? document_->nodes_[static_cast<std::size_t>(index_)].number : otherwise;
}

int JsonValue::index(int otherwise) const {
  const double value = number(-1);
  if (!(value >= 0 && value < 2147483648.0)) return otherwise;
  const int whole = static_cast<int>(value);
  return static_cast<double>(whole) == value ? whole : otherwise;
}

std::string_view JsonValue::string(std::string_view otherwise) const {
  if (!is_string()) return otherwise;
  const auto& node = document_->nodes_[static_cast<std::size_t>(index_)];
  return document_->text(node.string_begin, node.string_size);
}

int JsonValue::size() const { return index_ < 0 ? 0 : document_->nodes_[static_cast<std::size_t>(index_)].size; }

JsonValue JsonValue::first() const {
  if (!is_array() && !is_object()) return {};
  return {document_, document_->nodes_[static_cast<std::size_t>(index_)].first};
}

JsonValue JsonValue::next() const {
  return index_ < 0 ? JsonValue() : JsonValue(document_, document_->nodes_[static_cast<std::size_t>(index_)].next);
}

std::string_view JsonValue::key() const {
  if (index_ < 0) return {};
  const auto& node = document_->nodes_[static_cast<std::size_t>(index_)];
  return document_->text(node.key_begin, node.key_size);
}

JsonValue JsonValue::operator[](std::string_view key) const {
  if (!is_object()) return {};
  for (JsonValue member = first(); member.exists(); member = member.next()) {
    if (member.key() == key) return member;
  }
  return {};
}

namespace {

// The value of a number that has the form of one. Exact for up to 15 significant digits and exponents within ±22, else
// within a few units of the last place: far more than the float32 weights of a self-test need. (strtod would do better,
// by 128-bit arithmetic that is larger than this whole reader; from_chars for doubles is missing in libc++ 13.)
double decimal(std::string_view text) {
  const bool negative = text.front() == '-';
  std::uint64_t digits = 0;
  int exponent = 0, used = 0;
  std::size_t i = negative ? 1 : 0;
  for (bool fraction = false; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    const bool significant = used < 19;  // what 64 bits hold
    if (significant) {
      digits = digits * 10 + static_cast<std::uint64_t>(text[i] - '0');
      if (digits != 0) ++used;
    }
    exponent += significant ? (fraction ? -1 : 0) : (fraction ? 0 : 1);
  }
  if (i < text.size()) {
    const bool down = text[++i] == '-';
    if (down || text[i] == '+') ++i;
    int given = 0;
    for (; i < text.size(); ++i) given = std::min(given * 10 + (text[i] - '0'), 100000);
    exponent += down ? -given : given;
  }
  double value = static_cast<double>(digits);
  exponent = std::clamp(exponent, -400, 400);  // beyond it the value is 0 or infinite whatever the digits
  double power = 1;
  for (int n = std::abs(exponent) % 22; n > 0; --n) power *= 10;
  value = exponent < 0 ? value / power : value * power;
  for (int n = std::abs(exponent) / 22; n > 0; --n) value = exponent < 0 ? value / 1e22 : value * 1e22;
  return negative ? -value : value;
}

}  // namespace

// Functions return false after fail() has said why; the first reason is kept.
class JsonParser {
 public:
  JsonParser(JsonDocument& document, std::string_view text) : document_(document), text_(text) {}

  Status run() {
    // The stack of open containers stands in place of recursion; `last` is the child most recently added to each.
    struct Open {
      int node = -1;
      int last = -1;
    };
    Open open[JsonDocument::kMaxDepth + 1];
    int depth = 0;
    do {
      skip_space();
      Open& container = open[depth];
      const bool in_object = depth > 0 && type(container.node) == JsonValue::Type::kObject;
      if (depth > 0 && at() == (in_object ? '}' : ']')) {
        if (in_object && !unique_keys(container.node)) return status_;
        ++position_;
        --depth;
        continue;
      }
      if (depth > 0 && container.last >= 0) {
        if (at() != ',') return fail("',' or the end of the array or object"), status_;
        ++position_;
        skip_space();
      }
      JsonDocument::Node node;
      if (in_object && !key(&node)) return status_;
      const int index = static_cast<int>(document_.nodes_.size());
      if (depth > 0) {
        if (container.last < 0) {
          at_node(container.node).first = index;
        } else {
          at_node(container.last).next = index;
        }
        ++at_node(container.node).size;
        container.last = index;
      }
      if (at() == '{' || at() == '[') {
        if (depth == JsonDocument::kMaxDepth) return fail("at most 32 levels of nesting"), status_;
        node.type = at() == '{' ? JsonValue::Type::kObject : JsonValue::Type::kArray;
        ++position_;
        open[++depth] = {index, -1};
      } else if (at() == '"') {
        node.type = JsonValue::Type::kString;
        if (!string(&node.string_begin, &node.string_size)) return status_;
      } else if (!scalar(&node)) {
        return status_;
      }
      document_.nodes_.push_back(node);
    } while (depth > 0);
    skip_space();
    if (position_ != text_.size()) fail("the end of the text");
    return status_;
  }

 private:
  char at() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  JsonDocument::Node& at_node(int index) { return document_.nodes_[static_cast<std::size_t>(index)]; }
  JsonValue::Type type(int index) { return at_node(index).type; }
  void skip_space() {
    while (at() == ' ' || at() == '\n' || at() == '\r' || at() == '\t') ++position_;
  }
  bool fail(const char* expected) {
    if (status_.ok()) {
      status_ = Status::error(Code::kBadFile,
                              {"JSON: expected ", expected, " at character ", position_, " of ", text_.size()});
    }
    return false;
  }

  std::string_view key_of(const JsonDocument::Node& node) const {
    return document_.text(node.key_begin, node.key_size);
  }

  // Whether the members of an object that ends here have different keys. Sorting keeps the time in proportion to the
  // text, whatever it holds.
  bool unique_keys(int object) {
    keys_.clear();
    for (int member = at_node(object).first; member >= 0; member = at_node(member).next) {
      keys_.push_back(key_of(at_node(member)));
    }
    std::sort(keys_.begin(), keys_.end());
    return std::adjacent_find(keys_.begin(), keys_.end()) == keys_.end() ||
           fail("each key once in the object that ends");
  }

  // The key of a member, its colon, and the space behind it.
  bool key(JsonDocument::Node* node) {
    if (at() != '"') return fail("a key in double quotes");
    if (!string(&node->key_begin, &node->key_size)) return false;
    const std::string_view name = key_of(*node);
    if (name == "__proto__" || name == "constructor" || name == "prototype") return fail("an allowed key");
    skip_space();
    if (at() != ':') return fail("':' after the key");
    ++position_;
    skip_space();
    return true;
  }

  std::size_t digits() {
    const std::size_t from = position_;
    while (at() >= '0' && at() <= '9') ++position_;
    return position_ - from;
  }

  bool scalar(JsonDocument::Node* node) {
    static constexpr struct {
      std::string_view word;
      JsonValue::Type type;
    } kWords[] = {
        {"true", JsonValue::Type::kTrue}, {"false", JsonValue::Type::kFalse}, {"null", JsonValue::Type::kNull}};
    for (const auto& [word, type] : kWords) {
      if (text_.substr(position_, word.size()) != word) continue;
      node->type = type;
      position_ += word.size();
      return true;
    }
    const std::size_t begin = position_;
    if (at() == '-') ++position_;
    const bool leading_zero = at() == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (leading_zero && whole > 1)) return fail("a value");
    if (at() == '.') {
      ++position_;
      if (digits() == 0) return fail("digits after the point");
    }
    if (at() == 'e' || at() == 'E') {
      ++position_;
      if (at() == '+' || at() == '-') ++position_;
      if (digits() == 0) return fail("digits in the exponent");
    }
    node->type = JsonValue::Type::kNumber;
    node->number = decimal(text_.substr(begin, position_ - begin));
    return true;
  }

  bool hex4(unsigned* out) {
    *out = 0;
    for (int i = 0; i < 4; ++i, ++position_) {
      const char c = at();
      const int letter = (c | 0x20) - 'a';
      if (c >= '0' && c <= '9') {
        *out = *out * 16 + static_cast<unsigned>(c - '0');
      } else if (letter >= 0 && letter < 6) {
        *out = *out * 16 + static_cast<unsigned>(letter + 10);
      } else {
        return fail("four hexadecimal digits");
      }
    }
    return true;
  }

  void append_utf8(unsigned code) {
    const auto byte = [&](unsigned value) { document_.strings_.push_back(static_cast<char>(value)); };
    const auto tail = [&](int shift) { byte(0x80 | ((code >> shift) & 63)); };
    if (code < 0x80) {
      byte(code);
      return;
    }
    if (code < 0x800) {
      byte(0xC0 | (code >> 6));
    } else {
      if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
      } else {
        byte(0xF0 | (code >> 18));
        tail(12);
      }
      tail(6);
    }
    tail(0);
  }

  // What follows a backslash and 'u': one unit, or two that make a surrogate pair.
  bool unicode_escape() {
    unsigned code = 0, low = 0;
    if (!hex4(&code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(position_, 2) == "\\u") {
      position_ += 2;
      if (!hex4(&low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail("the second half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xD800 && code < 0xE000) {
      code = 0xFFFD;  // a lone surrogate, as JavaScript's TextEncoder writes it
    }
    append_utf8(code);
    return true;
  }

  bool string(std::uint32_t* begin, std::uint32_t* size) {
    static constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    ++position_;  // the opening quote
    auto& out = document_.strings_;
    *begin = static_cast<std::uint32_t>(out.size());
    for (;;) {
      if (position_ >= text_.size()) return fail("the closing quote");
      char c = text_[position_++];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return fail("no control characters in a string");
      if (c == '\\') {
        const std::size_t escape = kEscapes.find(at());
        if (at() == 'u') {
          ++position_;
          if (!unicode_escape()) return false;
          continue;
        }
        if (position_ >= text_.size() || escape == std::string_view::npos) return fail("a known escape");
        ++position_;
        c = kMeanings[escape];
      }
      out.push_back(c);
    }
    *size = static_cast<std::uint32_t>(out.size()) - *begin;
    return true;
  }

  JsonDocument& document_;
  std::string_view text_;
  std::size_t position_ = 0;
  std::vector<std::string_view> keys_;  // of the object that ends, in order
  Status status_;
};

Status JsonDocument::parse(std::string_view text) {
  nodes_.clear();
  strings_.clear();
  if (text.size() > (std::size_t{1} << 30)) return Status::error(Code::kTooLarge, "JSON of more than 1 GB");
  Status status = JsonParser(*this, text).run();
  if (!status.ok()) nodes_.clear();
  return status;
}

}  // namespace mdn
