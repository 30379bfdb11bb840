#include <algorithm>

#include "kernels/vmath.h"
#include "mixtures/sampling.h"

namespace mdn {

int largest_of(const float* x, int n) {
  int best = 0;
  for (int i = 1; i < n; ++i) {
    if (x[i] > x[best] || (x[best] != x[best] && x[i] == x[i])) best = i;
  }
  return best;
}

int pick(Draw& draw, const float* log_probs, int n, float temperature) {
  if (temperature == 1) return draw.categorical(log_probs, n);
  const int best = largest_of(log_probs, n);
  if (temperature == 0) {
    draw.uniform();
    return best;
  }
  float tempered[kMaxComponents];
  for (int i = 0; i < n; ++i) tempered[i] = (log_probs[i] - log_probs[best]) / temperature;
  return draw.categorical(tempered, n);
}

Choice choose(Draw& draw, const float* log_weights, const float* categories, const Temper& temper,
              const MixtureShape& shape) {
  Choice choice{pick(draw, log_weights, shape.components, temper.weights), -1};
  if (shape.categories > 0) {
    choice.category = pick(draw, categories, shape.categories, temper.pen);
  } else {
    draw.uniform();
  }
  return choice;
}

void write_outcome(float* out, int category, const float* bernoullis, const Temper& temper, Draw& draw,
                   const MixtureShape& shape) {
  std::fill_n(out, shape.categories, 0.0f);
  if (category >= 0) out[category] = 1;
  for (int b = 0; b < shape.bernoullis; ++b) {
    const float uniform = draw.uniform();
    const bool one = temper.pen == 0 ? bernoullis[b] >= 0 : uniform < fsigmoid(bernoullis[b] / temper.pen);
    out[shape.categories + b] = one ? 1.0f : 0.0f;
  }
}

void sample(float* point, const float* row, const Temper& temper, Draw& draw, const MixtureShape& shape) {
  const auto [k, category] = choose(draw, row, row + shape.categories_at(), temper, shape);
  const float* means = row + shape.means_at() + k * shape.dims;
  const float* scales = row + shape.scales_at() + k * shape.scale_size();
  draw.normals(point, shape.dims);
  for (int i = shape.dims - 1; i >= 0; --i) {  // from the last row up: row i reads the normals 0 … i
    float spread = 0;
    if (shape.triangular) {
      const float* l = scales + i * (i + 1) / 2;
      spread = l[0] * point[0];
      for (int j = 1; j <= i; ++j) spread += l[j] * point[j];
    } else {
      spread = scales[i] * point[i];
    }
    point[i] = place(means[i], spread, temper);
  }
  write_outcome(point + shape.dims, category, row + shape.bernoullis_at(), temper, draw, shape);
}

}  // namespace mdn
