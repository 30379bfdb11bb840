#include "layers/lstm_train.h"

#include <algorithm>
#include <cmath>

#include "kernels/functions_train.h"
#include "layers/activations_train.h"
#include "random/philox.h"

namespace mdn {
namespace {

template <class T>
void grow(AlignedVector<T>& values, std::ptrdiff_t size) {
  if (values.size() < static_cast<std::size_t>(size)) values = AlignedVector<T>(static_cast<std::size_t>(size));
}

template <class T>
void reserve(LstmTape<T>& tape, const PackedSteps& steps, const LstmSizes& sizes, bool dropout) {
  const std::ptrdiff_t cells = static_cast<std::ptrdiff_t>(steps.total()) * sizes.units;
  const std::ptrdiff_t sequence_cells = static_cast<std::ptrdiff_t>(steps.sequences()) * sizes.units;
  grow(tape.gates, 4 * cells);
  grow(tape.cell, cells);
  grow(tape.tanh_cell, cells);
  grow(tape.hidden, cells);
  grow(tape.previous, cells);
  grow(tape.initial, 2 * sequence_cells);
  grow(tape.by_sequence, 4 * sequence_cells);
  grow(tape.d_cell, sequence_cells);
  grow(tape.d_initial, 2 * sequence_cells);
  grow(tape.derivatives, 4 * static_cast<std::ptrdiff_t>(sizes.units));
  if (dropout) grow(tape.kept, cells);
}

void draw_kept(std::uint8_t* out, int units, const RecurrentDropout& dropout, int sequence, int t) {
  const auto threshold = static_cast<std::uint32_t>(dropout.keep * 65536);
  for (int u = 0; u < units; u += 8) {
    const PhiloxWords words = philox(dropout.seed, dropout.first_stream + static_cast<std::uint64_t>(sequence),
                                     dropout.first_position + static_cast<std::uint32_t>(t),
                                     dropout.first_block + static_cast<std::uint32_t>(u / 8));
    for (int i = 0; i < 8 && u + i < units; ++i) {
      const std::uint32_t half = words[static_cast<std::size_t>(i / 2)] >> (16 * (i % 2)) & 0xFFFF;
      out[u + i] = half < threshold;
    }
  }
}

// One row: gates from their sums, then the new cell and hidden state.
template <class T>
void cell_forward(T* h, T* cell, T* tanh_cell, T* gates, const T* previous_cell, const std::uint8_t* kept, T kept_scale,
                  int units, Activation recurrent_activation) {
  activate_train(gates, 2 * units, recurrent_activation);
  vtanh(gates + 2 * units, gates + 2 * units, units);
  activate_train(gates + 3 * units, units, recurrent_activation);
  const T *i = gates, *f = gates + units, *g = gates + 2 * units, *o = gates + 3 * units;
  if (kept == nullptr) {
    for (int u = 0; u < units; ++u) cell[u] = f[u] * previous_cell[u] + i[u] * g[u];
  } else {
    for (int u = 0; u < units; ++u) {
      cell[u] = f[u] * previous_cell[u] + i[u] * (g[u] * (static_cast<T>(kept[u]) * kept_scale));
    }
  }
  vtanh(tanh_cell, cell, units);
  for (int u = 0; u < units; ++u) h[u] = o[u] * tanh_cell[u];
}

// One row backward: gates become the gradient of their sums; d_cell that of the previous cell.
template <class T>
void cell_backward(T* gates, T* d_cell, const T* dh, const T* tanh_cell, const T* previous_cell,
                   const std::uint8_t* kept, T kept_scale, T* derivatives, int units, Activation recurrent_activation) {
  // The derivatives of the three sigmoids and of tanh, times what reaches them.
  T *di = derivatives, *df = derivatives + units, *dg = derivatives + 2 * units, *d_o = derivatives + 3 * units;
  const T *i = gates, *f = gates + units, *g = gates + 2 * units, *o = gates + 3 * units;
  for (int u = 0; u < units; ++u) {
    const T mask = kept == nullptr ? T{1} : static_cast<T>(kept[u]) * kept_scale;
    d_o[u] = dh[u] * tanh_cell[u];
    const T dc = d_cell[u] + dh[u] * o[u] * (1 - tanh_cell[u] * tanh_cell[u]);
    di[u] = dc * g[u] * mask;
    df[u] = dc * previous_cell[u];
    dg[u] = dc * i[u] * mask * (1 - g[u] * g[u]);
    d_cell[u] = dc * f[u];
  }
  activation_backward(di, i, 2 * units, recurrent_activation);
  activation_backward(d_o, o, units, recurrent_activation);
  std::copy_n(derivatives, 4 * units, gates);
}

}  // namespace

template <class T>
void LstmPacked<T>::pack(const LstmParameters<T>& p, const LstmSizes& sizes) {
  const int columns = 4 * sizes.units;
  kernel.pack(p.kernel, columns, sizes.inputs, columns);
  kernel_transposed.pack_transposed(p.kernel, columns, columns, sizes.inputs);
  recurrent.pack(p.recurrent_kernel, columns, sizes.units, columns);
  recurrent_transposed.pack_transposed(p.recurrent_kernel, columns, columns, sizes.units);
  if (sizes.embedding == 0) return;
  class_kernel.pack(p.class_kernel, columns, sizes.embedding, columns);
  class_kernel_transposed.pack_transposed(p.class_kernel, columns, columns, sizes.embedding);
  class_state.pack(p.class_state_kernel, 2 * sizes.units, sizes.embedding, 2 * sizes.units);
  class_state_transposed.pack_transposed(p.class_state_kernel, 2 * sizes.units, 2 * sizes.units, sizes.embedding);
}

template <class T>
void lstm_forward(LstmTape<T>& tape, const LstmParameters<T>& p, const LstmPacked<T>& packed, const T* x,
                  const T* embedding, const T* state, const RecurrentDropout& dropout, const PackedSteps& steps,
                  const LstmSizes& sizes) {
  const std::ptrdiff_t units = sizes.units, columns = 4 * units;
  const bool drops = dropout.keep<1, conditioned = sizes.embedding> 0;
  reserve(tape, steps, sizes, drops);

  T* initial = tape.initial.data();
  if (state != nullptr) {
    std::copy_n(state, steps.sequences() * 2 * units, initial);
  } else if (conditioned) {
    for (int s = 0; s < steps.sequences(); ++s) std::copy_n(p.class_state_bias, 2 * units, initial + s * 2 * units);
    gemm(initial, 2 * sizes.units, embedding, sizes.embedding, packed.class_state, steps.sequences());
    vtanh(initial, initial, steps.sequences() * 2 * sizes.units);
  } else {
    std::fill_n(initial, steps.sequences() * 2 * units, T{0});
  }

  // Everything that does not wait for the previous step, for all rows at once.
  for (int s = 0; s < steps.sequences(); ++s) std::copy_n(p.bias, columns, tape.by_sequence.data() + s * columns);
  if (conditioned) {
    gemm(tape.by_sequence.data(), 4 * sizes.units, embedding, sizes.embedding, packed.class_kernel, steps.sequences());
  }
  for (int t = 0; t < steps.steps(); ++t) {
    std::copy_n(tape.by_sequence.data(), steps.rows(t) * columns, tape.gates.data() + steps.first(t) * columns);
  }
  gemm(tape.gates.data(), 4 * sizes.units, x, sizes.inputs, packed.kernel, steps.total());

  for (int t = 0; t < steps.steps(); ++t) {
    const int rows = steps.rows(t);
    const std::ptrdiff_t first = steps.first(t);
    T* previous = tape.previous.data() + first * units;
    for (int r = 0; r < rows; ++r) {
      const T* from = t == 0 ? initial + r * 2 * units : tape.hidden.data() + (steps.first(t - 1) + r) * units;
      std::copy_n(from, units, previous + r * units);
    }
    gemm(tape.gates.data() + first * columns, 4 * sizes.units, previous, sizes.units, packed.recurrent, rows);
    for (int r = 0; r < rows; ++r) {
      const std::ptrdiff_t at = (first + r) * units;
      std::uint8_t* kept = drops ? tape.kept.data() + at : nullptr;
      if (drops) draw_kept(kept, sizes.units, dropout, r, t);
      const T* previous_cell =
          t == 0 ? initial + r * 2 * units + units : tape.cell.data() + (steps.first(t - 1) + r) * units;
      cell_forward(tape.hidden.data() + at, tape.cell.data() + at, tape.tanh_cell.data() + at,
                   tape.gates.data() + 4 * at, previous_cell, kept, T{1} / static_cast<T>(dropout.keep), sizes.units,
                   sizes.recurrent_activation);
    }
  }
}

template <class T>
void lstm_final_state(T* state, const LstmTape<T>& tape, const PackedSteps& steps, const LstmSizes& sizes) {
  for (int t = 0; t < steps.steps(); ++t) {
    const int going_on = t + 1 < steps.steps() ? steps.rows(t + 1) : 0;
    for (int s = going_on; s < steps.rows(t); ++s) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(steps.row(s, t)) * sizes.units;
      T* out = state + static_cast<std::ptrdiff_t>(s) * 2 * sizes.units;
      std::copy_n(tape.hidden.data() + at, sizes.units, out);
      std::copy_n(tape.cell.data() + at, sizes.units, out + sizes.units);
    }
  }
}

template <class T>
void lstm_backward(const LstmParameters<T>& d, T* dx, T* d_embedding, T* dh, LstmTape<T>& tape,
                   const LstmPacked<T>& packed, const T* x, const T* embedding, bool state_given, float keep,
                   const PackedSteps& steps, const LstmSizes& sizes) {
  const std::ptrdiff_t units = sizes.units, columns = 4 * units;
  const bool drops = keep<1, conditioned = sizes.embedding> 0;
  const int sequences = steps.sequences();
  std::fill_n(tape.d_cell.data(), sequences * units, T{0});
  const T* initial = tape.initial.data();

  for (int t = steps.steps() - 1; t >= 0; --t) {
    const std::ptrdiff_t first = steps.first(t);
    if (t + 1 < steps.steps()) {
      // What the next step says about this step's hidden state.
      gemm(dh + first * units, sizes.units, tape.gates.data() + steps.first(t + 1) * columns, 4 * sizes.units,
           packed.recurrent_transposed, steps.rows(t + 1));
    }
    for (int r = 0; r < steps.rows(t); ++r) {
      const std::ptrdiff_t at = (first + r) * units;
      const T* previous_cell =
          t == 0 ? initial + r * 2 * units + units : tape.cell.data() + (steps.first(t - 1) + r) * units;
      cell_backward(tape.gates.data() + 4 * at, tape.d_cell.data() + r * units, dh + at, tape.tanh_cell.data() + at,
                    previous_cell, drops ? tape.kept.data() + at : nullptr, T{1} / static_cast<T>(keep),
                    tape.derivatives.data(), sizes.units, sizes.recurrent_activation);
    }
  }

  // Everything that does not run through time, for all rows at once.
  const T* gates = tape.gates.data();
  const int rows = steps.total();
  gemm_transposed(d.recurrent_kernel, 4 * sizes.units, tape.previous.data(), sizes.units, gates, 4 * sizes.units, rows,
                  sizes.units, 4 * sizes.units, tape.scratch);
  gemm_transposed(d.kernel, 4 * sizes.units, x, sizes.inputs, gates, 4 * sizes.units, rows, sizes.inputs,
                  4 * sizes.units, tape.scratch);
  if (dx != nullptr) gemm(dx, sizes.inputs, gates, 4 * sizes.units, packed.kernel_transposed, rows);

  // Sums over the rows of each sequence; those of all sequences are the bias's.
  T* by_sequence = tape.by_sequence.data();
  std::fill_n(by_sequence, sequences * columns, T{0});
  for (int t = 0; t < steps.steps(); ++t) {
    const T* row = gates + steps.first(t) * columns;
    for (std::ptrdiff_t j = 0; j < steps.rows(t) * columns; ++j) by_sequence[j] += row[j];
  }
  for (int s = 0; s < sequences; ++s) {
    for (std::ptrdiff_t j = 0; j < columns; ++j) d.bias[j] += by_sequence[s * columns + j];
  }
  if (!conditioned) return;
  gemm_transposed(d.class_kernel, 4 * sizes.units, embedding, sizes.embedding, by_sequence, 4 * sizes.units, sequences,
                  sizes.embedding, 4 * sizes.units, tape.scratch);
  if (d_embedding != nullptr) {
    gemm(d_embedding, sizes.embedding, by_sequence, 4 * sizes.units, packed.class_kernel_transposed, sequences);
  }
  if (state_given) return;
  // Of the initial state: h through the first step's gates, c through its forget gate.
  T* d_initial = tape.d_initial.data();
  std::fill_n(d_initial, sequences * 2 * units, T{0});
  gemm(d_initial, 2 * sizes.units, gates, 4 * sizes.units, packed.recurrent_transposed, sequences);
  for (int s = 0; s < sequences; ++s) {
    T* row = d_initial + s * 2 * units;
    std::copy_n(tape.d_cell.data() + s * units, units, row + units);
    activation_backward(row, initial + s * 2 * units, 2 * sizes.units, Activation::kTanh);
    for (std::ptrdiff_t j = 0; j < 2 * units; ++j) d.class_state_bias[j] += row[j];
  }
  gemm_transposed(d.class_state_kernel, 2 * sizes.units, embedding, sizes.embedding, d_initial, 2 * sizes.units,
                  sequences, sizes.embedding, 2 * sizes.units, tape.scratch);
  if (d_embedding != nullptr) {
    gemm(d_embedding, sizes.embedding, d_initial, 2 * sizes.units, packed.class_state_transposed, sequences);
  }
}

#define MDN_INSTANTIATE(T)                                                                                        \
  template struct LstmPacked<T>;                                                                                  \
  template struct LstmTape<T>;                                                                                    \
  template void lstm_forward(LstmTape<T>&, const LstmParameters<T>&, const LstmPacked<T>&, const T*, const T*,    \
                             const T*, const RecurrentDropout&, const PackedSteps&, const LstmSizes&);            \
  template void lstm_final_state(T*, const LstmTape<T>&, const PackedSteps&, const LstmSizes&);                   \
  template void lstm_backward(const LstmParameters<T>&, T*, T*, T*, LstmTape<T>&, const LstmPacked<T>&, const T*, \
                              const T*, bool, float, const PackedSteps&, const LstmSizes&);
MDN_INSTANTIATE(float)
MDN_INSTANTIATE(double)
#undef MDN_INSTANTIATE

}  // namespace mdn
