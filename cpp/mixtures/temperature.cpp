#include "mixtures/temperature.h"

#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "base/text.h"
#include "kernels/vmath.h"

namespace mdn {
namespace {

using Arguments = TemperatureArguments;

float half_up(float x) { return 0.5f + 0.5f * x; }

Temper keras_mdn(const Arguments& a) { return {a.weights, std::sqrt(a.scales), 1}; }
Temper sketch_rnn(const Arguments& a) { return {a.weights, std::sqrt(a.scales), a.pen}; }
Temper sketch_rnn_js(const Arguments& a) { return {half_up(a.weights), std::sqrt(a.scales), half_up(a.pen)}; }
Temper magenta_python(const Arguments& a) { return {a.weights, a.scales, a.pen}; }
Temper distill(const Arguments& a) { return {a.weights, a.scales, 1}; }
Temper graves_bias(const Arguments& a) { return {1 / (1 + a.bias), fexp(-a.bias), 1}; }
Temper greedy(const Arguments&) { return {0, 0, 0}; }

constexpr struct Rule {
  const char* name;
  Temper (*apply)(const Arguments&);
} kRules[] = {
    {"keras-mdn", keras_mdn},
    {"sketch-rnn", sketch_rnn},
    {"sketch-rnn-js", sketch_rnn_js},
    {"magenta-python", magenta_python},
    {"distill", distill},
    {"graves-bias", graves_bias},
    {"greedy", greedy},
};

constexpr auto kNames = [] {
  std::array<const char*, std::size(kRules)> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kRules[i].name;
  return names;
}();

}  // namespace

Status temper_rule(Temper* out, std::string_view rule, const TemperatureArguments& arguments) {
  const struct {
    const char* name;
    float value;
  } numbers[] = {
      {"weights", arguments.weights}, {"scales", arguments.scales}, {"pen", arguments.pen}, {"bias", arguments.bias}};
  for (const auto& [name, value] : numbers) {
    if (!(value >= 0 && value <= std::numeric_limits<float>::max())) {
      return Status::error(Code::kBadValue,
                           {"temperature.", name, " must be a finite number of at least 0, received ", value});
    }
  }
  for (const Rule& known : kRules) {
    if (rule != known.name) continue;
    *out = known.apply(arguments);
    return {};
  }
  std::string message = "no temperature rule is called '" + std::string(rule.substr(0, 64)) + "'; there are";
  for (const Rule& known : kRules) message += std::string(&known == kRules ? " " : ", ") + known.name;
  return Status::error(Code::kBadArgument, message);
}

std::span<const char* const> temperature_rules() { return kNames; }

}  // namespace mdn
