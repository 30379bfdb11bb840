// Adam (Kingma & Ba 2015), with decoupled weight decay AdamW (Loshchilov & Hutter 2019), learning-rate schedules,
// clipping and the moving average of the weights. Formulas as in Keras 3:
//
//   m += (g − m)(1 − β₁)    v += (g² − v)(1 − β₂)    p −= lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
//
// AdamW first takes p −= lr · decay · p. The average is a += (p − a)(1 − d) with d = min(decay, (1 + t) / (10 + t)), so
// that it forgets the initial weights quickly.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mdn {

struct AdamOptions {
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-7f;
  float weight_decay = 0;  // AdamW where it is above 0
};

// One step, number t from 1, over a range of n parameters.   parameters, moments, gradients [n]
void adam(float* parameters, float* first_moment, float* second_moment, const float* gradients, std::size_t n,
          std::int64_t t, float learning_rate, const AdamOptions& options);

// average [n], parameters [n], after step t from 1.
void move_average(float* average, const float* parameters, std::size_t n, std::int64_t t, float decay);

struct Schedule {
  enum class Type : std::uint8_t { kConstant, kCosine, kExponential };
  Type type = Type::kConstant;
  double rate = 1e-3;        // at the top
  double last = 1e-5;        // what it falls to
  std::int64_t warm_up = 0;  // steps of a linear rise from 0
  double decay = 0.9999;     // kExponential: (rate − last) · decay^step + last (Sketch-RNN)
};

// The learning rate of step number `step` from 0 of `steps`.
double learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps);

}  // namespace mdn
