#include "layers/dense_train.h"

#include <algorithm>

namespace mdn {

template <class T>
void DensePacked<T>::pack(const DenseParameters<T>& parameters, const DenseSizes& sizes) {
  kernel.pack(parameters.kernel, sizes.units, sizes.inputs, sizes.units);
  kernel_transposed.pack_transposed(parameters.kernel, sizes.units, sizes.units, sizes.inputs);
}

template <class T>
void dense_forward(T* y, const DenseParameters<T>& parameters, const DensePacked<T>& packed, const T* x, int rows,
                   const DenseSizes& sizes) {
  for (int r = 0; r < rows; ++r)
    std::copy_n(parameters.bias, sizes.units, y + static_cast<std::ptrdiff_t>(r) * sizes.units);
  gemm(y, sizes.units, x, sizes.inputs, packed.kernel, rows);
  if (sizes.activation == Activation::kLinear) return;
  for (int r = 0; r < rows; ++r) {
    activate_train(y + static_cast<std::ptrdiff_t>(r) * sizes.units, sizes.units, sizes.activation);
  }
}

template <class T>
void dense_backward(const DenseParameters<T>& d, T* dx, T* dy, const DensePacked<T>& packed, const T* y, const T* x,
                    int rows, const DenseSizes& sizes, GemmScratch<T>& scratch) {
  for (int r = 0; r < rows; ++r) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(r) * sizes.units;
    activation_backward(dy + at, y + at, sizes.units, sizes.activation);
    for (int j = 0; j < sizes.units; ++j) d.bias[j] += dy[at + j];
  }
  gemm_transposed(d.kernel, sizes.units, x, sizes.inputs, dy, sizes.units, rows, sizes.inputs, sizes.units, scratch);
  if (dx != nullptr) gemm(dx, sizes.inputs, dy, sizes.units, packed.kernel_transposed, rows);
}

#define MDN_INSTANTIATE(T)                                                                                             \
  template struct DensePacked<T>;                                                                                      \
  template void dense_forward(T*, const DenseParameters<T>&, const DensePacked<T>&, const T*, int, const DenseSizes&); \
  template void dense_backward(const DenseParameters<T>&, T*, T*, const DensePacked<T>&, const T*, const T*, int,      \
                               const DenseSizes&, GemmScratch<T>&);
MDN_INSTANTIATE(float)
MDN_INSTANTIATE(double)
#undef MDN_INSTANTIATE

}  // namespace mdn
