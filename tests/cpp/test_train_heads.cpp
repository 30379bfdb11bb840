// The likelihood of training: the values against inference's heads, the gradients against central differences in
// double.
#include "heads/nll_train.h"
#include "train_support.h"

namespace mdn {
namespace {

using namespace test;

struct Case {
  HeadSpec spec;
  std::vector<double> raw, point;
};

// Raw outputs with narrow and wide, straight and tilted components; `tilt` adds to every ρ̂.
Case sketch_case(int components, double size, double tilt, std::uint64_t stream) {
  Case out{{"sketch-rnn", 2, components},
           random_numbers<double>(static_cast<std::size_t>(3 + 6 * components), size, stream),
           {0.4, -1.1, 0, 1, 0}};
  for (int k = 0; k < components; ++k) out.raw[static_cast<std::size_t>(3 + 5 * components + k)] += tilt;
  return out;
}

Case diagonal_case(int dims, int components, const char* activation, std::uint64_t stream) {
  HeadSpec spec{"diagonal", dims, components};
  spec.activation = activation;
  return {spec, random_numbers<double>(static_cast<std::size_t>(components * (2 * dims + 1)), 2, stream),
          random_numbers<double>(static_cast<std::size_t>(dims), 2, stream + 1)};
}

std::vector<Case> cases() {
  return {sketch_case(1, 1, 0, 1),       sketch_case(4, 2, 0, 2),       sketch_case(20, 1, 0, 3),
          sketch_case(4, 1, 6, 4),       sketch_case(4, 1, -9, 5),      diagonal_case(1, 1, "elu", 6),
          diagonal_case(3, 5, "elu", 7), diagonal_case(3, 5, "exp", 8), diagonal_case(2, 4, "softplus", 9)};
}

TEST_CASE("nats are those of the heads of inference") {
  for (const Case& one : cases()) {
    std::unique_ptr<Head> head;
    std::unique_ptr<Nll<float>> nll;
    REQUIRE(make_head(&head, one.spec).ok());
    REQUIRE(make_nll(&nll, one.spec).ok());
    CHECK(nll->outputs() == head->outputs());
    CHECK(nll->point_size() == head->shape().point_size());
    CHECK(nll->dims() == head->shape().dims);
    const std::vector<float> raw(one.raw.begin(), one.raw.end()), point(one.point.begin(), one.point.end());
    std::vector<float> gradient(raw.size());
    const float weights[2] = {1, 1};
    float expected[2];
    double got[2] = {0, 0};
    head->log_prob(expected, raw.data(), point.data());
    nll->row(got, gradient.data(), raw.data(), point.data(), weights);
    for (int i = 0; i < 2; ++i) {
      const double reference = -static_cast<double>(expected[i]);
      CHECK(std::fabs(got[i] - reference) < 1e-5 * std::max(1.0, std::fabs(reference)));  // head.h's own tolerance
    }
  }
}

TEST_CASE("gradients of both heads, weighed and masked, against central differences") {
  for (const Case& one : cases()) {
    std::unique_ptr<Nll<double>> nll;
    REQUIRE(make_nll(&nll, one.spec).ok());
    for (const auto& weights : {std::array<double, 2>{1, 1}, {0.3, 0}, {0, 1.7}, {0, 0}}) {
      const auto loss = [&](const std::vector<double>& raw) {
        std::vector<double> unused(raw.size());
        double parts[2] = {0, 0};
        nll->row(parts, unused.data(), raw.data(), one.point.data(), weights.data());
        return parts[0] + parts[1];
      };
      std::vector<double> gradient(one.raw.size(), 99.0);
      double parts[2] = {0, 0};
      nll->row(parts, gradient.data(), one.raw.data(), one.point.data(), weights.data());
      std::vector<double> raw = one.raw;
      for (std::size_t i = 0; i < raw.size(); ++i) {
        constexpr double kStep = 1e-6;
        raw[i] = one.raw[i] + kStep;
        const double above = loss(raw);
        raw[i] = one.raw[i] - kStep;
        const double below = loss(raw);
        raw[i] = one.raw[i];
        const double expected = (above - below) / (2 * kStep);
        // Roundings of the loss divided by the step, and the step's square times a third derivative of the loss's size.
        const double tolerance = 1e-8 * std::max(1.0, std::fabs(loss(raw))) + 1e-7 * std::fabs(expected);
        CHECK_MESSAGE(std::fabs(gradient[i] - expected) < tolerance, one.spec.type, " ", one.spec.activation,
                      " output ", i);
      }
    }
  }
}

TEST_CASE("a masked offset is not looked at, and extremes stay finite") {
  std::unique_ptr<Nll<float>> nll;
  REQUIRE(make_nll(&nll, {"sketch-rnn", 2, 2}).ok());
  std::vector<float> raw(15), gradient(15);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float ended[] = {nan, nan, 0, 0, 1}, masked[] = {0, 1};
  double parts[2] = {0, 0};
  nll->row(parts, gradient.data(), raw.data(), ended, masked);
  CHECK(parts[0] == 0);
  CHECK(std::fabs(parts[1] - 1.0986122886681098) < 1e-6);  // log 3: all pen states alike
  for (const float value : gradient) CHECK(std::isfinite(value));

  // σ from e^-20 to e^20, |ρ| rounding to 1, an outlier of 1e4: systems in the wild reach these.
  const std::vector<float> wild = {0, 0, 0, 1, -1, 0, 0, 0, 0, -20, 20, 5, -5, 15, -15};
  const float far[] = {1e4f, -1e4f, 1, 0, 0}, both[] = {1, 1};
  nll->row(parts, gradient.data(), wild.data(), far, both);
  CHECK(std::isfinite(parts[0]));
  for (const float value : gradient) CHECK(std::isfinite(value));
}

TEST_CASE("the registry refuses what the heads of inference refuse") {
  std::unique_ptr<Nll<float>> nll;
  CHECK(make_nll(&nll, {"gaussian", 2, 2}).code == Code::kUnsupported);
  CHECK(make_nll(&nll, {"diagonal", 0, 2}).code == Code::kBadShape);
}

}  // namespace
}  // namespace mdn
