// Activations against Keras in float64 (tests/golden/activations.txt, made by tests/golden/make/activations.py), and
// between the golden points against the formulas of activations.h in double.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/bits.h"
#include "doctest/doctest.h"
#include "layers/activations.h"

namespace {

using mdn::activate;
using mdn::Activation;

constexpr char kGolden[] =
#include "golden_activations_txt.h"
    ;

// |y − ref| ≤ absolute + relative · |ref|, with relative in units of 2⁻²⁴ (half an ulp or more). The file has ten
// digits, so a result that is exact still needs 0.01. The least normal float, kTiny, covers results that are denormal
// or 0.
constexpr double kTiny = 1.2e-38;
struct Tolerance {
  const char* name;
  double absolute;
  double relative;
};
constexpr Tolerance kTolerances[] = {
    {"linear", 0, 0.01},
    {"relu", 0, 0.01},
    {"relu6", 0, 0.01},
    {"leaky_relu", 0, 1.5},
    {"elu", 0, 3},
    {"celu", 0, 3},
    {"selu", 0, 4},
    {"gelu", kTiny, 6},
    {"gelu_tanh", 2e-14, 14},  // Keras' own 1 + tanh cancels below 0; the test of its formula is sharper there
    {"softplus", kTiny, 3},
    {"softsign", 0, 2},
    {"squareplus", 2e-12, 3},  // Keras' own x + √(x² + 4) cancels at −10⁴
    {"sparse_plus", 0, 2},
    {"sparse_sigmoid", 0, 1},
    {"sigmoid", kTiny, 3},
    {"log_sigmoid", kTiny, 3},
    {"hard_sigmoid", 6e-8, 1},  // 0.2 x + 0.5 cancels
    {"hard_sigmoid_3", 0, 2},
    {"hard_silu", 0, 3},
    {"silu", kTiny, 3},
    {"mish", kTiny, 4},
    {"tanh", 0, 4},
    {"hard_tanh", 0, 0.01},
    {"tanh_shrink", 3e-7, 1},  // x − tanh x cancels: the error of tanh x remains
    {"hard_shrink", 0, 0.01},
    {"soft_shrink", 0, 0.01},
    {"threshold", 0, 0.01},
    {"exponential", kTiny, 2},
    {"softmax", kTiny, 4},
    {"log_softmax", 1.2e-7, 2},  // the rounding of the sum, which is at least 1
    {"sparsemax", 6e-8, 1},      // numbers − τ cancel
};

struct Row {
  std::string name;
  std::vector<float> x;
  std::vector<double> y;
};

// Lines of `name row x y`; the lines of one name and row are one Row.
std::vector<Row> golden_rows() {
  std::vector<Row> rows;
  std::string_view key;
  const char* p = kGolden;
  while (*p != '\0') {
    const char* const name = p;
    while (*p != ' ') ++p;
    const char* const name_end = p;
    char* end;
    std::strtol(p, &end, 10);
    const std::string_view this_key(name, static_cast<std::size_t>(end - name));
    if (this_key != key) rows.push_back({std::string(name, name_end), {}, {}});
    key = this_key;
    rows.back().x.push_back(std::strtof(end, &end));
    rows.back().y.push_back(std::strtod(end, &end));
    p = *end == '\n' ? end + 1 : end;
  }
  return rows;
}

Activation parse(const std::string& name) {
  Activation activation = Activation::kLinear;
  CHECK(mdn::parse_activation(&activation, name).ok());
  return activation;
}

bool sees_whole_row(Activation a) {
  return a == Activation::kSoftmax || a == Activation::kLogSoftmax || a == Activation::kSparsemax;
}

bool same(float a, float b) {
  return std::isnan(a) ? std::isnan(b) : mdn::bit_cast<std::uint32_t>(a) == mdn::bit_cast<std::uint32_t>(b);
}

float of_one(float x, Activation activation) {
  activate(&x, 1, activation);
  return x;
}

TEST_CASE("activations agree with Keras in float64") {
  const std::vector<Row> rows = golden_rows();
  for (const Tolerance& tolerance : kTolerances) {
    const Activation activation = parse(tolerance.name);
    int compared = 0;
    for (const Row& row : rows) {
      if (row.name != tolerance.name) continue;
      std::vector<float> y = row.x;
      activate(y.data(), static_cast<int>(y.size()), activation);
      for (std::size_t i = 0; i < y.size(); ++i) {
        CAPTURE(row.name);
        CAPTURE(row.x[i]);
        if (std::isnan(row.x[i])) {
          CHECK(std::isnan(y[i]));  // Keras agrees, but for hard_shrink, soft_shrink and threshold
        } else if (std::isinf(row.y[i])) {
          CHECK(y[i] == row.y[i]);
        } else if (!std::isnan(row.y[i])) {  // NaN is ∞/∞ or −∞ · 0 here: nothing to hold us to
          const double allowed = tolerance.absolute + tolerance.relative * 0x1p-24 * std::fabs(row.y[i]);
          CHECK(std::fabs(y[i] - row.y[i]) <= allowed);
        }
        ++compared;
      }
    }
    CAPTURE(tolerance.name);
    CHECK(compared > 50);
  }
  CHECK(std::size(kTolerances) == mdn::activation_names().size());
}

// The formula of each in double, in a form that does not cancel. Relative errors in units of 2⁻²⁴.
TEST_CASE("activations keep their digits between the golden points") {
  struct Case {
    const char* name;
    double (*formula)(double);
    double tolerance;
  };
  const Case cases[] = {
      {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }, 4},
      {"selu", [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }, 5},
      {"gelu", [](double x) { return 0.5 * x * std::erfc(-x * std::sqrt(0.5)); }, 8},
      // The argument of the exponential is rounded: its error grows with it, to |x| ≤ 8 here.
      {"gelu_tanh", [](double x) { return x / (1 + std::exp(-1.5957691216057308 * (x + 0.044715 * x * x * x))); }, 120},
      {"squareplus", [](double x) { return x > 0 ? 0.5 * (x + std::sqrt(x * x + 4)) : 2 / (std::sqrt(x * x + 4) - x); },
       4},
      {"log_sigmoid", [](double x) { return -std::log1p(std::exp(-x)); }, 4},
      {"silu", [](double x) { return x / (1 + std::exp(-x)); }, 4},
      {"mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, 6},
  };
  for (const Case& c : cases) {
    const Activation activation = parse(c.name);
    double worst = 0;
    float at = 0;
    for (int i = -40000; i <= 40000; ++i) {
      const float x = static_cast<float>(i) * 2e-4f;
      if (x == 0) continue;
      const double expected = c.formula(x);
      const double error = std::fabs(of_one(x, activation) - expected) / std::fabs(expected) * 0x1p24;
      if (!(error <= worst)) worst = error, at = x;
    }
    CAPTURE(c.name);
    CAPTURE(at);
    CHECK(worst <= c.tolerance);
  }
  // The tail of the normal distribution down to the last normal float.
  double worst = 0;
  for (float x = -8; x > -13; x -= 1e-3f) {
    const double expected = 0.5 * x * std::erfc(-x * std::sqrt(0.5));
    worst = std::max(worst, std::fabs(of_one(x, Activation::kGelu) / expected - 1) * 0x1p24);
  }
  CHECK(worst <= 8);
}

TEST_CASE("a number's activation does not depend on its place or on the length") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float x[] = {0.3f, -1.7f, 20.0f, -0.0f, nan, -88.0f, 0.501f, 5.0f, -2.4f};
  const float sentinel = 77.0f;
  for (const char* name : mdn::activation_names()) {
    const Activation activation = parse(name);
    CAPTURE(name);
    for (int n = 0; n <= 9; ++n) {
      CAPTURE(n);
      std::vector<float> y(x, x + n);
      y.push_back(sentinel);
      activate(y.data(), n, activation);
      CHECK(y[static_cast<std::size_t>(n)] == sentinel);
      if (sees_whole_row(activation)) {
        for (int i = 0; i < n; ++i) CHECK(std::isnan(y[static_cast<std::size_t>(i)]) == (n > 4));
      } else {
        for (int i = 0; i < n; ++i) CHECK(same(y[static_cast<std::size_t>(i)], of_one(x[i], activation)));
      }
    }
  }
}

TEST_CASE("softmax and sparsemax of any length add up to 1") {
  for (const Activation activation : {Activation::kSoftmax, Activation::kSparsemax}) {
    for (int n = 1; n <= 67; ++n) {
      std::vector<float> y;
      for (int i = 0; i < n; ++i) y.push_back(0.01f * static_cast<float>((i * i + 3 * n) % 53) - 100);
      activate(y.data(), n, activation);
      double sum = 0;
      for (const float p : y) {
        CHECK(p >= 0);
        sum += p;
      }
      CAPTURE(n);
      CHECK(std::fabs(sum - 1) <= 6e-7);
    }
  }
}

TEST_CASE("activations have one name each, and aliases") {
  for (std::size_t i = 0; i < mdn::activation_names().size(); ++i) {
    const char* const name = mdn::activation_names()[i];
    CHECK(parse(name) == static_cast<Activation>(i));
    CHECK(std::string_view(mdn::activation_name(static_cast<Activation>(i))) == name);
  }
  CHECK(parse("swish") == Activation::kSilu);
  CHECK(parse("hard_swish") == Activation::kHardSilu);
  CHECK(parse("hard_sigmoid") == Activation::kHardSigmoid);
  CHECK(of_one(-2.75f, Activation::kHardSigmoid) == 0);  // Keras ≤ 2 is 0 below −2.5, Keras 3 below −3
  CHECK(of_one(-2.75f, Activation::kHardSigmoid3) > 0.04f);
}

TEST_CASE("an unknown activation is refused with the names that are known") {
  Activation activation = Activation::kTanh;
  for (const std::string name : {"", "Tanh", "tan", "tanh ", "__proto__"}) {
    const mdn::Status status = mdn::parse_activation(&activation, name);
    CHECK(status.code == mdn::Code::kUnsupported);
    for (const char* known : mdn::activation_names()) CHECK(status.message.find(known) != std::string::npos);
  }
  const mdn::Status glu = mdn::parse_activation(&activation, "glu");
  CHECK(glu.code == mdn::Code::kUnsupported);
  CHECK(glu.message.find("width") != std::string::npos);
  CHECK(mdn::parse_activation(&activation, std::string(100000, 'x')).message.size() < 1000);
  CHECK(activation == Activation::kTanh);
}

}  // namespace
