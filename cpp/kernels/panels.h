// The hot loops: matrix times vector and matrix times a few vectors, over weights packed into panels.
//
// A panel holds 32 output columns of a matrix, k ascending: w[k][32] floats, or 64 bytes for each pair of k, where two
// neighbouring k meet in one integer dot. A layer stores panel after panel, so one step streams every weight exactly
// once.
//
// The order of every float sum is part of the contract: the total of an output starts with its bias; to it are added,
// in order, the sums of blocks of 128 k, each from zero, k ascending, multiply, then add, each rounded. Hence gemv,
// gemm with any number of rows and all SIMD backends agree bit for bit. Blocks, because one long sum over 517 terms
// leaves four times the rounding error: 1.1e-5 instead of 2.7e-6 of a sketch-rnn model's standard deviations.
//
// Each loop is a function of its own, never inlined, results through memory: inlined together, V8 runs out of its
// 15 XMM registers and spills (up to 2x slower). Each keeps at most 14 vectors alive.
#pragma once

#include <cstdint>

namespace mdn {

inline constexpr int kPanelRows = 32;

// Terms of one block of a sum; its weights (16 KB a panel) stay in the first-level cache while all rows pass over them.
inline constexpr int kSumBlock = 128;

// acc[j] = bias[j] + sum over k of w[k][j] * x[k].   acc [32], w [k][32], bias [32], x [k]
void panel_gemv(float* acc, const float* w, const float* bias, const float* x, int k);

// The same for `rows` vectors: acc[r][j] = bias[j] + sum over k of w[k][j] * x[r][k].
// acc [rows][32], w [k][32], bias [32], x [rows] of k floats, the next row ldx floats on; rows >= 0.
// Row r has the bits that panel_gemv gives for it.
void panel_gemm(float* acc, const float* w, const float* bias, const float* x, int ldx, int rows, int k);

// The exact integer dot: acc[j] = sum over k of w[k][j] * x[k].   acc [32], w as pack_panel_i8 leaves it, x [k], k
// even. It does not overflow when |x| <= 2^(bits-1) - 1 with bits = activation_bits(k).
void panel_gemv_i8(std::int32_t* acc, const std::int8_t* w, const std::int16_t* x, int k);

// The widest signed activation, sign included, that panel_gemv_i8 may sum over k terms:
// the largest bits <= 16 with k * 127 * (2^(bits-1) - 1) < 2^31. 16 up to k = 516, 15 up to 1032, 14 up to 2064 …
int activation_bits(int k);

// Fixed point activations: out[i] = x[i] * (2^(bits-1) - 1) / max_abs, rounded half to even, clamped to the ends; NaN
// gives 0. Returns the value of one step, max_abs / (2^(bits-1) - 1). max_abs > 0, 2 <= bits <= 16.   out [n], x [n]
float quantise_i16(std::int16_t* out, const float* x, int n, float max_abs, int bits);

// Packs 32 columns of a row-major matrix [k][n] (Keras: inputs first) into one panel.
// w [k][32], kernel [k][n], columns [32]: which column of the matrix each output reads; -1 is a column of zeros.
void pack_panel(float* w, const float* kernel, int k, int n, const int* columns);

// The same for int8: w [(k + 1) / 2][16][2][2] bytes, an odd k padded with a zero. Byte 0 of w[i / 2][j][i % 2] is the
// weight of output j plus 128, unsigned; byte 1 that of output 16 + j.
void pack_panel_i8(std::int8_t* w, const std::int8_t* kernel, int k, int n, const int* columns);

}  // namespace mdn
