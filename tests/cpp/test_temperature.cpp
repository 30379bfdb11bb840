// Temperature rules against the table of their publications, and what tempering does to a row and to samples, against
// softmax on paper and statistics of draws.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "kernels/vmath.h"
#include "mixture_support.h"
#include "mixtures/mixture.h"
#include "mixtures/temperature.h"

namespace {

using mdn::Code;
using mdn::Draw;
using mdn::MixtureShape;
using mdn::Status;
using mdn::Temper;
using mdn::TemperatureArguments;
using namespace mixture_support;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Temper rule(const char* name, const TemperatureArguments& arguments) {
  Temper out;
  const Status status = mdn::temper_rule(&out, name, arguments);
  CHECK(status.message == "");
  return out;
}

void check_temper(const Temper& received, double weights, double scales, double pen) {
  CHECK(received.weights == doctest::Approx(weights).epsilon(1e-6));
  CHECK(received.scales == doctest::Approx(scales).epsilon(1e-6));
  CHECK(received.pen == doctest::Approx(pen).epsilon(1e-6));
}

// Two components in one dimension, three categories, one coin; log probabilities of halves and quarters on paper.
constexpr MixtureShape kShape{.dims = 1, .components = 2, .categories = 3, .bernoullis = 1};
const std::vector<float> kRow = {std::log(.2f),  std::log(.8f),  -1, 1, .5f, 2, std::log(.5f),
                                 std::log(.25f), std::log(.25f), 1};

}  // namespace

TEST_CASE("each rule divides and multiplies as its publication says") {
  const TemperatureArguments arguments{.weights = 0.6f, .scales = 0.25f, .pen = 0.8f, .bias = 0.5f};
  check_temper(rule("keras-mdn", arguments), 0.6, 0.5, 1);
  check_temper(rule("sketch-rnn", arguments), 0.6, 0.5, 0.8);
  check_temper(rule("sketch-rnn-js", arguments), 0.8, 0.5, 0.9);
  check_temper(rule("magenta-python", arguments), 0.6, 0.25, 0.8);
  check_temper(rule("distill", arguments), 0.6, 0.25, 1);
  check_temper(rule("graves-bias", arguments), 1 / 1.5, std::exp(-0.5), 1);
  check_temper(rule("greedy", arguments), 0, 0, 0);
}

TEST_CASE("temperature 1 and bias 0 change nothing, and 0 is legal") {
  for (const char* name : mdn::temperature_rules()) {
    CAPTURE(name);
    const bool greedy = std::string(name) == "greedy";
    if (!greedy) check_temper(rule(name, {}), 1, 1, 1);
    const Temper cold = rule(name, {.weights = 0, .scales = 0, .pen = 0, .bias = 0});
    CHECK((cold.weights >= 0 && cold.scales >= 0 && cold.pen >= 0));
  }
  check_temper(rule("sketch-rnn-js", {.weights = 0, .scales = 0, .pen = 0}), 0.5, 0, 0.5);
  check_temper(rule("sketch-rnn", {.weights = 0, .scales = 0, .pen = 0}), 0, 0, 0);
}

TEST_CASE("wrong arguments and unknown rules are refused by name") {
  Temper out{7, 8, 9};
  for (const float wrong : {-0.1f, -kInf, kInf, kNan}) {
    TemperatureArguments each[4];
    each[0].weights = each[1].scales = each[2].pen = each[3].bias = wrong;
    const char* names[] = {"weights", "scales", "pen", "bias"};
    for (int i = 0; i < 4; ++i) {
      const Status status = mdn::temper_rule(&out, "sketch-rnn", each[i]);
      CHECK(status.code == Code::kBadValue);
      CHECK(status.message.find(std::string("temperature.") + names[i] + " must be a finite number of at least 0") ==
            0);
    }
  }
  const Status status = mdn::temper_rule(&out, "hot", {});
  CHECK(status.code == Code::kBadArgument);
  CHECK(status.message ==
        "no temperature rule is called 'hot'; there are keras-mdn, sketch-rnn, sketch-rnn-js, magenta-python, distill, "
        "graves-bias, greedy");
  CHECK(out.weights == 7);  // untouched
}

TEST_CASE("a tempered row holds the softmax of the divided logits") {
  std::vector<float> out(kRow.size());
  CHECK(mdn::temper(out.data(), kRow.data(), {0.5f, 3, 2}, kShape).ok());
  // .2² : .8² = 1 : 16, √.5 : √.25 : √.25 = √2 : 1 : 1.
  CHECK(close(out[0], std::log(1 / 17.0), 1e-6));
  CHECK(close(out[1], std::log(16 / 17.0), 1e-6));
  CHECK(out[2] == -1);
  CHECK(out[3] == 1);
  CHECK(out[4] == 1.5f);
  CHECK(out[5] == 6);
  CHECK(close(out[6], std::log(std::sqrt(2) / (2 + std::sqrt(2))), 1e-6));
  CHECK(close(out[7], std::log(1 / (2 + std::sqrt(2))), 1e-6));
  CHECK(out[9] == 0.5f);
  CHECK(mdn::validate(kShape, out.data()).ok());

  // In place, and nothing changes at 1.
  std::vector<float> same = kRow;
  CHECK(mdn::temper(same.data(), same.data(), Temper{}, kShape).ok());
  CHECK(same == kRow);

  // At 0 the likeliest outcome, the first of equals, has all the probability.
  CHECK(mdn::temper(out.data(), kRow.data(), {0, 1, 0}, kShape).ok());
  CHECK(out == std::vector<float>{-kInf, 0, -1, 1, .5f, 2, 0, -kInf, -kInf, kInf});
  CHECK(mdn::validate(kShape, out.data()).ok());

  CHECK(mdn::temper(out.data(), kRow.data(), {1, 0, 1}, kShape).code == Code::kUnsupported);
}

TEST_CASE("very low and very high temperatures reach their limits") {
  // keras-mdn-layer's softmax tests: [1, 3, 2] at 1e-6 is the second, at 1e6 a third each.
  const MixtureShape shape{.dims = 1, .components = 3};
  std::vector<float> row = {1, 3, 2, 0, 0, 0, 1, 1, 1}, out(9);
  mdn::log_softmax(row.data(), row.data(), 3);
  CHECK(mdn::temper(out.data(), row.data(), {1e-6f, 1, 1}, shape).ok());
  CHECK(std::exp(out[1]) == doctest::Approx(1).epsilon(1e-6));
  CHECK(mdn::temper(out.data(), row.data(), {1e6f, 1, 1}, shape).ok());
  for (std::size_t k = 0; k < 3; ++k) CHECK(std::exp(out[k]) == doctest::Approx(1.0 / 3).epsilon(1e-4));
  // Logits of ±1e4 at a temperature of 1e-6: the quotient leaves no trace of the others, and no NaN.
  row = {1e4f, -1e4f, 0, 0, 0, 0, 1, 1, 1};
  mdn::log_softmax(row.data(), row.data(), 3);
  CHECK(mdn::temper(out.data(), row.data(), {1e-36f, 1, 1}, shape).ok());
  CHECK(out[0] == 0);
  CHECK(mdn::validate(shape, out.data()).ok());
}

TEST_CASE("samples at temperature 0 are the mean of the heaviest component and the likeliest outcomes") {
  for (std::uint32_t i = 0; i < 50; ++i) {
    float point[5];
    Draw draw(3, 1, i);
    mdn::sample(point, kRow.data(), {0, 0, 0}, draw, kShape);
    CHECK(point[0] == 1);
    CHECK(point[1] == 1);
    CHECK(point[2] == 0);
    CHECK(point[3] == 0);
    CHECK(point[4] == 1);
    // The temperature changes what is drawn, never which number decides it: the coin keeps its own.
    Draw words(3, 1, i);
    words.word(), words.word(), words.word(), words.word();
    Draw again(3, 1, i);
    mdn::sample(point, kRow.data(), {0, 0, 1}, again, kShape);
    CHECK(point[4] == (words.uniform() < mdn::fsigmoid(1) ? 1 : 0));
  }
}

TEST_CASE("of equal chances temperature 0 takes the first, and the coin shows 1") {
  const float half = std::log(.5f), third = std::log(1 / 3.0f);
  const std::vector<float> row = {half, half, -1, 1, .5f, 2, third, third, third, 0};
  float point[5];
  Draw draw(3, 1, 0);
  mdn::sample(point, row.data(), {0, 0, 0}, draw, kShape);
  CHECK(std::vector<float>(point, point + 5) == std::vector<float>{-1, 1, 0, 0, 1});
  std::vector<float> out(row.size());
  CHECK(mdn::temper(out.data(), row.data(), {0, 1, 0}, kShape).ok());
  CHECK(out == std::vector<float>{0, -kInf, -1, 1, .5f, 2, 0, -kInf, -kInf, kInf});
}

TEST_CASE("samples follow the tempered row") {
  const Temper temper{2, 0.5f, 0.5f};
  std::vector<float> row(kRow.size());
  CHECK(mdn::temper(row.data(), kRow.data(), temper, kShape).ok());
  float mean, variance;
  mdn::mean(&mean, row.data(), kShape);
  mdn::covariance(&variance, row.data(), kShape);
  std::vector<int> categories(3), coins(2);
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kDraws; ++i) {
    float point[5];
    Draw draw(8, 0, static_cast<std::uint32_t>(i));
    mdn::sample(point, kRow.data(), temper, draw, kShape);
    const double off = point[0] - mean;
    sum += off;
    squares += off * off;
    fourth += off * off * off * off;
    ++categories[point[1] == 1 ? 0 : point[2] == 1 ? 1 : 2];
    ++coins[static_cast<std::size_t>(point[4])];
  }
  // Four standard errors, and the 99.9 % quantiles of χ² with 2 and 1 degrees of freedom.
  CHECK(std::fabs(sum / kDraws) < 4 * std::sqrt(variance / kDraws));
  const double average = squares / kDraws;
  CHECK(std::fabs(average - variance) < 4 * std::sqrt((fourth / kDraws - average * average) / kDraws));
  CHECK(chi_square(categories, {2. / 3, 1. / 6, 1. / 6}, kDraws) < 13.82);  // .5² : .25² : .25² = 4 : 1 : 1
  const double heads = 1 / (1 + std::exp(-2.));
  CHECK(chi_square(coins, {1 - heads, heads}, kDraws) < 10.83);
}
