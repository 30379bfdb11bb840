#include "train/array_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "train/shuffle.h"
#include "train/streams.h"

namespace mdn {
namespace {

constexpr std::uint64_t kSplit = std::uint64_t{1} << 40;  // the shuffle that parts a set; epochs count from 0

Status check_numbers(const std::vector<float>& values, int width, const char* name) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    return Status::error(Code::kBadValue, std::string(name) + " holds a number that is not finite in row " +
                                              std::to_string(i / static_cast<std::size_t>(width)) + ", column " +
                                              std::to_string(i % static_cast<std::size_t>(width)));
  }
  return {};
}

}  // namespace

Status check_array_set(const ArraySet& set, int classes) {
  if (set.sequences() < 1) return Status::error(Code::kBadShape, "the training data is empty");
  for (int s = 0; s < set.sequences(); ++s) {
    if (set.length(s) < 1) {
      return Status::error(Code::kBadValue, "sequence " + std::to_string(s) + " has no rows: leave it out");
    }
  }
  const auto rows = static_cast<std::size_t>(set.first.back());
  const std::size_t targets = set.last_only ? static_cast<std::size_t>(set.sequences()) : rows;
  if (set.inputs.size() != rows * static_cast<std::size_t>(set.input_size) ||
      set.targets.size() != targets * static_cast<std::size_t>(set.point_size) ||
      (!set.weights.empty() && set.weights.size() != targets)) {
    return Status::error(Code::kBadShape, "x, y and the mask do not have the same number of rows");
  }
  if (Status status = check_numbers(set.inputs, set.input_size, "x"); !status.ok()) return status;
  if (Status status = check_numbers(set.targets, set.point_size, "y"); !status.ok()) return status;
  if (Status status = check_numbers(set.weights, 1, "mask"); !status.ok()) return status;
  if (set.classes.size() != (classes > 0 ? static_cast<std::size_t>(set.sequences()) : 0)) {
    return Status::error(Code::kBadShape, classes > 0 ? "the network needs a class for each sequence"
                                                      : "the network knows no classes, the data has some");
  }
  for (std::size_t s = 0; s < set.classes.size(); ++s) {
    if (set.classes[s] >= 0 && set.classes[s] < classes) continue;
    return Status::error(Code::kBadValue, "sequence " + std::to_string(s) + " is of class " +
                                              std::to_string(set.classes[s]) + "; the network knows " +
                                              std::to_string(classes));
  }
  return {};
}

void split_array_set(ArraySet* set, int count, double share, std::uint64_t seed) {
  std::vector<int> all(static_cast<std::size_t>(set->sequences()));
  std::iota(all.begin(), all.end(), 0);
  if (share > 0) {
    Draw draw(seed, stream_of(Purpose::kShuffle, kSplit), 0);
    shuffle(all, draw);
    count = static_cast<int>(std::floor(share * static_cast<double>(set->sequences()) + 0.5));
  }
  const auto middle = all.end() - std::min(count, set->sequences());
  set->train.assign(all.begin(), middle);
  set->other.assign(middle, all.end());
  std::sort(set->train.begin(), set->train.end());
  std::sort(set->other.begin(), set->other.end());
}

ArrayPlan::ArrayPlan(const ArraySet& set, int batch, int window, bool shuffle, std::uint64_t seed)
    : sequences_(set.train), window_(window), shuffle_(shuffle), seed_(seed) {
  const int count = static_cast<int>(sequences_.size());
  batch_ = std::max(1, std::min(batch, count));
  batches_ = (count + batch_ - 1) / batch_;
  if (window_ > 0 && count > 0) windows_ = (set.length(sequences_.front()) + window_ - 1) / window_;
  order_ = sequences_;
}

ArrayPlan::Step ArrayPlan::step(std::int64_t index) {
  const std::int64_t epoch = index / steps_per_epoch();
  if (epoch != epoch_ && shuffle_) {
    Draw draw(seed_, stream_of(Purpose::kShuffle, static_cast<std::uint64_t>(epoch)), 0);
    order_ = sequences_;
    shuffle(order_, draw);
  }
  epoch_ = epoch;
  const auto in_epoch = static_cast<int>(index % steps_per_epoch());
  const auto from = static_cast<std::size_t>(in_epoch / windows_) * static_cast<std::size_t>(batch_);
  Step out;
  out.sequences =
      std::span<const int>(order_).subspan(from, std::min(static_cast<std::size_t>(batch_), order_.size() - from));
  out.from = in_epoch % windows_ * window_;
  out.to = window_ > 0 ? out.from + window_ : 1 << 30;
  out.batch_start = index - in_epoch % windows_;
  return out;
}

template <class T>
void make_array_batch(Batch<T>* out, const ArraySet& set, const ArrayPlan::Step& step, int shard, int shards,
                      const std::vector<bool>& told_any, int any_class) {
  const auto rows_of = [&](int sequence) { return std::min(set.length(sequence), step.to) - step.from; };
  std::vector<int> places;
  for (int i = shard; i < static_cast<int>(step.sequences.size()); i += shards) {
    if (rows_of(step.sequences[static_cast<std::size_t>(i)]) > 0) places.push_back(i);
  }
  const auto sequence_at = [&](int place) { return step.sequences[static_cast<std::size_t>(place)]; };
  std::stable_sort(places.begin(), places.end(),
                   [&](int a, int b) { return set.length(sequence_at(a)) > set.length(sequence_at(b)); });
  std::vector<int> lengths;
  for (const int place : places) lengths.push_back(rows_of(sequence_at(place)));
  out->steps.assign(lengths);
  const auto total = static_cast<std::size_t>(out->steps.total());
  const auto inputs = static_cast<std::size_t>(set.input_size), point = static_cast<std::size_t>(set.point_size);
  out->inputs.resize(total * inputs);
  out->targets.assign(total * point, T{0});
  out->weights.assign(total * 2, T{0});
  out->classes.clear();
  out->points = 0;
  for (std::size_t s = 0; s < places.size(); ++s) {
    const int sequence = sequence_at(places[s]);
    const auto first = static_cast<std::size_t>(set.first[static_cast<std::size_t>(sequence)]);
    if (!set.classes.empty()) {
      const bool any = !told_any.empty() && told_any[static_cast<std::size_t>(places[s])];
      out->classes.push_back(any ? any_class : set.classes[static_cast<std::size_t>(sequence)]);
    }
    for (int t = 0; t < lengths[s]; ++t) {
      const auto to = static_cast<std::size_t>(out->steps.row(static_cast<int>(s), t));
      const auto from = first + static_cast<std::size_t>(step.from + t);
      std::copy_n(set.inputs.begin() + static_cast<std::ptrdiff_t>(from * inputs), inputs,
                  out->inputs.begin() + static_cast<std::ptrdiff_t>(to * inputs));
      if (set.last_only && step.from + t + 1 < set.length(sequence)) continue;
      const std::size_t target = set.last_only ? static_cast<std::size_t>(sequence) : from;
      const float weight = set.weights.empty() ? 1.0f : set.weights[target];
      std::copy_n(set.targets.begin() + static_cast<std::ptrdiff_t>(target * point), point,
                  out->targets.begin() + static_cast<std::ptrdiff_t>(to * point));
      out->weights[2 * to] = out->weights[2 * to + 1] = static_cast<T>(weight);
      out->points += static_cast<double>(weight);
    }
  }
}

template void make_array_batch(Batch<float>*, const ArraySet&, const ArrayPlan::Step&, int, int,
                               const std::vector<bool>&, int);
template void make_array_batch(Batch<double>*, const ArraySet&, const ArrayPlan::Step&, int, int,
                               const std::vector<bool>&, int);

}  // namespace mdn
