// A head says what the raw outputs of a network mean: the parameters of a mixture.
//
// Everything can be done by lowering (`mixture`) and the operations of mixtures/mixture.h. log_prob and sample are
// also here, straight from the raw numbers, because a step of a model pays for them: sample computes the scale of the
// chosen component only, log_prob uses log σ where the head is given it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "mixtures/mixture.h"
#include "mixtures/temperature.h"
#include "random/draw.h"

namespace mdn {

// What a model file says about its head. A head reads the fields it knows.
struct HeadSpec {
  std::string type;          // one of head_types()
  int dims = 0;              // D
  int components = 0;        // K
  float epsilon = 1e-7f;     // added to standard deviations
  std::string activation{};  // of standard deviations; empty: the head's default
};

// One kind of output. Immutable; all methods are safe to call from several threads.
class Head {
 public:
  virtual ~Head() = default;

  // Of the mixture that `mixture` writes and of the points.
  const MixtureShape& shape() const { return shape_; }

  // P, the number of raw outputs the network must have.
  int outputs() const { return outputs_; }

  // Lowers raw [P] to a canonical row [shape().row_size()]. A NaN among the raw outputs, or a standard deviation that
  // overflows, gives a row that mixtures' validate refuses, by name.
  virtual void mixture(float* row, const float* raw) const = 0;

  // As mixtures' log_prob of the lowered row, to 1e-5 × max(1, |value|). Exact to the same tolerance with respect to
  // `raw` even where lowering rounds (|ρ| → 1).
  virtual void log_prob(float parts[2], const float* raw, const float* point) const = 0;

  // The same bits as mixtures' sample of the lowered row.
  virtual void sample(float* point, const float* raw, const Temper& temper, Draw& draw) const = 0;

  // Whether the point says that the sequence is over.
  virtual bool finished(const float* point) const = 0;

 protected:
  Head(const MixtureShape& shape, int outputs) : shape_(shape), outputs_(outputs) {}

 private:
  MixtureShape shape_;
  int outputs_;
};

// Makes the head that `spec` describes. kUnsupported: no such type or activation (the message lists them);
// kBadShape, kTooLarge, kBadValue: sizes or epsilon out of range.
Status make_head(std::unique_ptr<Head>* out, const HeadSpec& spec);

// The types that make_head knows.
std::span<const char* const> head_types();

}  // namespace mdn
