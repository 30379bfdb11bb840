// Elementary functions against libm in float64, within tests/tolerances.json: over a sweep of all float32, over the
// range where each is interesting, and at special values. Then the arrays, and the bits.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "kernels/naive.h"
#include "kernels/vmath.h"
#include "tolerances.h"

namespace {

using mdn::simd::F4;
using tolerances::same_bits;
using tolerances::tolerance;
using tolerances::Worst;

struct Function {
  const char* name;
  float (*one)(float);
  F4 (*four)(F4);
  void (*many)(float*, const float*, int);
  double (*reference)(double);
  float low, high;     // the interesting range
  std::uint64_t bits;  // the hash of its results, see bit_hash.h
};

const Function kFunctions[] = {
    {"exp", mdn::fexp, mdn::exp4, mdn::vexp, std::exp, -104, 90, 0x916a8e84d5493561},
    {"log", mdn::flog, mdn::log4, mdn::vlog, std::log, 0, 4, 0xe5ff4e5aa318c36a},
    {"log1p", mdn::flog1p, mdn::log1p4, mdn::vlog1p, std::log1p, -1, 4, 0x47e7e4d4efee7540},
    {"tanh", mdn::ftanh, mdn::tanh4, mdn::vtanh, std::tanh, -10, 10, 0xc0bc01fa7026878f},
    {"sigmoid", mdn::fsigmoid, mdn::sigmoid4, mdn::vsigmoid, mdn::naive::sigmoid<double>, -100, 20, 0x31bfaf68c2c7dc12},
    {"hard_sigmoid", mdn::fhard_sigmoid, mdn::hard_sigmoid4, mdn::vhard_sigmoid, mdn::naive::hard_sigmoid<double>, -3,
     3, 0x398b6c0872672b28},
    {"softplus", mdn::fsoftplus, mdn::softplus4, mdn::vsoftplus, mdn::naive::softplus<double>, -104, 20,
     0x645bca4186d9bb04},
    {"log_cosh", mdn::flog_cosh, mdn::log_cosh4, mdn::vlog_cosh, mdn::naive::log_cosh<double>, -3, 3,
     0xd0236c6acd3a3885},
};

// About 200,000 of all 2^32 float32, evenly spread over their bit patterns.
template <class Visit>
void sweep(Visit visit) {
  for (std::uint64_t word = 0; word < (std::uint64_t{1} << 32); word += 20983) {
    visit(mdn::bit_cast<float>(static_cast<std::uint32_t>(word)));
  }
}

}  // namespace

TEST_CASE("elementary functions keep their tolerances over all of float32") {
  for (const Function& f : kFunctions) {
    Worst worst{tolerance(f.name)};
    sweep([&](float x) { worst.add(x, f.one(x), f.reference(static_cast<double>(x))); });
    const int n = 50000;
    for (int i = 0; i <= n; ++i) {
      const float x = f.low + (f.high - f.low) * static_cast<float>(i) / static_cast<float>(n);
      worst.add(x, f.one(x), f.reference(static_cast<double>(x)));
    }
    worst.check(f.name);
  }
}

TEST_CASE("elementary functions answer special values exactly") {
  for (const Function& f : kFunctions) {
    const auto special = tolerance(f.name).special;
    CHECK(special.size() >= 4);
    for (const auto& entry : special) {
      const float x = entry.first, expected = entry.second;
      INFO(std::string(f.name) << "(" << x << ")");
      CHECK(same_bits(f.one(x), expected));
    }
  }
}

TEST_CASE("results stay in their range") {
  sweep([](float x) {
    if (std::isnan(x)) return;
    const bool inside = std::fabs(mdn::ftanh(x)) <= 1 && mdn::fsigmoid(x) >= 0 && mdn::fsigmoid(x) <= 1 &&
                        mdn::fexp(x) >= 0 && mdn::fsoftplus(x) >= 0 && mdn::flog_cosh(x) >= 0;
    if (inside) return;
    CHECK_MESSAGE(inside, "at " << x);
  });
}

TEST_CASE("tanh is odd and the identity for tiny arguments") {
  for (float x : {1e-45f, 1e-40f, 1e-30f, 1e-20f, 1e-8f}) CHECK(same_bits(mdn::ftanh(x), x));
  sweep([](float x) {
    if (!same_bits(mdn::ftanh(-x), -mdn::ftanh(x))) CHECK_MESSAGE(false, "at " << x);
  });
}

TEST_CASE("log(1 - tanh^2) = -2 log cosh where the left side still has digits") {
  // In float64 with the float32 log_cosh: an identity between the two, not a reference of its own.
  for (int i = -60; i <= 60; ++i) {
    const float x = static_cast<float>(i) / 10;
    const double t = std::tanh(static_cast<double>(x));
    CHECK(-2.0 * static_cast<double>(mdn::flog_cosh(x)) == doctest::Approx(std::log1p(-t * t)).epsilon(1e-6));
  }
}

TEST_CASE("sine and cosine of turns") {
  const auto allowed = tolerance("sincos_2pi");
  Worst sine{allowed}, cosine{allowed};
  const auto add = [&](float turns) {
    float s, c;
    mdn::fsincos_2pi(turns, &s, &c);
    // The reference reduces to an eighth of a turn exactly, as a double of 2π turns could not.
    const double t = static_cast<double>(turns);
    const double quarter = std::nearbyint(4 * t);
    const double angle = (t - quarter / 4) * 6.283185307179586477;
    const int q = static_cast<int>(quarter) & 3;
    const double values[4] = {std::sin(angle), std::cos(angle), -std::sin(angle), -std::cos(angle)};
    sine.add(turns, s, values[q]);
    cosine.add(turns, c, values[(q + 1) & 3]);
  };
  for (int i = -40000; i <= 40000; ++i) add(static_cast<float>(i) * 0x1p-14f * 1.37f);
  TestData data(1);
  for (int i = 0; i < 20000; ++i) add(data.number(1));
  for (float x : {0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.75f, 0x1.fffffep-1f, 0x1p-24f, 1e-40f, 1000.25f}) add(x);
  sine.check("sine");
  cosine.check("cosine");
}

TEST_CASE("the vector and array forms have the bits of the scalar") {
  TestData data(2);
  for (const Function& f : kFunctions) {
    for (int n = 0; n <= 19; ++n) {
      std::vector<float> in(static_cast<std::size_t>(n)), out(in.size() + 1, 7.0f);
      for (float& x : in) x = data.integer(0, 7) == 0 ? data.any() : data.number(16);
      f.many(out.data(), in.data(), n);
      std::vector<float> in_place = in;
      f.many(in_place.data(), in_place.data(), n);
      INFO(std::string(f.name) << ", n = " << n);
      for (std::size_t i = 0; i < in.size(); ++i) {
        CHECK(same_bits(out[i], f.one(in[i])));
        CHECK(same_bits(in_place[i], out[i]));
      }
      CHECK(out[in.size()] == 7.0f);
    }
    // Four lanes at once, each another kind of number.
    const float mixed[4] = {0.5f, -1e30f, __builtin_nanf(""), 1e-40f};
    float lanes[4];
    mdn::simd::store(lanes, f.four(mdn::simd::load(mixed)));
    for (int i = 0; i < 4; ++i) CHECK(same_bits(lanes[i], f.one(mixed[i])));
  }
}

TEST_CASE("log_sum_exp and log_softmax") {
  TestData data(3);
  Worst sum{tolerance("log_sum_exp")}, softmax{tolerance("log_softmax")};
  for (int n = 1; n <= 70; ++n) {
    for (float scale : {0x1p-10f, 1.0f, 16.0f, 1024.0f}) {
      std::vector<float> x(static_cast<std::size_t>(n)), out(x.size());
      for (float& v : x) v = data.number(scale);
      if (n > 3) x[1] = -__builtin_inff();
      const std::vector<double> exact(x.begin(), x.end());
      std::vector<double> reference(exact.size());
      sum.add(static_cast<float>(n), mdn::log_sum_exp(x.data(), n), mdn::naive::log_sum_exp(exact.data(), n));
      mdn::log_softmax(out.data(), x.data(), n);
      mdn::naive::log_softmax(reference.data(), exact.data(), n);
      for (std::size_t i = 0; i < x.size(); ++i) softmax.add(static_cast<float>(n), out[i], reference[i]);
    }
  }
  sum.check("log_sum_exp (of how many)");
  softmax.check("log_softmax (of how many)");
}

TEST_CASE("log_sum_exp of special values") {
  const float inf = __builtin_inff(), nan = __builtin_nanf("");
  const auto of = [](std::vector<float> x) { return mdn::log_sum_exp(x.data(), static_cast<int>(x.size())); };
  CHECK(of({}) == -inf);
  CHECK(of({-inf}) == -inf);
  CHECK(of({-inf, -inf, -inf, -inf, -inf}) == -inf);
  CHECK(of({-inf, 3.0f}) == 3.0f);
  CHECK(of({-5.25f}) == -5.25f);
  CHECK(of({inf, 0.0f}) == inf);
  CHECK(of({1e30f, 1e30f}) == 1e30f);
  CHECK(std::isnan(of({0.0f, nan, 1.0f})));
  CHECK(std::isnan(of({-inf, nan})));
  CHECK(std::isnan(of({inf, nan})));
}

TEST_CASE("elementary functions have the same bits in every build") {
  for (const Function& f : kFunctions) {
    BitHash hash;
    sweep([&](float x) { hash.add(f.one(x)); });
    for (int i = -20000; i <= 20000; ++i) hash.add(f.one(static_cast<float>(i) * 0x1p-10f));
    INFO(std::string(f.name));
    CHECK(hash.value() == f.bits);
  }
  BitHash turns;
  for (int i = -40000; i <= 40000; ++i) {
    float s, c;
    mdn::fsincos_2pi(static_cast<float>(i) * 0x1.9p-15f, &s, &c);
    turns.add(s);
    turns.add(c);
  }
  CHECK(turns.value() == 0x4bddeb7c1538ea20u);
  BitHash sums;
  TestData data(4);
  for (int n = 1; n <= 64; ++n) {
    float x[64], out[64];
    for (int i = 0; i < n; ++i) x[i] = data.number(16);
    sums.add(mdn::log_sum_exp(x, n));
    mdn::log_softmax(out, x, n);
    sums.add(out, n);
  }
  CHECK(sums.value() == 0xd4e6ab2f47a49b50u);
}
