// The matrix products of an LSTM's training step and nothing else: those of 512 units over a batch of 128, eight rows of
// every sequence.
#pragma once

#include "kernels/gemm_train.h"

namespace mdn::bench {

constexpr int kUnits = 512, kGates = 4 * kUnits, kBatch = 128, kSteps = 8, kRows = kSteps * kBatch;
// Three products of the recurrent kernel for each row: forwards, backwards, and its gradient.
constexpr double kFlops = 3 * 2.0 * kRows * kUnits * kGates;

class Products {
 public:
  Products() : kernel(kUnits * kGates), d_kernel(kUnits * kGates), h(kRows * kUnits), z(kRows * kGates) {
    // Small numbers of both signs; values do not matter as long as none is denormal.
    for (AlignedVector<float>* values : {&kernel, &h, &z}) {
      for (std::size_t i = 0; i < values->size(); ++i) {
        values->data()[i] = (static_cast<float>(i * 7919 % 1021) - 510) / 65536;
      }
    }
    forward_.pack(kernel.data(), kGates, kUnits, kGates);
    backward_.pack_transposed(kernel.data(), kGates, kGates, kUnits);
  }

  // As training does it: the weights are packed already, once for a step of the optimiser.
  void run() {
    for (int t = 0; t < kSteps; ++t) gemm(row(z, t, kGates), kGates, row(h, t, kUnits), kUnits, forward_, kBatch);
    for (int t = 0; t < kSteps; ++t) gemm(row(h, t, kUnits), kUnits, row(z, t, kGates), kGates, backward_, kBatch);
    gemm_transposed(d_kernel.data(), kGates, h.data(), kUnits, z.data(), kGates, kRows, kUnits, kGates, scratch_);
    shrink();
  }

  // The sums go on from one unit to the next, so their growth is taken back.
  void shrink() {
    for (AlignedVector<float>* values : {&h, &z, &d_kernel}) {
      for (std::size_t i = 0; i < values->size(); ++i) {
        values->data()[i] = (static_cast<float>(i * 7919 % 1021) - 510) / 65536;
      }
    }
  }

  static float* row(AlignedVector<float>& values, int t, int width) {
    return values.data() + static_cast<std::ptrdiff_t>(t) * kBatch * width;
  }

  AlignedVector<float> kernel, d_kernel, h, z;

 private:
  PackedMatrix<float> forward_, backward_;
  GemmScratch<float> scratch_;
};

}  // namespace mdn::bench
