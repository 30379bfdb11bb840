#include "mixtures/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/text.h"
#include "kernels/vmath.h"
#include "mixtures/density.h"
#include "mixtures/sampling.h"

namespace mdn {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Status bad_value(const char* part, int index, const std::string& place, const char* expected, float received) {
  return Status::error(Code::kBadValue,
                       {part, "[", index, "] (", place, ") must be ", expected, ", received ", received});
}

Status check_size(const char* name, int value, int least, int most) {
  if (value < least) {
    return Status::error(Code::kBadShape, {"a mixture needs ", name, " of at least ", least, ", received ", value});
  }
  if (value > most) {
    return Status::error(Code::kTooLarge, {"a mixture may have ", name, " up to ", most, ", received ", value});
  }
  return {};
}

Status check_log_probs(const char* part, const char* what, const float* log_probs, int n) {
  for (int i = 0; i < n; ++i) {
    if (!(log_probs[i] < kInfinity)) {
      return bad_value(part, i, what + (" " + std::to_string(i)), "the logarithm of a probability", log_probs[i]);
    }
  }
  const double total = wide_log_sum_exp(log_probs, n);
  if (!(std::fabs(total) <= 1e-3)) {
    return Status::error(Code::kBadValue,
                         {part, " must be logarithms of probabilities that sum to 1, ", "received the sum e^", total});
  }
  return {};
}

// log_softmax(x / temperature); at 0, everything on the largest.   out may be x
void temper_log_probs(float* out, const float* x, int n, float temperature) {
  if (n == 0) return;
  const int best = largest_of(x, n);
  if (temperature == 0) {
    std::fill_n(out, n, -kInfinity);
    out[best] = 0;
  } else if (temperature == 1) {
    std::copy_n(x, n, out);
  } else {
    const float largest = x[best];
    for (int i = 0; i < n; ++i) out[i] = (x[i] - largest) / temperature;
    log_softmax(out, out, n);
  }
}

// The component weights as probabilities, summing to 1 in double.
std::vector<double> weights_of(const float* row, int components) {
  std::vector<float> raw(static_cast<std::size_t>(components));
  vexp(raw.data(), row, components);
  double sum = 0;
  for (const float w : raw) sum += w;
  std::vector<double> weights(raw.begin(), raw.end());
  for (double& w : weights) w /= sum;
  return weights;
}

std::vector<double> wide_mean(const std::vector<double>& weights, const float* row, const MixtureShape& shape) {
  std::vector<double> mean(static_cast<std::size_t>(shape.dims));
  const float* means = row + shape.means_at();
  for (const double w : weights) {
    for (double& m : mean) m += w * *means++;
  }
  return mean;
}

}  // namespace

Status check_shape(const MixtureShape& shape) {
  struct Size {
    const char* name;
    int value, least, most;
  };
  const Size sizes[] = {{"dims", shape.dims, 1, shape.triangular ? kMaxTriangularDims : kMaxDims},
                        {"components", shape.components, 1, kMaxComponents},
                        {"categories", shape.categories, 0, kMaxCategories},
                        {"bernoullis", shape.bernoullis, 0, kMaxBernoullis}};
  for (const Size& size : sizes) {
    if (Status status = check_size(size.name, size.value, size.least, size.most); !status.ok()) return status;
  }
  return {};
}

Status validate(const MixtureShape& shape, const float* row) {
  if (Status status = check_log_probs("log_weights", "component", row, shape.components); !status.ok()) return status;

  const float* means = row + shape.means_at();
  for (int i = 0; i < shape.components * shape.dims; ++i) {
    if (!(std::fabs(means[i]) < kInfinity)) {
      const std::string place =
          "component " + std::to_string(i / shape.dims) + ", dimension " + std::to_string(i % shape.dims);
      return bad_value("means", i, place, "a finite number", means[i]);
    }
  }

  const float* scales = row + shape.scales_at();
  for (int k = 0, i = 0; k < shape.components; ++k) {
    for (int r = 0; r < shape.dims; ++r) {
      for (int c = shape.triangular ? 0 : r; c <= r; ++c, ++i) {
        const bool finite = std::fabs(scales[i]) < kInfinity;
        if (finite && (c < r || scales[i] > 0)) continue;
        const std::string place = shape.triangular ? ", row " + std::to_string(r) + ", column " + std::to_string(c)
                                                   : ", dimension " + std::to_string(r);
        return bad_value("scales", i, "component " + std::to_string(k) + place,
                         c < r ? "a finite number" : "finite and above 0", scales[i]);
      }
    }
  }

  if (shape.categories > 0) {
    const float* categories = row + shape.categories_at();
    if (Status status = check_log_probs("categories", "category", categories, shape.categories); !status.ok()) {
      return status;
    }
  }

  const float* bernoullis = row + shape.bernoullis_at();
  for (int b = 0; b < shape.bernoullis; ++b) {
    if (bernoullis[b] != bernoullis[b]) {
      return bad_value("bernoullis", b, "coin " + std::to_string(b), "a logit", bernoullis[b]);
    }
  }
  return {};
}

void mean(float* out, const float* row, const MixtureShape& shape) {
  const std::vector<double> mean = wide_mean(weights_of(row, shape.components), row, shape);
  std::transform(mean.begin(), mean.end(), out, to_float);
}

void covariance(float* out, const float* row, const MixtureShape& shape) {
  const std::vector<double> weights = weights_of(row, shape.components);
  const std::vector<double> mean = wide_mean(weights, row, shape);
  const auto dims = static_cast<std::size_t>(shape.dims);
  std::vector<double> total(dims * dims), off(dims);
  const float* means = row + shape.means_at();
  const float* scales = row + shape.scales_at();
  for (const double w : weights) {
    for (std::size_t i = 0; i < dims; ++i) off[i] = *means++ - mean[i];
    for (std::size_t i = 0; i < dims; ++i) {
      const float* l_i = scales + (shape.triangular ? i * (i + 1) / 2 : i);
      for (std::size_t j = 0; j <= i; ++j) {
        double within = 0;  // row i of L times row j
        if (shape.triangular) {
          const float* l_j = scales + j * (j + 1) / 2;
          for (std::size_t m = 0; m <= j; ++m) within += static_cast<double>(l_i[m]) * l_j[m];
        } else if (i == j) {
          within = static_cast<double>(*l_i) * *l_i;
        }
        total[i * dims + j] += w * (within + off[i] * off[j]);
      }
    }
    scales += shape.scale_size();
  }
  for (std::size_t i = 0; i < dims; ++i) {
    for (std::size_t j = 0; j <= i; ++j) out[i * dims + j] = out[j * dims + i] = to_float(total[i * dims + j]);
  }
}

Status temper(float* out, const float* row, const Temper& temper, const MixtureShape& shape) {
  if (temper.scales == 0) {
    return Status::error(
        Code::kUnsupported,
        "a mixture whose standard deviations are 0 has no density; sample with the temperature instead");
  }
  temper_log_probs(out, row, shape.components, temper.weights);
  std::copy(row + shape.means_at(), row + shape.scales_at(), out + shape.means_at());
  std::transform(row + shape.scales_at(), row + shape.categories_at(), out + shape.scales_at(),
                 [&](float scale) { return scale * temper.scales; });
  temper_log_probs(out + shape.categories_at(), row + shape.categories_at(), shape.categories, temper.pen);
  for (int i = shape.bernoullis_at(); i < shape.row_size(); ++i) {
    if (temper.pen == 0) {
      out[i] = row[i] >= 0 ? kInfinity : -kInfinity;
    } else {
      out[i] = row[i] / temper.pen;
    }
  }
  return {};
}

}  // namespace mdn
