#include "layers/dense.h"

#include <algorithm>
#include <cstring>

namespace mdn {

bool Dense::pack(const float* kernel, const float* bias, int inputs, int units, Activation activation) {
  inputs_ = inputs;
  units_ = units;
  panels_ = (units + kPanelRows - 1) / kPanelRows;
  activation_ = activation;
  const std::size_t panel_size = static_cast<std::size_t>(inputs) * kPanelRows;
  if (!weights_.try_resize(static_cast<std::size_t>(panels_) * panel_size) ||
      !bias_.try_resize(static_cast<std::size_t>(width()))) {
    return false;
  }
  std::copy(bias, bias + units, bias_.data());
  for (int p = 0; p < panels_; ++p) {
    int columns[kPanelRows];
    for (int j = 0; j < kPanelRows; ++j) columns[j] = p * kPanelRows + j < units ? p * kPanelRows + j : -1;
    pack_panel(weights_.data() + static_cast<std::size_t>(p) * panel_size, kernel, inputs, units, columns);
  }
  return true;
}

void Dense::forward(float* y, int ldy, const float* x, int ldx, int rows) const {
  constexpr int kChunk = 64;
  const std::size_t panel_size = static_cast<std::size_t>(inputs_) * kPanelRows;
  for (int p = 0; p < panels_; ++p) {
    const float* weights = weights_.data() + static_cast<std::size_t>(p) * panel_size;
    const float* bias = bias_.data() + p * kPanelRows;
    float* out = y + p * kPanelRows;
    if (rows == 1) {
      panel_gemv(out, weights, bias, x, inputs_);
      continue;
    }
    alignas(64) float acc[kChunk * kPanelRows];
    for (int row = 0; row < rows; row += kChunk) {
      const int n = std::min(kChunk, rows - row);
      panel_gemm(acc, weights, bias, x + static_cast<std::ptrdiff_t>(row) * ldx, ldx, n, inputs_);
      for (int r = 0; r < n; ++r) {
        std::memcpy(out + static_cast<std::ptrdiff_t>(row + r) * ldy, acc + r * kPanelRows, kPanelRows * sizeof(float));
      }
    }
  }
  if (activation_ == Activation::kLinear) return;
  for (int r = 0; r < rows; ++r) activate(y + static_cast<std::ptrdiff_t>(r) * ldy, units_, activation_);
}

}  // namespace mdn
