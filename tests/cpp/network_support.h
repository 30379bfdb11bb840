// The networks that the tests of model/ share, and short ways to run them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bit_hash.h"
#include "doctest/doctest.h"
#include "model/network.h"
#include "model/session.h"
#include "model_support.h"

namespace model_support {

using NetworkPointer = std::shared_ptr<const mdn::Network>;
using Row = std::vector<float>;
using mdn::Session;
using mdn::Status;
using mdn::Temper;

inline std::size_t size(int n) { return static_cast<std::size_t>(n); }

// Units are no multiples of 8 or 32, so that every padding is met.

inline const std::string kChain = R"({"version":1,"input":{"size":5},"nodes":[
  {"name":"lstm_0","type":"lstm","inputs":["input"],"units":13,"gates":"igfo","forgetBias":1},
  {"name":"output","type":"dense","inputs":["lstm_0"],"units":15}],
  "head":{"type":"sketch-rnn","components":2}})";

inline const std::string kStack = R"({"version":1,"input":{"size":3},"nodes":[
  {"name":"before","type":"dense","inputs":["input"],"units":6,"activation":"tanh"},
  {"name":"first","type":"lstm","inputs":["before"],"units":9,"recurrentActivation":"hard_sigmoid"},
  {"name":"second","type":"lstm","inputs":["input","first","before"],"units":17,"gates":"igfo"},
  {"name":"late","type":"dense","inputs":["first","input"],"units":5,"activation":"relu"},
  {"name":"output","type":"dense","inputs":["second","late","first"],"units":14}],
  "head":{"type":"diagonal","dims":3,"components":2}})";

inline const std::string kConditioned = R"({"version":1,"input":{"size":5},"anyClass":true,"nodes":[
  {"name":"class","type":"embedding","classes":4,"units":3},
  {"name":"lstm_0","type":"lstm","inputs":["input"],"units":11,"forgetBias":1,"condition":"class"},
  {"name":"lstm_1","type":"lstm","inputs":["lstm_0"],"units":8,"condition":"class"},
  {"name":"output","type":"dense","inputs":["lstm_0","lstm_1"],"units":21}],
  "head":{"type":"sketch-rnn","components":3}})";

inline const std::string kDense = R"({"version":1,"input":{"size":2},"nodes":[
  {"name":"a","type":"dense","inputs":["input"],"units":15,"activation":"relu"},
  {"name":"b","type":"dense","inputs":["a"],"units":33,"activation":"elu"},
  {"name":"output","type":"dense","inputs":["b","input","a"],"units":15}],
  "head":{"type":"diagonal","dims":2,"components":3,"activation":"softplus","epsilon":1e-3}})";

inline const std::string* const kAll[] = {&kChain, &kStack, &kConditioned, &kDense};

inline std::string integers(std::string description) {
  return description.replace(description.find("\"version\":1"), 11, R"("version":1,"compute":"int8")");
}

// The chain's pen as tests/models.js biases it: continuations of some forty rows, so that futures end at different
// times.
inline RandomModel sketch(const std::string& description, Storage storage = Storage::kFloat32, std::uint64_t seed = 1) {
  RandomModel model(description, storage, seed);
  std::vector<float>& bias = model["output/bias"].values;
  std::copy_n(std::begin({1.5f, 0.0f, -2.0f}), 3, bias.begin());
  return model;
}

inline Row random_row(TestData& data, int inputs) {
  Row row(size(inputs));
  for (float& value : row) value = data.number(2);
  if (inputs == 5) {  // offsets and a pen state
    std::fill(row.begin() + 2, row.end(), 0.0f);
    row[size(data.integer(2, 4))] = 1;
  }
  return row;
}

inline std::vector<Row> random_rows(int inputs, int count, std::uint64_t seed) {
  TestData data(seed);
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back(random_row(data, inputs));
  return rows;
}

inline void feed(Session& session, const Row& row) {
  REQUIRE(session.observe(row.data(), 1, nullptr, nullptr, 1).ok());
}

inline Session started(const NetworkPointer& network, int class_index = -1, std::uint64_t seed = 7, int rows = 3) {
  Session session(network, class_index, seed, 0);
  REQUIRE_MESSAGE(session.status().ok(), session.status().message);
  for (const Row& row : random_rows(network->input_size(), rows, 60)) feed(session, row);
  return session;
}

inline Row raw_of(Session& session) {
  const float* raw = nullptr;
  const Status status = session.raw(&raw);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return {raw, raw + session.network().output_size()};
}

struct Step {
  Row point;
  float log_prob = 0;
  bool operator==(const Step& other) const { return point == other.point && log_prob == other.log_prob; }
};

inline Step step_of(Session& session, const Temper& temper = {}) {
  Step step{Row(size(session.network().head().shape().point_size())), 0};
  const Status status = session.step(step.point.data(), &step.log_prob, temper);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return step;
}

inline std::vector<Step> steps_of(Session& session, int count, const Temper& temper = {}) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) steps.push_back(step_of(session, temper));
  return steps;
}

}  // namespace model_support
