#include "layers/activations.h"

#include <limits>
#include <string>

#include "kernels/simd.h"
#include "kernels/vmath.h"

namespace mdn {
namespace {

using simd::F4;
using simd::splat;

constexpr const char* kNames[] = {
    "linear",  "relu",        "relu6",        "leaky_relu",     "elu",         "celu",        "selu",
    "gelu",    "gelu_tanh",   "softplus",     "softsign",       "squareplus",  "sparse_plus", "sparse_sigmoid",
    "sigmoid", "log_sigmoid", "hard_sigmoid", "hard_sigmoid_3", "hard_silu",   "silu",        "mish",
    "tanh",    "hard_tanh",   "tanh_shrink",  "hard_shrink",    "soft_shrink", "threshold",   "exponential",
    "softmax", "log_softmax", "sparsemax",
};
constexpr int kCount = static_cast<int>(sizeof kNames / sizeof kNames[0]);
static_assert(kCount == static_cast<int>(Activation::kSparsemax) + 1, "one name for each activation, in order");

struct Alias {
  const char* name;
  Activation activation;
};
constexpr Alias kAliases[] = {{"swish", Activation::kSilu}, {"hard_swish", Activation::kHardSilu}};

// simd::min(a, b) and max(a, b) keep a NaN in a: the number to clip comes first throughout.
F4 clip(F4 x, float low, float high) { return simd::min(simd::max(x, splat(low)), splat(high)); }

F4 relu(F4 x) { return simd::max(x, splat(0.0f)); }
F4 hard_sigmoid_3(F4 x) { return clip(x + splat(3.0f), 0.0f, 6.0f) / splat(6.0f); }

// scale · x above zero, negative_scale · (eˣ − 1) below. Down to −1 the difference comes from t = tanh(x/2) as
// 2t / (1 − t), where nothing cancels.
F4 scaled_elu(F4 x, float scale, float negative_scale) {
  const F4 negative = simd::min(x, splat(0.0f));
  const F4 t = tanh4(negative * splat(0.5f));
  const F4 near = (t + t) / (splat(1.0f) - t);
  const F4 far = exp4(negative) - splat(1.0f);
  const F4 below = splat(negative_scale) * select(x < splat(-1.0f), far, near);
  return select(splat(0.0f) < x, splat(scale) * x, below);
}

// The upper tail of the standard normal distribution, Φ(−a) = ½ erfc(a/√2) for a ≥ 0, to 4 ulp down to the denormal
// numbers. e^(−a²/2) carries the rounding error of a² along (Dekker: a splits into 12 + 12 bits). What is left,
// ½ erfcx(a/√2), is t P(t) with t = 1 / (1 + 0.3 a): P is the polynomial of degree 9 in t − ⅜ with the smallest
// relative error, 3.5e-9, for a ≤ 14.6 (Lawson's reweighted least squares on Chebyshev nodes).
F4 normal_upper_tail(F4 a) {
  constexpr float kP[] = {0.18581065535545349f,  0.25270527601242065f,   0.26700246334075928f,   0.19712795317173004f,
                          0.066940478980541229f, -0.041202764958143234f, -0.055915426462888718f, 0.0046842172741889954f,
                          0.042834583669900894f, -0.020624883472919464f};
  a = simd::min(a, splat(15.0f));  // the tail is 0 in float32 from 14.2
  const F4 high = as_float(as_int(a) & simd::splat_int(~0xfff));
  const F4 low = a - high;
  const F4 square = a * a;
  const F4 square_error = ((high * high - square) + splat(2.0f) * high * low) + low * low;
  const F4 gauss = exp4(splat(-0.5f) * square) * (splat(1.0f) - splat(0.5f) * square_error);

  const F4 t = splat(1.0f) / (splat(1.0f) + splat(0.3f) * a);
  const F4 u = t - splat(0.375f);
  F4 p = splat(kP[9]);
  for (int i = 8; i >= 0; --i) p = p * u + splat(kP[i]);
  return gauss * (t * p);
}

F4 gelu(F4 x) {
  const F4 tail = normal_upper_tail(abs(x));
  return x * select(x < splat(0.0f), tail, splat(1.0f) - tail);
}

// ½ (1 + tanh u) = sigmoid(2u) keeps the digits of the negative side.
F4 gelu_tanh(F4 x) {
  constexpr float kTwoRootTwoOverPi = 1.5957691216057308f;
  return x * sigmoid4(splat(kTwoRootTwoOverPi) * x * (splat(1.0f) + splat(0.044715f) * x * x));
}

// For x < 0, ½ (x + √(x² + 4)) = 2 / (√(x² + 4) − x), without the cancellation. Far out √(x² + 4) is |x|, and x² may
// overflow.
F4 squareplus(F4 x) {
  const F4 size = abs(x);
  const F4 root = select(size < splat(1e6f), sqrt(x * x + splat(4.0f)), size);
  const F4 half_sum = splat(0.5f) * root + splat(0.5f) * size;
  return select(x < splat(0.0f), splat(1.0f) / half_sum, half_sum);
}

F4 sparse_plus(F4 x) {
  const F4 above = simd::max(x, splat(-1.0f)) + splat(1.0f);
  return select(x < splat(1.0f), splat(0.25f) * above * above, x);
}

// With e = eˣ, tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2): all digits where x is negative, exactly 1 from 20 on.
F4 mish(F4 x) {
  const F4 e = exp4(simd::min(x, splat(20.0f)));
  const F4 n = e * (e + splat(2.0f));
  return x * (n / (n + splat(2.0f)));
}

// x − x is 0 here, or NaN where x is.
F4 hard_shrink(F4 x) { return select(splat(0.5f) < abs(x), x, x - x); }

// One loop for each element-wise activation; the last one to three numbers go through the same four lanes.
template <class Function>
[[gnu::noinline]] void each(float* y, int n, Function function) {
  int i = 0;
  for (; i + 4 <= n; i += 4) store(y + i, function(simd::load(y + i)));
  if (i < n) simd::store_part(y + i, function(simd::load_part(y + i, n - i, 0.0f)), n - i);
}

float largest(const float* x, int n) {
  float max = -std::numeric_limits<float>::infinity();
  for (int i = 0; i < n; ++i) max = max < x[i] ? x[i] : max;
  return max;
}

// The sum runs as in log_sum_exp: four partial sums over i mod 4, then (s0 + s1) + (s2 + s3).
void softmax(float* y, int n) {
  const F4 max = splat(largest(y, n));
  F4 sums = splat(0.0f);
  for (int i = 0; i < n; i += 4) {
    const int lanes = n - i < 4 ? n - i : 4;
    const F4 e = exp4(simd::load_part(y + i, lanes, -std::numeric_limits<float>::infinity()) - max);
    sums = sums + e;
    simd::store_part(y + i, e, lanes);
  }
  float s[4];
  store(s, sums);
  const float sum = (s[0] + s[1]) + (s[2] + s[3]);
  each(y, n, [=](F4 x) { return x / splat(sum); });
}

// y = max(x − τ, 0) with τ such that the sum is 1. τ is found without sorting (Michelot 1986): start with every number
// in the support; τ = (sum − 1) / count over it; numbers not above τ leave; repeat until none does. A handful of rounds
// in practice, n at worst. The largest number is taken out first and always stays, since then τ < 0.
void sparsemax(float* y, int n) {
  const float max = largest(y, n);
  each(y, n, [=](F4 x) { return x - splat(max); });
  double tau = -std::numeric_limits<double>::infinity();
  int before = n + 1;
  while (true) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < n; ++i) {
      if (y[i] <= tau) continue;  // a NaN is counted, and so reaches τ and the whole row
      sum += y[i];
      ++count;
    }
    if (count == 0 || count >= before) break;
    tau = (sum - 1) / count;
    before = count;
  }
  for (int i = 0; i < n; ++i) {
    const double above = y[i] - tau;
    y[i] = above < 0 ? 0.0f : static_cast<float>(above);
  }
}

}  // namespace

Status parse_activation(Activation* out, std::string_view name) {
  for (int i = 0; i < kCount; ++i) {
    if (name == kNames[i]) {
      *out = static_cast<Activation>(i);
      return {};
    }
  }
  for (const Alias& alias : kAliases) {
    if (name == alias.name) {
      *out = alias.activation;
      return {};
    }
  }
  if (name == "glu") {
    return Status::error(Code::kUnsupported,
                         "activation 'glu' halves the width of its row; only activations that keep it are supported");
  }
  constexpr std::size_t kShown = 64;  // the name may come from a hostile file
  std::string message = "activation '" + std::string(name.substr(0, kShown)) + (name.size() > kShown ? "…" : "") +
                        "' is not known; the known ones are ";
  for (const char* known : kNames) message.append(known).append(", ");
  message.append("and the aliases swish (silu) and hard_swish (hard_silu)");
  return Status::error(Code::kUnsupported, std::move(message));
}

const char* activation_name(Activation activation) { return kNames[static_cast<int>(activation)]; }

std::span<const char* const> activation_names() { return kNames; }

void activate(float* y, int n, Activation activation) {
  switch (activation) {
    case Activation::kLinear:
      return;
    case Activation::kRelu:
    case Activation::kThreshold:  // at Keras' usual threshold and value, both 0
      return each(y, n, [](F4 x) { return relu(x); });
    case Activation::kRelu6:
      return each(y, n, [](F4 x) { return clip(x, 0.0f, 6.0f); });
    case Activation::kLeakyRelu:
      return each(y, n, [](F4 x) { return select(x < splat(0.0f), splat(0.2f) * x, x); });
    case Activation::kElu:
    case Activation::kCelu:
      return each(y, n, [](F4 x) { return scaled_elu(x, 1.0f, 1.0f); });
    case Activation::kSelu:
      return each(y, n, [](F4 x) { return scaled_elu(x, 1.0507009873554805f, 1.7580993408473766f); });
    case Activation::kGelu:
      return each(y, n, [](F4 x) { return gelu(x); });
    case Activation::kGeluTanh:
      return each(y, n, [](F4 x) { return gelu_tanh(x); });
    case Activation::kSoftplus:
      return vsoftplus(y, y, n);
    case Activation::kSoftsign:
      return each(y, n, [](F4 x) { return x / (splat(1.0f) + abs(x)); });
    case Activation::kSquareplus:
      return each(y, n, [](F4 x) { return squareplus(x); });
    case Activation::kSparsePlus:
      return each(y, n, [](F4 x) { return sparse_plus(x); });
    case Activation::kSparseSigmoid:
      return each(y, n, [](F4 x) { return clip(splat(0.5f) * (x + splat(1.0f)), 0.0f, 1.0f); });
    case Activation::kSigmoid:
      return vsigmoid(y, y, n);
    case Activation::kLogSigmoid:
      return each(y, n, [](F4 x) { return -softplus4(-x); });
    case Activation::kHardSigmoid:
      return vhard_sigmoid(y, y, n);
    case Activation::kHardSigmoid3:
      return each(y, n, [](F4 x) { return hard_sigmoid_3(x); });
    case Activation::kHardSilu:
      return each(y, n, [](F4 x) { return x * hard_sigmoid_3(x); });
    case Activation::kSilu:
      return each(y, n, [](F4 x) { return x * sigmoid4(x); });
    case Activation::kMish:
      return each(y, n, [](F4 x) { return mish(x); });
    case Activation::kTanh:
      return vtanh(y, y, n);
    case Activation::kHardTanh:
      return each(y, n, [](F4 x) { return clip(x, -1.0f, 1.0f); });
    case Activation::kTanhShrink:
      return each(y, n, [](F4 x) { return x - tanh4(x); });
    case Activation::kHardShrink:
      return each(y, n, [](F4 x) { return hard_shrink(x); });
    case Activation::kSoftShrink:
      return each(y, n, [](F4 x) { return x - clip(x, -0.5f, 0.5f); });
    case Activation::kExponential:
      return vexp(y, y, n);
    case Activation::kSoftmax:
      return softmax(y, n);
    case Activation::kLogSoftmax:
      return log_softmax(y, y, n);
    case Activation::kSparsemax:
      return sparsemax(y, n);
  }
}

}  // namespace mdn
