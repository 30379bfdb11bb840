// Trained weights → the model file that load() reads: the description of the specification, completed with the data
// set's classes and origin, a summary of the training, and a self-test.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "train/checkpoint.h"
#include "train/stroke_set.h"
#include "train/train_spec.h"

namespace mdn {

// float32. The self-test holds what the inference network, reading this very file, answers to a few rows; so a file
// that inference would refuse is never written.
Status write_model_file(std::vector<std::uint8_t>* out, const TrainSpec& spec, const StrokeSet& set,
                        const ParameterLayout& layout, const float* parameters, const TrainState& state,
                        double offset_nats, double pen_nats);

}  // namespace mdn
