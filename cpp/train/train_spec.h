// What to train and how: one JSON object.
//
//   {
//     "model": {…},                     the description of the model file (see model/spec.h), without "version";
//                                       classes and data come from the data set
//     "seed": 1,
//     "steps": 20000,                 optimiser steps in all
//     "batch": 128,                   sequences a step
//     "shards": 4,                    parts of a batch whose gradients are added in order; at most as many threads
//                                     help. Other shards, other bits; other threads, the same
//     "optimiser": {"type": "adam" or "adamw", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "weightDecay": 0.01},
//     "schedule": {"type": "cosine" or "exponential" or "constant",
//                  "rate": 1e-3, "last": 1e-5, "warmUp": 200, "decay": 0.9999},
//     "clip": {"norm": 1, "value": 0},  0: not at all
//     "average": 0.999,               of the weights; 0: none
//     "recurrentKeep": 0.9,           recurrent dropout
//     "window": 0,                    gradients run back through so many steps at most (truncated backpropagation
//                                     through time), which bounds the memory that long sequences need; 0: through all
//     "augment": {"axisScaling": 0.15, "mirror": true, "neverMirror": ["…"], "drop": 0.1, "dequantise": 0.5,
//                 "any": 0.1},
//     "phases": [{"until": 0.6, "minDrawings": 0}, {"until": 1, "minDrawings": 500}],
//                                     the share of the steps that sees the classes with so many training drawings
//     "validation": {"every": 1000, "minDrawings": 500, "patience": 0},
//                                     patience: validations without a new best until training stops; 0: never
//     "checkpointSeconds": 180
//   }
//
// Everything but "model" and "steps" may be left out; the values above are the defaults, except for phases (one, all
// classes), minDrawings (0), augment and dropout (none).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/spec.h"
#include "train/learner.h"
#include "train/stroke_batch.h"

namespace mdn {

struct TrainSpec : LearnOptions {
  struct Phase {
    double until = 1;
    int min_drawings = 0;
  };

  std::string model_text;  // the JSON object "model"
  ModelSpec model;
  double scale = 1;
  StrokeOptions strokes;
  bool mirror = false;
  std::vector<std::string> never_mirror;
  std::vector<Phase> phases;
  std::int64_t validate_every = 1000;
  int validate_min_drawings = 0, patience = 0;
  double checkpoint_seconds = 180;
};

// kBadFile or kBadValue name the field and what it must be.
Status read_train_spec(TrainSpec* out, std::string_view json);

// Training on arrays: of the fields above "model" to "window", and
//
//     "stateful": false,   a step learns one window, and the next goes on from its states
//     "shuffle": true,     the order of the sequences, anew each epoch
//     "any": 0             the share of the sequences that is told no class
//
// "average" is 0 and "clip" none unless given.
struct ArraySpec : LearnOptions {
  ModelSpec model;
  bool shuffle = true;
  float any_share = 0;
};

Status read_array_spec(ArraySpec* out, std::string_view json);

}  // namespace mdn
