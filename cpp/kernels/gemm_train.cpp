#include "kernels/gemm_train.h"

#include <algorithm>
#include <cstring>

#include "base/inlining.h"

namespace mdn {
namespace {

// A register tile is kTileRows rows × two vectors; accumulators, two vectors of b and a broadcast must fit the
// registers.
#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kTileRows = 8;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32, kTileRows = 6;
#else
constexpr int kVectorBytes = 16, kTileRows = 4;
#endif
constexpr int kRowBlock = 256;  // rows that gemm_transposed packs at a time: a panel of b stays in the first cache

template <class T>
struct Vector {
  static constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));
  typedef T Type __attribute__((vector_size(kVectorBytes)));
  static Type load(const T* p) {
    Type v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(T* p, Type v) { std::memcpy(p, &v, sizeof v); }
};

template <class T>
constexpr int kColumns = 2 * Vector<T>::kLanes;

}  // namespace

// c [R, ldc] += a · b, the element (r, i) of a at a[r · row + i · step], b [k, kColumns].
template <class T, int R>
MDN_NOINLINE void gemm_tile(T* c, std::ptrdiff_t ldc, const T* a, std::ptrdiff_t row, std::ptrdiff_t step, const T* b,
                            int k) {
  using V = Vector<T>;
  typename V::Type sums[R][2];
  for (int r = 0; r < R; ++r) {
    sums[r][0] = V::load(c + r * ldc);
    sums[r][1] = V::load(c + r * ldc + V::kLanes);
  }
  for (int i = 0; i < k; ++i) {
    const typename V::Type left = V::load(b), right = V::load(b + V::kLanes);
    for (int r = 0; r < R; ++r) {
      const T x = a[r * row];
      sums[r][0] += x * left;
      sums[r][1] += x * right;
    }
    b += kColumns<T>;
    a += step;
  }
  for (int r = 0; r < R; ++r) {
    V::store(c + r * ldc, sums[r][0]);
    V::store(c + r * ldc + V::kLanes, sums[r][1]);
  }
}

namespace {

template <class T, int R = kTileRows>
void any_tile(int rows, T* c, std::ptrdiff_t ldc, const T* a, std::ptrdiff_t row, std::ptrdiff_t step, const T* b,
              int k) {
  if constexpr (R > 0) {
    if (rows == R) return gemm_tile<T, R>(c, ldc, a, row, step, b, k);
    any_tile<T, R - 1>(rows, c, ldc, a, row, step, b, k);
  }
}

// The same for a tile that is `columns` <= kColumns wide.
template <class T>
void tile(int rows, int columns, T* c, std::ptrdiff_t ldc, const T* a, std::ptrdiff_t row, std::ptrdiff_t step,
          const T* b, int k) {
  if (columns == kColumns<T>) return any_tile<T>(rows, c, ldc, a, row, step, b, k);
  T part[kTileRows * kColumns<T>] = {};
  for (int r = 0; r < rows; ++r) std::copy_n(c + r * ldc, columns, part + r * kColumns<T>);
  any_tile<T>(rows, part, kColumns<T>, a, row, step, b, k);
  for (int r = 0; r < rows; ++r) std::copy_n(part + r * kColumns<T>, columns, c + r * ldc);
}

}  // namespace

template <class T>
int PackedMatrix<T>::columns() {
  return kColumns<T>;
}

template <class T>
void PackedMatrix<T>::resize(int k, int n) {
  k_ = k;
  n_ = n;
  const int panels = (n + kColumns<T> - 1) / kColumns<T>;
  const std::size_t size = static_cast<std::size_t>(panels) * static_cast<std::size_t>(k) * kColumns<T>;
  if (values_.size() < size) values_ = AlignedVector<T>(size);
}

template <class T>
void PackedMatrix<T>::pack(const T* b, int ldb, int k, int n) {
  resize(k, n);
  T* out = values_.data();
  for (int j = 0; j < n; j += kColumns<T>) {
    const int columns = std::min(kColumns<T>, n - j);
    for (int i = 0; i < k; ++i, out += kColumns<T>) {
      std::copy_n(b + static_cast<std::ptrdiff_t>(i) * ldb + j, columns, out);
      std::fill(out + columns, out + kColumns<T>, T{0});
    }
  }
}

template <class T>
void PackedMatrix<T>::pack_transposed(const T* b, int ldb, int k, int n) {
  resize(k, n);
  T* out = values_.data();
  for (int j = 0; j < n; j += kColumns<T>, out += static_cast<std::ptrdiff_t>(k) * kColumns<T>) {
    for (int column = 0; column < kColumns<T>; ++column) {
      const T* row = b + static_cast<std::ptrdiff_t>(j + column) * ldb;
      for (int i = 0; i < k; ++i) out[i * kColumns<T> + column] = j + column < n ? row[i] : T{0};
    }
  }
}

template <class T>
void gemm(T* c, int ldc, const T* a, int lda, const PackedMatrix<T>& b, int m) {
  for (int j = 0; j < b.n(); j += kColumns<T>) {
    const T* panel = b.panel(j / kColumns<T>);
    for (int i = 0; i < m; i += kTileRows) {
      tile<T>(std::min(kTileRows, m - i), std::min(kColumns<T>, b.n() - j),
              c + static_cast<std::ptrdiff_t>(i) * ldc + j, ldc, a + static_cast<std::ptrdiff_t>(i) * lda, lda, 1,
              panel, b.k());
    }
  }
}

template <class T>
void gemm_transposed(T* c, int ldc, const T* a, int lda, const T* b, int ldb, int rows, int m, int n,
                     GemmScratch<T>& scratch) {
  const int tiles = (m + kTileRows - 1) / kTileRows;
  const std::ptrdiff_t tile_size = kRowBlock * kTileRows;
  if (scratch.a.size() < static_cast<std::size_t>(tiles * tile_size)) {
    scratch.a = AlignedVector<T>(static_cast<std::size_t>(tiles * tile_size));
  }
  for (int from = 0; from < rows; from += kRowBlock) {
    const int k = std::min(kRowBlock, rows - from);
    scratch.b.pack(b + static_cast<std::ptrdiff_t>(from) * ldb, ldb, k, n);
    for (int r = 0; r < k; ++r) {
      const T* source = a + static_cast<std::ptrdiff_t>(from + r) * lda;
      for (int i = 0; i < tiles; ++i) {
        std::copy_n(source + i * kTileRows, std::min(kTileRows, m - i * kTileRows),
                    scratch.a.data() + i * tile_size + r * kTileRows);
      }
    }
    // The panel of b stays in the first cache, the tiles of a in the second.
    for (int j = 0; j < n; j += kColumns<T>) {
      for (int i = 0; i < tiles; ++i) {
        tile<T>(std::min(kTileRows, m - i * kTileRows), std::min(kColumns<T>, n - j),
                c + static_cast<std::ptrdiff_t>(i) * kTileRows * ldc + j, ldc, scratch.a.data() + i * tile_size, 1,
                kTileRows, scratch.b.panel(j / kColumns<T>), k);
      }
    }
  }
}

#define MDN_INSTANTIATE(T)                                                 \
  template class PackedMatrix<T>;                                          \
  template void gemm(T*, int, const T*, int, const PackedMatrix<T>&, int); \
  template void gemm_transposed(T*, int, const T*, int, const T*, int, int, int, int, GemmScratch<T>&);
MDN_INSTANTIATE(float)
MDN_INSTANTIATE(double)
#undef MDN_INSTANTIATE

}  // namespace mdn
