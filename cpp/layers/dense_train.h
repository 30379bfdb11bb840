// Dense layer for training: y = f(x · kernel + bias) over many rows, and its gradient.
//
// Parameters and gradients have the same form: kernel [inputs, units], bias [units], as model files store them.
#pragma once

#include "kernels/gemm_train.h"
#include "layers/activations_train.h"

namespace mdn {

template <class T>
struct DenseParameters {
  T* kernel = nullptr;
  T* bias = nullptr;
};

struct DenseSizes {
  int inputs = 0, units = 0;
  Activation activation = Activation::kLinear;
};

// The weights as the products read them: packed once per optimiser step, shared by all shards.
template <class T>
struct DensePacked {
  PackedMatrix<T> kernel, kernel_transposed;
  void pack(const DenseParameters<T>& parameters, const DenseSizes& sizes);
};

// y [rows, units], x [rows, inputs].
template <class T>
void dense_forward(T* y, const DenseParameters<T>& parameters, const DensePacked<T>& packed, const T* x, int rows,
                   const DenseSizes& sizes);

// Adds to the gradients d and, unless null, to dx [rows, inputs]. dy [rows, units] is overwritten.
template <class T>
void dense_backward(const DenseParameters<T>& d, T* dx, T* dy, const DensePacked<T>& packed, const T* y, const T* x,
                    int rows, const DenseSizes& sizes, GemmScratch<T>& scratch);

}  // namespace mdn
