// Panels against the naive loops (same order, so the same bits), against Eigen in float64, and the integer path
// exactly.

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/aligned.h"
#include "bit_hash.h"
#include "doctest/doctest.h"
#include "kernels/naive.h"
#include "kernels/panels.h"
#include "tolerances.h"

namespace {

using mdn::AlignedVector;
using mdn::kPanelRows;
using tolerances::same_bits;

std::size_t size(int n) { return static_cast<std::size_t>(n); }

// A matrix of k rows and n columns, one panel of it packed, a bias and some rows of activations.
struct Problem {
  Problem(int k, int n, int rows, int ldx, std::uint64_t stream)
      : kernel(size(k * n)), bias(kPanelRows), x(size(rows * ldx)), w(size(k * kPanelRows)), columns(kPanelRows) {
    TestData data(stream);
    for (float& v : kernel) v = data.number(0.25f);
    for (float& v : bias) v = data.number(1);
    for (float& v : x) v = data.number(2);
    for (int j = 0; j < kPanelRows; ++j) columns[size(j)] = j % 9 == 8 ? -1 : (j * 7 + 3) % n;
    mdn::pack_panel(w.data(), kernel.data(), k, n, columns.data());
  }
  std::vector<float> kernel, bias, x;
  AlignedVector<float> w;
  std::vector<int> columns;
};

}  // namespace

TEST_CASE("pack_panel picks columns and leaves zeros for -1") {
  const int k = 5, n = 11;
  const Problem p(k, n, 1, k, 10);
  for (int i = 0; i < k; ++i) {
    for (int j = 0; j < kPanelRows; ++j) {
      const int column = p.columns[size(j)];
      CHECK(p.w[size(i * kPanelRows + j)] == (column < 0 ? 0.0f : p.kernel[size(i * n + column)]));
    }
  }
}

TEST_CASE("panel_gemv has the bits of the contract's order and the size of its rounding errors") {
  for (int k : {0, 1, 2, 3, 7, 64, 517}) {
    const int n = 40;
    const Problem p(k, n, 1, std::max(k, 1), 11);
    float acc[kPanelRows];
    mdn::panel_gemv(acc, p.w.data(), p.bias.data(), p.x.data(), k);

    float same_order[kPanelRows];
    mdn::naive::dense(same_order, p.x.data(), p.w.data(), p.bias.data(), k, kPanelRows);
    const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, kPanelRows, Eigen::RowMajor>> w(p.w.data(), k,
                                                                                                kPanelRows);
    const Eigen::Map<const Eigen::VectorXf> x(p.x.data(), k), bias(p.bias.data(), kPanelRows);
    const Eigen::VectorXd exact = bias.cast<double>() + w.transpose().cast<double>() * x.cast<double>();
    const Eigen::VectorXd terms =
        bias.cast<double>().cwiseAbs() + w.transpose().cast<double>().cwiseAbs() * x.cast<double>().cwiseAbs();
    for (int j = 0; j < kPanelRows; ++j) {
      INFO("k = " << k << ", output " << j);
      CHECK(same_bits(acc[j], same_order[j]));
      // Higham, Accuracy and Stability, eq. 3.5: a dot of k terms errs by at most k u / (1 - k u) times the sum of
      // |terms|.
      const double bound = (k + 1) * 0x1p-24 / (1 - (k + 1) * 0x1p-24);
      CHECK(std::fabs(static_cast<double>(acc[j]) - exact[j]) <= bound * terms[j]);
    }
  }
}

TEST_CASE("panel_gemm gives every row the bits of panel_gemv, for any number of rows") {
  for (int rows : {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 64}) {
    for (int k : {1, 5, 127, 128, 129, 300}) {
      const int ldx = k + 3;
      const Problem p(k, 33, rows, ldx, 12);
      std::vector<float> acc(size(rows * kPanelRows + 1), 9.0f);
      mdn::panel_gemm(acc.data(), p.w.data(), p.bias.data(), p.x.data(), ldx, rows, k);
      int different = 0;
      for (int r = 0; r < rows; ++r) {
        float one[kPanelRows];
        mdn::panel_gemv(one, p.w.data(), p.bias.data(), p.x.data() + r * ldx, k);
        for (int j = 0; j < kPanelRows; ++j) different += !same_bits(one[j], acc[size(r * kPanelRows + j)]);
      }
      INFO("rows = " << rows << ", k = " << k);
      CHECK(different == 0);
      CHECK(acc.back() == 9.0f);
    }
  }
}

TEST_CASE("a NaN or an infinity reaches the outputs it belongs to, and no other row") {
  const int k = 6, rows = 5;
  Problem p(k, 33, rows, k, 13);
  p.x[size(2 * k + 4)] = __builtin_nanf("");
  std::vector<float> acc(size(rows * kPanelRows));
  mdn::panel_gemm(acc.data(), p.w.data(), p.bias.data(), p.x.data(), k, rows, k);
  for (int r = 0; r < rows; ++r) CHECK(std::isnan(acc[size(r * kPanelRows)]) == (r == 2));
}

TEST_CASE("panel_gemv_i8 is the exact integer dot") {
  TestData data(14);
  for (int k : {1, 2, 3, 8, 63, 64, 517, 1024}) {
    const int n = 37, padded = k + (k & 1);
    const int limit = (1 << (mdn::activation_bits(k) - 1)) - 1;
    std::vector<std::int8_t> kernel(size(k * n));
    std::vector<std::int16_t> x(size(padded));
    std::vector<int> columns(kPanelRows);
    for (int j = 0; j < kPanelRows; ++j) columns[size(j)] = j == 5 || j == 30 ? -1 : (j * 5 + 1) % n;
    AlignedVector<std::int8_t> w(size(padded * kPanelRows));
    std::vector<std::int64_t> exact(size(n));
    for (int trial = 0; trial < 3; ++trial) {
      // Random numbers, then the two extremes, where the sum comes as close to 2^31 as it may.
      for (auto& v : kernel) v = static_cast<std::int8_t>(trial == 0 ? data.integer(-127, 127) : 127);
      for (int i = 0; i < k; ++i) {
        x[size(i)] = static_cast<std::int16_t>(trial == 0 ? data.integer(-limit, limit) : trial == 1 ? limit : -limit);
      }
      mdn::pack_panel_i8(w.data(), kernel.data(), k, n, columns.data());
      mdn::naive::dense_i8(exact.data(), x.data(), kernel.data(), k, n);
      std::int32_t acc[kPanelRows];
      mdn::panel_gemv_i8(acc, w.data(), x.data(), padded);
      for (int j = 0; j < kPanelRows; ++j) {
        INFO("k = " << k << ", trial " << trial << ", output " << j);
        CHECK(acc[j] == (columns[size(j)] < 0 ? 0 : exact[size(columns[size(j)])]));
      }
    }
  }
}

TEST_CASE("all 255 weights survive packing, -128 included") {
  std::vector<std::int8_t> kernel(2 * 256);
  for (int i = 0; i < 256; ++i) kernel[size(i)] = static_cast<std::int8_t>(i - 128);
  const std::int16_t x[2] = {3, 0};
  for (int start = 0; start < 256; start += kPanelRows) {
    int columns[kPanelRows];
    for (int j = 0; j < kPanelRows; ++j) columns[j] = start + j;
    AlignedVector<std::int8_t> w(2 * kPanelRows);
    mdn::pack_panel_i8(w.data(), kernel.data(), 2, 256, columns);
    std::int32_t acc[kPanelRows];
    mdn::panel_gemv_i8(acc, w.data(), x, 2);
    for (int j = 0; j < kPanelRows; ++j) CHECK(acc[j] == 3 * (start + j - 128));
  }
}

TEST_CASE("activation_bits is the widest that cannot overflow") {
  for (int k : {1, 2, 64, 516, 517, 1032, 1033, 2064, 2065, 100000}) {
    const int bits = mdn::activation_bits(k);
    const auto largest = [&](int b) { return std::int64_t{k} * 127 * ((1 << (b - 1)) - 1); };
    INFO("k = " << k << ", bits = " << bits);
    CHECK(largest(bits) < (std::int64_t{1} << 31));
    CHECK((bits == 16 || largest(bits + 1) >= (std::int64_t{1} << 31)));
  }
  CHECK(mdn::activation_bits(516) == 16);
  CHECK(mdn::activation_bits(517) == 15);
}

TEST_CASE("quantise_i16 rounds half to even, clamps, and makes 0 of NaN") {
  const float inf = __builtin_inff();
  const std::vector<float> x = {
      0.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 7.0f, 8.0f, 100.0f, -100.0f, inf, -inf, __builtin_nanf(""), -7.4f};
  const std::vector<int> expected = {0, 0, 2, 2, 0, -2, -2, 7, 7, 7, -7, 7, -7, 0, -7};
  std::vector<std::int16_t> out(x.size() + 1, 99);
  CHECK(mdn::quantise_i16(out.data(), x.data(), static_cast<int>(x.size()), 7.0f, 4) == 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO(x[i]);
    CHECK(out[i] == expected[i]);
  }
  CHECK(out.back() == 99);

  TestData data(15);
  for (int bits : {2, 8, 13, 14, 15, 16}) {
    for (int n = 0; n < 20; ++n) {
      std::vector<float> values(size(n));
      for (float& v : values) v = data.number(2);
      std::vector<std::int16_t> quantised(values.size());
      const float step = mdn::quantise_i16(quantised.data(), values.data(), n, 1.5f, bits);
      CHECK(step == 1.5f / static_cast<float>((1 << (bits - 1)) - 1));
      for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(quantised[i] == mdn::naive::quantise(values[i], 1.5f, bits));
        const double clamped = std::clamp(static_cast<double>(values[i]), -1.5, 1.5);
        CHECK(std::fabs(quantised[i] * static_cast<double>(step) - clamped) <= 0.501 * static_cast<double>(step));
      }
    }
  }
}

TEST_CASE("panels have the same bits in every build") {
  BitHash hash;
  for (int k : {1, 5, 130, 517}) {
    const Problem p(k, 64, 7, k, 16);
    std::vector<float> acc(size(7 * kPanelRows));
    mdn::panel_gemm(acc.data(), p.w.data(), p.bias.data(), p.x.data(), k, 7, k);
    hash.add(acc.data(), static_cast<int>(acc.size()));
    std::vector<std::int16_t> x(p.x.size() + 1);
    const int padded = k + (k & 1);
    hash.add(mdn::quantise_i16(x.data(), p.x.data(), k, 2.0f, mdn::activation_bits(k)));
    std::vector<std::int8_t> kernel(p.kernel.size());
    TestData data(17);
    for (auto& v : kernel) v = static_cast<std::int8_t>(data.integer(-127, 127));
    AlignedVector<std::int8_t> w(size(padded * kPanelRows));
    mdn::pack_panel_i8(w.data(), kernel.data(), k, 64, p.columns.data());
    x[size(k)] = 0;
    std::int32_t sums[kPanelRows];
    mdn::panel_gemv_i8(sums, w.data(), x.data(), padded);
    hash.add(sums, kPanelRows);
  }
  CHECK(hash.value() == 0x97cab4bf90558a34u);
}
