// Gradients of whole networks against finite differences in double, and the training network against inference.
#include "doctest/doctest.h"
#include "train_support.h"

namespace mdn {
namespace {

using namespace test;

const std::vector<int> kLengths = {6, 4, 4, 1};

TEST_CASE("gradient: class-conditional LSTM with the sketch-rnn head, dropout and masks") {
  const ModelSpec spec = spec_of(R"({"version":1,"input":{"size":5},"anyClass":true,"nodes":[
    {"name":"class","type":"embedding","classes":4,"units":3},
    {"name":"lstm","type":"lstm","inputs":["input"],"units":5,"condition":"class"},
    {"name":"output","type":"dense","inputs":["lstm"],"units":21}],"head":{"type":"sketch-rnn","components":3}})");
  const Batch<double> batch = random_batch<double>(kLengths, 5, 5, true, 4);
  check_gradient(spec, batch, {});
  check_gradient(spec, batch, {0.7f, 5, 1 << 20, 0});
}

TEST_CASE("gradient: a graph of stacked LSTMs, a skip connection and dense layers, the diagonal head") {
  const ModelSpec spec = spec_of(R"({"version":1,"input":{"size":2},"nodes":[
    {"name":"class","type":"embedding","classes":3,"units":2},
    {"name":"first","type":"dense","inputs":["input"],"units":3,"activation":"elu"},
    {"name":"lstm_0","type":"lstm","inputs":["first"],"units":4,"condition":"class"},
    {"name":"lstm_1","type":"lstm","inputs":["lstm_0","input","first"],"units":9},
    {"name":"mid","type":"dense","inputs":["lstm_0","lstm_1"],"units":6,"activation":"tanh"},
    {"name":"output","type":"dense","inputs":["mid"],"units":14}],"head":{"type":"diagonal","dims":3,"components":2}})");
  check_gradient(spec, random_batch<double>(kLengths, 2, 3, false, 3), {0.8f, 5, 1 << 20, 0});
}

}  // namespace
}  // namespace mdn
