// Philox against its published known answers; the order in which a draw consumes words; and the distributions, each
// statistic against its standard error. Seeds are fixed, so nothing here can fail by chance: the bounds say how
// unlikely a correct generator would be to miss them.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "random/draw.h"
#include "random/philox.h"
#include "tolerances.h"

namespace {

using mdn::Draw;
using mdn::PhiloxWords;

// n numbers, as many positions as it takes.
std::vector<float> many(int n, int each, std::uint64_t seed, void (*draw)(Draw&, float*, int)) {
  std::vector<float> out(static_cast<std::size_t>(n));
  for (int i = 0; i < n; i += each) {
    Draw from(seed, 3, static_cast<std::uint32_t>(i / each));
    draw(from, out.data() + i, std::min(each, n - i));
  }
  return out;
}

std::vector<float> uniforms(int n, std::uint64_t seed) {
  return many(n, 6, seed, [](Draw& draw, float* out, int count) {
    for (int i = 0; i < count; ++i) out[i] = draw.uniform();
  });
}

std::vector<float> normals(int n, std::uint64_t seed) {
  return many(n, 6, seed, [](Draw& draw, float* out, int count) { draw.normals(out, count); });
}

// Kolmogorov's statistic sqrt(n) D. A sample of the distribution itself exceeds 1.95 once in a thousand times.
template <class Cdf>
double kolmogorov(std::vector<float> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double largest = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(static_cast<double>(sample[i])), below = static_cast<double>(i) / n;
    largest = std::max({largest, p - below, below + 1 / n - p});
  }
  return std::sqrt(n) * largest;
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The mean of f over a sample.
template <class F>
double average(const std::vector<float>& sample, F f) {
  double sum = 0;
  for (float x : sample) sum += f(static_cast<double>(x));
  return sum / static_cast<double>(sample.size());
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the published answers") {
  // Random123, kat_vectors, the three lines "philox4x32 10".
  CHECK(mdn::philox4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(mdn::philox4x32_10({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(mdn::philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("seed, stream, position and block fill key and counter as documented") {
  CHECK(mdn::philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3, 0x243f6a88) ==
        PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a draw consumes the words of its position in order") {
  const std::uint64_t seed = 0x123456789abcdef0, stream = 0xfedcba9876543210;
  const auto word = [&](std::uint32_t i) { return mdn::philox(seed, stream, 5, i / 4)[i % 4]; };
  const auto uniform = [&](std::uint32_t i) { return (static_cast<float>(word(i) >> 9) + 0.5f) * 0x1p-23f; };
  Draw raw(seed, stream, 5);
  for (std::uint32_t i = 0; i < 9; ++i) CHECK(raw.word() == word(i));

  Draw draw(seed, stream, 5);
  CHECK(draw.uniform() == uniform(0));
  const float even[3] = {0, 0, 0};
  const int index = draw.categorical(even, 3);
  CHECK(index == static_cast<int>(uniform(1) * 3));
  float z[3];
  draw.normals(z, 3);  // words 2 to 5: two pairs, the last sine dropped
  CHECK(draw.uniform() == uniform(6));
  Draw again(seed, stream, 5);
  again.word();
  again.word();
  float longer[4];
  again.normals(longer, 4);
  for (int i = 0; i < 3; ++i) CHECK(z[i] == longer[i]);
  CHECK(again.uniform() == uniform(6));
}

TEST_CASE("normals are Box and Muller's transform of pairs of uniforms") {
  tolerances::Worst worst{tolerances::tolerance("normal")};
  for (std::uint32_t position = 0; position < 500; ++position) {
    for (int n : {1, 2, 7, 8, 9, 20}) {
      Draw source(9, 0, position), draw(9, 0, position);
      float z[20];
      draw.normals(z, n);
      for (int i = 0; i < n; i += 2) {
        const double u = static_cast<double>(source.uniform()), v = static_cast<double>(source.uniform());
        const double radius = std::sqrt(-2 * std::log(u)), angle = 6.283185307179586477 * v;
        // Near its zeros the double cosine of the rounded angle is itself off by 1e-16 over its value.
        if (std::fabs(std::cos(angle)) > 1e-6) worst.add(z[i], z[i], radius * std::cos(angle));
        if (i + 1 < n && std::fabs(std::sin(angle)) > 1e-6) worst.add(z[i + 1], z[i + 1], radius * std::sin(angle));
      }
    }
  }
  worst.check("a normal (the value)");
}

TEST_CASE("normals of nothing consume nothing") {
  Draw draw(1, 1, 1), fresh(1, 1, 1);
  draw.normals(nullptr, 0);
  CHECK(draw.word() == fresh.word());
}

TEST_CASE("uniforms are uniform") {
  const int n = 200000;
  const std::vector<float> u = uniforms(n, 21);
  CHECK(*std::min_element(u.begin(), u.end()) > 0.0f);
  CHECK(*std::max_element(u.begin(), u.end()) < 1.0f);
  CHECK(kolmogorov(u, [](double x) { return x; }) < 1.95);
  // Mean 1/2 with variance 1/12; the square about the mean has variance 1/180.
  CHECK(std::fabs(average(u, [](double x) { return x - 0.5; })) < 4 * std::sqrt(1 / 12.0 / n));
  CHECK(std::fabs(average(u, [](double x) { return (x - 0.5) * (x - 0.5) - 1 / 12.0; })) <
        4 * std::sqrt(1 / 180.0 / n));
  // The ends of the formula, from the words that reach them.
  CHECK((static_cast<float>(0u >> 9) + 0.5f) * 0x1p-23f == 0x1p-24f);
  CHECK((static_cast<float>(~0u >> 9) + 0.5f) * 0x1p-23f == 1.0f - 0x1p-24f);
}

TEST_CASE("normals are normal") {
  const int n = 200000;
  const std::vector<float> z = normals(n, 22);
  CHECK(kolmogorov(z, normal_cdf) < 1.95);
  // Standard errors of the first four moments of n standard normals: 1, 2, 15 and 96, over n, under the root.
  CHECK(std::fabs(average(z, [](double x) { return x; })) < 4 * std::sqrt(1.0 / n));
  CHECK(std::fabs(average(z, [](double x) { return x * x - 1; })) < 4 * std::sqrt(2.0 / n));
  CHECK(std::fabs(average(z, [](double x) { return x * x * x; })) < 4 * std::sqrt(15.0 / n));
  CHECK(std::fabs(average(z, [](double x) { return x * x * x * x - 3; })) < 4 * std::sqrt(96.0 / n));
  // Tails: 2 (1 - Phi(3)) = 0.0026998 of all.
  const double beyond = average(z, [](double x) { return std::fabs(x) > 3 ? 1.0 : 0.0; });
  CHECK(std::fabs(beyond - 0.0026998) < 4 * std::sqrt(0.0026998 / n));
  for (float x : z) CHECK(std::fabs(x) <= 5.77f);
}

TEST_CASE("the two normals of a pair, and neighbours in every direction, are independent") {
  // The correlation of n independent pairs has standard error 1 / sqrt(n); so has that of their squares, within 0.5 %.
  const int n = 100000;
  double pair = 0, squares = 0, positions = 0, streams = 0, seeds = 0;
  for (int i = 0; i < n; ++i) {
    const std::uint32_t at = static_cast<std::uint32_t>(i);
    float here[2], next[2], other_stream[2], other_seed[2];
    Draw(7, 100, at).normals(here, 2);
    Draw(7, 100, at + 1).normals(next, 2);
    Draw(7, 101, at).normals(other_stream, 2);
    Draw(8, 100, at).normals(other_seed, 2);
    const double x = static_cast<double>(here[0]), y = static_cast<double>(here[1]);
    pair += x * y;
    squares += (x * x - 1) * (y * y - 1) / 2;
    positions += x * static_cast<double>(next[0]);
    streams += x * static_cast<double>(other_stream[0]);
    seeds += x * static_cast<double>(other_seed[0]);
  }
  for (double sum : {pair, squares, positions, streams, seeds}) CHECK(std::fabs(sum / n) < 4 / std::sqrt(n));
}

TEST_CASE("categories come with their probabilities") {
  const int n = 100000, count = 6;
  const float inf = __builtin_inff();
  const double p[count] = {0.5, 0, 0.25, 0.125, 0.1, 0.025};
  float log_probs[count];
  // Unnormalised, with a constant that would overflow or vanish if it were not taken out.
  for (float shift : {0.0f, 500.0f, -500.0f}) {
    for (int i = 0; i < count; ++i) {
      log_probs[i] = p[i] == 0 ? -inf : static_cast<float>(std::log(p[i])) + shift;
    }
    std::vector<int> seen(count);
    for (int i = 0; i < n; ++i) {
      const int k = Draw(31, 0, static_cast<std::uint32_t>(i)).categorical(log_probs, count);
      if (k < 0 || k >= count) FAIL("category " << k);
      ++seen[static_cast<std::size_t>(k)];
    }
    CHECK(seen[1] == 0);
    double chi_squared = 0;
    for (int i = 0; i < count; ++i) {
      if (p[i] > 0) chi_squared += std::pow(seen[static_cast<std::size_t>(i)] - n * p[i], 2) / (n * p[i]);
    }
    CHECK(chi_squared < 18.47);  // chi-squared with 4 degrees of freedom exceeds it once in a thousand times
  }
}

TEST_CASE("a category is the inverse of the cumulative sum") {
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const float log_probs[5] = {-1.0f, 0.5f, -3.0f, 0.25f, -0.5f};
    const double u = static_cast<double>(Draw(4, 0, i).uniform());
    double total = 0, sum = 0;
    for (float l : log_probs) total += std::exp(static_cast<double>(l));
    int expected = 0;
    while (expected < 4 && u * total >= (sum += std::exp(static_cast<double>(log_probs[expected])))) ++expected;
    CHECK(Draw(4, 0, i).categorical(log_probs, 5) == expected);  // no u falls within rounding of an edge here
  }
}

TEST_CASE("a category always has mass, whatever the log-probabilities") {
  const float inf = __builtin_inff(), nan = __builtin_nanf("");
  const float only_last[7] = {-inf, -inf, -inf, -inf, -inf, -inf, -900.0f};
  const float only_first[5] = {-3.0f, -inf, -inf, -inf, -inf};
  const float with_nan[3] = {nan, 0.0f, nan};
  const float nothing[3] = {-inf, -inf, -inf};
  const float all_nan[2] = {nan, nan};
  // Masses that vanish beside the first: the cumulative sum stops growing.
  const float tiny[4] = {0.0f, -80.0f, -90.0f, -200.0f};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    CHECK(Draw(5, 0, i).categorical(only_last, 7) == 6);
    CHECK(Draw(5, 0, i).categorical(only_first, 5) == 0);
    CHECK(Draw(5, 0, i).categorical(with_nan, 3) == 1);
    CHECK(Draw(5, 0, i).categorical(nothing, 3) == 0);
    CHECK(Draw(5, 0, i).categorical(all_nan, 2) == 0);
    CHECK(Draw(5, 0, i).categorical(tiny, 4) == 0);
  }
}

TEST_CASE("random numbers have the same bits in every build") {
  BitHash hash;
  for (std::uint32_t position = 0; position < 2000; ++position) {
    Draw draw(0xdeadbeefcafef00d, 77, position);
    TestData data(position);
    float log_probs[20], z[9];
    for (float& l : log_probs) l = data.number(4);
    hash.add(draw.categorical(log_probs, 20));
    hash.add(draw.uniform());
    draw.normals(z, 9);
    hash.add(z, 9);
    hash.add(draw.word());
  }
  CHECK(hash.value() == 0xeee85db6bc69ab62u);
}
