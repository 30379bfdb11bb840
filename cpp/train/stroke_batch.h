// Drawings → batches: the order of an epoch, augmentation, and the rows that the network sees.
//
// A drawing of n points makes n + 1 steps. Inputs: the start token, then its rows as stroke-5. Targets: its rows, then
// the end row (0, 0, 0, 0, 1), whose offset is masked. Offsets are divided by the model's scale.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "train/batch.h"
#include "train/stroke_set.h"

namespace mdn {

struct StrokeOptions {
  float scale = 1;  // data units per model unit
  std::array<float, 5> start_token = {0, 0, 1, 0, 0};
  bool conditioned = false;
  int any_class = -1;        // row of the embedding that means "any", −1 without
  float any_share = 0;       // of the sequences that are told "any"
  float axis_scaling = 0;    // each axis × U(1 − a, 1 + a)
  float drop = 0;            // probability that a point inside a long stroke is merged into the next
  float dequantise = 0;      // target offsets + U(−d, d) data units, stretched like its axis
  std::vector<bool> mirror;  // by class: may be flipped left to right, half of the time
  std::uint64_t seed = 0;
};

// The order in which drawings are seen: epochs of batches of similar length, a pure function of the seed.
//
// An epoch is shuffled, cut into groups of 64 batches, sorted by length within each group, cut into batches, and the
// batches are shuffled. Drawings that do not fill a batch wait for another epoch.
class BatchPlan {
 public:
  // Drawings of one split and of the given classes (all where `classes` is empty).
  BatchPlan(const StrokeSet& set, StrokeSet::Split split, const std::vector<bool>& classes, int batch,
            std::uint64_t seed, int phase);

  int drawings() const { return static_cast<int>(drawings_.size()); }
  int batches_per_epoch() const { return batches_; }
  // Batch number `index` since the start of the phase: drawings, the longest first.
  std::span<const int> batch(std::int64_t index);
  // Of a batch's steps if all its drawings were padded to its longest: the share that would be useful. Of the epoch
  // that batch() was last asked about. (Nothing is padded; this says how even the batches are.)
  double fill() const { return fill_; }

 private:
  void order_epoch(std::int64_t epoch);

  const StrokeSet& set_;
  std::vector<int> drawings_, order_;
  std::vector<int> batch_order_;
  int batch_, batches_;
  std::uint64_t seed_;
  int phase_;
  std::int64_t epoch_ = -1;
  double fill_ = 0;
};

// Drawing number `sequence` of a step's batch, augmented: stroke-3 rows; returns the class it is told.
//   stretch: by how much each axis was scaled
int augment(std::vector<float>* rows, float stretch[2], const StrokeSet& set, int drawing, std::int64_t step,
            int sequence, const StrokeOptions& options);

// The share of a batch that falls to one shard: its drawings number shard, shard + shards, … sorted by length.
// With training off nothing is augmented but the targets, whose noise belongs to the drawing and never changes.
template <class T>
void make_stroke_batch(Batch<T>* out, const StrokeSet& set, std::span<const int> drawings, int shard, int shards,
                       std::int64_t step, bool training, const StrokeOptions& options);

}  // namespace mdn
