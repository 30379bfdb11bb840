#include "layers/lstm.h"

#include <algorithm>
#include <cstring>

#include "kernels/simd.h"
#include "kernels/vmath.h"

namespace mdn {
namespace {

using namespace simd;

constexpr int kGates = 4, kUnits = 8;  // of one panel

// Columns of the stored matrices that make panel p, as i i f f g g o o (two vectors a gate); −1 beyond the last unit.
void panel_columns(int* columns, int p, int units, GateOrder order) {
  static constexpr int kBlocks[2][kGates] = {{0, 1, 2, 3}, {0, 2, 1, 3}};  // stored place of i, f, g, o
  const int* blocks = kBlocks[order == GateOrder::kInputCellForgetOutput];
  for (int gate = 0; gate < kGates; ++gate) {
    for (int u = 0; u < kUnits; ++u) {
      const int unit = p * kUnits + u;
      columns[gate * kUnits + u] = unit < units ? blocks[gate] * units + unit : -1;
    }
  }
}

// The gates of 8 units of one row, from their 32 accumulators. Unlike the loops over weights it may be inlined:
// isolated, a step takes the same time.
template <class Sigmoid>
void gates_of_panel(float* h, float* c, const float* acc, Sigmoid sigmoid) {
  for (int v = 0; v < kUnits; v += 4) {
    const F4 input = sigmoid(load(acc + v)), forget = sigmoid(load(acc + kUnits + v));
    const F4 cell = tanh4(load(acc + 2 * kUnits + v)), output = sigmoid(load(acc + 3 * kUnits + v));
    const F4 next = forget * load(c + v) + input * cell;
    store(c + v, next);
    store(h + v, output * tanh4(next));
  }
}

void gates(float* h, float* c, const float* acc, Activation activation) {
  if (activation == Activation::kSigmoid) return gates_of_panel(h, c, acc, [](F4 x) { return sigmoid4(x); });
  // The two hard sigmoids are clip(slope · x + ½, 0, 1).
  const F4 slope = splat(activation == Activation::kHardSigmoid ? 0.2f : 1.0f / 6.0f);
  gates_of_panel(h, c, acc, [slope](F4 x) { return min(max(slope * x + splat(0.5f), splat(0.0f)), splat(1.0f)); });
}

}  // namespace

bool Lstm::pack(const LstmWeights& weights, int inputs, int units, int embedding_units, const LstmOptions& options) {
  inputs_ = inputs;
  units_ = units;
  embedding_units_ = embedding_units;
  options_ = options;
  panels_ = (units + kUnitsPerPanel - 1) / kUnitsPerPanel;
  const bool is_integer = weights.recurrent_int8 != nullptr;
  recurrent_k_ = (units + 1) / 2 * 2;
  bits_ = activation_bits(recurrent_k_);
  step_ = 1.0f / static_cast<float>((1 << (bits_ - 1)) - 1);  // |h| < 1, so the scale of h is fixed

  const int columns_all = 4 * units;
  const std::size_t float_k = static_cast<std::size_t>(inputs + (is_integer ? 0 : units));
  const auto biases = static_cast<std::size_t>(bias_size()), embedded = static_cast<std::size_t>(embedding_units);
  const bool conditioned = weights.class_kernel != nullptr;
  const std::size_t state_columns = conditioned ? static_cast<std::size_t>(2 * units) : 0;
  const bool enough =
      weights_.try_resize(static_cast<std::size_t>(panels_) * float_k * kPanelRows) && bias_.try_resize(biases) &&
      weights_int8_.try_resize(is_integer ? biases * static_cast<std::size_t>(recurrent_k_) : 0) &&
      scale_.try_resize(is_integer ? biases : 0) && class_kernel_.try_resize(conditioned ? embedded * biases : 0) &&
      class_state_kernel_.try_resize(embedded * state_columns) && class_state_bias_.try_resize(state_columns);
  if (!enough) return false;

  for (int p = 0; p < panels_; ++p) {
    int columns[kPanelRows];
    panel_columns(columns, p, units, options.gates);
    float* panel = weights_.data() + static_cast<std::size_t>(p) * float_k * kPanelRows;
    pack_panel(panel, weights.kernel, inputs, columns_all, columns);
    if (is_integer) {
      pack_panel_i8(
          weights_int8_.data() + static_cast<std::size_t>(p) * static_cast<std::size_t>(recurrent_k_) * kPanelRows,
          weights.recurrent_int8, units, columns_all, columns);
    } else {
      pack_panel(panel + static_cast<std::size_t>(inputs) * kPanelRows, weights.recurrent_kernel, units, columns_all,
                 columns);
    }
    for (int j = 0; j < kPanelRows; ++j) {
      if (columns[j] < 0) continue;
      const int at = p * kPanelRows + j;
      const bool forget = j / kUnits == 1;
      bias_[static_cast<std::size_t>(at)] = weights.bias[columns[j]] + (forget ? options.forget_bias : 0.0f);
      if (is_integer) scale_[static_cast<std::size_t>(at)] = weights.recurrent_scale[columns[j]];
      for (int e = 0; conditioned && e < embedding_units; ++e) {
        class_kernel_[static_cast<std::size_t>(e * bias_size() + at)] =
            weights.class_kernel[e * columns_all + columns[j]];
      }
    }
  }
  if (conditioned) {
    std::copy_n(weights.class_state_kernel, class_state_kernel_.size(), class_state_kernel_.data());
    std::copy_n(weights.class_state_bias, class_state_bias_.size(), class_state_bias_.data());
  }
  return true;
}

[[gnu::cold]] void Lstm::start(float* bias, float* state, const float* embedding) const {
  std::copy_n(bias_.data(), bias_.size(), bias);
  std::fill_n(state, state_size(), 0.0f);
  if (embedding == nullptr || class_kernel_.size() == 0) return;
  for (int e = 0; e < embedding_units_; ++e) {
    const float* row = class_kernel_.data() + static_cast<std::ptrdiff_t>(e) * bias_size();
    for (int j = 0; j < bias_size(); ++j) bias[j] += embedding[e] * row[j];
  }
  for (int part = 0; part < 2; ++part) {  // h, then c
    float* out = state + inputs_ + part * width();
    std::copy_n(class_state_bias_.data() + part * units_, units_, out);
    for (int e = 0; e < embedding_units_; ++e) {
      const float* row = class_state_kernel_.data() + static_cast<std::ptrdiff_t>(e) * 2 * units_ + part * units_;
      for (int u = 0; u < units_; ++u) out[u] += embedding[e] * row[u];
    }
    activate(out, units_, Activation::kTanh);
  }
}

void Lstm::accumulate(float* acc, const float* state, int ld_state, const float* bias, const std::int16_t* h, int panel,
                      int rows) const {
  const int k = integer() ? inputs_ : inputs_ + units_;
  const float* weights = weights_.data() + static_cast<std::ptrdiff_t>(panel) * k * kPanelRows;
  if (rows == 1) {
    panel_gemv(acc, weights, bias + panel * kPanelRows, state, k);
  } else {
    panel_gemm(acc, weights, bias + panel * kPanelRows, state, ld_state, rows, k);
  }
  if (!integer()) return;
  const std::int8_t* narrow = weights_int8_.data() + static_cast<std::ptrdiff_t>(panel) * recurrent_k_ * kPanelRows;
  const float* scale = scale_.data() + panel * kPanelRows;
  using namespace simd;
  const F4 step = splat(step_);
  for (int r = 0; r < rows; ++r) {
    alignas(64) std::int32_t dot[kPanelRows];
    panel_gemv_i8(dot, narrow, h + static_cast<std::ptrdiff_t>(r) * recurrent_k_, recurrent_k_);
    for (int j = 0; j < kPanelRows; j += 4) {
      const F4 product = to_float(load_int(dot + j)) * (load(scale + j) * step);
      store(acc + r * kPanelRows + j, load(acc + r * kPanelRows + j) + product);
    }
  }
}

void Lstm::forward(float* y, int ldy, float* state, int ld_state, const float* bias, int rows,
                   std::int16_t* scratch) const {
  alignas(64) float acc[kChunk * kPanelRows];
  for (int from = 0; from < rows; from += kChunk) {
    const int n = std::min(kChunk, rows - from);
    float* first = state + static_cast<std::ptrdiff_t>(from) * ld_state;
    float* out = y + static_cast<std::ptrdiff_t>(from) * ldy;
    for (int r = 0; integer() && r < n; ++r) {
      std::int16_t* h = scratch + static_cast<std::ptrdiff_t>(r) * recurrent_k_;
      quantise_i16(h, first + static_cast<std::ptrdiff_t>(r) * ld_state + inputs_, units_, 1.0f, bits_);
      if (recurrent_k_ > units_) h[units_] = 0;
    }
    for (int p = 0; p < panels_; ++p) {
      accumulate(acc, first, ld_state, bias, scratch, p, n);
      for (int r = 0; r < n; ++r) {
        float* c = first + static_cast<std::ptrdiff_t>(r) * ld_state + inputs_ + width();
        gates(out + static_cast<std::ptrdiff_t>(r) * ldy + p * kUnits, c + p * kUnits, acc + r * kPanelRows,
              options_.recurrent_activation);
      }
    }
    // Every panel reads the old h, so the new one takes its place only now.
    for (int r = 0; r < n; ++r) {
      std::memcpy(first + static_cast<std::ptrdiff_t>(r) * ld_state + inputs_,
                  out + static_cast<std::ptrdiff_t>(r) * ldy, static_cast<std::size_t>(width()) * sizeof(float));
    }
  }
}

}  // namespace mdn
