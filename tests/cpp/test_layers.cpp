// Dense and LSTM layers against the naive versions in float64 and against a loop of this file's own, in every
// convention; a batch against its rows, bit for bit.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "bit_hash.h"
#include "doctest/doctest.h"
#include "kernels/naive.h"
#include "layers/activations.h"
#include "layers/dense.h"
#include "layers/lstm.h"
#include "tolerances.h"

namespace {

using mdn::Activation;
using mdn::AlignedVector;
using mdn::Dense;
using mdn::GateOrder;
using mdn::Lstm;
using mdn::LstmOptions;
using mdn::LstmWeights;
using tolerances::same_bits;

std::size_t size(int n) { return static_cast<std::size_t>(n); }

std::vector<float> numbers(TestData& data, int n, float spread) {
  std::vector<float> out(size(n));
  for (float& value : out) value = data.number(1) * spread;
  return out;
}

std::vector<double> wide(const std::vector<float>& values) { return {values.begin(), values.end()}; }

// Rounding errors of float32 in units whose sums are of order 1.
constexpr double kTolerance = 2e-6;

bool close(float got, double expected) {
  return std::fabs(got - expected) <= kTolerance * std::max(1.0, std::fabs(expected));
}

// ---- dense ----

struct DenseProblem {
  DenseProblem(int inputs, int units, Activation activation, std::uint64_t seed) : data(seed) {
    kernel = numbers(data, inputs * units, 2 / std::sqrt(static_cast<float>(inputs)));
    bias = numbers(data, units, 1);
    REQUIRE(layer.pack(kernel.data(), bias.data(), inputs, units, activation));
  }
  TestData data;
  std::vector<float> kernel, bias;
  Dense layer;
};

// ---- the LSTM, once more, as its header states it ----

// Weights in the order i, f, g, o, in float64; E = 0 without conditioning.
struct LstmReference {
  int inputs, units;
  std::vector<double> kernel, recurrent, bias;  // [inputs, 4U], [U, 4U], [4U]
  double forget_bias;
  Activation squash;
  std::vector<double> h, c;

  double gate(double x) const {
    if (squash == Activation::kSigmoid) return 1 / (1 + std::exp(-x));
    return std::min(std::max(squash == Activation::kHardSigmoid ? 0.2 * x + 0.5 : (x + 3) / 6, 0.0), 1.0);
  }
  void step(const std::vector<double>& x, const std::vector<double>& seen_h) {
    std::vector<double> next(h.size());
    for (int u = 0; u < units; ++u) {
      double a[4];
      for (int g = 0; g < 4; ++g) {
        const std::size_t column = size(g * units + u), width = size(4 * units);
        a[g] = bias[column] + (g == 1 ? forget_bias : 0.0);
        for (std::size_t i = 0; i < x.size(); ++i) a[g] += x[i] * kernel[i * width + column];
        for (std::size_t i = 0; i < h.size(); ++i) a[g] += seen_h[i] * recurrent[i * width + column];
      }
      double& cell = c[size(u)];
      cell = gate(a[1]) * cell + gate(a[0]) * std::tanh(a[2]);
      next[size(u)] = gate(a[3]) * std::tanh(cell);
    }
    h = next;
  }
};

// A layer with random weights, its reference, and room for one sequence.
struct LstmProblem {
  LstmProblem(int inputs_, int units_, const LstmOptions& options, bool integer, int embedded_ = 0,
              std::uint64_t seed = 1)
      : inputs(inputs_), units(units_), embedded(embedded_), data(seed) {
    const int width = 4 * units;
    const float spread = 2 / std::sqrt(static_cast<float>(units));
    kernel = numbers(data, inputs * width, 1);
    bias = numbers(data, width, 0.5f);
    recurrent = numbers(data, units * width, spread);
    for (int j = 0; integer && j < width; ++j) scale.push_back(spread / static_cast<float>(data.integer(100, 200)));
    for (std::size_t i = 0; integer && i < recurrent.size(); ++i) {
      narrow.push_back(static_cast<std::int8_t>(i % 7 == 0 ? -128 : data.integer(-127, 127)));
      recurrent[i] = static_cast<float>(narrow[i]) * scale[i % scale.size()];
    }
    class_kernel = numbers(data, embedded * width, 0.5f);
    class_state_kernel = numbers(data, embedded * 2 * units, 0.5f);
    class_state_bias = numbers(data, embedded > 0 ? 2 * units : 0, 0.5f);
    embedding = numbers(data, embedded, 1);

    LstmWeights weights;
    weights.kernel = kernel.data();
    weights.bias = bias.data();
    weights.recurrent_kernel = integer ? nullptr : recurrent.data();
    weights.recurrent_int8 = integer ? narrow.data() : nullptr;
    weights.recurrent_scale = integer ? scale.data() : nullptr;
    if (embedded > 0) {
      weights.class_kernel = class_kernel.data();
      weights.class_state_kernel = class_state_kernel.data();
      weights.class_state_bias = class_state_bias.data();
    }
    REQUIRE(layer.pack(weights, inputs, units, embedded, options));
    session_bias = AlignedVector<float>(size(layer.bias_size()));
    state = AlignedVector<float>(size(layer.state_size()));
    y = AlignedVector<float>(size(layer.width()));
    scratch = AlignedVector<std::int16_t>(size(layer.scratch_size()));
    order = options.gates;
    reference = {inputs,
                 units,
                 sorted(kernel, inputs),
                 sorted(recurrent, units),
                 sorted(bias, 1),
                 static_cast<double>(options.forget_bias),
                 options.recurrent_activation,
                 std::vector<double>(size(units)),
                 std::vector<double>(size(units))};
    start();
  }

  void start() { layer.start(session_bias.data(), state.data(), embedded > 0 ? embedding.data() : nullptr); }

  std::vector<float> step(const std::vector<float>& x) {
    std::copy(x.begin(), x.end(), layer.input(state.data()));
    layer.forward(y.data(), layer.width(), state.data(), layer.state_size(), session_bias.data(), 1, scratch.data());
    return {y.data(), y.data() + units};
  }

  // Columns as i, f, g, o, whatever the order they are stored in.
  std::vector<double> sorted(const std::vector<float>& values, int rows) const {
    const int blocks[] = {0, order == GateOrder::kInputCellForgetOutput ? 2 : 1,
                          order == GateOrder::kInputCellForgetOutput ? 1 : 2, 3};
    std::vector<double> out;
    for (int r = 0; r < rows; ++r) {
      for (const int block : blocks) {
        for (int u = 0; u < units; ++u) out.push_back(values[size((r * 4 + block) * units + u)]);
      }
    }
    return out;
  }

  int inputs, units, embedded;
  TestData data;
  GateOrder order = GateOrder::kInputForgetCellOutput;
  std::vector<float> kernel, recurrent, bias, scale, class_kernel, class_state_kernel, class_state_bias, embedding;
  std::vector<std::int8_t> narrow;
  Lstm layer;
  LstmReference reference;
  AlignedVector<float> session_bias, state, y;
  AlignedVector<std::int16_t> scratch;
};

constexpr GateOrder kOrders[] = {GateOrder::kInputForgetCellOutput, GateOrder::kInputCellForgetOutput};
constexpr Activation kSquashes[] = {Activation::kSigmoid, Activation::kHardSigmoid, Activation::kHardSigmoid3};

LstmOptions options_of(GateOrder gates, float forget_bias, Activation squash) { return {gates, forget_bias, squash}; }

}  // namespace

TEST_CASE("a dense layer is that of the naive loop, for any size, and zero in the padding") {
  for (const int units : {1, 2, 3, 7, 8, 17, 31, 32, 33, 63, 64, 65}) {
    for (const int inputs : {1, 2, 5, 127, 128, 129, 300}) {
      DenseProblem p(inputs, units, Activation::kLinear, 50);
      CHECK(p.layer.width() == (units + 31) / 32 * 32);
      const std::vector<float> x = numbers(p.data, inputs, 2);
      AlignedVector<float> y(size(p.layer.width()));
      std::fill(y.begin(), y.end(), 7.0f);
      p.layer.forward(y.data(), p.layer.width(), x.data(), inputs, 1);
      std::vector<double> expected(size(units));
      mdn::naive::dense(expected.data(), wide(x).data(), wide(p.kernel).data(), wide(p.bias).data(), inputs, units);
      int wrong = 0;
      for (int j = 0; j < units; ++j) wrong += !close(y[size(j)], expected[size(j)]);
      for (int j = units; j < p.layer.width(); ++j) wrong += y[size(j)] != 0;
      CHECK_MESSAGE(wrong == 0, units << " units of " << inputs << " inputs");
    }
  }
}

TEST_CASE("a dense layer applies its activation to each row, and to nothing beyond its units") {
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kSoftmax, Activation::kExponential}) {
    DenseProblem p(9, 13, activation, 51);
    DenseProblem linear(9, 13, Activation::kLinear, 51);
    const std::vector<float> x = numbers(p.data, 3 * 9, 2);
    AlignedVector<float> y(size(3 * 32)), z(size(3 * 32));
    p.layer.forward(y.data(), 32, x.data(), 9, 3);
    linear.layer.forward(z.data(), 32, x.data(), 9, 3);
    for (int r = 0; r < 3; ++r) mdn::activate(z.data() + 32 * r, 13, activation);
    CHECK(std::equal(y.begin(), y.end(), z.begin()));
    for (int j = 13; j < 32; ++j) CHECK(y[size(j)] == 0);
  }
}

TEST_CASE("a dense layer gives a row the same bits in any batch") {
  constexpr int kInputs = 131, kUnits = 45, kStride = 140, kWidth = 64;
  DenseProblem p(kInputs, kUnits, Activation::kTanh, 52);
  constexpr int kRows = 130;
  const std::vector<float> x = numbers(p.data, kRows * kStride, 2);
  std::vector<float> single(size(kRows * kWidth));
  for (int r = 0; r < kRows; ++r) {
    p.layer.forward(single.data() + r * kWidth, kWidth, x.data() + r * kStride, kStride, 1);
  }
  for (const int rows : {1, 2, 3, 4, 5, 7, 63, 64, 65, 66, 129, 130}) {
    std::vector<float> batch(size(rows * kWidth + 1), 9.0f);
    p.layer.forward(batch.data(), kWidth, x.data(), kStride, rows);
    int different = 0;
    for (int i = 0; i < rows * kWidth; ++i) different += !same_bits(batch[size(i)], single[size(i)]);
    CHECK_MESSAGE(different == 0, rows << " rows");
    CHECK(batch.back() == 9.0f);
  }
}

TEST_CASE("the naive LSTM and the loop of this file are the same function") {
  for (const GateOrder order : kOrders) {
    for (const bool hard : {false, true}) {
      LstmProblem p(3, 5, options_of(order, 1, hard ? Activation::kHardSigmoid : Activation::kSigmoid), false);
      std::vector<double> h(5), c(5);
      const bool swapped = order == GateOrder::kInputCellForgetOutput;
      for (int t = 0; t < 5; ++t) {
        const std::vector<double> x = wide(numbers(p.data, 3, 2));
        mdn::naive::lstm_cell(h.data(), c.data(), x.data(), wide(p.kernel).data(), wide(p.recurrent).data(),
                              wide(p.bias).data(), 3, 5, {swapped ? "igfo" : "ifgo", 1, hard});
        p.reference.step(x, p.reference.h);
        for (std::size_t u = 0; u < 5; ++u) {
          CHECK(h[u] == doctest::Approx(p.reference.h[u]).epsilon(1e-13));
          CHECK(c[u] == doctest::Approx(p.reference.c[u]).epsilon(1e-13));
        }
      }
    }
  }
}

TEST_CASE("an LSTM in float32 follows the reference, in every convention and for odd sizes") {
  for (const GateOrder order : kOrders) {
    for (const Activation squash : kSquashes) {
      for (const float forget_bias : {0.0f, 1.0f}) {
        for (int units = 1; units <= 17; ++units) {
          LstmProblem p(1 + units % 5, units, options_of(order, forget_bias, squash), false);
          int wrong = 0;
          for (int t = 0; t < 12; ++t) {
            const std::vector<float> x = numbers(p.data, p.inputs, 2);
            const std::vector<float> h = p.step(x);
            p.reference.step(wide(x), p.reference.h);
            for (int u = 0; u < units; ++u) wrong += !close(h[size(u)], p.reference.h[size(u)]);
          }
          CHECK_MESSAGE(wrong == 0, units << " units, order " << static_cast<int>(order) << ", activation "
                                          << mdn::activation_name(squash) << ", forget bias " << forget_bias);
          for (int u = units; u < p.layer.width(); ++u) CHECK(p.y[size(u)] == 0);
        }
      }
    }
  }
}

// What the engine does in int8 is exact but for the rounding of h to fixed point: the reference sees the rounded h, and
// agrees to float32. -128 among the weights included.
TEST_CASE("an LSTM in int8 follows the reference that sees h in fixed point") {
  for (const GateOrder order : kOrders) {
    for (const Activation squash : kSquashes) {
      for (int units = 1; units <= 17; ++units) {
        LstmProblem p(3, units, options_of(order, 1, squash), true);
        const int bits = mdn::activation_bits(units + units % 2);
        const double limit = (1 << (bits - 1)) - 1;
        int wrong = 0;
        for (int t = 0; t < 12; ++t) {
          // From the layer's own h, so that a rounding that falls the other way does not spread.
          std::vector<double> seen;
          const float* own = p.layer.hidden(p.state.data());
          for (int u = 0; u < units; ++u) {
            seen.push_back(mdn::naive::quantise(static_cast<float>(own[u]), 1.0f, bits) / limit);
            p.reference.c[size(u)] = own[p.layer.width() + u];
          }
          const std::vector<float> x = numbers(p.data, p.inputs, 2);
          const std::vector<float> h = p.step(x);
          p.reference.step(wide(x), seen);
          for (int u = 0; u < units; ++u) wrong += !close(h[size(u)], p.reference.h[size(u)]);
        }
        CHECK_MESSAGE(wrong == 0, units << " units");
      }
    }
  }
}

TEST_CASE("an LSTM in int8 stays close to one that computes with the same weights in float64") {
  LstmProblem p(5, 64, options_of(kOrders[0], 0, Activation::kSigmoid), true);
  double most = 0;
  for (int t = 0; t < 100; ++t) {
    const std::vector<float> x = numbers(p.data, p.inputs, 1);
    const std::vector<float> h = p.step(x);
    p.reference.step(wide(x), p.reference.h);
    for (int u = 0; u < p.units; ++u) most = std::max(most, std::fabs(h[size(u)] - p.reference.h[size(u)]));
  }
  CHECK(most < 1e-3);  // h is rounded to 3e-5
  CHECK(most > 1e-7);  // but it is rounded
}

TEST_CASE("a class feeds the gates and the first state") {
  for (const bool integer : {false, true}) {
    for (const GateOrder order : kOrders) {
      for (const int units : {1, 7, 8, 17}) {
        LstmProblem p(2, units, options_of(order, 1, Activation::kSigmoid), integer, 3);
        const std::vector<double> fed = p.sorted(p.class_kernel, 3);
        for (int e = 0; e < 3; ++e) {
          for (int j = 0; j < 4 * units; ++j)
            p.reference.bias[size(j)] += p.embedding[size(e)] * fed[size(e * 4 * units + j)];
        }
        for (int u = 0; u < units; ++u) {
          double start[2];
          for (int part = 0; part < 2; ++part) {
            start[part] = p.class_state_bias[size(part * units + u)];
            for (int e = 0; e < 3; ++e) {
              start[part] += static_cast<double>(p.embedding[size(e)]) *
                             p.class_state_kernel[size(e * 2 * units + part * units + u)];
            }
          }
          p.reference.h[size(u)] = std::tanh(start[0]);
          p.reference.c[size(u)] = std::tanh(start[1]);
          CHECK(close(p.layer.hidden(p.state.data())[u], p.reference.h[size(u)]));
          CHECK(close(p.layer.hidden(p.state.data())[p.layer.width() + u], p.reference.c[size(u)]));
        }
        int wrong = 0;
        for (int t = 0; t < 3; ++t) {
          const std::vector<float> x = numbers(p.data, 2, 1);
          const std::vector<float> h = p.step(x);
          p.reference.step(wide(x), p.reference.h);
          for (int u = 0; u < units; ++u) {
            wrong += !(std::fabs(h[size(u)] - p.reference.h[size(u)]) <= (integer ? 5e-4 : kTolerance));
          }
        }
        CHECK_MESSAGE(wrong == 0, units << " units, integer " << integer);
        // Without a class the same layer starts from nothing.
        p.layer.start(p.session_bias.data(), p.state.data(), nullptr);
        for (const float value : p.state) CHECK(value == 0);
      }
    }
  }
}

TEST_CASE("an LSTM gives a sequence the same bits in any batch") {
  constexpr int kRows = 130, kSteps = 3;
  for (const bool integer : {false, true}) {
    for (const int units : {5, 8, 33}) {
      LstmProblem p(3, units, options_of(kOrders[1], 1, Activation::kSigmoid), integer);
      const int state = p.layer.state_size(), width = p.layer.width();
      const std::vector<float> x = numbers(p.data, kSteps * kRows * 3, 2);
      const auto run = [&](int first, int rows, std::vector<float>* out) {
        AlignedVector<float> states(size(rows * state)), y(size(rows * width));
        AlignedVector<std::int16_t> scratch(size(std::min(rows, Lstm::kChunk) * p.layer.scratch_size()));
        for (int t = 0; t < kSteps; ++t) {
          for (int r = 0; r < rows; ++r) {
            const float* from = x.data() + (t * kRows + first + r) * 3;
            std::copy(from, from + 3, p.layer.input(states.data() + r * state));
          }
          p.layer.forward(y.data(), width, states.data(), state, p.session_bias.data(), rows, scratch.data());
        }
        out->insert(out->end(), y.begin(), y.end());
        for (int r = 0; r < rows; ++r) {  // c too
          const float* c = p.layer.hidden(states.data() + r * state) + width;
          out->insert(out->end(), c, c + width);
        }
      };
      std::vector<std::vector<float>> single(kRows);
      for (int r = 0; r < kRows; ++r) run(r, 1, &single[size(r)]);
      for (const int rows : {2, 3, 4, 5, 7, 63, 64, 65, 129, 130}) {
        std::vector<float> batch;
        run(0, rows, &batch);
        int different = 0;
        for (int r = 0; r < rows; ++r) {
          for (int u = 0; u < width; ++u) {
            different += !same_bits(batch[size(r * width + u)], single[size(r)][size(u)]);
            different += !same_bits(batch[size((rows + r) * width + u)], single[size(r)][size(width + u)]);
          }
        }
        CHECK_MESSAGE(different == 0, rows << " rows of " << units << " units, integer " << integer);
      }
    }
  }
}

TEST_CASE("gates far out saturate and NaN stays NaN") {
  LstmProblem p(1, 2, options_of(kOrders[0], 0, Activation::kSigmoid), false);
  const std::vector<float> far = p.step({1e6f});
  for (const float h : far) CHECK(std::fabs(h) <= 1);
  const std::vector<float> nan = p.step({NAN});
  for (const float h : nan) CHECK(std::isnan(h));
}

TEST_CASE("layers have the same bits in every build") {
  BitHash hash;
  for (const bool integer : {false, true}) {
    for (const Activation squash : kSquashes) {
      LstmProblem p(5, 37, options_of(kOrders[1], 1, squash), integer, 4);
      for (int t = 0; t < 30; ++t) {
        const std::vector<float> h = p.step(numbers(p.data, 5, 1));
        hash.add(h.data(), 37);
      }
    }
  }
  DenseProblem dense(37, 41, Activation::kGelu, 53);
  const std::vector<float> x = numbers(dense.data, 5 * 37, 2);
  std::vector<float> y(size(5 * 64));
  dense.layer.forward(y.data(), 64, x.data(), 37, 5);
  hash.add(y.data(), 5 * 64);
  CHECK(hash.value() == 0x66f263989dde59bau);
}
