// A batch of sequences of different lengths without padding.
//
// Sequences are sorted, the longest first, and their rows are stored time-major: all first rows, then the second rows
// of those that have one, and so on. Step t occupies the rows [first(t), first(t + 1)), in the order of the sequences,
// so row i of a step continues row i of the step before. Nothing is computed that is not needed, and every matrix
// product runs over whole blocks of memory.
#pragma once

#include <span>
#include <vector>

namespace mdn {

class PackedSteps {
 public:
  // lengths: of each sequence, not ascending, at least 1.
  void assign(std::span<const int> lengths) {
    first_.assign(1, 0);
    sequences_ = static_cast<int>(lengths.size());
    int running = sequences_;
    for (int t = 0; running > 0 && t < lengths.front(); ++t) {
      while (lengths[static_cast<std::size_t>(running) - 1] <= t) --running;
      first_.push_back(first_.back() + running);
    }
  }

  // The steps [from, to) of those sequences that have them.
  PackedSteps window(int from, int to) const {
    PackedSteps out;
    if (from >= to || from >= steps()) return out;
    out.sequences_ = rows(from);
    for (int t = from; t < to && t < steps(); ++t) out.first_.push_back(first(t + 1) - first(from));
    return out;
  }

  int sequences() const { return sequences_; }
  int steps() const { return static_cast<int>(first_.size()) - 1; }
  // Where step t starts; steps() gives the number of all rows.
  int first(int t) const { return first_[static_cast<std::size_t>(t)]; }
  // Sequences that have a step t.
  int rows(int t) const { return first(t + 1) - first(t); }
  int total() const { return first_.back(); }
  // Where row t of a sequence is.
  int row(int sequence, int t) const { return first(t) + sequence; }

 private:
  int sequences_ = 0;
  std::vector<int> first_ = {0};
};

}  // namespace mdn
