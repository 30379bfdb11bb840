#include "random/draw.h"

#include "kernels/vmath.h"

namespace mdn {

void Draw::normals(float* out, int n) {
  using namespace simd;
  for (int i = 0; i < n; i += 8) {
    const int pairs = n - i < 8 ? (n - i + 1) / 2 : 4;
    float u[4] = {0.5f, 0.5f, 0.5f, 0.5f}, v[4] = {};
    for (int j = 0; j < pairs; ++j) {
      u[j] = uniform();
      v[j] = uniform();
    }
    const F4 radius = sqrt(splat(-2.0f) * log4(set(u[0], u[1], u[2], u[3])));
    F4 sine, cosine;
    sincos_2pi4(set(v[0], v[1], v[2], v[3]), &sine, &cosine);
    float first_of_pair[4], second_of_pair[4];
    store(first_of_pair, radius * cosine);
    store(second_of_pair, radius * sine);
    for (int j = 0; j < pairs; ++j) {
      out[i + 2 * j] = first_of_pair[j];
      if (i + 2 * j + 1 < n) out[i + 2 * j + 1] = second_of_pair[j];
    }
  }
}

namespace {

constexpr int kBlock = 64;

// The masses exp(log_probs[i] - largest); none for NaN.   out [n], log_probs [n]
void masses(float* out, const float* log_probs, int n, float largest) {
  for (int i = 0; i < n; ++i) out[i] = log_probs[i] - largest;
  vexp(out, out, n);
  for (int i = 0; i < n; ++i) out[i] = 0.0f < out[i] ? out[i] : 0.0f;
}

}  // namespace

int Draw::categorical(const float* log_probs, int n) {
  const float u = uniform();
  float largest = -__builtin_inff();
  for (int i = 0; i < n; ++i) largest = largest < log_probs[i] ? log_probs[i] : largest;
  float mass[kBlock];
  float total = 0.0f;
  for (int start = 0; start < n; start += kBlock) {
    const int count = n - start < kBlock ? n - start : kBlock;
    masses(mass, log_probs + start, count, largest);
    for (int i = 0; i < count; ++i) total += mass[i];
  }
  const float target = u * total;
  float sum = 0.0f;
  int last = 0;
  for (int start = 0; start < n; start += kBlock) {
    const int count = n - start < kBlock ? n - start : kBlock;
    if (n > kBlock) masses(mass, log_probs + start, count, largest);  // else they are still there
    for (int i = 0; i < count; ++i) {
      if (!(0.0f < mass[i])) continue;
      sum += mass[i];
      last = start + i;
      if (target < sum) return last;
    }
  }
  return last;
}

}  // namespace mdn
