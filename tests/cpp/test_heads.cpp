// Heads: layouts and activations of their sources, log densities from raw outputs against 40-digit arithmetic
// (tests/golden/mixtures.txt), and each fast path against the canonical operation on the lowered row.

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "heads/head.h"
#include "kernels/vmath.h"
#include "mixture_support.h"

namespace {

using mdn::Code;
using mdn::Draw;
using mdn::Head;
using mdn::HeadSpec;
using mdn::Status;
using mdn::Temper;
using namespace mixture_support;

constexpr char kGolden[] =
#include "golden_mixtures_txt.h"
    ;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

std::unique_ptr<Head> make(const HeadSpec& spec) {
  std::unique_ptr<Head> head;
  const Status status = mdn::make_head(&head, spec);
  CHECK(status.message == "");
  return head;
}

std::unique_ptr<Head> sketch(int components) { return make({.type = "sketch-rnn", .components = components}); }

std::vector<float> lower(const Head& head, const std::vector<float>& raw) {
  CHECK(static_cast<int>(raw.size()) == head.outputs());
  std::vector<float> row(static_cast<std::size_t>(head.shape().row_size()));
  head.mixture(row.data(), raw.data());
  return row;
}

// Raw outputs of def sketch and def diagonal in mixtures.py; the generator goes on to the point.
std::vector<float> sketch_raw(Generator& g, int components, const std::string& regime) {
  const double logits = regime == "extreme" ? 20000 : 8, sigma = regime == "extreme" ? 27.6 : 4;
  const double rho = regime == "extreme" ? 60 : regime == "correlated" ? 16 : 4;
  std::vector<float> raw;
  for (int i = 0; i < 3 + components; ++i) raw.push_back(g.spread(logits));
  for (int i = 0; i < 2 * components; ++i) raw.push_back(g.spread(8));
  for (int i = 0; i < 2 * components; ++i) raw.push_back(g.spread(sigma));
  for (int i = 0; i < components; ++i) raw.push_back(g.spread(rho));
  return raw;
}

std::vector<float> diagonal_raw(Generator& g, int dims, int components, const std::string& regime) {
  std::vector<float> raw;
  for (int i = 0; i < dims * components; ++i) raw.push_back(g.spread(8));
  for (int i = 0; i < dims * components; ++i) raw.push_back(g.spread(regime == "extreme" ? 27.6 : 4));
  for (int i = 0; i < components; ++i) raw.push_back(g.spread(regime == "extreme" ? 20000 : 8));
  return raw;
}

// The same bits (comparing NaN with NaN is not asked for).
void check_samples_are_the_same(const Head& head, const std::vector<float>& raw) {
  const std::vector<float> row = lower(head, raw);
  const auto size = static_cast<std::size_t>(head.shape().point_size());
  std::vector<float> fast(size), canonical(size);
  const Temper tempers[] = {{}, {0, 0, 0}, {0.4f, 0.6f, 0.4f}, {3, 2, 5}, {1, 0, 1}};
  int different = 0;
  for (const Temper& temper : tempers) {
    for (std::uint32_t position = 0; position < 200; ++position) {
      Draw one(11, 3, position), two = one;
      head.sample(fast.data(), raw.data(), temper, one);
      mdn::sample(canonical.data(), row.data(), temper, two, head.shape());
      different += fast != canonical;
      different += one.word() != two.word();
    }
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("the registry makes heads by name and refuses what it cannot make") {
  CHECK(mdn::head_types().size() == 2);
  for (const char* type : mdn::head_types()) CHECK(make({.type = type, .dims = 2, .components = 5}) != nullptr);
  std::unique_ptr<Head> head;
  const auto code = [&](const HeadSpec& spec) { return mdn::make_head(&head, spec).code; };
  CHECK(mdn::make_head(&head, {.type = "laplace"}).message ==
        "no head is called 'laplace'; there are diagonal, sketch-rnn");
  CHECK(code({.type = "laplace"}) == Code::kUnsupported);
  CHECK(code({.type = "diagonal", .dims = 0, .components = 5}) == Code::kBadShape);
  CHECK(code({.type = "diagonal", .dims = 2, .components = -1}) == Code::kBadShape);
  CHECK(code({.type = "diagonal", .dims = 2147483647, .components = 2147483647}) == Code::kTooLarge);
  CHECK(code({.type = "diagonal", .dims = 1, .components = 1, .epsilon = kNan}) == Code::kBadValue);
  CHECK(code({.type = "diagonal", .dims = 1, .components = 1, .epsilon = -1}) == Code::kBadValue);
  CHECK(code({.type = "diagonal", .dims = 1, .components = 1, .activation = "sine"}) == Code::kUnsupported);
  CHECK(code({.type = "sketch-rnn", .components = 0}) == Code::kBadShape);
  CHECK(code({.type = "sketch-rnn", .components = 100000}) == Code::kTooLarge);
  CHECK(code({.type = "sketch-rnn", .dims = 3, .components = 20}) == Code::kBadShape);
  CHECK(head == nullptr);
}

TEST_CASE("the diagonal head has keras-mdn-layer's layout and standard deviations") {
  // Its tests: 35 outputs for D = 3, K = 5; 30 for D = 1, K = 10; elu_plus_one_plus_epsilon at −10, −1, 0, 1, 10.
  CHECK(make({.type = "diagonal", .dims = 3, .components = 5})->outputs() == 35);
  CHECK(make({.type = "diagonal", .dims = 1, .components = 10})->outputs() == 30);
  const auto head = make({.type = "diagonal", .dims = 5, .components = 1});
  const std::vector<float> row = lower(*head, {1, 2, 3, 4, 5, -10, -1, 0, 1, 10, 7});
  const double sigmas[] = {4.5499930e-5, 0.36787954, 1.0000001, 2.0000001, 11.0000001};
  CHECK(row[0] == 0);
  for (std::size_t d = 0; d < 5; ++d) {
    CHECK(row[1 + d] == static_cast<float>(d + 1));
    CHECK(row[6 + d] == doctest::Approx(sigmas[d]).epsilon(2e-7));
  }
  // e^s is not rounded to a multiple of 2⁻²⁴ on the way: σ(−14) = e⁻¹⁴ + 1e-7 to float accuracy.
  CHECK(lower(*make({.type = "diagonal", .dims = 1, .components = 1}), {0, -14, 0})[2] ==
        doctest::Approx(std::exp(-14.) + 1e-7).epsilon(3e-7));
  // Component-major: the values of one component lie side by side.
  const std::vector<float> pair =
      lower(*make({.type = "diagonal", .dims = 2, .components = 2, .epsilon = 0, .activation = "exp"}),
            {1, 2, 3, 4, 0, 1, 2, 3, 5, 5});
  CHECK(pair[2] == 1);
  CHECK(pair[4] == 3);
  for (int i = 0; i < 4; ++i)
    CHECK(pair[static_cast<std::size_t>(6 + i)] == doctest::Approx(std::exp(i)).epsilon(2e-7));
  CHECK(lower(*make({.type = "diagonal", .dims = 1, .components = 1, .epsilon = 0.5f, .activation = "softplus"}),
              {0, 0, 0})[2] == doctest::Approx(std::log(2.) + 0.5).epsilon(2e-7));
  CHECK_FALSE(head->finished(row.data()));
}

TEST_CASE("the sketch-rnn head has Magenta's layout") {
  const auto head = sketch(20);
  CHECK(head->outputs() == 123);
  CHECK(head->shape().point_size() == 5);
  CHECK(head->shape().row_size() == 20 + 40 + 60 + 3);
  // [pen 3 | π 2 | μx 2 | μy 2 | σ̂x 2 | σ̂y 2 | ρ̂ 2]; the pen logits are those of bird.gen.json after its start token,
  // with the probabilities that @magenta/sketch computes from them.
  const std::vector<float> row =
      lower(*sketch(2), {5.220694f, -.454816f, -9.556983f, 1, 1, 10, 11, 20, 21, 0, 1, .5f, -1, 0, 2});
  CHECK(std::exp(row[12]) == doctest::Approx(.9965824).epsilon(1e-6));
  CHECK(std::exp(row[13]) == doctest::Approx(.0034172).epsilon(2e-5));
  CHECK(std::exp(row[14]) == doctest::Approx(3.8076e-7).epsilon(2e-5));
  const double rho = std::tanh(2.), sigma_y = std::exp(-1.);
  const double expected[] = {-std::log(2.),
                             -std::log(2.),
                             10,
                             20,
                             11,
                             21,
                             1,
                             0,
                             std::exp(.5),
                             std::exp(1.),
                             rho * sigma_y,
                             sigma_y * std::sqrt(1 - rho * rho)};
  for (std::size_t i = 0; i < 12; ++i) CHECK(close(row[i], expected[i], 1e-6));
  // The third pen state ends the drawing.
  const float down[] = {0, 0, 1, 0, 0}, lift[] = {0, 0, 0, 1, 0}, end[] = {0, 0, 0, 0, 1};
  CHECK_FALSE(head->finished(down));
  CHECK_FALSE(head->finished(lift));
  CHECK(head->finished(end));
}

TEST_CASE("sketch-rnn log_prob from raw outputs agrees with 40-digit arithmetic, |ρ| → 1 included") {
  const auto lines = golden_lines(kGolden, "sketch");
  CHECK(lines.size() == 72);
  for (const GoldenLine& line : lines) {
    const auto head = sketch(line.integer(1));
    Generator g(static_cast<std::uint32_t>(line.integer(3)));
    const std::vector<float> raw = sketch_raw(g, line.integer(1), line.word(2));
    float point[5] = {line.real(4), line.real(5)}, parts[2];
    point[2 + line.integer(6)] = 1;
    head->log_prob(parts, raw.data(), point);
    CAPTURE(line.word(2));
    CAPTURE(line.integer(3));
    CHECK(close(parts[0], line.reference(0)));
    CHECK(close(parts[1], line.reference(1)));
    if (line.word(2) != "ordinary") continue;
    // Lowering rounds ρσy, which the quadratic form multiplies by cosh ρ̂: only at ordinary ρ do both agree as closely.
    float canonical[2];
    mdn::log_prob(canonical, lower(*head, raw).data(), point, head->shape());
    CHECK(close(canonical[0], line.reference(0)));
    CHECK(close(parts[0], canonical[0]));
    CHECK(close(parts[1], canonical[1]));
  }
}

TEST_CASE("sketch-rnn log_prob on the ridge of ρ = tanh 30") {
  const auto head = sketch(1);
  for (const float sign : {1.0f, -1.0f}) {
    const std::vector<float> raw = {0, 0, 0, 0, 0, 0, 0, 0, sign * 30};
    float parts[2];
    const float mean[] = {0, 0, 0, 0, 0}, ridge[] = {1, sign, 0, 0, 0}, off[] = {1, -sign, 0, 0, 0};
    // −log 2π + log cosh 30 − (Z / 2), Z = 0, then x² + ((1 − tanh 30) cosh 30)² = 1 + e⁻⁶⁰, then 1 + (2 cosh 30)².
    const double top = -1.8378770664 + 30 - std::log(2.);
    head->log_prob(parts, raw.data(), mean);
    CHECK(close(parts[0], top, 1e-6));
    head->log_prob(parts, raw.data(), ridge);
    CHECK(close(parts[0], top - 0.5, 1e-6));
    head->log_prob(parts, raw.data(), off);
    CHECK(close(parts[0], top - 0.5 - 0.5 * std::pow((1 + std::tanh(30.)) * std::cosh(30.), 2), 1e-6));
    CHECK(mdn::validate(head->shape(), lower(*head, raw).data()).ok());
  }
}

TEST_CASE("diagonal log_prob from raw outputs agrees with 40-digit arithmetic") {
  const auto lines = golden_lines(kGolden, "diagonal");
  CHECK(lines.size() == 30);
  for (const GoldenLine& line : lines) {
    const int dims = line.integer(2), components = line.integer(3);
    const auto head = make({.type = "diagonal", .dims = dims, .components = components, .activation = line.word(1)});
    Generator g(static_cast<std::uint32_t>(line.integer(5)));
    const std::vector<float> raw = diagonal_raw(g, dims, components, line.word(4));
    std::vector<float> point;
    for (int d = 0; d < dims; ++d) {
      const double mean = raw[static_cast<std::size_t>(d)];
      point.push_back(static_cast<float>(mean + (g.u() - 0.5) * (line.word(4) == "extreme" ? 1 : 4)));
    }
    float parts[2], canonical[2];
    head->log_prob(parts, raw.data(), point.data());
    mdn::log_prob(canonical, lower(*head, raw).data(), point.data(), head->shape());
    CAPTURE(line.word(1));
    CAPTURE(line.integer(5));
    CHECK(close(parts[0], line.reference(0)));
    CHECK(parts[1] == 0);
    CHECK(close(parts[0], canonical[0]));
    CHECK(canonical[1] == 0);
  }
}

TEST_CASE("sampling from raw outputs gives the bits of sampling from the lowered row") {
  for (const char* regime : {"ordinary", "correlated", "extreme"}) {
    for (const int components : {1, 5, 20, 256}) {
      Generator g(static_cast<std::uint32_t>(components));
      check_samples_are_the_same(*sketch(components), sketch_raw(g, components, regime));
    }
  }
  for (const char* activation : {"elu", "exp", "softplus"}) {
    for (const char* regime : {"ordinary", "extreme"}) {
      for (const int dims : {1, 2, 3, 32, 511}) {
        Generator g(static_cast<std::uint32_t>(dims));
        const auto head = make({.type = "diagonal", .dims = dims, .components = 7, .activation = activation});
        check_samples_are_the_same(*head, diagonal_raw(g, dims, 7, regime));
      }
    }
  }
}

TEST_CASE("raw outputs that are not numbers: refused by validate, sampled in bounds") {
  const auto head = sketch(3);
  for (int i = 0; i < head->outputs(); ++i) {
    Generator g(1);
    std::vector<float> raw = sketch_raw(g, 3, "ordinary");
    raw[static_cast<std::size_t>(i)] = kNan;
    const Status status = mdn::validate(head->shape(), lower(*head, raw).data());
    CHECK(status.code == Code::kBadValue);
    for (std::uint32_t position = 0; position < 20; ++position) {
      for (const float temperature : {0.0f, 0.5f, 1.0f}) {
        float point[5];
        Draw draw(1, 2, position);
        head->sample(point, raw.data(), {temperature, temperature, temperature}, draw);
        CHECK(point[2] + point[3] + point[4] == 1);
      }
    }
    float parts[2];
    const float point[] = {0.5f, -0.5f, 1, 0, 0};
    head->log_prob(parts, raw.data(), point);
    CHECK(std::isnan(parts[i < 3 ? 1 : 0]));
  }
  const auto diagonal = make({.type = "diagonal", .dims = 2, .components = 3});
  for (int i = 0; i < diagonal->outputs(); ++i) {
    Generator g(1);
    std::vector<float> raw = diagonal_raw(g, 2, 3, "ordinary");
    raw[static_cast<std::size_t>(i)] = i % 2 ? kNan : kInf;
    CHECK(mdn::validate(diagonal->shape(), lower(*diagonal, raw).data()).code == Code::kBadValue);
    float parts[2];
    const float point[] = {0.5f, -0.5f};
    raw[static_cast<std::size_t>(i)] = kNan;
    diagonal->log_prob(parts, raw.data(), point);
    CHECK(std::isnan(parts[0]));
  }
  // σ beyond float32: named.
  CHECK(mdn::validate(head->shape(),
                      lower(*head, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 0, 0, 0, 0, 0, 0, 0, 0}).data())
            .message.find("scales[0] (component 0, row 0, column 0)") == 0);
}
