#include "base/text.h"

#include <cmath>
#include <cstdint>

namespace mdn {

std::string text_of(double value) {
  constexpr int kDigits = 6;
  if (std::isnan(value)) return "NaN";
  const std::string sign = std::signbit(value) ? "-" : "";
  double rest = std::fabs(value);
  if (std::isinf(rest)) return sign + "Infinity";
  if (rest == 0) return sign + "0";
  int exponent = 0;  // of ten, so that 1 <= rest < 10
  for (; rest >= 10; ++exponent) rest /= 10;
  for (; rest < 1; --exponent) rest *= 10;
  auto scaled = static_cast<std::int64_t>(rest * 1e5 + 0.5);
  if (scaled >= 1000000) {  // rounding carried into a new digit
    scaled /= 10;
    ++exponent;
  }
  std::string digits = std::to_string(scaled);
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  const int count = static_cast<int>(digits.size());
  if (exponent < -5 || exponent >= kDigits) {
    if (count > 1) digits.insert(1, ".");
    return sign + digits + (exponent < 0 ? "e-" : "e+") + std::to_string(exponent < 0 ? -exponent : exponent);
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
  return sign + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

Piece::Piece(const char* text) : Piece(std::string_view(text)) {}
Piece::Piece(const std::string& text) : Piece(std::string_view(text)) {}
Piece::Piece(std::string_view text)
    : text_(text.data()), size_(static_cast<std::uint32_t>(text.size())), kind_(Kind::kText) {}
Piece::Piece(std::int64_t whole) : whole_(whole), kind_(Kind::kWhole) {}
Piece::Piece(double real) : real_(real), kind_(Kind::kReal) {}

void Piece::append_to(std::string* out) const {
  switch (kind_) {
    case Kind::kText:
      out->append(text_, size_);
      break;
    case Kind::kWhole:
      out->append(std::to_string(whole_));
      break;
    case Kind::kReal:
      out->append(text_of(real_));
      break;
  }
}

std::string join(Pieces pieces) {
  std::string out;
  for (const Piece& piece : pieces) piece.append_to(&out);
  return out;
}

}  // namespace mdn
