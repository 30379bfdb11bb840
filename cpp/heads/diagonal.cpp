#include "heads/diagonal.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "kernels/vmath.h"
#include "mixtures/density.h"
#include "mixtures/sampling.h"

namespace mdn {
namespace {

enum class Spread { kElu, kExp, kSoftplus };

class Diagonal final : public Head {
 public:
  Diagonal(const MixtureShape& shape, Spread spread, float epsilon)
      : Head(shape, shape.components * (2 * shape.dims + 1)), spread_(spread), epsilon_(epsilon) {}

  void mixture(float* row, const float* raw) const override {
    log_softmax(row, raw + 2 * size(), shape().components);
    std::copy_n(raw, size(), row + shape().means_at());
    scales(row + shape().scales_at(), raw + size(), size());
  }

  void log_prob(float parts[2], const float* raw, const float* point) const override {
    const int components = shape().components, dims = shape().dims;
    const float* logits = raw + 2 * size();
    double joint[kMaxComponents];
    std::copy_n(logits, components, joint);
    float sigmas[kMaxDims];
    const int at_once = kMaxDims / dims;  // whole components that fit
    for (int k = 0; k < components; k += at_once) {
      const int count = std::min(at_once, components - k);
      scales(sigmas, raw + size() + k * dims, count * dims);
      add_diagonal(joint + k, raw + k * dims, sigmas, point, count, dims);
    }
    parts[0] = to_float(wide_log_sum_exp(joint, components) - wide_log_sum_exp(logits, components));
    parts[1] = 0;
  }

  void sample(float* point, const float* raw, const Temper& temper, Draw& draw) const override {
    const int dims = shape().dims;
    float log_weights[kMaxComponents];
    log_softmax(log_weights, raw + 2 * size(), shape().components);
    const int k = choose(draw, log_weights, nullptr, temper, shape()).component;
    float sigmas[kMaxDims];
    scales(sigmas, raw + size() + k * dims, dims);
    draw.normals(point, dims);
    for (int d = 0; d < dims; ++d) point[d] = place(raw[k * dims + d], sigmas[d] * point[d], temper);
  }

  bool finished(const float*) const override { return false; }

 private:
  int size() const { return shape().components * shape().dims; }

  // out = f(raw) + ε
  void scales(float* out, const float* raw, int n) const {
    switch (spread_) {
      case Spread::kElu:
        for (int i = 0; i < n; ++i) out[i] = raw[i] > 0 ? 0 : raw[i];
        vexp(out, out, n);
        for (int i = 0; i < n; ++i) out[i] = (raw[i] > 0 ? raw[i] + 1 : out[i]) + epsilon_;
        return;
      case Spread::kExp:
        vexp(out, raw, n);
        break;
      case Spread::kSoftplus:
        vsoftplus(out, raw, n);
        break;
    }
    for (int i = 0; i < n; ++i) out[i] += epsilon_;
  }

  Spread spread_;
  float epsilon_;
};

}  // namespace

Status make_diagonal(std::unique_ptr<Head>* out, const HeadSpec& spec) {
  const MixtureShape shape{.dims = spec.dims, .components = spec.components};
  if (Status status = check_shape(shape); !status.ok()) return status;
  if (!(spec.epsilon >= 0 && spec.epsilon <= std::numeric_limits<float>::max())) {
    return Status::error(Code::kBadValue,
                         {"head.epsilon must be a finite number of at least 0, received ", spec.epsilon});
  }
  Spread spread = Spread::kElu;
  if (spec.activation == "exp") {
    spread = Spread::kExp;
  } else if (spec.activation == "softplus") {
    spread = Spread::kSoftplus;
  } else if (!spec.activation.empty() && spec.activation != "elu") {
    return Status::error(Code::kUnsupported, {"head.activation must be elu, exp or softplus, received '",
                                              spec.activation.substr(0, 64), "'"});
  }
  *out = std::make_unique<Diagonal>(shape, spread, spec.epsilon);
  return {};
}

}  // namespace mdn
