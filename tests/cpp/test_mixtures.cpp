// The canonical mixture against closed forms (Gaussian densities on paper), 40-digit arithmetic
// (tests/golden/mixtures.txt) and an independent oracle (Eigen's Cholesky of the covariance).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "Eigen/Cholesky"
#include "Eigen/Core"
#include "doctest/doctest.h"
#include "kernels/vmath.h"
#include "mixture_support.h"
#include "mixtures/mixture.h"

namespace {

using mdn::Code;
using mdn::MixtureShape;
using mdn::Status;
using namespace mixture_support;

constexpr char kGolden[] =
#include "golden_mixtures_txt.h"
    ;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

double log_density(const MixtureShape& shape, const Row& row, const std::vector<float>& point) {
  CHECK(static_cast<int>(row.size()) == shape.row_size());
  float parts[2];
  mdn::log_prob(parts, row.data(), point.data(), shape);
  return parts[0];
}

MixtureShape shape_of(const GoldenLine& line) {
  return {.dims = line.integer(2),
          .components = line.integer(3),
          .triangular = line.integer(1) != 0,
          .categories = line.integer(4),
          .bernoullis = line.integer(5)};
}

}  // namespace

TEST_CASE("log density of diagonal mixtures equals the closed form") {
  // Σ_d ½ln2π + ln σ + ½z² on paper; the cases are those of keras-mdn-layer's own tests.
  struct Case {
    int dims;
    std::vector<float> logits, means, scales, point;
    double nll;
  };
  const Case cases[] = {
      {1, {0}, {0}, {1}, {0}, 0.9189385332},
      {1, {0}, {0}, {1}, {1}, 1.4189385332},
      {1, {0}, {0}, {2}, {0}, 1.6120857138},
      {1, {0}, {3}, {1}, {5}, 2.9189385332},
      {2, {0}, {.5f, .5f}, {1, 2}, {1, -1}, 2.9372742470},
      {5,
       {0},
       {1.6514365371f, -2.4266792434f, -0.4289126289f, 1.2659362587f, -0.8667404023f},
       {0.7788861516f, 0.1947089689f, 1.5913896261f, 0.7389019967f, 0.5439819597f},
       {-1.0856306033f, 0.9973454466f, 0.2829784981f, -1.5062947139f, -0.5786002520f},
       170.3367474333},
      {1, {-100}, {1}, {1}, {2}, 1.4189385332},
      {1, {100}, {1}, {1}, {2}, 1.4189385332},
      {1, {0, 0, 0}, {2, 2, 2}, {1.5f, 1.5f, 1.5f}, {3}, 1.5466258635},
      {1, {0, 0}, {0, 4}, {1, 1}, {2}, 2.9189385332},
      {1, {1, 0}, {0, 10}, {1, 1}, {0}, 1.2322002207},
      {1, {0}, {0}, {1e-6f}, {0}, -12.8965720},
      {1, {0}, {0}, {1e4f}, {0}, 10.1292789},
      {1, {100, -100, -100}, {0, 0, 0}, {1, 1, 1}, {0}, 0.9189385},
      {1, {0}, {0}, {1}, {1000}, 500000.9189385},
  };
  for (const Case& c : cases) {
    const MixtureShape shape{.dims = c.dims, .components = static_cast<int>(c.logits.size())};
    const double received = -log_density(shape, row_of(c.logits, c.means, c.scales), c.point);
    CAPTURE(c.nll);
    CHECK(std::fabs(received - c.nll) <= 1e-6 * std::max(1.0, std::fabs(c.nll)));
  }
}

TEST_CASE("log density of correlated pairs equals Graves' bivariate formula") {
  // ln 2π + ln σxσy√(1−ρ²) + Z / (2(1−ρ²)) on paper.
  struct Case {
    float x, y, mean_x, mean_y, sigma_x, sigma_y, rho;
    double nll;
  };
  const Case cases[] = {{0, 0, 0, 0, 1, 1, 0, 1.8378770664},
                        {1, 1, 0, 0, 1, 1, .5f, 2.3607026969},
                        {1, -1, 0, 0, 1, 1, .5f, 3.6940360302},
                        {1, 2, .5f, -.5f, 2, .5f, -.3f, 15.9734140344}};
  const MixtureShape shape{.dims = 2, .triangular = true};
  for (const Case& c : cases) {
    const float across = c.sigma_y * std::sqrt(1 - c.rho * c.rho);
    const Row row = row_of({0}, {c.mean_x, c.mean_y}, {c.sigma_x, c.rho * c.sigma_y, across});
    CHECK(close(-log_density(shape, row, {c.x, c.y}), c.nll, 1e-6));
  }
}

TEST_CASE("log_prob agrees with 40-digit arithmetic for ordinary and extreme parameters") {
  const auto lines = golden_lines(kGolden, "density");
  CHECK(lines.size() > 40);
  for (const GoldenLine& line : lines) {
    const Case c = make_case(shape_of(line), line.word(6), static_cast<std::uint32_t>(line.integer(7)));
    CAPTURE(line.word(6));
    CAPTURE(line.integer(7));
    CHECK(mdn::check_shape(c.shape).ok());
    CHECK(mdn::validate(c.shape, c.row.data()).message == "");
    float parts[2];
    mdn::log_prob(parts, c.row.data(), c.point.data(), c.shape);
    CHECK(close(parts[0], line.reference(0)));
    CHECK(close(parts[1], line.reference(1)));
  }
}

TEST_CASE("mean, covariance and responsibilities agree with 40-digit arithmetic") {
  const auto lines = golden_lines(kGolden, "moments");
  CHECK(lines.size() > 5);
  for (const GoldenLine& line : lines) {
    const Case c = make_case(shape_of(line), line.word(6), static_cast<std::uint32_t>(line.integer(7)));
    const auto dims = static_cast<std::size_t>(c.shape.dims);
    Row mean(dims), covariance(dims * dims), responsibilities(static_cast<std::size_t>(c.shape.components));
    mdn::mean(mean.data(), c.row.data(), c.shape);
    mdn::covariance(covariance.data(), c.row.data(), c.shape);
    mdn::responsibilities(responsibilities.data(), c.row.data(), c.point.data(), c.shape);
    CAPTURE(line.integer(7));
    const auto deviation = [&](std::size_t i) { return std::sqrt(line.reference(dims + i * dims + i)); };
    for (std::size_t i = 0; i < dims; ++i) {
      CHECK(std::fabs(mean[i] - line.reference(i)) <= 1e-6 * deviation(i));
      for (std::size_t j = 0; j < dims; ++j) {
        const double reference = line.reference(dims + i * dims + j);
        CHECK(std::fabs(covariance[i * dims + j] - reference) <= 1e-6 * deviation(i) * deviation(j));
        CHECK(covariance[i * dims + j] == covariance[j * dims + i]);
      }
    }
    double sum = 0;
    for (std::size_t k = 0; k < responsibilities.size(); ++k) {
      CHECK(std::fabs(responsibilities[k] - line.reference(dims + dims * dims + k)) <= 2e-6);
      sum += responsibilities[k];
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-6));
  }
}

TEST_CASE("moments of the mixtures in TensorFlow Probability's documentation") {
  const Row one = row_of({std::log(.3f), std::log(.7f)}, {-1, 1}, {.1f, .5f});
  float mean[2], covariance[4];
  mdn::mean(mean, one.data(), {.dims = 1, .components = 2});
  mdn::covariance(covariance, one.data(), {.dims = 1, .components = 2});
  CHECK(mean[0] == doctest::Approx(.4).epsilon(1e-6));
  CHECK(covariance[0] == doctest::Approx(1.018).epsilon(1e-6));
  const Row two = row_of({std::log(.3f), std::log(.7f)}, {-1, 1, 1, -1}, {.3f, .3f, .6f, .6f});
  mdn::mean(mean, two.data(), {.dims = 2, .components = 2});
  mdn::covariance(covariance, two.data(), {.dims = 2, .components = 2});
  CHECK(mean[0] == doctest::Approx(.4).epsilon(1e-6));
  CHECK(mean[1] == doctest::Approx(-.4).epsilon(1e-6));
  CHECK(covariance[0] == doctest::Approx(1.119).epsilon(1e-6));
  CHECK(covariance[1] == doctest::Approx(-.84).epsilon(1e-6));
}

TEST_CASE("full triangles agree with Eigen's Cholesky factor of the covariance") {
  for (const int dims : {2, 7, 64}) {
    const MixtureShape shape{.dims = dims, .components = 4, .triangular = true};
    Generator g(static_cast<std::uint32_t>(dims));
    Row row(static_cast<std::size_t>(shape.row_size()));
    for (float& x : row) x = g.spread(1);
    mdn::log_softmax(row.data(), row.data(), shape.components);
    for (int k = 0; k < shape.components; ++k) {
      for (int i = 0; i < dims; ++i)
        row[static_cast<std::size_t>(shape.scales_at() + k * shape.scale_size() + i * (i + 3) / 2)] += 2;
    }
    Row point(static_cast<std::size_t>(dims));
    for (float& x : point) x = g.spread(6);

    std::vector<double> joint;
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(dims);
    Eigen::MatrixXd second = Eigen::MatrixXd::Zero(dims, dims);
    for (int k = 0; k < shape.components; ++k) {
      Eigen::MatrixXd l = Eigen::MatrixXd::Zero(dims, dims);
      Eigen::VectorXd m(dims), y(dims);
      const float* scale = row.data() + shape.scales_at() + k * shape.scale_size();
      for (int i = 0; i < dims; ++i) {
        for (int j = 0; j <= i; ++j) l(i, j) = *scale++;
        m(i) = row[static_cast<std::size_t>(shape.means_at() + k * dims + i)];
        y(i) = point[static_cast<std::size_t>(i)];
      }
      const Eigen::MatrixXd sigma = l * l.transpose();
      const Eigen::LLT<Eigen::MatrixXd> factor(sigma);
      const Eigen::MatrixXd lower = factor.matrixL();
      const double weight = row[static_cast<std::size_t>(k)];
      joint.push_back(weight - 0.5 * (y - m).dot(factor.solve(y - m)) - lower.diagonal().array().log().sum() -
                      0.5 * dims * std::log(2 * M_PI));
      mean += std::exp(weight) * m;
      second += std::exp(weight) * (sigma + m * m.transpose());
    }
    double density = 0;
    const double largest = *std::max_element(joint.begin(), joint.end());
    for (const double j : joint) density += std::exp(j - largest);
    CHECK(close(log_density(shape, row, point), largest + std::log(density)));

    Row covariance(static_cast<std::size_t>(dims * dims));
    mdn::covariance(covariance.data(), row.data(), shape);
    const Eigen::MatrixXd reference = second - mean * mean.transpose();
    const double scale = reference.diagonal().maxCoeff();
    for (int i = 0; i < dims; ++i) {
      for (int j = 0; j < dims; ++j)
        CHECK(std::fabs(covariance[static_cast<std::size_t>(i * dims + j)] - reference(i, j)) <= 2e-6 * scale);
    }
  }
}

TEST_CASE("densities integrate to 1") {
  const MixtureShape one{.dims = 1, .components = 3};
  const Row narrow = row_of({0, 1, -1}, {-1, 0.5f, 3}, {0.3f, 1, 0.1f});
  double sum = 0;
  for (int i = -4000; i <= 4000; ++i) sum += std::exp(log_density(one, narrow, {static_cast<float>(i) / 400})) / 400;
  CHECK(sum == doctest::Approx(1).epsilon(1e-5));

  const MixtureShape two{.dims = 2, .components = 2, .triangular = true};
  const Row pairs = row_of({0, 1}, {0, 0, 1, -1}, {1, .5f, .5f, .6f, -.4f, .7f});
  sum = 0;
  for (int i = -140; i <= 140; ++i) {
    for (int j = -140; j <= 140; ++j) {
      sum += std::exp(log_density(two, pairs, {static_cast<float>(i) / 20, static_cast<float>(j) / 20})) / 400;
    }
  }
  CHECK(sum == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("log densities are finite wherever the mathematics is") {
  for (const float sigma : {1e-6f, 1.0f, 1e6f}) {
    for (const float distance : {0.0f, 1.0f, 1e6f}) {
      for (const float top : {0.0f, 1e4f}) {
        const Row row = row_of({top, -top}, {0, 0}, {sigma, sigma});
        const double exact = -0.5 * static_cast<double>(distance) * distance - std::log(static_cast<double>(sigma)) -
                             0.5 * std::log(2 * M_PI);
        CHECK(close(log_density({.dims = 1, .components = 2}, row, {distance * sigma}), exact, 1e-6));
      }
    }
  }
  // Beyond the range of a float the answer saturates, and a component of no weight is no obstacle.
  CHECK(log_density({.dims = 1}, row_of({0}, {-3e38f}, {1e-6f}), {3e38f}) == std::numeric_limits<float>::lowest());
  CHECK(log_density({.dims = 2}, row_of({0}, {-3e38f, 3e38f}, {1e-38f, 1e-38f}), {3e38f, -3e38f}) ==
        std::numeric_limits<float>::lowest());
  const Row steep = row_of({0}, {0, 0, 0}, {1e-38f, 1e38f, 1e-38f, 0, 1e38f, 1e-38f});  // z grows 1e76-fold a row
  CHECK(log_density({.dims = 3, .triangular = true}, steep, {1e38f, 0, 0}) == std::numeric_limits<float>::lowest());
  CHECK(close(log_density({.dims = 1, .components = 2}, row_of({0, -kInf}, {0, 0}, {1, 1}), {0}), -0.9189385332));
  // A parameter that is not a number is never turned into one.
  CHECK(std::isnan(log_density({.dims = 1, .components = 2}, {-0.7f, -0.7f, 0, kNan, 1, 1}, {0})));
  CHECK(std::isnan(log_density({.dims = 1, .components = 2}, {-0.7f, -0.7f, 0, 0, kNan, 1}, {0})));
  CHECK(std::isnan(log_density({.dims = 1, .components = 1}, {kNan, 0, 1}, {0})));
  // Far from everything the nearest component answers alone.
  float responsibilities[2];
  const Row row = row_of({0, 0}, {0, 1}, {1, 1});
  const float far = 1e6f;
  mdn::responsibilities(responsibilities, row.data(), &far, {.dims = 1, .components = 2});
  CHECK(responsibilities[0] == 0);
  CHECK(responsibilities[1] == 1);
}

TEST_CASE("the discrete part is the sum of its log probabilities") {
  const Row row = small_row();
  float parts[2];
  // log 0.5 + log σ(−1) + log(1 − σ(2)), on paper.
  const float point[] = {0, 0, 0, 0, 1, 1, 0};
  mdn::log_prob(parts, row.data(), point, kSmall);
  CHECK(close(parts[1], std::log(.5) - std::log1p(std::exp(1.)) - std::log1p(std::exp(2.)), 1e-6));
  // All zeros name no category; a category without probability costs nothing unless it is the one.
  const float silent[] = {0, 0, 0, 0, 0, 0, 0};
  mdn::log_prob(parts, row.data(), silent, kSmall);
  CHECK(close(parts[1], -std::log1p(std::exp(-1.)) - std::log1p(std::exp(2.)), 1e-6));
  Row certain = row;
  const float categories[] = {0, -kInf, -kInf, -kInf, kInf};
  std::copy_n(categories, 5, certain.begin() + kSmall.categories_at());
  const float expected[] = {0, 0, 1, 0, 0, 0, 1};
  mdn::log_prob(parts, certain.data(), expected, kSmall);
  CHECK(parts[1] == 0);
  mdn::log_prob(parts, certain.data(), point, kSmall);
  CHECK(parts[1] == -kInf);
}

TEST_CASE("validate names the first parameter that is wrong") {
  const Row good = small_row();
  CHECK(mdn::validate(kSmall, good.data()).ok());
  const char* names[] = {"log_weights", "means", "scales", "categories", "bernoullis"};
  const int starts[] = {
      0, kSmall.means_at(), kSmall.scales_at(), kSmall.categories_at(), kSmall.bernoullis_at(), kSmall.row_size()};
  for (int part = 0; part < 5; ++part) {
    for (int i = starts[part]; i < starts[part + 1]; ++i) {
      for (const float wrong : {kNan, kInf, -kInf}) {
        Row row = good;
        row[static_cast<std::size_t>(i)] = wrong;
        const Status status = mdn::validate(kSmall, row.data());
        const bool legal = part == 4 && std::isinf(wrong);  // a coin that always shows the same side
        CAPTURE(status.message);
        CHECK(status.ok() == legal);
        if (legal) continue;
        CHECK(status.code == Code::kBadValue);
        CHECK(status.message.find(names[part]) == 0);
        const bool missing_mass = (part == 0 || part == 3) && wrong == -kInf;  // legal as such, but the rest is < 1
        CHECK((status.message.find("[" + std::to_string(i - starts[part]) + "]") != std::string::npos) != missing_mass);
      }
    }
  }
  const auto with = [&](int i, float value) {
    Row row = good;
    row[static_cast<std::size_t>(i)] = value;
    return mdn::validate(kSmall, row.data());
  };
  CHECK(with(kSmall.scales_at() + 1, -7).ok());  // off the diagonal any finite number will do
  CHECK(with(kSmall.scales_at() + 2, 0).message ==
        "scales[2] (component 0, row 1, column 1) must be finite and above 0, received 0");
  CHECK(with(kSmall.scales_at() + 3, -1).message ==
        "scales[3] (component 1, row 0, column 0) must be finite and above 0, received -1");
  CHECK(with(kSmall.means_at() + 3, kNan).message ==
        "means[3] (component 1, dimension 1) must be a finite number, received NaN");
  CHECK(with(0, 0.5f).message.find("log_weights must be logarithms of probabilities that sum to 1") == 0);
  const Row impossible = {-kInf, -kInf, 0, 0, 1, 1};
  CHECK_FALSE(mdn::validate({.dims = 1, .components = 2}, impossible.data()).ok());
}

TEST_CASE("check_shape refuses sizes that mean nothing or are too large") {
  CHECK(mdn::check_shape({.dims = 512, .components = 256}).ok());
  CHECK(mdn::check_shape({.dims = 64, .components = 64, .triangular = true}).ok());
  CHECK(mdn::check_shape({.dims = 0}).code == Code::kBadShape);
  CHECK(mdn::check_shape({.dims = -3}).code == Code::kBadShape);
  CHECK(mdn::check_shape({.components = 0}).code == Code::kBadShape);
  CHECK(mdn::check_shape({.categories = -1}).code == Code::kBadShape);
  CHECK(mdn::check_shape({.bernoullis = -1}).code == Code::kBadShape);
  CHECK(mdn::check_shape({.dims = 65, .triangular = true}).code == Code::kTooLarge);
  CHECK(mdn::check_shape({.dims = 2147483647}).code == Code::kTooLarge);
  CHECK(mdn::check_shape({.components = 2147483647}).message ==
        "a mixture may have components up to 1024, received 2147483647");
}
