// What the canonical sampler and the fast paths of the heads share: the discrete choices and the order of the draws.
#pragma once

#include "mixtures/mixture.h"

namespace mdn {

// The index k with probability ∝ exp(log_probs[k] / temperature); at temperature 0 the largest, the first of equals.
// Consumes one number either way. Always in [0, n), whatever log_probs holds.   n <= kMaxComponents
int pick(Draw& draw, const float* log_probs, int n, float temperature);

// The index of the largest entry, the first of equals. NaN entries are passed over; 0 where there are no others.
int largest_of(const float* x, int n);

// The component of the next draw, then its category (−1 where there are none, but the number is consumed).
struct Choice {
  int component;
  int category;
};
Choice choose(Draw& draw, const float* log_weights, const float* categories, const Temper& temper,
              const MixtureShape& shape);

// The discrete part of a point, coins drawn here.   out [C + B], bernoullis [B]
void write_outcome(float* out, int category, const float* bernoullis, const Temper& temper, Draw& draw,
                   const MixtureShape& shape);

// mean + spread · scales, and just the mean at temperature 0, even where the spread is not a number.
inline float place(float mean, float spread, const Temper& temper) {
  return temper.scales == 0 ? mean : mean + spread * temper.scales;
}

}  // namespace mdn
