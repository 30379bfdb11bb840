#include "train/stroke_batch.h"

#include <algorithm>
#include <numeric>

#include "random/draw.h"
#include "train/shuffle.h"
#include "train/streams.h"

namespace mdn {
namespace {

constexpr int kGroup = 64;  // batches that are sorted by length together

// Merges points away: each with probability `drop`, if at least two others of its stroke came before it and it does not
// end the stroke (Sketch-RNN's rule).
void drop_points(std::vector<float>* rows, float drop, Draw& draw) {
  std::vector<float>& r = *rows;
  std::size_t kept = 0;
  int in_stroke = 0;  // points of this stroke kept so far
  float carried[2] = {0, 0};
  for (std::size_t i = 0; i < r.size(); i += 3) {
    const float x = r[i] + carried[0], y = r[i + 1] + carried[1], lift = r[i + 2];
    if (in_stroke > 2 && lift == 0 && i + 3 < r.size() && draw.uniform() < drop) {
      carried[0] = x;
      carried[1] = y;
      continue;
    }
    r[kept] = x;
    r[kept + 1] = y;
    r[kept + 2] = lift;
    kept += 3;
    carried[0] = carried[1] = 0;
    in_stroke = lift == 0 ? in_stroke + 1 : 0;
  }
  r.resize(kept);
}

struct Prepared {
  std::vector<float> rows;
  float stretch[2] = {1, 1};
  int told = 0;      // class
  int sequence = 0;  // place in the batch
  int drawing = 0;
};

}  // namespace

BatchPlan::BatchPlan(const StrokeSet& set, StrokeSet::Split split, const std::vector<bool>& classes, int batch,
                     std::uint64_t seed, int phase)
    : set_(set), seed_(seed), phase_(phase) {
  for (int i = 0; i < set.drawings(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (set.splits[at] == split && (classes.empty() || classes[static_cast<std::size_t>(set.labels[at])])) {
      drawings_.push_back(i);
    }
  }
  batch_ = std::max(1, std::min(batch, drawings()));
  batches_ = drawings() / batch_;
}

void BatchPlan::order_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  Draw draw(seed_,
            stream_of(Purpose::kShuffle, static_cast<std::uint64_t>(phase_) << 40 | static_cast<std::uint64_t>(epoch)),
            0);
  order_ = drawings_;
  shuffle(order_, draw);
  order_.resize(static_cast<std::size_t>(batches_) * static_cast<std::size_t>(batch_));
  const auto longer = [&](int a, int b) { return set_.length(a) > set_.length(b); };
  const std::size_t group = static_cast<std::size_t>(kGroup) * static_cast<std::size_t>(batch_);
  for (std::size_t from = 0; from < order_.size(); from += group) {
    const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(from);
    std::stable_sort(begin, begin + static_cast<std::ptrdiff_t>(std::min(group, order_.size() - from)), longer);
  }
  batch_order_.resize(static_cast<std::size_t>(batches_));
  std::iota(batch_order_.begin(), batch_order_.end(), 0);
  shuffle(batch_order_, draw);

  double useful = 0, padded = 0;
  for (std::size_t from = 0; from < order_.size(); from += static_cast<std::size_t>(batch_)) {
    for (int i = 0; i < batch_; ++i) useful += set_.length(order_[from + static_cast<std::size_t>(i)]) + 1;
    padded += static_cast<double>(batch_) * (set_.length(order_[from]) + 1);
  }
  fill_ = padded > 0 ? useful / padded : 1;
}

std::span<const int> BatchPlan::batch(std::int64_t index) {
  const std::int64_t epoch = index / batches_;
  if (epoch != epoch_) order_epoch(epoch);
  const auto number = static_cast<std::size_t>(batch_order_[static_cast<std::size_t>(index % batches_)]);
  return std::span(order_).subspan(number * static_cast<std::size_t>(batch_), static_cast<std::size_t>(batch_));
}

int augment(std::vector<float>* rows, float stretch[2], const StrokeSet& set, int drawing, std::int64_t step,
            int sequence, const StrokeOptions& options) {
  const auto label = set.labels[static_cast<std::size_t>(drawing)];
  Draw draw(options.seed, stream_of(Purpose::kAugment, step, sequence), 0);
  for (int axis = 0; axis < 2; ++axis) stretch[axis] = 1 + options.axis_scaling * (2 * draw.uniform() - 1);
  const bool flip = draw.uniform() < 0.5f && !options.mirror.empty() && options.mirror[static_cast<std::size_t>(label)];
  const bool any = draw.uniform() < options.any_share && options.any_class >= 0;
  if (flip) stretch[0] = -stretch[0];
  if (options.drop > 0) drop_points(rows, options.drop, draw);
  for (std::size_t i = 0; i < rows->size(); i += 3) {
    (*rows)[i] *= stretch[0];
    (*rows)[i + 1] *= stretch[1];
  }
  return any ? options.any_class : label;
}

template <class T>
void make_stroke_batch(Batch<T>* out, const StrokeSet& set, std::span<const int> drawings, int shard, int shards,
                       std::int64_t step, bool training, const StrokeOptions& options) {
  std::vector<Prepared> prepared;
  for (int i = shard; i < static_cast<int>(drawings.size()); i += shards) {
    Prepared& one = prepared.emplace_back();
    one.drawing = drawings[static_cast<std::size_t>(i)];
    one.sequence = i;
    const std::span<const float> rows = set.rows(one.drawing);
    one.rows.assign(rows.begin(), rows.end());
    one.told = set.labels[static_cast<std::size_t>(one.drawing)];
    if (training) one.told = augment(&one.rows, one.stretch, set, one.drawing, step, i, options);
  }
  std::stable_sort(prepared.begin(), prepared.end(),
                   [](const Prepared& a, const Prepared& b) { return a.rows.size() > b.rows.size(); });
  std::vector<int> lengths;
  for (const Prepared& one : prepared) lengths.push_back(static_cast<int>(one.rows.size() / 3) + 1);
  out->steps.assign(lengths);
  const auto total = static_cast<std::size_t>(out->steps.total());
  out->inputs.assign(total * 5, T{0});
  out->targets.assign(total * 5, T{0});
  out->weights.assign(total * 2, T{1});
  out->classes.clear();
  out->points = 0;

  for (std::size_t s = 0; s < prepared.size(); ++s) {
    const Prepared& one = prepared[s];
    if (options.conditioned) out->classes.push_back(one.told);
    Draw noise(options.seed,
               training ? stream_of(Purpose::kAugment, step, one.sequence)
                        : stream_of(Purpose::kValidate, static_cast<std::uint64_t>(one.drawing)),
               1);
    const int length = lengths[s];
    for (int t = 0; t < length; ++t) {
      const auto row = static_cast<std::size_t>(out->steps.row(static_cast<int>(s), t));
      T* input = out->inputs.data() + 5 * row;
      T* target = out->targets.data() + 5 * row;
      const float* before = t == 0 ? nullptr : one.rows.data() + 3 * (t - 1);
      if (before == nullptr) {
        std::copy(options.start_token.begin(), options.start_token.end(), input);
      } else {
        input[0] = static_cast<T>(before[0] / options.scale);
        input[1] = static_cast<T>(before[1] / options.scale);
        input[before[2] > 0 ? 3 : 2] = 1;
      }
      if (t + 1 == length) {
        target[4] = 1;
        out->weights[2 * row] = 0;
        continue;
      }
      const float* next = one.rows.data() + 3 * t;
      for (int axis = 0; axis < 2; ++axis) {
        const float shift = options.dequantise * (2 * noise.uniform() - 1) * one.stretch[axis];
        target[axis] = static_cast<T>((next[axis] + shift) / options.scale);
      }
      target[next[2] > 0 ? 3 : 2] = 1;
      out->points += 1;
    }
  }
}

template void make_stroke_batch(Batch<float>*, const StrokeSet&, std::span<const int>, int, int, std::int64_t, bool,
                                const StrokeOptions&);
template void make_stroke_batch(Batch<double>*, const StrokeSet&, std::span<const int>, int, int, std::int64_t, bool,
                                const StrokeOptions&);

}  // namespace mdn
