#include "train/stroke_set.h"

#include <cmath>

#include "io/json.h"
#include "io/safetensors.h"

namespace mdn {
namespace {

Status bad(Code code, const std::string& what) { return Status::error(code, "data set: " + what); }

Status read(std::vector<float>* out, const Safetensors& file, const char* name) {
  const TensorView* tensor = file.find(name);
  if (tensor == nullptr) return bad(Code::kBadFile, std::string("there is no tensor '") + name + "'");
  out->resize(tensor->count());
  return read_floats(out->data(), *tensor, nullptr);
}

// A whole number in [low, high].
Status whole(int* out, float value, int low, int high, const std::string& what) {
  if (!(value >= static_cast<float>(low) && value <= static_cast<float>(high)) || value != std::floor(value)) {
    return bad(Code::kBadValue, what + " must be a whole number from " + std::to_string(low) + " to " +
                                    std::to_string(high) + ", it is " + std::to_string(value));
  }
  *out = static_cast<int>(value);
  return {};
}

Status check_rows(const StrokeSet& set, int drawing) {
  constexpr float kFar = 1e6f;
  const std::span<const float> rows = set.rows(drawing);
  for (std::size_t i = 0; i < rows.size(); i += 3) {
    const char* wrong = nullptr;
    if (!(std::fabs(rows[i]) <= kFar && std::fabs(rows[i + 1]) <= kFar)) {
      wrong = " moves by more than a million units, or by NaN; leave it out or divide the data by its scale";
    } else if (rows[i + 2] != 0 && rows[i + 2] != 1) {
      wrong = " has a lift other than 0 or 1";
    }
    if (wrong == nullptr) continue;
    return bad(Code::kBadValue, "row " + std::to_string(i / 3) + " of drawing " + std::to_string(drawing) + wrong);
  }
  return {};
}

}  // namespace

Status read_stroke_set(StrokeSet* out, std::span<const std::uint8_t> bytes) {
  *out = {};
  Safetensors file;
  if (Status status = read_safetensors(&file, bytes); !status.ok()) return status;
  JsonDocument document;
  if (Status status = document.parse(file.metadata); !status.ok()) return status;
  const JsonValue root = document.root();
  if (root["dataSet"].index() != 1 || root["kind"].string() != "strokes") {
    return bad(Code::kBadFile, "its description must say \"dataSet\": 1 and \"kind\": \"strokes\"");
  }
  for (JsonValue name = root["classes"].first(); name.exists(); name = name.next()) {
    out->classes.emplace_back(name.string());
  }
  if (out->classes.empty()) out->classes.emplace_back("drawing");
  out->source = std::string(root["source"].string());
  out->licence = std::string(root["licence"].string());
  out->attribution = std::string(root["attribution"].string());

  std::vector<float> lengths, labels, splits;
  if (Status status = read(&out->points, file, "points"); !status.ok()) return status;
  if (Status status = read(&lengths, file, "lengths"); !status.ok()) return status;
  if (Status status = read(&labels, file, "labels"); !status.ok()) return status;
  if (Status status = read(&splits, file, "splits"); !status.ok()) return status;
  if (lengths.empty()) return bad(Code::kBadShape, "it has no drawings");
  if (labels.size() != lengths.size() || splits.size() != lengths.size()) {
    return bad(Code::kBadShape, "lengths, labels and splits must have one number a drawing");
  }
  out->first.push_back(0);
  const std::size_t rows = out->points.size() / 3;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const std::string which = " of drawing " + std::to_string(i);
    int length = 0, label = 0, split = 0;
    if (Status status = whole(&length, lengths[i], 1, kMaxDrawingPoints, "the length" + which); !status.ok())
      return status;
    if (Status status = whole(&label, labels[i], 0, static_cast<int>(out->classes.size()) - 1, "the label" + which);
        !status.ok()) {
      return status;
    }
    if (Status status = whole(&split, splits[i], 0, 2, "the split" + which); !status.ok()) return status;
    if (static_cast<std::size_t>(out->first.back()) + static_cast<std::size_t>(length) > rows) break;
    out->first.push_back(out->first.back() + length);
    out->labels.push_back(label);
    out->splits.push_back(static_cast<std::uint8_t>(split));
  }
  if (out->labels.size() != lengths.size() || static_cast<std::size_t>(out->first.back()) != rows ||
      out->points.size() != 3 * rows) {
    return bad(Code::kBadShape, "points must have 3 numbers for each of the rows that lengths add up to");
  }
  for (int i = 0; i < out->drawings(); ++i) {
    if (Status status = check_rows(*out, i); !status.ok()) return status;
  }
  return {};
}

}  // namespace mdn
