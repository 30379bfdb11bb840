// LSTM layer for training: whole batches of sequences forward, and backward through time.
//
//   [i f g o] = x·W + h·U + b + e·Wc      i, f, o through the recurrent activation, g through tanh
//   c' = f ⊙ c + i ⊙ (m ⊙ g)              h' = o ⊙ tanh(c')
//   h₀, c₀ = tanh(e·Ws + bs)
//
// e is the embedding of the sequence's class; without conditioning the last term and the initial state are zero.
// m is recurrent dropout without memory loss (Semeniuta et al. 2016): 1/keep with probability keep, else 0.
// Gates are stored in the order i, f, g, o with the forget bias inside b.
//
// Gradients checked in tests/cpp/test_train_layers.cpp against finite differences in double.
#pragma once

#include <cstdint>

#include "kernels/gemm_train.h"
#include "layers/activations.h"
#include "layers/steps_train.h"

namespace mdn {

// Parameters and gradients have the same form, that of model files. E: size of the embedding, 0 without a class.
template <class T>
struct LstmParameters {
  T* kernel = nullptr;              // [inputs, 4·units]
  T* recurrent_kernel = nullptr;    // [units, 4·units]
  T* bias = nullptr;                // [4·units]
  T* class_kernel = nullptr;        // [E, 4·units]
  T* class_state_kernel = nullptr;  // [E, 2·units], h then c
  T* class_state_bias = nullptr;    // [2·units]
};

struct LstmSizes {
  int inputs = 0, units = 0, embedding = 0;
  Activation recurrent_activation = Activation::kSigmoid;
};

// The weights as the products read them: packed once per optimiser step, shared by all shards.
template <class T>
struct LstmPacked {
  PackedMatrix<T> kernel, kernel_transposed, recurrent, recurrent_transposed;
  PackedMatrix<T> class_kernel, class_kernel_transposed, class_state, class_state_transposed;
  void pack(const LstmParameters<T>& parameters, const LstmSizes& sizes);
};

// Recurrent dropout as a pure function: row t of sequence s uses the stream first_stream + s, the position
// first_position + t and the blocks from first_block on, 8 units a block. A unit is kept where its 16 bits are below
// keep · 2¹⁶.
struct RecurrentDropout {
  float keep = 1;
  std::uint64_t seed = 0, first_stream = 0;
  std::uint32_t first_block = 0, first_position = 0;
};

// What backward needs of forward. Grows to the largest batch.
template <class T>
struct LstmTape {
  AlignedVector<T> gates;            // [rows, 4·units]: after activation; after backward the gradient before it
  AlignedVector<T> cell;             // [rows, units]
  AlignedVector<T> tanh_cell;        // [rows, units]
  AlignedVector<T> hidden;           // [rows, units]: the layer's output
  AlignedVector<T> previous;         // [rows, units]: the hidden state each row started from
  AlignedVector<T> initial;          // [sequences, 2·units]: h₀ | c₀
  AlignedVector<T> by_sequence;      // [sequences, 4·units]: class term of the gates; in backward its gradient
  AlignedVector<T> d_cell;           // [sequences, units]
  AlignedVector<T> d_initial;        // [sequences, 2·units]
  AlignedVector<T> derivatives;      // [4·units]
  AlignedVector<std::uint8_t> kept;  // [rows, units], only with dropout
  GemmScratch<T> scratch;
};

// x [rows, inputs], embedding [sequences, E] or null. `state` [sequences, 2·units], h | c, replaces the initial state
// where it is not null (a window of a longer sequence).
template <class T>
void lstm_forward(LstmTape<T>& tape, const LstmParameters<T>& parameters, const LstmPacked<T>& packed, const T* x,
                  const T* embedding, const T* state, const RecurrentDropout& dropout, const PackedSteps& steps,
                  const LstmSizes& sizes);

// The state after each sequence's last row: [sequences, 2·units], h | c.
template <class T>
void lstm_final_state(T* state, const LstmTape<T>& tape, const PackedSteps& steps, const LstmSizes& sizes);

// Adds to the gradients d and, unless null, to dx [rows, inputs] and d_embedding [sequences, E]. dh [rows, units], the
// gradient of the output, is overwritten. `state_given`: forward had a `state`, where the gradient ends.
template <class T>
void lstm_backward(const LstmParameters<T>& d, T* dx, T* d_embedding, T* dh, LstmTape<T>& tape,
                   const LstmPacked<T>& packed, const T* x, const T* embedding, bool state_given, float keep,
                   const PackedSteps& steps, const LstmSizes& sizes);

}  // namespace mdn
