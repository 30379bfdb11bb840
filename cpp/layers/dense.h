// Dense layer: y = activation(x · kernel + bias).
#pragma once

#include "base/aligned.h"
#include "kernels/panels.h"
#include "layers/activations.h"

namespace mdn {

class Dense {
 public:
  // kernel [inputs, units] and bias [units] as Keras stores them; both are copied into panels of 32 outputs. False when
  // there is not enough memory.
  [[nodiscard]] bool pack(const float* kernel, const float* bias, int inputs, int units, Activation activation);

  int inputs() const { return inputs_; }
  int units() const { return units_; }
  // Floats that one row of output occupies: units rounded up to whole panels. What lies beyond `units` is zero.
  int width() const { return panels_ * kPanelRows; }

  // y [rows, ldy], x [rows, ldx]; the same bits for a row whatever the number of rows.
  void forward(float* y, int ldy, const float* x, int ldx, int rows) const;

 private:
  int inputs_ = 0, units_ = 0, panels_ = 0;
  Activation activation_ = Activation::kLinear;
  AlignedVector<float> weights_;  // [panels, inputs, 32]
  AlignedVector<float> bias_;     // [panels, 32]
};

}  // namespace mdn
