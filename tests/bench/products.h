// The matrix products of training an LSTM and nothing else: those of 512 units, a batch of 128 and eight rows of each
// sequence.
#pragma once

#include "kernels/gemm_train.h"

namespace mdn::bench {

constexpr int kUnits = 512, kGates = 4 * kUnits, kBatch = 128, kSteps = 8, kRows = kSteps * kBatch;

struct Products {
  Products() {
    for (AlignedVector<float>* values : {&kernel, &hidden, &d_gates}) {
      for (std::size_t i = 0; i < values->size(); ++i) {
        values->data()[i] = (static_cast<float>(i * 7919 % 1021) - 510) / 65536;  // of both signs, and none denormal
      }
    }
    forward.pack(kernel.data(), kGates, kUnits, kGates);
    backward.pack_transposed(kernel.data(), kGates, kGates, kUnits);
  }

  // The recurrent kernel forwards, backwards, and its gradient. The weights are packed already, as training does it
  // once for a step of the optimiser. Outputs add up from call to call, slowly.
  void run() {
    for (int t = 0; t < kSteps; ++t) gemm(at(gates, t, kGates), kGates, at(hidden, t, kUnits), kUnits, forward, kBatch);
    for (int t = 0; t < kSteps; ++t) {
      gemm(at(d_hidden, t, kUnits), kUnits, at(d_gates, t, kGates), kGates, backward, kBatch);
    }
    gemm_transposed(d_kernel.data(), kGates, hidden.data(), kUnits, d_gates.data(), kGates, kRows, kUnits, kGates,
                    scratch);
  }

  static float* at(AlignedVector<float>& values, int step, int width) {
    return values.data() + static_cast<std::ptrdiff_t>(step) * kBatch * width;
  }

  static AlignedVector<float> matrix(int rows, int columns) {
    return AlignedVector<float>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  }
  AlignedVector<float> kernel = matrix(kUnits, kGates), d_kernel = matrix(kUnits, kGates);
  AlignedVector<float> hidden = matrix(kRows, kUnits), d_hidden = matrix(kRows, kUnits);
  AlignedVector<float> gates = matrix(kRows, kGates), d_gates = matrix(kRows, kGates);
  PackedMatrix<float> forward, backward;
  GemmScratch<float> scratch;
};

}  // namespace mdn::bench
