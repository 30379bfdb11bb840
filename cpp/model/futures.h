// Futures: many continuations of one session, run as one batch.
//
// Future i is what a fork of the session stepped with stream i would give, bit for bit, for any number of futures: the
// kernels give a row the same bits in any batch, and its random numbers depend on (seed, i, position) alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/aligned.h"
#include "base/status.h"
#include "mixtures/temperature.h"
#include "model/session.h"

namespace mdn {

class Futures {
 public:
  static constexpr int kMaxCount = 65536;
  static constexpr std::int64_t kMaxFloats = std::int64_t{1} << 26;  // 256 MB: state, activations and points together

  // Does not change the session. Futures draw from (seed, stream 0 … count−1), starting at the session's position.
  // Check status() before use: kTooLarge, with the size it would need; kMismatch as in Session::step.
  Futures(Session& session, int count, int max_steps, std::uint64_t seed, const Temper& temper);

  const Status& status() const { return status_; }
  // Runs up to `steps` steps of every future that is not finished. Allocates nothing. kBadValue where a number is not
  // finite; the futures then stay as they are.
  Status advance(int steps);

  int count() const { return count_; }
  int max_steps() const { return max_steps_; }
  // True when every future has ended or reached max_steps.
  bool done() const { return active_ == 0 || taken_ == max_steps_; }
  // Rows of future i so far; [count].
  const std::int32_t* lengths() const { return lengths_.data(); }
  // Whether a future ended by itself (its last row says so); [count].
  const std::uint8_t* finished() const { return finished_.data(); }
  // Log-probability of each future at temperature 1, summed over its rows, nats in model units; [count].
  const float* log_probs() const { return log_probs_.data(); }
  // [count, max_steps, point_size], zero beyond each length.
  const float* points() const { return points_.data(); }

 private:
  Status step();

  std::shared_ptr<const Network> network_;
  Status status_;
  Temper temper_;
  int count_ = 0, max_steps_ = 0, active_ = 0, taken_ = 0;
  std::uint64_t seed_ = 0;
  std::uint32_t position_ = 0;
  AlignedVector<float> bias_, state_, activations_, points_, log_probs_;
  AlignedVector<std::int16_t> scratch_;
  AlignedVector<std::int32_t> lengths_, order_;  // order: which future runs in each row of state; the active come first
  AlignedVector<std::uint8_t> finished_;
};

}  // namespace mdn
