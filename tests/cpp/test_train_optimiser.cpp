// Adam, the schedules and the moving average against their closed forms.
#include <cmath>
#include <limits>
#include <vector>

#include "doctest/doctest.h"
#include "train/optimiser.h"

namespace mdn {
namespace {

TEST_CASE("Adam's first step is the learning rate times the gradient's sign") {
  // m̂ = g and v̂ = g² after bias correction: p −= lr · g / (|g| + ε'), ε' = ε / √(1 − β₂).
  const std::vector<float> gradients = {3.0f, -0.02f, 1e-3f, 0.0f};
  std::vector<float> parameters(4, 1.0f), first(4), second(4);
  adam(parameters.data(), first.data(), second.data(), gradients.data(), 4, 1, 0.01f, {});
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double g = static_cast<double>(gradients[at]);
    const double expected = g == 0 ? 1 : 1 - 0.01 * g / (std::fabs(g) + 1e-7 / std::sqrt(0.001));
    CHECK(std::fabs(static_cast<double>(parameters[at]) - expected) < 2e-7);  // one rounding near 1, and √ in float
  }
}

TEST_CASE("Adam and AdamW follow the formulas over several steps") {
  for (const float decay : {0.0f, 0.1f}) {
    AdamOptions options;
    options.weight_decay = decay;
    std::vector<float> parameter = {0.7f}, first = {0}, second = {0};
    double p = 0.7, m = 0, v = 0;
    for (int t = 1; t <= 20; ++t) {
      const float g = std::sin(static_cast<float>(t));
      const double rate = 0.02;
      adam(parameter.data(), first.data(), second.data(), &g, 1, t, static_cast<float>(rate), options);
      m = 0.9 * m + 0.1 * static_cast<double>(g);
      v = 0.999 * v + 0.001 * static_cast<double>(g) * static_cast<double>(g);
      p -= rate * static_cast<double>(decay) * p;
      p -= rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
    }
    // 20 steps of the size of the rate, each with a few roundings; 1 − 0.999f is off by 2e-5 relative.
    CHECK(std::fabs(static_cast<double>(parameter[0]) - p) < 1e-5);
  }
}

TEST_CASE("the moving average forgets its start quickly and then has the given memory") {
  float average = 5;
  const float parameter = 1;
  move_average(&average, &parameter, 1, 1, 0.999f);
  CHECK(std::fabs(average - (1 + 4 * 2.0f / 11)) < 1e-6f);  // d = (1 + 1) / (10 + 1)
  average = 5;
  move_average(&average, &parameter, 1, 100000, 0.999f);
  CHECK(std::fabs(average - (1 + 4 * 0.999f)) < 1e-6f);
}

TEST_CASE("schedules: warm-up, then cosine, exponential or constant") {
  Schedule schedule;
  schedule.type = Schedule::Type::kCosine;
  schedule.warm_up = 10;
  CHECK(std::fabs(learning_rate(schedule, 0, 110) - 1e-4) < 1e-12);
  CHECK(std::fabs(learning_rate(schedule, 9, 110) - 1e-3) < 1e-12);
  CHECK(std::fabs(learning_rate(schedule, 10, 110) - 1e-3) < 1e-12);
  CHECK(std::fabs(learning_rate(schedule, 60, 110) - (1e-3 + 1e-5) / 2) < 1e-12);
  CHECK(std::fabs(learning_rate(schedule, 110, 110) - 1e-5) < 1e-12);
  CHECK(std::fabs(learning_rate(schedule, 500, 110) - 1e-5) < 1e-12);
  schedule.type = Schedule::Type::kExponential;
  schedule.decay = 0.99;
  CHECK(std::fabs(learning_rate(schedule, 12, 110) - (0.99e-3 * 0.99 * 0.99 + 1e-5)) < 1e-12);
  schedule.type = Schedule::Type::kConstant;
  CHECK(learning_rate(schedule, 60, 110) == 1e-3);
}

}  // namespace
}  // namespace mdn
