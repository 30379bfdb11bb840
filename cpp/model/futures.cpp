#include "model/futures.h"

#include <algorithm>

namespace mdn {

Futures::Futures(Session& session, int count, int max_steps, std::uint64_t seed, const Temper& temper)
    : network_(session.shared_network()), temper_(temper), seed_(seed), position_(session.position()) {
  const int point = network_->head().shape().point_size();
  const std::int64_t state = network_->state_size(), activations = network_->activation_size();
  const std::int64_t floats = count * (state + activations + static_cast<std::int64_t>(max_steps) * point);
  if (count < 1 || count > kMaxCount || max_steps < 1 || floats > kMaxFloats) {
    status_ = Status::error(Code::kTooLarge, {count, " futures of ", max_steps, " steps need ", floats / 262144,
                                              " MB; at most 256 MB and 65536 futures are allowed"});
    return;
  }
  if (!network_->autoregressive()) {
    status_ = Status::error(Code::kMismatch, "the network does not predict the rows it reads, so it has no futures");
    return;
  }
  const float* raw = nullptr;
  if (status_ = session.raw(&raw); !status_.ok()) return;
  const auto rows = static_cast<std::size_t>(count);
  const bool enough =
      bias_.try_resize(session.bias().size()) && state_.try_resize(rows * static_cast<std::size_t>(state)) &&
      activations_.try_resize(rows * static_cast<std::size_t>(activations)) &&
      points_.try_resize(rows * static_cast<std::size_t>(max_steps) * static_cast<std::size_t>(point)) &&
      log_probs_.try_resize(rows) && lengths_.try_resize(rows) && order_.try_resize(rows) &&
      finished_.try_resize(rows) &&
      scratch_.try_resize(static_cast<std::size_t>(std::min(count, Lstm::kChunk) * network_->scratch_size()));
  if (!enough) {
    status_ = Status::error(Code::kTooLarge, {"not enough memory for ", count, " futures"});
    return;
  }
  std::copy_n(session.bias().data(), bias_.size(), bias_.data());
  for (int i = 0; i < count; ++i) {
    std::copy_n(session.state(), state, state_.data() + i * state);
    std::copy_n(session.activations(), activations, activations_.data() + i * activations);
    order_[static_cast<std::size_t>(i)] = i;
  }
  count_ = active_ = count;
  max_steps_ = max_steps;
}

Status Futures::advance(int steps) {
  for (int s = 0; s < steps && !done() && status_.ok(); ++s) status_ = step();
  return status_;
}

Status Futures::step() {
  const Head& head = network_->head();
  const std::ptrdiff_t state = network_->state_size(), activations = network_->activation_size();
  const std::ptrdiff_t point_size = head.shape().point_size();
  for (int row = 0; row < active_;) {
    float* own_activations = activations_.data() + row * activations;
    const float* outputs = network_->output(own_activations);
    if (Status status = check_outputs(outputs, network_->output_size()); !status.ok()) return status;
    const auto future = static_cast<std::size_t>(order_[static_cast<std::size_t>(row)]);
    float* point = points_.data() + (static_cast<std::ptrdiff_t>(future) * max_steps_ + taken_) * point_size;
    Draw draw(seed_, future, position_ + static_cast<std::uint32_t>(taken_));
    head.sample(point, outputs, temper_, draw);
    if (Status status = check_point(point, static_cast<int>(point_size)); !status.ok()) return status;
    float parts[2];
    head.log_prob(parts, outputs, point);
    if (Status status = check_log_prob(parts); !status.ok()) return status;
    log_probs_[future] += parts[0] + parts[1];
    lengths_[future] = taken_ + 1;
    if (!head.finished(point)) {
      std::copy_n(point, point_size, own_activations);  // the network's input stands first in a row of activations
      ++row;
      continue;
    }
    // Finished: the last active row takes this place, so that the batch stays dense. It has not been sampled yet.
    finished_[future] = 1;
    --active_;
    if (row != active_) {
      std::copy_n(state_.data() + active_ * state, state, state_.data() + row * state);
      std::copy_n(activations_.data() + active_ * activations, activations, own_activations);
      std::swap(order_[static_cast<std::size_t>(row)], order_[static_cast<std::size_t>(active_)]);
    }
  }
  ++taken_;
  if (done()) return {};
  network_->advance(activations_.data(), state_.data(), activations_.data(), static_cast<int>(activations),
                    bias_.data(), active_, scratch_.data());
  network_->read_out(activations_.data(), active_);
  return {};
}

}  // namespace mdn
