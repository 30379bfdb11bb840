// What the tests of mixtures, temperature and heads share: the golden table with its generated parameters, tolerances,
// and the sizes of statistical tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/vmath.h"
#include "mixtures/mixture.h"

namespace mixture_support {

// Draws of a statistical test: a million, fewer where sanitizers make each draw slow.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int kDraws = 100'000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr int kDraws = 100'000;
#else
inline constexpr int kDraws = 1'000'000;
#endif
#else
inline constexpr int kDraws = 1'000'000;
#endif

inline constexpr double kLogDensityTolerance = 1e-5;  // × max(1, |reference|)

inline bool close(double x, double reference, double tolerance = kLogDensityTolerance) {
  return std::fabs(x - reference) <= tolerance * std::max(1.0, std::fabs(reference));
}

// The generator of tests/golden/make/mixtures.py.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : state_(seed) {}

  double u() {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 9) * 0x1p-23;
  }
  float spread(double width) { return static_cast<float>((u() - 0.5) * width); }
  int integer(int n) { return static_cast<int>(u() * n); }

 private:
  std::uint32_t state_;
};

using Words = std::vector<std::string>;

// The lines of the golden table that start with `kind`, as words before and after the equals sign.
struct GoldenLine {
  Words asked, answer;

  std::string word(std::size_t i) const { return asked[i]; }
  int integer(std::size_t i) const { return std::atoi(asked[i].c_str()); }
  float real(std::size_t i) const { return std::strtof(asked[i].c_str(), nullptr); }
  double reference(std::size_t i) const { return std::strtod(answer[i].c_str(), nullptr); }
};

inline std::vector<GoldenLine> golden_lines(const std::string& table, const std::string& kind) {
  std::vector<GoldenLine> lines;
  for (std::size_t at = 0; at < table.size();) {
    const std::size_t end = std::min(table.find('\n', at), table.size());
    GoldenLine line;
    Words* words = &line.asked;
    for (std::size_t begin = at; begin < end;) {
      const std::size_t stop = std::min(table.find_first_of(" \n", begin), end);
      const std::string word = table.substr(begin, stop - begin);
      if (word == "=") {
        words = &line.answer;
      } else if (!word.empty()) {
        words->push_back(word);
      }
      begin = stop + 1;
    }
    if (!line.asked.empty() && line.asked[0] == kind) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

struct Case {
  mdn::MixtureShape shape;
  std::vector<float> row, point;
};

// class Mixture of mixtures.py, lowered to a canonical row. Arguments as in its table.
inline Case make_case(const mdn::MixtureShape& shape, const std::string& regime, std::uint32_t seed) {
  struct Regime {
    const char* name;
    double logits, means;
    int least, exponents;
    double point;
  };
  constexpr Regime kRegimes[] = {{"ordinary", 8, 8, -2, 4, 8},
                                 {"narrow", 20000, 8, -20, 1, 8},
                                 {"wide", 20000, 2e6, 19, 1, 8},
                                 {"mixed", 20000, 8, -20, 40, 8},
                                 {"far", 8, 8, -2, 4, 4e6}};
  const Regime& r = *std::find_if(std::begin(kRegimes), std::end(kRegimes) - 1,
                                  [&](const Regime& known) { return regime == known.name; });
  Generator g(seed);
  Case out{shape, std::vector<float>(static_cast<std::size_t>(shape.row_size())), {}};
  float* at = out.row.data();
  for (int k = 0; k < shape.components; ++k) *at++ = g.spread(r.logits);
  for (int i = 0; i < shape.components * shape.dims; ++i) *at++ = g.spread(r.means);
  for (int k = 0; k < shape.components; ++k) {
    for (int i = 0; i < shape.dims; ++i) {
      for (int j = 0; shape.triangular && j < i; ++j) *at++ = g.spread(2);
      const double u = g.u();
      *at++ = static_cast<float>(std::ldexp(1 + u, r.least + g.integer(r.exponents)));
    }
  }
  for (int i = 0; i < shape.categories + shape.bernoullis; ++i) *at++ = g.spread(r.logits);
  for (int i = 0; i < shape.dims; ++i) {
    const double scale =
        out.row[static_cast<std::size_t>(shape.scales_at() + (shape.triangular ? i * (i + 3) / 2 : i))];
    const double mean = out.row[static_cast<std::size_t>(shape.means_at() + i)];
    out.point.push_back(static_cast<float>(mean + (g.u() - 0.5) * r.point * scale));
  }
  out.point.resize(static_cast<std::size_t>(shape.dims + shape.categories));
  if (shape.categories) out.point[static_cast<std::size_t>(shape.dims + g.integer(shape.categories))] = 1;
  for (int b = 0; b < shape.bernoullis; ++b) out.point.push_back(static_cast<float>(g.integer(2)));
  mdn::log_softmax(out.row.data(), out.row.data(), shape.components);
  float* categories = out.row.data() + shape.categories_at();
  if (shape.categories) mdn::log_softmax(categories, categories, shape.categories);
  return out;
}

using Row = std::vector<float>;

// [log_softmax(logits) | means | scales]
inline Row row_of(const std::vector<float>& logits, const std::vector<float>& means, const std::vector<float>& scales) {
  Row row(logits.size());
  mdn::log_softmax(row.data(), logits.data(), static_cast<int>(logits.size()));
  row.insert(row.end(), means.begin(), means.end());
  row.insert(row.end(), scales.begin(), scales.end());
  return row;
}

// A small mixture with every part: D 2, K 2, triangular, C 3, B 2.
inline constexpr mdn::MixtureShape kSmall{
    .dims = 2, .components = 2, .triangular = true, .categories = 3, .bernoullis = 2};
inline Row small_row() {
  const float l3 = std::log(0.3f), l7 = std::log(0.7f), l2 = std::log(0.2f), l5 = std::log(0.5f);
  return {l3, l7, -1, 1, 1, -1, 0.5f, 0.25f, 1, 2, -0.5f, 0.75f, l2, l3, l5, -1, 2};
}

// Pearson's statistic of counts against probabilities.
inline double chi_square(const std::vector<int>& counts, const std::vector<double>& probabilities, int draws) {
  double total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = probabilities[i] * draws;
    total += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return total;
}

}  // namespace mixture_support
