#include "train/learner.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/json_write.h"
#include "train/streams.h"

namespace mdn {
namespace {

constexpr std::size_t kChunk = 1 << 15;  // parameters that one thread updates at a time; fixes the order of sums
constexpr double kMostGradient = 1e19;   // the optimiser squares gradients in single precision

}  // namespace

Status Learner::build(const ModelSpec& spec) {
  if (Status status = network_.build(spec); !status.ok()) return status;
  const std::size_t size = layout().size;
  for (auto* values : {&state_.parameters, &state_.first_moment, &state_.second_moment, &state_.average}) {
    values->resize(size);
  }
  state_.seed = options_.seed;
  initialise(state_.parameters.data(), layout(), options_.seed);
  state_.average = state_.parameters;
  const auto shards = static_cast<std::size_t>(options_.shards);
  tapes_.resize(shards);
  batches_.resize(shards);
  windows_.resize(shards);
  gradients_.assign(shards, AlignedVector<float>(size));
  return {};
}

Status Learner::resume(TrainState state) {
  if (state.seed != options_.seed) {
    return Status::error(Code::kMismatch, "the checkpoint was made with seed " + std::to_string(state.seed) +
                                              ", the specification says " + std::to_string(options_.seed));
  }
  state_ = std::move(state);
  return {};
}

void Learner::set_parameters(const float* parameters) {
  std::copy_n(parameters, layout().size, state_.parameters.data());
  state_.average = state_.parameters;
}

template <class Work>
void Learner::each_window(int shard, const Work& work) {
  const auto s = static_cast<std::size_t>(shard);
  const Batch<float>& batch = batches_[s];
  const int steps = batch.steps.steps();
  if (options_.window <= 0 || options_.window >= steps) return work(batch, 0);
  for (int from = 0; from < steps; from += options_.window) {
    take_window(&windows_[s], batch, from, from + options_.window);
    work(windows_[s], from);
    network_.keep_states(tapes_[s], windows_[s].steps);
  }
}

Status Learner::step(StepReport* report, const Source& source, int from) {
  network_.pack(state_.parameters.data());
  std::vector<Parts> parts(static_cast<std::size_t>(options_.shards));
  pool_.run(options_.shards, [&](int shard) {
    const auto s = static_cast<std::size_t>(shard);
    std::fill(gradients_[s].begin(), gradients_[s].end(), 0.0f);
    source(&batches_[s], shard);
    if (batches_[s].steps.total() == 0) return;
    learn(shard, from, parts[s].nats);
    parts[s].points = batches_[s].points;
  });
  Parts sum;
  for (const Parts& part : parts) {
    sum.nats[0] += part.nats[0];
    sum.nats[1] += part.nats[1];
    sum.points += part.points;
  }
  *report = {};
  report->step = state_.step;
  report->points = sum.points;
  if (sum.points > 0) report->nats = {sum.nats[0] / sum.points, sum.nats[1] / sum.points};
  return update(report, sum.points);
}

// Forward and backward over a shard's batch, in windows where the options ask for them.
void Learner::learn(int shard, int from, double nats[2]) {
  const auto s = static_cast<std::size_t>(shard);
  TrainNetwork<float>::Tape& tape = tapes_[s];
  const int first_sequence = shard * ((options_.batch + options_.shards - 1) / options_.shards);
  RecurrentDropout dropout{options_.recurrent_keep, options_.seed,
                           stream_of(Purpose::kDropout, state_.step, first_sequence)};
  each_window(shard, [&](const Batch<float>& part, int first) {
    dropout.first_position = static_cast<std::uint32_t>(from + first);
    network_.forward(tape, part, dropout, from + first > 0);
    network_.loss(nats, tape, part);
    network_.backward(gradients_[s].data(), tape, part, dropout);
    if (options_.stateful) network_.keep_states(tape, part.steps);
  });
}

Status Learner::update(StepReport* report, double points) {
  const std::size_t size = layout().size;
  const int chunks = static_cast<int>((size + kChunk - 1) / kChunk);
  float* gradient = gradients_.front().data();
  std::vector<double> squares(static_cast<std::size_t>(chunks));
  const auto scale =
      points > 0 ? static_cast<float>(1 / points) : 0.0f;  // a batch that is masked whole teaches nothing
  const auto most = static_cast<float>(options_.clip_value);
  const auto range = [&](int chunk) {
    const std::size_t from = static_cast<std::size_t>(chunk) * kChunk;
    return std::pair(from, std::min(kChunk, size - from));
  };
  pool_.run(chunks, [&](int chunk) {
    const auto [from, n] = range(chunk);
    for (std::size_t s = 1; s < gradients_.size(); ++s) {
      const float* other = gradients_[s].data();
      for (std::size_t i = from; i < from + n; ++i) gradient[i] += other[i];
    }
    double square = 0;
    for (std::size_t i = from; i < from + n; ++i) {
      gradient[i] *= scale;
      if (most > 0) gradient[i] = std::clamp(gradient[i], -most, most);
      square += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
    }
    squares[static_cast<std::size_t>(chunk)] = square;
  });
  report->norm = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  report->rate = learning_rate(options_.schedule, state_.step, options_.steps);
  const bool shorten = options_.clip_norm > 0 && report->norm > options_.clip_norm;
  // Written so that NaN fails too.
  if (!((shorten ? options_.clip_norm : report->norm) < kMostGradient) || !std::isfinite(report->norm) ||
      !std::isfinite(report->nats.total())) {
    return Status::error(Code::kBadValue, "step " + std::to_string(state_.step) +
                                              ": the loss or its gradient is not finite. The learning rate (" +
                                              json_number(report->rate) +
                                              ") may be too high, or the data badly scaled");
  }
  const float factor = shorten ? static_cast<float>(options_.clip_norm / report->norm) : 1.0f;
  pool_.run(chunks, [&](int chunk) {
    const auto [from, n] = range(chunk);
    for (std::size_t i = from; i < from + n; ++i) gradient[i] *= factor;
    adam(state_.parameters.data() + from, state_.first_moment.data() + from, state_.second_moment.data() + from,
         gradient + from, n, state_.step + 1, static_cast<float>(report->rate), options_.adam);
    if (options_.average > 0) {
      move_average(state_.average.data() + from, state_.parameters.data() + from, n, state_.step + 1, options_.average);
    }
  });
  ++state_.step;
  state_.points += points;
  return {};
}

Nats Learner::evaluate(int count, const Source& source) {
  network_.pack(averaged().data());
  std::vector<Parts> parts(static_cast<std::size_t>(count));
  pool_.run(options_.shards, [&](int shard) {
    const auto s = static_cast<std::size_t>(shard);
    for (int b = shard; b < count; b += options_.shards) {
      Parts& part = parts[static_cast<std::size_t>(b)];
      source(&batches_[s], b);
      each_window(shard, [&](const Batch<float>& window, int first) {
        network_.forward(tapes_[s], window, {}, first > 0);
        network_.loss(part.nats, tapes_[s], window);
      });
      part.points = batches_[s].points;
    }
  });
  Parts sum;
  for (const Parts& part : parts) {
    for (int i = 0; i < 2; ++i) sum.nats[i] += part.nats[i];
    sum.points += part.points;
  }
  const double points = sum.points > 0 ? sum.points : 1;
  return {sum.nats[0] / points, sum.nats[1] / points};
}

bool Learner::note(const Nats& nats) {
  if (state_.best_step >= 0 && nats.total() >= state_.best) return false;
  state_.best = nats.total();
  state_.best_step = state_.step;
  return true;
}

}  // namespace mdn
