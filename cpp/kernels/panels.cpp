#include "kernels/panels.h"

#include "base/inlining.h"
#include "kernels/simd.h"

namespace mdn {

using simd::F4;
using simd::I4;
using simd::S8;

namespace {

void add_to(float* acc, F4 sum) { simd::store(acc, simd::load(acc) + sum); }

}  // namespace

// A tile of four rows by eight outputs: 8 accumulators, 2 vectors of weights, the splats: 14 vectors at most.
// Adds the sum of one block of k terms to acc.   acc [4] rows 32 apart, w [k] rows 32 apart, x [4] rows ldx apart
MDN_NOINLINE void tile_4x8(float* acc, const float* w, const float* x, int ldx, int k) {
  F4 a0 = simd::splat(0.0f), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  const float* xb = x + ldx;
  const float* xc = xb + ldx;
  const float* xd = xc + ldx;
  for (int i = 0; i < k; ++i, w += kPanelRows) {
    const F4 w0 = simd::load(w), w1 = simd::load(w + 4);
    const F4 a = simd::splat(x[i]);
    a0 = a0 + w0 * a;
    a1 = a1 + w1 * a;
    const F4 b = simd::splat(xb[i]);
    b0 = b0 + w0 * b;
    b1 = b1 + w1 * b;
    const F4 c = simd::splat(xc[i]);
    c0 = c0 + w0 * c;
    c1 = c1 + w1 * c;
    const F4 d = simd::splat(xd[i]);
    d0 = d0 + w0 * d;
    d1 = d1 + w1 * d;
  }
  add_to(acc, a0);
  add_to(acc + 4, a1);
  add_to(acc + 32, b0);
  add_to(acc + 36, b1);
  add_to(acc + 64, c0);
  add_to(acc + 68, c1);
  add_to(acc + 96, d0);
  add_to(acc + 100, d1);
}

// 8 accumulators, one splat, one vector of weights at a time. Adds the sum of one block of k terms to acc.
MDN_NOINLINE void gemv_block(float* acc, const float* w, const float* x, int k) {
  F4 a0 = simd::splat(0.0f), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (int i = 0; i < k; ++i, w += kPanelRows) {
    const F4 xi = simd::splat(x[i]);
    a0 = a0 + simd::load(w) * xi;
    a1 = a1 + simd::load(w + 4) * xi;
    a2 = a2 + simd::load(w + 8) * xi;
    a3 = a3 + simd::load(w + 12) * xi;
    a4 = a4 + simd::load(w + 16) * xi;
    a5 = a5 + simd::load(w + 20) * xi;
    a6 = a6 + simd::load(w + 24) * xi;
    a7 = a7 + simd::load(w + 28) * xi;
  }
  add_to(acc, a0);
  add_to(acc + 4, a1);
  add_to(acc + 8, a2);
  add_to(acc + 12, a3);
  add_to(acc + 16, a4);
  add_to(acc + 20, a5);
  add_to(acc + 24, a6);
  add_to(acc + 28, a7);
}

void panel_gemv(float* acc, const float* w, const float* bias, const float* x, int k) {
  for (int j = 0; j < kPanelRows; ++j) acc[j] = bias[j];
  for (int i = 0; i < k; i += kSumBlock) {
    gemv_block(acc, w + i * kPanelRows, x + i, k - i < kSumBlock ? k - i : kSumBlock);
  }
}

void panel_gemm(float* acc, const float* w, const float* bias, const float* x, int ldx, int rows, int k) {
  const int tiled = rows & ~3;
  for (int r = 0; r < tiled; ++r) {
    for (int j = 0; j < kPanelRows; ++j) acc[r * kPanelRows + j] = bias[j];
  }
  for (int i = 0; i < k && tiled > 0; i += kSumBlock) {
    const int count = k - i < kSumBlock ? k - i : kSumBlock;
    for (int r = 0; r < tiled; r += 4) {
      for (int j = 0; j < kPanelRows; j += 8) {
        tile_4x8(acc + r * kPanelRows + j, w + i * kPanelRows + j, x + r * ldx + i, ldx, count);
      }
    }
  }
  for (int r = tiled; r < rows; ++r) panel_gemv(acc + r * kPanelRows, w, bias, x + r * ldx, k);
}

namespace {

// The sum of k activations, which fits 32 bits wherever their dot with int8 weights does.
std::int32_t sum_of(const std::int16_t* x, int k) {
  I4 sums = simd::splat_int(0);
  int i = 0;
  for (; i + 8 <= k; i += 8) sums = sums + simd::dot(simd::load(x + i), simd::splat_short(1));
  std::int32_t lanes[4];
  simd::store(lanes, sums);
  std::int32_t sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  for (; i < k; ++i) sum += x[i];
  return sum;
}

}  // namespace

// A 16-bit lane of w holds two weights, 256 high + (low + 128), of two outputs that need the same activation. Its dot
// as it stands is 256 D(high) + D(low) + 128 S, where S is the sum of x; its dot shifted right by 8 is D(high).
// Integers wrap around, so D(low) is exact as long as it fits itself: one shift where widening would take two
// instructions and more. 8 accumulators, one pair of activations, four vectors of weights (V8 loads them all first),
// one product; S has its own loop, because a ninth accumulator spills and its round trip through memory halves the
// speed.
MDN_NOINLINE void panel_gemv_i8(std::int32_t* acc, const std::int8_t* w, const std::int16_t* x, int k) {
  const I4 zero = simd::splat_int(0);
  I4 low0 = zero, low1 = zero, low2 = zero, low3 = zero, high0 = zero, high1 = zero, high2 = zero, high3 = zero;
  for (int i = 0; i < k; i += 2, w += 2 * kPanelRows) {
    const S8 xi = simd::splat_pair(x + i);
    const S8 w0 = simd::load_bytes(w);
    low0 = low0 + simd::dot(w0, xi);
    high0 = high0 + simd::dot(simd::sar<8>(w0), xi);
    const S8 w1 = simd::load_bytes(w + 16);
    low1 = low1 + simd::dot(w1, xi);
    high1 = high1 + simd::dot(simd::sar<8>(w1), xi);
    const S8 w2 = simd::load_bytes(w + 32);
    low2 = low2 + simd::dot(w2, xi);
    high2 = high2 + simd::dot(simd::sar<8>(w2), xi);
    const S8 w3 = simd::load_bytes(w + 48);
    low3 = low3 + simd::dot(w3, xi);
    high3 = high3 + simd::dot(simd::sar<8>(w3), xi);
  }
  const I4 sum = simd::shl<7>(simd::splat_int(sum_of(x, k)));
  simd::store(acc, (low0 - simd::shl<8>(high0)) - sum);
  simd::store(acc + 4, (low1 - simd::shl<8>(high1)) - sum);
  simd::store(acc + 8, (low2 - simd::shl<8>(high2)) - sum);
  simd::store(acc + 12, (low3 - simd::shl<8>(high3)) - sum);
  simd::store(acc + 16, high0);
  simd::store(acc + 20, high1);
  simd::store(acc + 24, high2);
  simd::store(acc + 28, high3);
}

int activation_bits(int k) {
  int bits = 16;
  while (bits > 2 && std::int64_t{k} * 127 * ((1 << (bits - 1)) - 1) >= std::int64_t{1} << 31) --bits;
  return bits;
}

float quantise_i16(std::int16_t* out, const float* x, int n, float max_abs, int bits) {
  const float limit = static_cast<float>((1 << (bits - 1)) - 1);
  const F4 scale = simd::splat(limit / max_abs);
  const auto quantise = [&](F4 value) {
    F4 scaled = value * scale;
    scaled = simd::select(scaled == scaled, scaled, simd::splat(0.0f));
    scaled = simd::max(simd::min(scaled, simd::splat(limit)), simd::splat(-limit));
    return simd::as_int(scaled + simd::splat(simd::kRounder)) - simd::as_int(simd::splat(simd::kRounder));
  };
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    simd::store(out + i, simd::narrow(quantise(simd::load(x + i)), quantise(simd::load(x + i + 4))));
  }
  for (; i < n; i += 4) {
    const int count = n - i < 4 ? n - i : 4;
    std::int32_t lanes[4];
    simd::store(lanes, quantise(simd::load_part(x + i, count, 0.0f)));
    for (int j = 0; j < count; ++j) out[i + j] = static_cast<std::int16_t>(lanes[j]);
  }
  return max_abs / limit;
}

[[gnu::cold]] void pack_panel(float* w, const float* kernel, int k, int n, const int* columns) {
  for (int i = 0; i < k; ++i) {
    for (int j = 0; j < kPanelRows; ++j) {
      w[i * kPanelRows + j] = columns[j] < 0 ? 0.0f : kernel[static_cast<std::int64_t>(i) * n + columns[j]];
    }
  }
}

[[gnu::cold]] void pack_panel_i8(std::int8_t* w, const std::int8_t* kernel, int k, int n, const int* columns) {
  const int half = kPanelRows / 2;
  for (int i = 0; i < k + (k & 1); ++i) {
    for (int j = 0; j < kPanelRows; ++j) {
      const bool zero = columns[j] < 0 || i >= k;
      const int value = zero ? 0 : kernel[static_cast<std::int64_t>(i) * n + columns[j]];
      std::int8_t* lane = w + (i / 2) * 2 * kPanelRows + (j % half) * 4 + (i & 1) * 2;
      if (j < half) {
        lane[0] = static_cast<std::int8_t>(value < 0 ? value + 128 : value - 128);  // the byte value + 128, unsigned
      } else {
        lane[1] = static_cast<std::int8_t>(value);
      }
    }
  }
}

}  // namespace mdn
