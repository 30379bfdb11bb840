// What one shard of a batch consists of: sequences of input rows, target rows and masks, packed without padding.
#pragma once

#include <vector>

#include "base/aligned.h"
#include "layers/steps_train.h"

namespace mdn {

template <class T>
struct Batch {
  PackedSteps steps;
  std::vector<T> inputs;     // [rows, input_size]
  std::vector<T> targets;    // [rows, point_size]
  std::vector<T> weights;    // [rows, 2]: of the values, of the discrete part; 0 masks
  std::vector<int> classes;  // [sequences]: rows of the embedding; empty without classes
  double points = 0;         // Σ of the values' weights
};

// The steps [from, to) of a batch, whose rows are one piece of each array.
template <class T>
void take_window(Batch<T>* out, const Batch<T>& batch, int from, int to) {
  out->steps = batch.steps.window(from, to);
  const auto first = static_cast<std::size_t>(batch.steps.first(from)),
             rows = static_cast<std::size_t>(out->steps.total());
  const auto all = static_cast<std::size_t>(batch.steps.total());
  const auto copy = [&](std::vector<T>& to_values, const std::vector<T>& values) {
    const std::size_t width = values.size() / all;
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first * width);
    to_values.assign(begin, begin + static_cast<std::ptrdiff_t>(rows * width));
  };
  copy(out->inputs, batch.inputs);
  copy(out->targets, batch.targets);
  copy(out->weights, batch.weights);
  out->classes = batch.classes;
  if (!out->classes.empty()) out->classes.resize(static_cast<std::size_t>(out->steps.sequences()));
}

}  // namespace mdn
