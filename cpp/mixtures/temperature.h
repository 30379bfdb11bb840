// Temperature: how far from the mixture a sample may stray, and the published rules for it, by name.
//
// Every published system divides logits and multiplies standard deviations, but each by its own function of its own
// slider. A rule turns the numbers of that system into the three factors of a Temper, which is all a sampler knows.
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"

namespace mdn {

// What a sampler does to a mixture before it draws. The default changes nothing.
struct Temper {
  float weights = 1;  // component logits are divided by it; 0 takes the heaviest component
  float scales = 1;   // standard deviations are multiplied by it; 0 gives the component's mean
  float pen = 1;      // logits of the discrete parts are divided by it; 0 takes the likeliest outcome
};

// The numbers a user gives to a rule; each rule reads the ones it knows.
struct TemperatureArguments {
  float weights = 1;  // temperature of the component weights
  float scales = 1;   // temperature of the standard deviations
  float pen = 1;      // temperature of the discrete parts
  float bias = 0;     // Graves' probability bias
};

// The factors of a published rule. With the arguments w, s, p (temperatures of weights, scales, pen) and b (bias):
//
//   rule            weights    scales   pen        as in
//   keras-mdn       w          √s       1          keras-mdn-layer, IMPSY: `sigma_temp` multiplies the covariance
//   sketch-rnn      w          √s       p          Ha & Eck 2017, eq. 8
//   sketch-rnn-js   .5 + .5w   √s       .5 + .5p   sketch-rnn-js and @magenta/sketch
//   magenta-python  w          s        p          magenta/models/sketch_rnn
//   distill         w          s        1          Carter et al. 2016, "Four Experiments in Handwriting"
//   graves-bias     1/(1+b)    e^−b     1          Graves 2013, eq. 61 and 62
//   greedy          0          0        0          the likeliest branch, no chance
//
// kBadArgument: no such rule (the message lists them). kBadValue: an argument is negative, infinite or NaN (the
// message names it). 0 is legal for every argument.
Status temper_rule(Temper* out, std::string_view rule, const TemperatureArguments& arguments);

// The names that temper_rule knows, in the order of the table above.
std::span<const char* const> temperature_rules();

}  // namespace mdn
