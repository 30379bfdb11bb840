// The state of a run on disk: enough to go on with the same bits.
//
// A safetensors file with the tensors parameters, first_moment, second_moment and average (flat, in the order of the
// layout) and a JSON text with the counters and a checksum over all of it, so that a torn or altered file is known.
// Everything else (the order of the batches, augmentation, dropout) is a pure function of the seed and the step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "base/status.h"
#include "train/parameters.h"

namespace mdn {

struct TrainState {
  std::int64_t step = 0;  // optimiser steps done
  double seconds = 0;     // spent training, all runs together
  double points = 0;      // points seen
  double best = 0;        // lowest validation nats, with best_step
  std::int64_t best_step = -1;
  std::uint64_t seed = 0;
  int phase = 0;  // of the specification, and the step it began with
  std::int64_t phase_start = 0;
  AlignedVector<float> parameters, first_moment, second_moment, average;
};

std::vector<std::uint8_t> write_checkpoint(const TrainState& state, const ParameterLayout& layout);

// kBadFile: not a checkpoint, torn or altered. kMismatch: of another network.
Status read_checkpoint(TrainState* out, std::span<const std::uint8_t> bytes, const ParameterLayout& layout);

// directory/checkpoint.safetensors, the one before kept as checkpoint.previous.safetensors.
Status save_checkpoint(const std::string& directory, const TrainState& state, const ParameterLayout& layout);

// The newest sound checkpoint of a directory. `warning` says where the newest one was not sound and the previous one
// was taken.
Status load_checkpoint(TrainState* out, std::string* warning, const std::string& directory,
                       const ParameterLayout& layout);

}  // namespace mdn
