// A data-set file of made-up drawings: whole-number zigzags of 3 to 40 points, one in five of each split but the first.
#pragma once

#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "io/safetensors_write.h"
#include "random/draw.h"
#include "train/stroke_set.h"

namespace mdn::test {

struct StrokeFile {
  std::vector<float> points, lengths, labels, splits;
  int classes = 1;

  std::vector<std::uint8_t> bytes() const {
    std::string names;
    for (int i = 0; i < classes; ++i) names += (i == 0 ? "\"class " : ",\"class ") + std::to_string(i) + '"';
    const auto count = [](const std::vector<float>& values) { return static_cast<int>(values.size()); };
    return write_safetensors(R"({"dataSet":1,"kind":"strokes","licence":"CC0","classes":[)" + names + "]}",
                             {{"points", {count(points) / 3, 3}, points.data()},
                              {"lengths", {count(lengths)}, lengths.data()},
                              {"labels", {count(labels)}, labels.data()},
                              {"splits", {count(splits)}, splits.data()}});
  }
};

inline StrokeFile stroke_file(int drawings, int classes) {
  StrokeFile file;
  file.classes = classes;
  Draw draw(11, 0, 0);
  for (int i = 0; i < drawings; ++i) {
    const int length = 3 + static_cast<int>(draw.word() % 38);
    for (int t = 0; t < length; ++t) {
      file.points.push_back(static_cast<float>(draw.word() % 21) - 10);
      file.points.push_back(static_cast<float>(draw.word() % 21) - 10);
      file.points.push_back(t + 1 == length || draw.word() % 8 == 0 ? 1.0f : 0.0f);
    }
    file.lengths.push_back(static_cast<float>(length));
    file.labels.push_back(static_cast<float>(i % classes));
    file.splits.push_back(static_cast<float>(i % 10 == 8 ? 1 : i % 10 == 9 ? 2 : 0));
  }
  return file;
}

inline StrokeSet read_set(const StrokeFile& file) {
  StrokeSet set;
  const Status status = read_stroke_set(&set, file.bytes());
  REQUIRE_MESSAGE(status.ok(), status.message);
  return set;
}

}  // namespace mdn::test
