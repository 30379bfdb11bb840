#include "model/session.h"

#include <algorithm>
#include <cmath>

#include "kernels/simd.h"

namespace mdn {
namespace {

Status check_finite(const char* what, const float* values, int count) {
  using namespace simd;
  F4 sum = splat(0.0f);  // of x − x: 0, or NaN once an x is not finite
  for (int i = 0; i < count; i += 4) {
    const F4 x = count - i >= 4 ? load(values + i) : load_part(values + i, count - i, 0.0f);
    sum = sum + (x - x);
  }
  float lanes[4];
  store(lanes, sum);
  if (lanes[0] + lanes[1] + lanes[2] + lanes[3] == 0.0f) return {};
  int i = 0;
  while (std::isfinite(values[i])) ++i;
  return Status::error(Code::kBadValue, {what, " ", i, " is not finite; check the weights and the scale of the input"});
}

}  // namespace

Status check_outputs(const float* raw, int count) { return check_finite("the network's output", raw, count); }
Status check_point(const float* point, int count) { return check_finite("the sampled number", point, count); }

Status check_log_prob(const float parts[2]) {
  if (!std::isnan(parts[0]) && !std::isnan(parts[1])) return {};
  return Status::error(Code::kBadValue,
                       "the log-probability of a row is no number: a standard deviation is 0 or infinite");
}

Session::Session(std::shared_ptr<const Network> network, int class_index, std::uint64_t seed, std::uint64_t stream)
    : network_(std::move(network)), seed_(seed), stream_(stream) {
  if (allocate()) status_ = network_->start(bias_.data(), state_.data(), class_index);
}

Session::Session(const Session& other)
    : network_(other.network_),
      status_(other.status_),
      seed_(other.seed_),
      stream_(other.stream_),
      position_(other.position_),
      observed_(other.observed_),
      read_out_(other.read_out_) {
  if (!status_.ok() || !allocate()) return;
  bias_ = other.bias_;
  state_ = other.state_;
  activations_ = other.activations_;
}

bool Session::allocate() {
  const bool enough = bias_.try_resize(static_cast<std::size_t>(network_->bias_size())) &&
                      state_.try_resize(static_cast<std::size_t>(network_->state_size())) &&
                      activations_.try_resize(static_cast<std::size_t>(network_->activation_size())) &&
                      scratch_.try_resize(static_cast<std::size_t>(network_->scratch_size()));
  if (!enough) status_ = Status::error(Code::kTooLarge, "not enough memory for another session");
  return enough;
}

void Session::reseed(std::uint64_t seed, std::uint64_t stream, std::uint32_t position) {
  seed_ = seed;
  stream_ = stream;
  position_ = position;
}

Status Session::raw(const float** out) {
  if (!observed_) {
    return Status::error(
        Code::kMismatch,
        "nothing has been observed yet, so there is no prediction; observe a row or start with a token");
  }
  if (!read_out_) {
    network_->read_out(activations_.data(), 1);
    read_out_ = true;
  }
  *out = network_->output(activations_.data());
  return check_outputs(*out, network_->output_size());
}

Status Session::mixture(float* row) {
  const float* outputs = nullptr;
  if (Status status = raw(&outputs); !status.ok()) return status;
  network_->head().mixture(row, outputs);
  return {};
}

Status Session::observe(const float* rows, int count, float* parts, const float* targets, int draws) {
  const int inputs = network_->input_size(), point = network_->head().shape().point_size();
  if (targets == nullptr) {
    targets = rows;
    draws = 1;
  }
  for (int i = 0; i < count; ++i) {
    if (parts != nullptr) {
      const float* outputs = nullptr;
      if (observed_) {
        if (Status status = raw(&outputs); !status.ok()) return status;
      }
      for (int d = 0; d < draws; ++d) {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(d) * count + i;
        if (outputs == nullptr) {
          parts[2 * at] = parts[2 * at + 1] = NAN;
        } else {
          network_->head().log_prob(parts + 2 * at, outputs, targets + at * point);
          if (Status status = check_log_prob(parts + 2 * at); !status.ok()) return status;
        }
      }
    }
    network_->advance(activations_.data(), state_.data(), rows + static_cast<std::ptrdiff_t>(i) * inputs, inputs,
                      bias_.data(), 1, scratch_.data());
    observed_ = true;
    read_out_ = false;
  }
  return {};
}

Status Session::step(float* point, float* log_prob, const Temper& temper) {
  if (!network_->autoregressive()) {
    return Status::error(Code::kMismatch, {"the network reads ", network_->input_size(), " numbers and predicts ",
                                           network_->head().shape().point_size(),
                                           ", so a sampled row cannot be fed back; observe rows instead"});
  }
  const float* outputs = nullptr;
  if (Status status = raw(&outputs); !status.ok()) return status;
  Draw draw(seed_, stream_, position_++);
  network_->head().sample(point, outputs, temper, draw);
  if (Status status = check_point(point, network_->input_size()); !status.ok()) return status;
  if (log_prob != nullptr) {
    float parts[2];
    network_->head().log_prob(parts, outputs, point);
    if (Status status = check_log_prob(parts); !status.ok()) return status;
    *log_prob = parts[0] + parts[1];
  }
  return observe(point, 1, nullptr, nullptr, 1);
}

Session::Counters Session::save(float* out) const {
  out = std::copy_n(state_.data(), state_.size(), out);
  std::copy_n(activations_.data(), activations_.size(), out);
  return {seed_, stream_, position_, observed_};
}

void Session::restore(const float* from, const Counters& counters) {
  std::copy_n(from, state_.size(), state_.data());
  std::copy_n(from + state_.size(), activations_.size(), activations_.data());
  seed_ = counters.seed;
  stream_ = counters.stream;
  position_ = counters.position;
  observed_ = counters.observed;
  read_out_ = false;
}

}  // namespace mdn
