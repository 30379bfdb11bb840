// Long short-term memory layer (Hochreiter & Schmidhuber 1997; the forget gate of Gers et al. 2000):
//
//   i, f, o = recurrent_activation(x·W + h·U + b)      g = tanh(x·W + h·U + b)
//   c' = f ⊙ c + i ⊙ g                                  h' = o ⊙ tanh(c')
//
// Weights come with the gates in the order of their source and are packed once into panels of 8 units × 4 gates, so a
// step reads every weight once, in the order of memory, and the gates of a unit meet in registers.
#pragma once

#include <cstdint>

#include "base/aligned.h"
#include "kernels/panels.h"
#include "layers/activations.h"

namespace mdn {

// The order of the four blocks of columns in kernel, recurrent kernel and bias.
enum class GateOrder : std::uint8_t {
  kInputForgetCellOutput,  // i, f, g, o: Keras, PyTorch
  kInputCellForgetOutput,  // i, g, f, o: TensorFlow 1's BasicLSTMCell, sketch-rnn (i, j, f, o)
};

struct LstmOptions {
  GateOrder gates = GateOrder::kInputForgetCellOutput;
  float forget_bias = 0;  // added to the forget gate's bias; 1 in TensorFlow 1, 0 (already in the bias) in Keras
  Activation recurrent_activation = Activation::kSigmoid;  // kSigmoid, kHardSigmoid or kHardSigmoid3
};

// Weights as they are stored; E = size of the class embedding. Pointers are only read during pack().
struct LstmWeights {
  const float* kernel = nullptr;            // [inputs, 4·units]
  const float* recurrent_kernel = nullptr;  // [units, 4·units]
  const float* bias = nullptr;              // [4·units]
  // Given together, these replace recurrent_kernel and the recurrent product runs in integers:
  // weight = int8 × scale of its column, h as int16.
  const std::int8_t* recurrent_int8 = nullptr;  // [units, 4·units]
  const float* recurrent_scale = nullptr;       // [4·units]
  // Class conditioning; all null without it.
  const float* class_kernel = nullptr;        // [E, 4·units]
  const float* class_state_kernel = nullptr;  // [E, 2·units], initial h then c
  const float* class_state_bias = nullptr;    // [2·units]
};

class Lstm {
 public:
  // Rows that forward() works on at a time: their accumulators fit the stack.
  static constexpr int kChunk = 64;

  // False when there is not enough memory.
  [[nodiscard]] bool pack(const LstmWeights& weights, int inputs, int units, int embedding_units,
                          const LstmOptions& options);

  int inputs() const { return inputs_; }
  int units() const { return units_; }
  // Floats of one row of output: units rounded up to a multiple of 8; zero beyond `units`.
  int width() const { return panels_ * kUnitsPerPanel; }
  // Floats of one row of state: [x | h | c], x being scratch so that [x; h] is one vector.
  int state_size() const { return inputs_ + 2 * width(); }
  // Floats of one session's bias, the class folded in.
  int bias_size() const { return panels_ * kPanelRows; }
  // int16 values of scratch that forward() needs for each row: 0 in float32.
  int scratch_size() const { return integer() ? recurrent_k_ : 0; }

  // Fills bias [bias_size] and state [state_size] for a new sequence. `embedding` [E] is null without conditioning;
  // then h and c start at zero. With it: bias += embedding·class_kernel, [h, c] = tanh(embedding·W + b).
  void start(float* bias, float* state, const float* embedding) const;

  // One step of `rows` sequences. y [rows, ldy] gets h; state [rows, ld_state] holds x on entry (see input()) and is
  // advanced. Same bits for a row whatever the number of rows. scratch: [min(rows, kChunk), scratch_size].
  void forward(float* y, int ldy, float* state, int ld_state, const float* bias, int rows, std::int16_t* scratch) const;

  // Where in a row of state the input goes: [inputs].
  float* input(float* state) const { return state; }
  const float* hidden(const float* state) const { return state + inputs_; }

 private:
  static constexpr int kUnitsPerPanel = 8;
  bool integer() const { return weights_int8_.size() != 0; }
  void accumulate(float* acc, const float* state, int ld_state, const float* bias, const std::int16_t* h, int panel,
                  int rows) const;

  int inputs_ = 0, units_ = 0, panels_ = 0, embedding_units_ = 0;
  int recurrent_k_ = 0;  // units rounded up to even: length of the integer dot
  int bits_ = 0;         // of the int16 activations, sign included
  float step_ = 0;       // value of one step of the int16 activations
  LstmOptions options_;
  AlignedVector<float> weights_;             // [panels, inputs (+ units in float32), 32]
  AlignedVector<std::int8_t> weights_int8_;  // [panels, recurrent_k · 32], see pack_panel_i8
  AlignedVector<float> scale_;               // [panels, 32]
  AlignedVector<float> bias_;                // [panels, 32]
  AlignedVector<float> class_kernel_;        // [E, panels, 32]
  AlignedVector<float> class_state_kernel_;  // [E, 2·units]
  AlignedVector<float> class_state_bias_;    // [2·units]
};

}  // namespace mdn
