// Training data as plain arrays: rows of inputs and what they should predict, in sequences of one row (networks without
// memory) or many. And the order in which a run sees them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "train/batch.h"

namespace mdn {

struct ArraySet {
  int input_size = 0, point_size = 0;
  bool last_only = false;         // a sequence has one target, for its last row
  std::vector<float> inputs;      // [rows, input_size], sequence after sequence
  std::vector<float> targets;     // [rows, point_size], or [sequences, point_size] where last_only
  std::vector<float> weights;     // of the targets, at least 0; empty: all 1
  std::vector<int> classes;       // [sequences]: row of the embedding; empty without
  std::vector<int> first = {0};   // [sequences + 1]: where each sequence starts
  std::vector<int> train, other;  // which sequences to learn from, and which to validate with

  int sequences() const { return static_cast<int>(first.size()) - 1; }
  int length(int sequence) const {
    return first[static_cast<std::size_t>(sequence) + 1] - first[static_cast<std::size_t>(sequence)];
  }
};

// Sizes that contradict each other (kBadShape), numbers that are not finite, a class that the network lacks or a
// sequence without rows (kBadValue, with the row).   classes: rows of the embedding, 0 without one
Status check_array_set(const ArraySet& set, int classes);

// Parts the sequences: the last `count` validate, or with 0 < share < 1 a seeded choice of all.
void split_array_set(ArraySet* set, int count, double share, std::uint64_t seed);

// Steps as batches of sequences, a pure function of the seed: every epoch sees every sequence once, the last batch is
// what is left. With a window, one batch is as many steps as its sequences have windows.
class ArrayPlan {
 public:
  struct Step {
    std::span<const int> sequences;
    int from = 0, to = 0;          // rows of each sequence
    std::int64_t batch_start = 0;  // the step that began with these sequences
  };

  // window > 0: sequences of equal length.
  ArrayPlan(const ArraySet& set, int batch, int window, bool shuffle, std::uint64_t seed);

  std::int64_t steps_per_epoch() const { return std::int64_t{batches_} * windows_; }
  Step step(std::int64_t index);

 private:
  std::vector<int> sequences_, order_;
  int batch_, batches_, window_, windows_ = 1;
  bool shuffle_;
  std::uint64_t seed_;
  std::int64_t epoch_ = -1;
};

// The share of these sequences that falls to one shard: shard, shard + shards, … sorted by length; of each the rows
// [from, to).   any_class: what a sequence is told instead of its class where told_any[its place] is set; may be empty
template <class T>
void make_array_batch(Batch<T>* out, const ArraySet& set, const ArrayPlan::Step& step, int shard, int shards,
                      const std::vector<bool>& told_any = {}, int any_class = 0);

}  // namespace mdn
