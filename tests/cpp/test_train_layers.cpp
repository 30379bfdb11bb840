// The pieces of training below the network: packed batches, matrix products, activations' derivatives, dropout, and the
// LSTM over batches against the LSTM of inference.
#include <numeric>

#include "kernels/gemm_train.h"
#include "layers/lstm.h"
#include "layers/lstm_train.h"
#include "train_support.h"

namespace mdn {
namespace {

using namespace test;

TEST_CASE("packed steps hold every row of every sequence once, time by time") {
  PackedSteps steps;
  steps.assign(std::vector<int>{5, 3, 3, 1});
  CHECK(steps.sequences() == 4);
  CHECK(steps.steps() == 5);
  CHECK(steps.total() == 12);
  const int rows[] = {4, 3, 3, 1, 1};
  for (int t = 0; t < 5; ++t) CHECK(steps.rows(t) == rows[t]);
  CHECK(steps.row(2, 2) == 9);
  const PackedSteps window = steps.window(2, 4);
  CHECK(window.sequences() == 3);
  CHECK(window.steps() == 2);
  CHECK(window.total() == 4);
  CHECK(steps.window(4, 9).total() == 1);
  steps.assign({});
  CHECK(steps.total() == 0);
  CHECK(steps.steps() == 0);
}

template <class T>
void check_products(int m, int k, int n) {
  const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  const std::vector<T> a = random_numbers<T>(size(m, k), 1, 1), b = random_numbers<T>(size(k, n), 1, 2);
  const std::vector<T> start = random_numbers<T>(size(m, n), 1, 3);
  // The sum in double, in any order, is exact to 1e-16 k: the reference for both types.
  const auto expected = [&](int i, int j) {
    double sum = static_cast<double>(start[size(i, n) + static_cast<std::size_t>(j)]);
    for (int l = 0; l < k; ++l) {
      sum += static_cast<double>(a[size(i, k) + static_cast<std::size_t>(l)]) *
             static_cast<double>(b[size(l, n) + static_cast<std::size_t>(j)]);
    }
    return sum;
  };
  std::vector<T> transposed_b(size(n, k)), transposed_a(size(k, m));
  for (int i = 0; i < k; ++i) {
    for (int j = 0; j < n; ++j)
      transposed_b[size(j, k) + static_cast<std::size_t>(i)] = b[size(i, n) + static_cast<std::size_t>(j)];
    for (int j = 0; j < m; ++j)
      transposed_a[size(i, m) + static_cast<std::size_t>(j)] = a[size(j, k) + static_cast<std::size_t>(i)];
  }
  PackedMatrix<T> packed, packed_transposed;
  packed.pack(b.data(), n, k, n);
  packed_transposed.pack_transposed(transposed_b.data(), k, k, n);
  std::vector<T> plain = start, from_transposed = start, gradient = start;
  gemm(plain.data(), n, a.data(), k, packed, m);
  gemm(from_transposed.data(), n, a.data(), k, packed_transposed, m);
  GemmScratch<T> scratch;
  gemm_transposed(gradient.data(), n, transposed_a.data(), m, b.data(), n, k, m, n, scratch);
  CHECK(plain == from_transposed);
  double worst = 0;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      for (const auto* result : {&plain, &gradient}) {
        const auto got = static_cast<double>((*result)[size(i, n) + static_cast<std::size_t>(j)]);
        worst = std::max(worst, std::fabs(got - expected(i, j)));
      }
    }
  }
  // k roundings of numbers below √k: eps · k^1.5.
  CHECK(worst <= std::numeric_limits<T>::epsilon() * std::pow(k + 1, 1.5));

  // One row has the bits it has in the batch.
  std::vector<T> alone(start.end() - n, start.end());
  gemm(alone.data(), n, a.data() + size(m - 1, k), k, packed, 1);
  CHECK(std::equal(alone.begin(), alone.end(), plain.end() - n));
}

TEST_CASE("matrix products of odd and even sizes, float and double") {
  for (const int m : {1, 3, 8, 13}) {
    for (const int n : {1, 16, 33, 70}) {
      check_products<float>(m, 7, n);
      check_products<double>(m, 7, n);
    }
  }
  check_products<float>(5, 600, 40);  // more than one block of rows for gemm_transposed
  check_products<double>(5, 600, 40);
}

TEST_CASE("derivatives of activations, against central differences") {
  int trained = 0;
  for (const char* name : activation_names()) {
    Activation activation{};
    REQUIRE(parse_activation(&activation, name).ok());
    if (!check_trainable(activation).ok()) continue;
    ++trained;
    for (const double x : {-5.3, -1.7, -0.4, 0.3, 1.9, 4.1, 7.7}) {
      constexpr double kStep = 1e-6;
      double above = x + kStep, below = x - kStep, y = x, derivative = 1;
      activate_train(&above, 1, activation);
      activate_train(&below, 1, activation);
      activate_train(&y, 1, activation);
      activation_backward(&derivative, &y, 1, activation);
      CHECK_MESSAGE(std::fabs(derivative - (above - below) / (2 * kStep)) < 1e-7 * std::max(1.0, std::fabs(y)), name,
                    " at ", x);
      // The float version is inference's own; the double one must be the same function.
      auto inference = static_cast<float>(x);
      activate_train(&inference, 1, activation);
      CHECK_MESSAGE(std::fabs(static_cast<double>(inference) - y) < 1e-5 * std::max(1.0, std::fabs(y)), name, " at ",
                    x);
    }
  }
  CHECK(trained == 14);
  CHECK(check_trainable(Activation::kGelu).code == Code::kUnsupported);
}

// An LSTM with a class, its weights in both forms.
struct BothLstms {
  static constexpr int kInputs = 3, kUnits = 11, kEmbedding = 4;
  LstmSizes sizes{kInputs, kUnits, kEmbedding};
  std::vector<float> kernel = random_numbers<float>(kInputs * 4 * kUnits, 0.6, 1);
  std::vector<float> recurrent = random_numbers<float>(kUnits * 4 * kUnits, 0.6, 2);
  std::vector<float> bias = random_numbers<float>(4 * kUnits, 0.6, 3);
  std::vector<float> class_kernel = random_numbers<float>(kEmbedding * 4 * kUnits, 0.6, 4);
  std::vector<float> state_kernel = random_numbers<float>(kEmbedding * 2 * kUnits, 0.6, 5);
  std::vector<float> state_bias = random_numbers<float>(2 * kUnits, 0.6, 6);
  LstmParameters<float> parameters{kernel.data(),       recurrent.data(),    bias.data(),
                                   class_kernel.data(), state_kernel.data(), state_bias.data()};
  LstmPacked<float> packed;
  Lstm inference;

  explicit BothLstms(Activation recurrent_activation) {
    sizes.recurrent_activation = recurrent_activation;
    packed.pack(parameters, sizes);
    LstmWeights weights;
    weights.kernel = kernel.data();
    weights.recurrent_kernel = recurrent.data();
    weights.bias = bias.data();
    weights.class_kernel = class_kernel.data();
    weights.class_state_kernel = state_kernel.data();
    weights.class_state_bias = state_bias.data();
    LstmOptions options;
    options.recurrent_activation = recurrent_activation;
    REQUIRE(inference.pack(weights, kInputs, kUnits, kEmbedding, options));
  }
};

TEST_CASE("the LSTM over a packed batch is the LSTM of inference, row by row, also in windows") {
  for (const Activation activation : {Activation::kSigmoid, Activation::kHardSigmoid, Activation::kHardSigmoid3}) {
    BothLstms lstm(activation);
    const std::vector<int> lengths = {9, 6, 2};
    PackedSteps steps;
    steps.assign(lengths);
    const std::vector<float> x =
        random_numbers<float>(static_cast<std::size_t>(steps.total() * BothLstms::kInputs), 1, 7);
    const std::vector<float> embedding = random_numbers<float>(lengths.size() * BothLstms::kEmbedding, 1, 8);
    LstmTape<float> tape;
    lstm_forward(tape, lstm.parameters, lstm.packed, x.data(), embedding.data(), static_cast<const float*>(nullptr), {},
                 steps, lstm.sizes);

    double worst = 0;
    for (int s = 0; s < steps.sequences(); ++s) {
      std::vector<float> bias(static_cast<std::size_t>(lstm.inference.bias_size()));
      std::vector<float> state(static_cast<std::size_t>(lstm.inference.state_size()));
      std::vector<float> h(static_cast<std::size_t>(lstm.inference.width()));
      lstm.inference.start(bias.data(), state.data(), embedding.data() + s * BothLstms::kEmbedding);
      for (int t = 0; t < lengths[static_cast<std::size_t>(s)]; ++t) {
        const std::ptrdiff_t row = steps.row(s, t);
        std::copy_n(x.data() + row * BothLstms::kInputs, BothLstms::kInputs, lstm.inference.input(state.data()));
        lstm.inference.forward(h.data(), lstm.inference.width(), state.data(), lstm.inference.state_size(), bias.data(),
                               1, nullptr);
        for (int u = 0; u < BothLstms::kUnits; ++u) {
          const float got = tape.hidden.data()[row * BothLstms::kUnits + u];
          worst = std::max(worst, static_cast<double>(std::fabs(got - h[static_cast<std::size_t>(u)])));
        }
      }
    }
    CHECK(worst < 1e-6);  // h is below 1; a dozen roundings a step, damped by the gates

    // The first two rows of all sequences, then the rest from the state they end in: the same bits.
    PackedSteps first, second;
    first.assign(std::vector<int>{2, 2, 2});
    second.assign(std::vector<int>{7, 4});
    LstmTape<float> window;
    std::vector<float> state(lengths.size() * 2 * BothLstms::kUnits);
    lstm_forward(window, lstm.parameters, lstm.packed, x.data(), embedding.data(), static_cast<const float*>(nullptr),
                 {}, first, lstm.sizes);
    lstm_final_state(state.data(), window, first, lstm.sizes);
    lstm_forward(window, lstm.parameters, lstm.packed, x.data() + first.total() * BothLstms::kInputs, embedding.data(),
                 state.data(), {}, second, lstm.sizes);
    for (int i = 0; i < second.total() * BothLstms::kUnits; ++i) {
      REQUIRE(window.hidden.data()[i] == tape.hidden.data()[first.total() * BothLstms::kUnits + i]);
    }
  }
}

TEST_CASE("recurrent dropout keeps the given share, and belongs to stream and time alone") {
  BothLstms lstm(Activation::kSigmoid);
  PackedSteps steps;
  steps.assign(std::vector<int>(20, 50));
  const std::vector<float> x(static_cast<std::size_t>(steps.total() * BothLstms::kInputs));
  const std::vector<float> embedding(20 * BothLstms::kEmbedding);
  LstmTape<float> tape, other;
  lstm_forward(tape, lstm.parameters, lstm.packed, x.data(), embedding.data(), static_cast<const float*>(nullptr),
               {0.9f, 3, 100, 0}, steps, lstm.sizes);
  const int cells = steps.total() * BothLstms::kUnits;
  const int kept = std::accumulate(tape.kept.data(), tape.kept.data() + cells, 0);
  // 11,000 draws: a standard deviation of 0.003; the seed is fixed.
  CHECK(std::fabs(static_cast<double>(kept) / cells - 0.9) < 0.009);

  // Sequence 3 alone, with its own stream, has the mask it had in the batch.
  PackedSteps alone;
  alone.assign(std::vector<int>{50});
  lstm_forward(other, lstm.parameters, lstm.packed, x.data(), embedding.data(), static_cast<const float*>(nullptr),
               {0.9f, 3, 103, 0}, alone, lstm.sizes);
  for (int t = 0; t < 50; ++t) {
    const std::uint8_t* in_batch = tape.kept.data() + steps.row(3, t) * BothLstms::kUnits;
    CHECK(std::equal(in_batch, in_batch + BothLstms::kUnits, other.kept.data() + t * BothLstms::kUnits));
  }
}

}  // namespace
}  // namespace mdn
