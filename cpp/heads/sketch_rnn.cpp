#include "heads/sketch_rnn.h"

#include <algorithm>

#include "heads/bivariate.h"
#include "kernels/vmath.h"
#include "mixtures/density.h"
#include "mixtures/sampling.h"

namespace mdn {
namespace {

constexpr int kPenStates = 3;

class SketchRnn final : public Head {
 public:
  explicit SketchRnn(const MixtureShape& shape) : Head(shape, kPenStates + 6 * shape.components) {}

  void mixture(float* row, const float* raw) const override {
    const int k = shape().components;
    const BivariateArrays parts = arrays(raw);
    log_softmax(row, logits(raw), k);
    float* means = row + shape().means_at();
    float* scales = row + shape().scales_at();
    for (int i = 0; i < k; ++i) {
      means[2 * i] = parts.mean_x[i];
      means[2 * i + 1] = parts.mean_y[i];
      bivariate_scale(scales + 3 * i, parts.raw_sigma_x[i], parts.raw_sigma_y[i], parts.raw_rho[i]);
    }
    log_softmax(row + shape().categories_at(), raw, kPenStates);
  }

  void log_prob(float parts[2], const float* raw, const float* point) const override {
    const int k = shape().components;
    double joint[kMaxComponents];
    std::copy_n(logits(raw), k, joint);
    add_bivariate(joint, arrays(raw), point[0], point[1], k);
    parts[0] = to_float(wide_log_sum_exp(joint, k) - wide_log_sum_exp(logits(raw), k));
    float pen[kPenStates];
    log_softmax(pen, raw, kPenStates);
    parts[1] = discrete_log_prob(pen, nullptr, point + 2, kPenStates, 0);
  }

  void sample(float* point, const float* raw, const Temper& temper, Draw& draw) const override {
    float log_weights[kMaxComponents], pen[kPenStates];
    log_softmax(log_weights, logits(raw), shape().components);
    log_softmax(pen, raw, kPenStates);
    const auto [k, category] = choose(draw, log_weights, pen, temper, shape());
    const BivariateArrays parts = arrays(raw);
    float scale[3];
    bivariate_scale(scale, parts.raw_sigma_x[k], parts.raw_sigma_y[k], parts.raw_rho[k]);
    draw.normals(point, 2);
    point[1] = place(parts.mean_y[k], scale[1] * point[0] + scale[2] * point[1], temper);
    point[0] = place(parts.mean_x[k], scale[0] * point[0], temper);
    write_outcome(point + 2, category, nullptr, temper, draw, shape());
  }

  bool finished(const float* point) const override { return point[4] > 0.5f; }

 private:
  static const float* logits(const float* raw) { return raw + kPenStates; }

  BivariateArrays arrays(const float* raw) const {
    const int k = shape().components;
    const float* p = logits(raw) + k;
    return {p, p + k, p + 2 * k, p + 3 * k, p + 4 * k};
  }
};

}  // namespace

Status make_sketch_rnn(std::unique_ptr<Head>* out, const HeadSpec& spec) {
  if (spec.dims != 0 && spec.dims != 2) {
    return Status::error(Code::kBadShape,
                         {"the head 'sketch-rnn' has 2 dims, the offset of the pen; received ", spec.dims});
  }
  const MixtureShape shape{.dims = 2, .components = spec.components, .triangular = true, .categories = kPenStates};
  if (Status status = check_shape(shape); !status.ok()) return status;
  *out = std::make_unique<SketchRnn>(shape);
  return {};
}

}  // namespace mdn
