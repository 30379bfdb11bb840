// Texts of messages, put together from pieces.
//
// Chains of std::string's operator+ expand to some hundred bytes of code each, and printf brings 12 kB of 128-bit
// arithmetic into the WebAssembly module; a list of pieces is a few stores and one call.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace mdn {

// A number for people: up to six significant digits, as printf's %g; NaN, Infinity.
std::string text_of(double value);

// A piece of text, or a number to be written as one. Lives only as long as the expression it stands in. The
// constructors are not inline: this is all about code size.
class Piece {
 public:
  Piece(const char* text);
  Piece(const std::string& text);
  Piece(std::string_view text);
  Piece(std::int64_t whole);
  Piece(double real);
  Piece(float real) : Piece(static_cast<double>(real)) {}
  template <class Integer, class = std::enable_if_t<std::is_integral_v<Integer>>>
  Piece(Integer whole) : Piece(static_cast<std::int64_t>(whole)) {}
  void append_to(std::string* out) const;

 private:
  enum class Kind : std::uint8_t { kText, kWhole, kReal };
  union {
    const char* text_;
    std::int64_t whole_;
    double real_;
  };
  std::uint32_t size_ = 0;
  Kind kind_;
};

using Pieces = std::initializer_list<Piece>;

// The pieces, one after another.
std::string join(Pieces pieces);

}  // namespace mdn
