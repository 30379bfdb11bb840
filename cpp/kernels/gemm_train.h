// Matrix products of training: the weights, packed once per optimiser step, times many rows.
//
// Written on the compiler's vector types, so one text serves AVX-512, AVX2, SSE2, NEON and WebAssembly, float and
// double (the finite-difference tests). Natively this unit alone is compiled for the machine at hand and may fuse
// multiply-adds, so trained bits are a matter of the machine, unlike those of inference.
//
// Every sum starts with what the output holds and adds k ascending, one accumulator per output. So a row's result does
// not depend on the other rows, nor on how many there are, and neither on the number of threads.
#pragma once

#include <cstddef>

#include "base/aligned.h"

namespace mdn {

// A [k, n] matrix in panels of a few columns, k ascending, as the inner loop reads it. T: float or double.
template <class T>
class PackedMatrix {
 public:
  // b [k, ldb], n columns of it used.
  void pack(const T* b, int ldb, int k, int n);
  // The transpose of b [n, ldb], k columns of it used.
  void pack_transposed(const T* b, int ldb, int k, int n);

  int k() const { return k_; }
  int n() const { return n_; }
  const T* panel(int index) const { return values_.data() + static_cast<std::ptrdiff_t>(index) * k_ * columns(); }
  static int columns();

 private:
  void resize(int k, int n);
  int k_ = 0, n_ = 0;
  AlignedVector<T> values_;  // [panels, k, columns()]
};

// c [m, ldc] += a [m, lda] · b.   m >= 0
template <class T>
void gemm(T* c, int ldc, const T* a, int lda, const PackedMatrix<T>& b, int m);

// Buffers of gemm_transposed, kept by the caller so that training allocates nothing per step.
template <class T>
struct GemmScratch {
  PackedMatrix<T> b;
  AlignedVector<T> a;
};

// c [m, ldc] += aᵀ · b with a [rows, lda] (m columns used) and b [rows, ldb] (n columns used): the gradient of a
// weight matrix. The sum runs over the rows, ascending.   m, n, rows >= 0
template <class T>
void gemm_transposed(T* c, int ldc, const T* a, int lda, const T* b, int ldb, int rows, int m, int n,
                     GemmScratch<T>& scratch);

}  // namespace mdn
