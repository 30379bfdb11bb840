// Drawings on their way into the network: the data-set file, the order of an epoch, augmentation, and the rows of a
// batch.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "doctest/doctest.h"
#include "io/safetensors_write.h"
#include "train/stroke_batch.h"
#include "train_strokes.h"

namespace mdn {
namespace {

using namespace test;

TEST_CASE("a data-set file is read back as it was written") {
  const StrokeSet set = read_set(stroke_file(40, 2));
  CHECK(set.drawings() == 40);
  CHECK(set.classes == std::vector<std::string>{"class 0", "class 1"});
  CHECK(set.licence == "CC0");
  CHECK(set.first.back() * 3 == static_cast<int>(set.points.size()));
  for (int i = 0; i < 40; ++i) CHECK(set.labels[static_cast<std::size_t>(i)] == i % 2);
}

TEST_CASE("a damaged data set is refused, and the message names the place") {
  const auto refused = [](StrokeFile file, Code code, const char* text) {
    StrokeSet set;
    const Status status = read_stroke_set(&set, file.bytes());
    CHECK_MESSAGE(status.code == code, status.message);
    CHECK_MESSAGE(status.message.find(text) != std::string::npos, status.message);
  };
  StrokeFile file = stroke_file(10, 2);
  file.points[3 * 7] = std::numeric_limits<float>::quiet_NaN();
  refused(file, Code::kBadValue, "points");
  file = stroke_file(10, 2);
  file.points[3 * static_cast<std::size_t>(file.lengths[0]) + 1] = 2e6f;
  refused(file, Code::kBadValue, "row 0 of drawing 1");
  file = stroke_file(10, 2);
  file.points[2] = 0.5f;
  refused(file, Code::kBadValue, "row 0 of drawing 0");
  file = stroke_file(10, 2);
  file.labels[4] = 2;
  refused(file, Code::kBadValue, "label of drawing 4");
  file = stroke_file(10, 2);
  file.lengths[3] = 0;
  refused(file, Code::kBadValue, "length of drawing 3");
  file = stroke_file(10, 2);
  file.lengths[3] += 1;
  refused(file, Code::kBadShape, "points");
  file = stroke_file(10, 2);
  file.splits.pop_back();
  refused(file, Code::kBadShape, "one number a drawing");
  refused(StrokeFile{}, Code::kBadShape, "no drawings");
}

TEST_CASE("batches hold similar lengths: at least 90 % of the padded steps would be useful") {
  const StrokeSet set = read_set(stroke_file(3000, 2));
  BatchPlan plan(set, StrokeSet::kTrain, {}, 16, 1, 0);
  std::multiset<int> seen;
  for (int b = 0; b < plan.batches_per_epoch(); ++b) {
    const std::span<const int> batch = plan.batch(b);
    CHECK(batch.size() == 16);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      seen.insert(batch[i]);
      if (i > 0) CHECK(set.length(batch[i - 1]) >= set.length(batch[i]));
    }
  }
  CHECK(plan.fill() >= 0.9);
  // Every drawing at most once, all but an incomplete batch seen.
  CHECK(std::set<int>(seen.begin(), seen.end()).size() == seen.size());
  CHECK(plan.drawings() - static_cast<int>(seen.size()) < 16);

  // A pure function of the seed: another plan, asked out of order, answers the same; another seed does not.
  BatchPlan again(set, StrokeSet::kTrain, {}, 16, 1, 0), other(set, StrokeSet::kTrain, {}, 16, 2, 0);
  const std::int64_t late = 3 * plan.batches_per_epoch() + 5;
  const std::vector<int> expected(plan.batch(late).begin(), plan.batch(late).end());
  static_cast<void>(again.batch(0));
  CHECK(std::equal(expected.begin(), expected.end(), again.batch(late).begin()));
  CHECK_FALSE(std::equal(expected.begin(), expected.end(), other.batch(late).begin()));
}

TEST_CASE("a plan keeps to its split and its classes") {
  const StrokeSet set = read_set(stroke_file(300, 3));
  BatchPlan plan(set, StrokeSet::kTrain, {false, true, false}, 8, 1, 0);
  for (int b = 0; b < plan.batches_per_epoch(); ++b) {
    for (const int drawing : plan.batch(b)) {
      CHECK(set.labels[static_cast<std::size_t>(drawing)] == 1);
      CHECK(set.splits[static_cast<std::size_t>(drawing)] == StrokeSet::kTrain);
    }
  }
}

TEST_CASE("rows without augmentation: start token, stroke-5, the end row masked, offsets scaled") {
  const StrokeSet set = read_set(stroke_file(10, 2));
  StrokeOptions options;
  options.scale = 4;
  options.conditioned = true;
  const std::vector<int> drawings = {3, 6, 1};
  Batch<float> batch;
  make_stroke_batch(&batch, set, drawings, 0, 1, 0, false, options);
  CHECK(batch.steps.sequences() == 3);
  double points = 0;
  std::vector<int> order = drawings;
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return set.length(a) > set.length(b); });
  for (int s = 0; s < 3; ++s) {
    const int drawing = order[static_cast<std::size_t>(s)];
    CHECK(batch.classes[static_cast<std::size_t>(s)] == set.labels[static_cast<std::size_t>(drawing)]);
    const std::span<const float> rows = set.rows(drawing);
    const int length = set.length(drawing);
    points += length;
    for (int t = 0; t <= length; ++t) {
      const auto row = static_cast<std::size_t>(batch.steps.row(s, t));
      const auto five = [&](int i) {
        const auto at = 3 * static_cast<std::size_t>(i);
        const bool lift = rows[at + 2] > 0;
        return std::vector<float>{rows[at] / 4, rows[at + 1] / 4, lift ? 0.0f : 1.0f, lift ? 1.0f : 0.0f, 0};
      };
      const std::vector<float> input = t == 0 ? std::vector<float>{0, 0, 1, 0, 0} : five(t - 1);
      const std::vector<float> target = t == length ? std::vector<float>{0, 0, 0, 0, 1} : five(t);
      CHECK(std::equal(input.begin(), input.end(), batch.inputs.begin() + static_cast<std::ptrdiff_t>(5 * row)));
      CHECK(std::equal(target.begin(), target.end(), batch.targets.begin() + static_cast<std::ptrdiff_t>(5 * row)));
      CHECK(batch.weights[2 * row] == (t == length ? 0 : 1));
      CHECK(batch.weights[2 * row + 1] == 1);
    }
  }
  CHECK(batch.points == points);
}

TEST_CASE("shards share a batch out, and a sequence is the same in any of them") {
  const StrokeSet set = read_set(stroke_file(20, 2));
  StrokeOptions options;
  options.axis_scaling = 0.15f;
  options.drop = 0.2f;
  options.dequantise = 0.5f;
  options.mirror = {true, true};
  const std::vector<int> drawings = {0, 1, 2, 3, 4, 5, 6};
  std::multiset<float> whole, parts;
  Batch<float> batch;
  make_stroke_batch(&batch, set, drawings, 0, 1, 9, true, options);
  whole.insert(batch.targets.begin(), batch.targets.end());
  for (int shard = 0; shard < 3; ++shard) {
    make_stroke_batch(&batch, set, drawings, shard, 3, 9, true, options);
    parts.insert(batch.targets.begin(), batch.targets.end());
  }
  CHECK(whole == parts);
  make_stroke_batch(&batch, set, drawings, 7, 8, 9, true, options);
  CHECK(batch.steps.total() == 0);
}

TEST_CASE("augmentation: scales within bounds, mirrors half of what may be mirrored, keeps where drawings end") {
  const StrokeSet set = read_set(stroke_file(200, 2));
  StrokeOptions options;
  options.axis_scaling = 0.15f;
  options.drop = 0.1f;
  options.any_share = 0.1f;
  options.any_class = 2;
  options.mirror = {true, false};
  options.seed = 4;
  int mirrored = 0, any = 0, points = 0, kept = 0;
  for (int i = 0; i < 200; ++i) {
    const std::span<const float> original = set.rows(i);
    std::vector<float> rows(original.begin(), original.end());
    float stretch[2];
    const int told = augment(&rows, stretch, set, i, 7, i, options);
    const int label = set.labels[static_cast<std::size_t>(i)];
    CHECK((told == label || told == 2));
    any += told == 2;
    if (stretch[0] < 0) {
      CHECK(label == 0);
      ++mirrored;
    }
    for (const float s : stretch) CHECK(std::fabs(std::fabs(s) - 1) <= 0.15f);
    // Dropped points are merged: the pen ends where it ended, and lifts as often.
    double ends[2] = {0, 0}, expected[2] = {0, 0};
    int lifts = 0, expected_lifts = 0;
    for (std::size_t r = 0; r < rows.size(); r += 3) {
      for (std::size_t a = 0; a < 2; ++a) ends[a] += static_cast<double>(rows[r + a]);
      lifts += rows[r + 2] > 0;
    }
    for (std::size_t r = 0; r < original.size(); r += 3) {
      for (std::size_t a = 0; a < 2; ++a)
        expected[a] += static_cast<double>(original[r + a]) * static_cast<double>(stretch[a]);
      expected_lifts += original[r + 2] > 0;
    }
    CHECK(lifts == expected_lifts);
    for (int a = 0; a < 2; ++a) CHECK(std::fabs(ends[a] - expected[a]) < 1e-3);
    points += static_cast<int>(original.size() / 3);
    kept += static_cast<int>(rows.size() / 3);
  }
  // Fixed seed; binomial: 100 · ½ ± 5 and 200 · 0.1 ± 4.2.
  CHECK(std::abs(mirrored - 50) <= 15);
  CHECK(std::abs(any - 20) <= 13);
  CHECK(kept < points);
  CHECK(kept > 0.9 * points);
}

TEST_CASE("validation noise belongs to the drawing; training noise stays within half a unit of the stretched grid") {
  const StrokeSet set = read_set(stroke_file(10, 2));
  StrokeOptions options;
  options.dequantise = 0.5f;
  Batch<float> first, second;
  make_stroke_batch(&first, set, std::vector<int>{4}, 0, 1, 0, false, options);
  make_stroke_batch(&second, set, std::vector<int>{4}, 0, 1, 99, false, options);
  CHECK(first.targets == second.targets);
  make_stroke_batch(&second, set, std::vector<int>{4}, 0, 1, 99, true, options);
  CHECK(first.targets != second.targets);
  CHECK(first.inputs == second.inputs);
  const std::span<const float> rows = set.rows(4);
  for (std::size_t t = 0; 3 * t < rows.size(); ++t) {
    for (std::size_t a = 0; a < 2; ++a) CHECK(std::fabs(second.targets[5 * t + a] - rows[3 * t + a]) <= 0.5f);
  }
}

}  // namespace
}  // namespace mdn
