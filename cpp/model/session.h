// Session: one sequence being observed and continued, one row at a time.
//
// A session owns every buffer it needs from construction; observe() and step() allocate nothing. What it draws is a
// pure function of (seed, stream, position): position counts the rows sampled, or accepted from futures, so far.
#pragma once

#include <cstdint>
#include <memory>

#include "base/aligned.h"
#include "base/status.h"
#include "mixtures/temperature.h"
#include "model/network.h"

namespace mdn {

// kBadValue, naming the first that is not finite of the raw outputs [count] or of a sampled point [count].
Status check_outputs(const float* raw, int count);
Status check_point(const float* point, int count);
// kBadValue where a log-probability is no number, as that of the mean is where a standard deviation has become 0.
Status check_log_prob(const float parts[2]);

class Session {
 public:
  // class_index: a class, or -1 for none or any. Check status() before use, also of a copy: kBadArgument for a class
  // that does not exist, kTooLarge without the memory.
  Session(std::shared_ptr<const Network> network, int class_index, std::uint64_t seed, std::uint64_t stream);
  // A fork: the same state, and the same random numbers until reseed().
  Session(const Session& other);

  const Status& status() const { return status_; }
  const Network& network() const { return *network_; }
  std::shared_ptr<const Network> shared_network() const { return network_; }

  // Feeds `count` rows [count, input_size]. Where `parts` is given, it gets the log-probability (nats, model units) of
  // each row under the mixture predicted before it: [draws, count, 2], continuous and discrete part. Scored are the
  // rows of `targets` [draws, count, point_size] if given, else the rows themselves (draws = 1). The first row of a
  // session has no prediction before it unless a row was observed earlier (the start token): its parts are NaN.
  // kBadValue where the network's output is not finite, or a log-probability is no number; the rows before have been
  // fed.
  Status observe(const float* rows, int count, float* parts, const float* targets, int draws);

  // Samples a row, feeds it back and leaves it in `point` [point_size]; `log_prob`, if given, gets its log-probability
  // at temperature 1 (nats, model units). kMismatch if nothing has been observed yet or the row cannot be fed back,
  // kBadValue if a number of it is not finite, or its log-probability is no number; then it has not been fed.
  Status step(float* point, float* log_prob, const Temper& temper);

  // The raw outputs that predict the next row [output_size], computed at most once a row. kMismatch if nothing has been
  // observed yet, kBadValue where a number is not finite.
  Status raw(const float** out);
  // The mixture of the next row, in canonical form: [row_size].
  Status mixture(float* row);

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }
  std::uint32_t position() const { return position_; }
  // Chooses the random numbers of the next step.
  void reseed(std::uint64_t seed, std::uint64_t stream, std::uint32_t position);
  // Counts rows taken from futures as sampled.
  void skip(std::uint32_t rows) { position_ += rows; }

  // A snapshot is a flat copy of everything that changes: [snapshot_size] floats.
  int snapshot_size() const { return network_->state_size() + network_->activation_size(); }
  struct Counters {
    std::uint64_t seed, stream;
    std::uint32_t position;
    bool observed;
  };
  Counters save(float* out) const;
  void restore(const float* from, const Counters& counters);

  // For Futures, which start from here.
  const float* state() const { return state_.data(); }
  const float* activations() const { return activations_.data(); }
  const AlignedVector<float>& bias() const { return bias_; }

 private:
  bool allocate();

  std::shared_ptr<const Network> network_;
  Status status_;
  AlignedVector<float> bias_, state_, activations_;
  AlignedVector<std::int16_t> scratch_;
  std::uint64_t seed_, stream_;
  std::uint32_t position_ = 0;
  bool observed_ = false;  // a row has been fed: there is a prediction
  bool read_out_ = false;  // and its raw outputs are computed
};

}  // namespace mdn
