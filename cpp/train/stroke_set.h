// The data-set file of drawings.
//
// A safetensors file with four tensors (any dtype that io/safetensors.h reads; whole numbers are exact in F32 up to
// 2²⁴):
//
//   points   [N, 3]  stroke-3 rows Δx, Δy, lift, drawing after drawing, in data units (pixels)
//   lengths  [M]     rows of each drawing, at least 1; their sum is N
//   labels   [M]     index into the class names
//   splits   [M]     0 train, 1 validation, 2 test
//
// and in its metadata, under "mixture-density", the JSON text
//   {"dataSet": 1, "kind": "strokes", "classes": ["cat", …], "source": "…", "licence": "…", "attribution": "…"}
//
// Drawings without classes have one class. lift is 1 where the pen leaves the paper after the point.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace mdn {

struct StrokeSet {
  enum Split : std::uint8_t { kTrain, kValidation, kTest };

  std::vector<float> points;         // [N, 3]
  std::vector<int> first;            // [M + 1]: where each drawing starts
  std::vector<int> labels;           // [M]
  std::vector<std::uint8_t> splits;  // [M]
  std::vector<std::string> classes;
  std::string source, licence, attribution;

  int drawings() const { return static_cast<int>(labels.size()); }
  int length(int drawing) const {
    return first[static_cast<std::size_t>(drawing) + 1] - first[static_cast<std::size_t>(drawing)];
  }
  std::span<const float> rows(int drawing) const {
    const auto at = static_cast<std::size_t>(first[static_cast<std::size_t>(drawing)]);
    return std::span(points).subspan(3 * at, 3 * static_cast<std::size_t>(length(drawing)));
  }
};

inline constexpr int kMaxDrawingPoints = 100000;

// kBadFile: not such a file. kBadValue names the drawing and its row: an offset that is not finite or beyond 10⁶ units,
// a lift other than 0 and 1, a label without a class, no rows or more than kMaxDrawingPoints. kBadShape: sizes that
// contradict each other.
Status read_stroke_set(StrokeSet* out, std::span<const std::uint8_t> bytes);

}  // namespace mdn
