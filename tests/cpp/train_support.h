// Helpers of the training tests: small networks from JSON, random batches, and gradients by finite differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "model/spec.h"
#include "random/draw.h"
#include "train/batch.h"
#include "train/train_network.h"

namespace mdn::test {

inline ModelSpec spec_of(const std::string& json) {
  ModelSpec spec;
  const Status status = read_spec(&spec, json);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return spec;
}

// n numbers between -size and size.
template <class T>
std::vector<T> random_numbers(std::size_t n, double size, std::uint64_t stream) {
  Draw draw(77, stream, 0);
  std::vector<T> out(n);
  for (T& value : out) value = static_cast<T>(size * (2 * static_cast<double>(draw.uniform()) - 1));
  return out;
}

// Sequences of the given lengths (not ascending) of random rows. The last row of each has its values masked, as
// drawings have; `discrete`: the last three numbers of a target are one-hot.
template <class T>
Batch<T> random_batch(const std::vector<int>& lengths, int inputs, int point, bool discrete, int classes) {
  Batch<T> batch;
  batch.steps.assign(lengths);
  const auto rows = static_cast<std::size_t>(batch.steps.total());
  batch.inputs = random_numbers<T>(rows * static_cast<std::size_t>(inputs), 1.5, 1);
  batch.targets = random_numbers<T>(rows * static_cast<std::size_t>(point), 1.5, 2);
  batch.weights.assign(2 * rows, T{1});
  Draw draw(77, 3, 0);
  for (std::size_t r = 0; discrete && r < rows; ++r) {
    T* one_hot = batch.targets.data() + r * static_cast<std::size_t>(point) + point - 3;
    std::fill_n(one_hot, 3, T{0});
    one_hot[draw.word() % 3] = 1;
  }
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    if (classes > 0) batch.classes.push_back(static_cast<int>(draw.word() % static_cast<unsigned>(classes)));
    batch.weights[2 * static_cast<std::size_t>(batch.steps.row(static_cast<int>(s), lengths[s] - 1))] = 0;
  }
  return batch;
}

inline double total_loss(TrainNetwork<double>& network, const std::vector<double>& parameters,
                         const Batch<double>& batch, const RecurrentDropout& dropout) {
  TrainNetwork<double>::Tape tape;
  double parts[2] = {0, 0};
  network.pack(parameters.data());
  network.forward(tape, batch, dropout);
  network.loss(parts, tape, batch);
  return parts[0] + parts[1];
}

// Compares every derivative of the network's loss with central differences. In double with steps of 1e-5 these are good
// to about 1e-9 of the loss's size and 1e-10 of its third derivative.
inline void check_gradient(const ModelSpec& spec, const Batch<double>& batch, const RecurrentDropout& dropout) {
  TrainNetwork<double> network;
  const Status status = network.build(spec);
  REQUIRE_MESSAGE(status.ok(), status.message);
  const std::size_t size = network.layout().size;
  std::vector<double> parameters = random_numbers<double>(size, 0.6, 9);
  std::vector<double> gradient(size, 0.0);
  TrainNetwork<double>::Tape tape;
  double parts[2] = {0, 0};
  network.pack(parameters.data());
  network.forward(tape, batch, dropout);
  network.loss(parts, tape, batch);
  network.backward(gradient.data(), tape, batch, dropout);
  constexpr double kStep = 1e-5;
  for (const ParameterView& view : network.layout().views) {
    double worst = 0;
    for (std::size_t i = view.offset; i < view.offset + view.count(); ++i) {
      const double value = parameters[i];
      parameters[i] = value + kStep;
      const double above = total_loss(network, parameters, batch, dropout);
      parameters[i] = value - kStep;
      const double below = total_loss(network, parameters, batch, dropout);
      parameters[i] = value;
      const double expected = (above - below) / (2 * kStep);
      worst = std::max(worst, std::fabs(gradient[i] - expected) / std::max(1.0, std::fabs(expected)));
    }
    CHECK_MESSAGE(worst < 1e-6, view.name, ": worst difference ", worst);
  }
}

}  // namespace mdn::test
