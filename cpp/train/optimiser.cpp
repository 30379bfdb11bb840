#include "train/optimiser.h"

#include <algorithm>
#include <cmath>

namespace mdn {

void adam(float* parameters, float* first_moment, float* second_moment, const float* gradients, std::size_t n,
          std::int64_t t, float learning_rate, const AdamOptions& options) {
  const double corrected = static_cast<double>(learning_rate) *
                           std::sqrt(1 - std::pow(static_cast<double>(options.beta2), static_cast<double>(t))) /
                           (1 - std::pow(static_cast<double>(options.beta1), static_cast<double>(t)));
  const auto alpha = static_cast<float>(corrected);
  const float keep = 1 - learning_rate * options.weight_decay;
  const float rise1 = 1 - options.beta1, rise2 = 1 - options.beta2;
  for (std::size_t i = 0; i < n; ++i) {
    const float g = gradients[i];
    first_moment[i] += (g - first_moment[i]) * rise1;
    second_moment[i] += (g * g - second_moment[i]) * rise2;
    parameters[i] = parameters[i] * keep - alpha * first_moment[i] / (std::sqrt(second_moment[i]) + options.epsilon);
  }
}

void move_average(float* average, const float* parameters, std::size_t n, std::int64_t t, float decay) {
  const auto step = static_cast<float>(t);
  const float rise = 1 - std::min(decay, (1 + step) / (10 + step));
  for (std::size_t i = 0; i < n; ++i) average[i] += (parameters[i] - average[i]) * rise;
}

double learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps) {
  const auto at = static_cast<double>(step), warm_up = static_cast<double>(schedule.warm_up);
  if (step < schedule.warm_up) return schedule.rate * (at + 1) / warm_up;
  switch (schedule.type) {
    case Schedule::Type::kCosine: {
      constexpr double kPi = 3.14159265358979323846;
      const double span = std::max(1.0, static_cast<double>(steps) - warm_up);
      const double progress = std::min(1.0, (at - warm_up) / span);
      return schedule.last + (schedule.rate - schedule.last) * 0.5 * (1 + std::cos(kPi * progress));
    }
    case Schedule::Type::kExponential:
      return (schedule.rate - schedule.last) * std::pow(schedule.decay, at - warm_up) + schedule.last;
    case Schedule::Type::kConstant:
      break;
  }
  return schedule.rate;
}

}  // namespace mdn
