// mixture-density: mixture density networks in C++20. This header is the manual; it includes everything public.
//
// An MDN predicts a whole distribution: the network's outputs are the weights, means and scales of a mixture (Bishop,
// "Mixture density networks", 1994). The library reads a model file, observes a sequence row by row, and answers with
// the mixture of the next row, a sample of it, or many whole continuations.
//
//   std::shared_ptr<const mdn::Network> network;
//   mdn::Status status = mdn::Network::load(&network, bytes);        // a safetensors model file
//   mdn::Session session(network, /*class_index=*/-1, /*seed=*/7, /*stream=*/0);
//   status = session.observe(rows, count, nullptr, nullptr, 1);      // [count, input_size], model units
//   status = session.step(point, &log_prob, mdn::Temper{0.4f, 0.6f, 1.0f});
//   mdn::Futures futures(session, 64, 60, /*seed=*/7, mdn::Temper{});
//   status = futures.advance(60);                                    // futures.points() is [64, 60, point_size]
//
// Conventions
//   Status      what may fail returns a Status with a Code and a text: what was expected, what came, how to fix it.
//               Nothing throws; nothing returns NaN silently.
//   Arrays      flat, row-major float32; shapes stand in brackets beside the pointer. Outputs come first, then inputs,
//               then sizes.
//   Units       log-probabilities are nats; rows are in model units (data units ÷ the model's scale).
//   Memory      a Session and a Futures own every buffer from construction; stepping allocates nothing. A Network is
//               immutable and may be shared between threads; a Session belongs to one thread at a time.
//   Same bits   a float sum is the bias plus the sums of blocks of 128 k, each from zero, k ascending, one accumulator
//   per
//               output, multiply then add (in one chain over 512 units σ was off by 1e-5); exp, log, tanh and the
//               normal transform are our own. So one row or a batch, WebAssembly or native, give equal bits, and future
//               i equals a fork of the session stepped with stream i. -ffp-contract=off is required.
//   Randomness  a pure function of (seed, stream, position): Philox4x32-10, position = rows sampled so far.
//
// Map (each folder includes only those above it)
//   base/       Status, aligned arrays            kernels/    SIMD vocabulary, gemv, gemm, exp log tanh …, naive twins
//   random/     Philox, draws                     io/         JSON, safetensors
//   mixtures/   the canonical mixture, its operations, temperature rules
//   layers/     dense, LSTM, activations          heads/      raw outputs → mixture
//   model/      description, network, model file, session, futures
#pragma once

#include "base/aligned.h"
#include "base/status.h"
#include "heads/head.h"
#include "io/safetensors.h"
#include "layers/activations.h"
#include "layers/dense.h"
#include "layers/lstm.h"
#include "mixtures/mixture.h"
#include "mixtures/temperature.h"
#include "model/futures.h"
#include "model/network.h"
#include "model/session.h"
#include "random/draw.h"
#include "random/philox.h"
