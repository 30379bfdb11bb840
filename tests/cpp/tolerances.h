// The table of tests/tolerances.json: how far the result of an operation may lie from a float64 reference,
// absolute + relative * |reference|, and what it must answer exactly for special values. The tests in JavaScript read
// the same file.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bits.h"
#include "doctest/doctest.h"
#include "io/json.h"

namespace tolerances {

constexpr char kTolerances[] =
#include "tolerances_json.h"
    ;

struct Tolerance {
  double absolute = 0, relative = 0;
  std::vector<std::pair<float, float>> special;  // argument, result
};

// The entry of one operation.
inline Tolerance tolerance(std::string_view operation) {
  mdn::JsonDocument table;
  REQUIRE(table.parse(kTolerances).ok());
  const mdn::JsonValue entry = table.root()[operation];
  REQUIRE_MESSAGE(entry.is_object(), "no tolerance for " << std::string(operation));
  Tolerance found{entry["absolute"].number(), entry["relative"].number(), {}};
  for (mdn::JsonValue result = entry["special"].first(); result.exists(); result = result.next()) {
    const std::string argument(result.key()), answer(result.string());
    found.special.emplace_back(std::strtof(argument.c_str(), nullptr), std::strtof(answer.c_str(), nullptr));
  }
  return found;
}

// The distance from the reference, in tolerances: at most 1 is good. NaN must meet NaN, and an infinity itself (also
// where the reference lies beyond the range of float32).
inline double distance(const Tolerance& allowed, float got, double reference) {
  const float rounded = static_cast<float>(reference);
  if (std::isnan(rounded) || std::isinf(rounded)) {
    const bool same = std::isnan(rounded) ? std::isnan(got) : got == rounded;
    return same ? 0 : HUGE_VAL;
  }
  const double error = std::fabs(static_cast<double>(got) - reference);
  if (!(error <= HUGE_VAL) || std::isinf(error)) return HUGE_VAL;
  return error == 0 ? 0 : error / (allowed.absolute + allowed.relative * std::fabs(reference));
}

// The largest distance seen, and where.
struct Worst {
  Tolerance allowed;
  double distance = 0;
  float argument = 0;

  void add(float x, float got, double reference) {
    const double d = tolerances::distance(allowed, got, reference);
    if (d <= distance) return;
    distance = d;
    argument = x;
  }
  void check(const std::string& what) const {
    INFO(what << " is farthest from the reference at " << argument);
    CHECK(distance <= 1);
  }
};

inline bool same_bits(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return mdn::bit_cast<std::uint32_t>(a) == mdn::bit_cast<std::uint32_t>(b);
}

}  // namespace tolerances
