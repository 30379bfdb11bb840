// Samples of the canonical mixture: the documented order of the random numbers, and the statistics of draws against the
// probabilities and moments of the row (chi-square, standard errors).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "doctest/doctest.h"
#include "kernels/vmath.h"
#include "mixture_support.h"
#include "mixtures/mixture.h"

namespace {

using mdn::Draw;
using mdn::MixtureShape;
using mdn::Temper;
using namespace mixture_support;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("a sample takes its random numbers in the documented order") {
  const Row row = small_row();
  for (std::uint32_t position = 0; position < 200; ++position) {
    float point[7];
    Draw draw(5, 6, position);
    mdn::sample(point, row.data(), Temper{}, draw, kSmall);

    Draw words(5, 6, position);
    const int k = words.categorical(row.data(), 2);
    const int category = words.categorical(row.data() + kSmall.categories_at(), 3);
    float n[2];
    words.normals(n, 2);
    const float* mean = row.data() + kSmall.means_at() + 2 * k;
    const float* l = row.data() + kSmall.scales_at() + 3 * k;
    CHECK(point[0] == mean[0] + l[0] * n[0]);
    CHECK(point[1] == mean[1] + (l[1] * n[0] + l[2] * n[1]));
    for (int c = 0; c < 3; ++c) CHECK(point[2 + c] == (c == category ? 1 : 0));
    CHECK(point[5] == (words.uniform() < mdn::fsigmoid(-1) ? 1 : 0));
    CHECK(point[6] == (words.uniform() < mdn::fsigmoid(2) ? 1 : 0));
  }
  // A mixture without categories consumes that number all the same.
  const Row plain = row_of({0}, {0}, {1});
  float y;
  Draw draw(1, 2, 3), words(1, 2, 3);
  mdn::sample(&y, plain.data(), Temper{}, draw, {.dims = 1});
  words.uniform();
  words.uniform();
  float normal;
  words.normals(&normal, 1);
  CHECK(y == normal);
}

TEST_CASE("samples follow the mixture: frequencies and moments") {
  const Case c =
      make_case({.dims = 2, .components = 20, .triangular = true, .categories = 3, .bernoullis = 1}, "ordinary", 71);
  const MixtureShape& shape = c.shape;
  // Component frequencies through components that cannot be confused: their means lie 100 σ apart.
  Row apart = c.row;
  for (int k = 0; k < 20; ++k)
    apart[static_cast<std::size_t>(shape.means_at() + 2 * k)] = 1000.0f * static_cast<float>(k);
  std::vector<int> components(20), categories(3), coins(2);
  double sum[2] = {}, products[3] = {}, fourth[3] = {};
  int several = 0;
  Row mean(2), covariance(4);
  mdn::mean(mean.data(), c.row.data(), shape);
  mdn::covariance(covariance.data(), c.row.data(), shape);
  float point[6];
  for (int i = 0; i < kDraws; ++i) {
    Draw first(42, 0, static_cast<std::uint32_t>(i)), second = first;
    mdn::sample(point, apart.data(), Temper{}, first, shape);
    ++components[static_cast<std::size_t>(std::clamp(std::lround(point[0] / 1000), 0l, 19l))];
    mdn::sample(point, c.row.data(), Temper{}, second, shape);
    ++categories[static_cast<std::size_t>(point[3] == 1 ? 1 : point[4] == 1 ? 2 : 0)];
    several += point[2] + point[3] + point[4] != 1;
    ++coins[static_cast<std::size_t>(point[5])];
    const double x = point[0] - mean[0], y = point[1] - mean[1];
    sum[0] += x;
    sum[1] += y;
    const double p[3] = {x * x, x * y, y * y};
    for (int j = 0; j < 3; ++j) {
      products[j] += p[j];
      fourth[j] += p[j] * p[j];
    }
  }
  CHECK(several == 0);
  std::vector<double> weights, pens;
  for (int k = 0; k < 20; ++k) weights.push_back(std::exp(static_cast<double>(c.row[static_cast<std::size_t>(k)])));
  for (int k = 0; k < 3; ++k)
    pens.push_back(std::exp(static_cast<double>(c.row[static_cast<std::size_t>(shape.categories_at() + k)])));
  const double heads = 1 / (1 + std::exp(-static_cast<double>(c.row.back())));
  // The 99.9 % quantiles of χ² with 19, 2 and 1 degrees of freedom.
  CHECK(chi_square(components, weights, kDraws) < 43.82);
  CHECK(chi_square(categories, pens, kDraws) < 13.82);
  CHECK(chi_square(coins, {1 - heads, heads}, kDraws) < 10.83);
  // Four standard errors; those of the second moments from the draws themselves.
  for (int j = 0; j < 2; ++j)
    CHECK(std::fabs(sum[j] / kDraws) < 4 * std::sqrt(covariance[static_cast<std::size_t>(3 * j)] / kDraws));
  const double exact[3] = {covariance[0], covariance[1], covariance[3]};
  for (int j = 0; j < 3; ++j) {
    const double average = products[j] / kDraws;
    const double error = std::sqrt((fourth[j] / kDraws - average * average) / kDraws);
    CHECK(std::fabs(average - exact[j]) < 4 * error);
  }
}

TEST_CASE("the draws of many dimensions are independent standard normals") {
  const MixtureShape shape{.dims = 32};
  const Row row = row_of({0}, Row(32, 3), Row(32, 2));
  std::vector<double> sum(32), squares(32), neighbours(32);
  Row point(32);
  const int draws = kDraws / 20;
  for (int i = 0; i < draws; ++i) {
    Draw draw(9, 1, static_cast<std::uint32_t>(i));
    mdn::sample(point.data(), row.data(), Temper{}, draw, shape);
    for (std::size_t d = 0; d < 32; ++d) {
      const double z = (point[d] - 3) / 2, next = (point[(d + 1) % 32] - 3) / 2;
      sum[d] += z;
      squares[d] += z * z;
      neighbours[d] += z * next;
    }
  }
  for (std::size_t d = 0; d < 32; ++d) {
    CHECK(std::fabs(sum[d]) < 4 * std::sqrt(draws));
    CHECK(std::fabs(squares[d] - draws) < 4 * std::sqrt(2.0 * draws));
    CHECK(std::fabs(neighbours[d]) < 4 * std::sqrt(draws));
  }
}

TEST_CASE("sampling stays in bounds whatever the parameters are") {
  const MixtureShape shape{.dims = 3, .components = 5, .categories = 4, .bernoullis = 2};
  Row point(9), row(static_cast<std::size_t>(shape.row_size()));
  for (const float bad : {kNan, kInf, -kInf}) {
    for (const float temperature : {0.0f, 0.3f, 1.0f, 7.0f}) {
      std::fill(row.begin(), row.end(), bad);
      for (std::uint32_t i = 0; i < 50; ++i) {
        Draw draw(1, 1, i);
        mdn::sample(point.data(), row.data(), {temperature, temperature, temperature}, draw, shape);
        CHECK(std::count(point.begin() + 3, point.begin() + 7, 1.0f) == 1);
        CHECK(std::count(point.begin() + 3, point.begin() + 7, 0.0f) == 3);
        for (std::size_t b = 7; b < 9; ++b) CHECK((point[b] == 0 || point[b] == 1));
      }
    }
  }
}
