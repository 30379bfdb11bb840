// The vocabulary of simd.h, lane by lane against plain C++, with the values where backends could differ.

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "kernels/simd.h"
#include "tolerances.h"

namespace {

using namespace mdn::simd;
using tolerances::same_bits;

const float kValues[] = {0.0f,
                         -0.0f,
                         1.0f,
                         -1.0f,
                         0.5f,
                         -2.5f,
                         3.5f,
                         1e-45f,
                         -1e-40f,
                         1e-38f,
                         3e38f,
                         -3e38f,
                         0x1p23f,
                         -0x1p21f,
                         1.5f,
                         0.49999f,
                         2097151.5f,
                         1e-3f,
                         __builtin_inff(),
                         -__builtin_inff(),
                         __builtin_nanf("")};

// Applies a vector operation to one pair of floats; the other lanes hold something else.
template <class Operation>
float one_lane(Operation operation, float a, float b, int lane) {
  float x[4] = {9, 8, 7, 6}, y[4] = {5, 4, 3, 2}, out[4];
  x[lane] = a;
  y[lane] = b;
  store(out, operation(load(x), load(y)));
  return out[lane];
}

template <class Vector, class Scalar>
void check_pairs(const char* name, Vector vector, Scalar scalar) {
  int lane = 0;
  for (float a : kValues) {
    for (float b : kValues) {
      INFO(std::string(name) << " of " << a << " and " << b);
      CHECK(same_bits(one_lane(vector, a, b, lane), scalar(a, b)));
      lane = (lane + 1) & 3;
    }
  }
}

}  // namespace

TEST_CASE("the backend is one of the three") {
  const std::string name = kBackend;
  MESSAGE("simd backend: " << name);
#if defined(MDN_SIMD_PORTABLE)
  CHECK(name == "portable");
#elif defined(__wasm_simd128__)
  CHECK(name == "wasm");
#else
  CHECK(name == "sse2");
#endif
}

TEST_CASE("float lanes") {
  check_pairs(
      "+", [](F4 a, F4 b) { return a + b; }, [](float a, float b) { return a + b; });
  check_pairs(
      "-", [](F4 a, F4 b) { return a - b; }, [](float a, float b) { return a - b; });
  check_pairs(
      "*", [](F4 a, F4 b) { return a * b; }, [](float a, float b) { return a * b; });
  check_pairs(
      "/", [](F4 a, F4 b) { return a / b; }, [](float a, float b) { return a / b; });
  check_pairs(
      "negate", [](F4 a, F4) { return -a; }, [](float a, float) { return -a; });
  check_pairs(
      "abs", [](F4 a, F4) { return abs(a); }, [](float a, float) { return std::fabs(a); });
  check_pairs(
      "sqrt", [](F4 a, F4) { return sqrt(a); }, [](float a, float) { return std::sqrt(a); });
  // Which argument comes back for NaN and for zeros of different sign is part of the contract.
  check_pairs(
      "min", [](F4 a, F4 b) { return min(a, b); }, [](float a, float b) { return b < a ? b : a; });
  check_pairs(
      "max", [](F4 a, F4 b) { return max(a, b); }, [](float a, float b) { return a < b ? b : a; });
  const auto less = [](F4 a, F4 b) { return select(a < b, a, b + b); };
  check_pairs("<", less, [](float a, float b) { return a < b ? a : b + b; });
  const auto equal = [](F4 a, F4 b) { return select(a == b, a, b + b); };
  check_pairs("==", equal, [](float a, float b) { return a == b ? a : b + b; });
  CHECK(first(splat(2.5f)) == 2.5f);
}

TEST_CASE("comparisons give masks of all ones or all zeros") {
  std::int32_t mask[4];
  const float a[4] = {1, 2, 3, __builtin_nanf("")}, b[4] = {2, 2, 2, 2};
  store(mask, load(a) < load(b));
  for (int i = 0; i < 4; ++i) CHECK(mask[i] == (i == 0 ? -1 : 0));
  store(mask, load(a) == load(b));
  for (int i = 0; i < 4; ++i) CHECK(mask[i] == (i == 1 ? -1 : 0));
}

TEST_CASE("denormal numbers are not flushed to zero") {
  CHECK(same_bits(first(splat(1e-38f) * splat(1e-3f)), 1e-41f));
  CHECK(same_bits(first(splat(3e-39f) + splat(1e-45f)), 3e-39f + 1e-45f));
}

TEST_CASE("round is to nearest, halves to even, up to 2^22") {
  for (float x : {0.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.49999997f, 1234.5f, 1235.5f, -99.75f, 2097151.5f,
                  -2097150.5f, 4194303.0f}) {
    INFO(x);
    CHECK(first(round(splat(x))) == std::nearbyint(x));
  }
}

TEST_CASE("integer lanes") {
  const std::int32_t a[4] = {1, -1, 2147483647, -2147483647 - 1}, b[4] = {5, -7, 1, -1};
  const auto lanes = [](I4 v) {
    std::vector<std::int32_t> out(4);
    store(out.data(), v);
    return out;
  };
  using Lanes = std::vector<std::int32_t>;
  const I4 x = load_int(a), y = load_int(b);
  CHECK(lanes(x + y) == Lanes{6, -8, -2147483647 - 1, 2147483647});
  CHECK(lanes(x - y) == Lanes{-4, 6, 2147483646, -2147483647});
  CHECK(lanes(x & y) == Lanes{1, -7, 1, -2147483647 - 1});
  CHECK(lanes(x | y) == Lanes{5, -1, 2147483647, -1});
  CHECK(lanes(shl<4>(y)) == Lanes{80, -112, 16, -16});
  CHECK(lanes(shl<31>(y)) == Lanes{-2147483647 - 1, -2147483647 - 1, -2147483647 - 1, -2147483647 - 1});
  CHECK(lanes(sar<1>(y)) == Lanes{2, -4, 0, -1});
  CHECK(lanes(sar<31>(x)) == Lanes{0, -1, 0, -1});
  CHECK(lanes(splat_int(-3)) == Lanes{-3, -3, -3, -3});
  CHECK(lanes(as_int(splat(1.0f))) == Lanes{0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000});
  CHECK(first(as_float(splat_int(0x40490fdb))) == 0x1.921fb6p1f);
  float floats[4];
  const std::int32_t large[4] = {16777217, 16777219, -16777217, 2147483647};  // halves to even
  store(floats, to_float(load_int(large)));
  CHECK(floats[0] == 16777216.0f);
  CHECK(floats[1] == 16777220.0f);
  CHECK(floats[2] == -16777216.0f);
  CHECK(floats[3] == 2147483648.0f);
}

TEST_CASE("short lanes") {
  const std::int16_t a[8] = {1, 2, -3, 4, 32767, 32767, -32768, -32768};
  const std::int16_t b[8] = {10, 20, 30, -40, 32767, 32767, -32768, -32768};
  std::int32_t sums[4];
  store(sums, dot(load(a), load(b)));
  CHECK(sums[0] == 50);
  CHECK(sums[1] == -250);
  CHECK(sums[2] == 2147352578);
  CHECK(sums[3] == -2147483647 - 1);  // 2^31 wraps around

  const std::int16_t pair[2] = {-5, 6};
  std::int16_t out[8];
  store(out, splat_pair(pair));
  for (int i = 0; i < 8; ++i) CHECK(out[i] == pair[i & 1]);
  store(out, splat_short(-77));
  for (int i = 0; i < 8; ++i) CHECK(out[i] == -77);

  // Bytes pair up little-endian; the arithmetic shift leaves the upper one.
  const std::int8_t bytes[16] = {1, 0, -1, 0, 0, 1, 0, -1, -128, 127, 127, -128, 5, -6, -5, 6};
  const std::int16_t expected[8] = {1, 255, 256, -256, 32640, -32641, -1531, 1787};
  store(out, load_bytes(bytes));
  for (int i = 0; i < 8; ++i) CHECK(out[i] == expected[i]);
  store(out, sar<8>(load_bytes(bytes)));
  for (int i = 0; i < 8; ++i) CHECK(out[i] == bytes[2 * i + 1]);

  const std::int32_t low[4] = {0, -1, 32767, 32768}, high[4] = {-32768, -32769, 2147483647, -2147483647 - 1};
  const std::int16_t saturated[8] = {0, -1, 32767, 32767, -32768, -32768, 32767, -32768};
  store(out, narrow(load_int(low), load_int(high)));
  for (int i = 0; i < 8; ++i) CHECK(out[i] == saturated[i]);
}

TEST_CASE("parts of a vector touch nothing else") {
  for (int n = 0; n <= 4; ++n) {
    const std::vector<float> in(static_cast<std::size_t>(n), 3.0f);  // exactly n: a sanitizer sees any over-read
    std::vector<float> out(static_cast<std::size_t>(n) + 1, 9.0f);
    float lanes[4];
    store(lanes, load_part(in.data(), n, -1.0f));
    for (int i = 0; i < 4; ++i) CHECK(lanes[i] == (i < n ? 3.0f : -1.0f));
    store_part(out.data(), splat(2.0f), n);
    for (int i = 0; i < n; ++i) CHECK(out[static_cast<std::size_t>(i)] == 2.0f);
    CHECK(out.back() == 9.0f);
  }
}
