// Sessions: what they observe, score, draw and remember, and what they refuse.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "model/futures.h"
#include "network_support.h"

namespace {

using mdn::Code;
using namespace model_support;
using mdn::Draw;
using mdn::Futures;
using mdn::Network;

}  // namespace

TEST_CASE("rows observed at once or one by one, read out or not in between, are the same to the bit") {
  for (const std::string* description : kAll) {
    const NetworkPointer network = must_load(RandomModel(*description).bytes());
    Session one_by_one = started(network, -1, 7, 0), at_once = one_by_one, reading = one_by_one;
    Row flat;
    for (const Row& row : random_rows(network->input_size(), 20, 62)) {
      feed(one_by_one, row);
      feed(reading, row);
      raw_of(reading);
      flat.insert(flat.end(), row.begin(), row.end());
    }
    REQUIRE(at_once.observe(flat.data(), 20, nullptr, nullptr, 1).ok());
    CHECK(raw_of(at_once) == raw_of(one_by_one));
    CHECK(raw_of(reading) == raw_of(one_by_one));
  }
}

TEST_CASE("observing scores each row under the mixture predicted before it") {
  for (const std::string* description : {&kChain, &kStack}) {
    const NetworkPointer network = must_load(RandomModel(*description).bytes());
    const int inputs = network->input_size();
    const std::vector<Row> rows = random_rows(inputs, 6, 63);
    Row flat;
    for (const Row& row : rows) flat.insert(flat.end(), row.begin(), row.end());
    Session scored = started(network, -1, 1, 0), plain = scored;
    std::vector<float> parts(12);
    REQUIRE(scored.observe(flat.data(), 6, parts.data(), nullptr, 1).ok());
    CHECK(std::isnan(parts[0]));  // nothing predicted the first row
    CHECK(std::isnan(parts[1]));
    std::vector<float> expected;
    for (const Row& row : rows) {
      if (&row != &rows.front()) {
        float pair[2];
        network->head().log_prob(pair, raw_of(plain).data(), row.data());
        expected.insert(expected.end(), pair, pair + 2);
      }
      feed(plain, row);
    }
    CHECK(std::equal(expected.begin(), expected.end(), parts.begin() + 2));
    CHECK(raw_of(scored) == raw_of(plain));

    // Other targets than the rows, in two draws: [draws, rows].
    Row targets;
    for (const Row& row : random_rows(inputs, 12, 64)) targets.insert(targets.end(), row.begin(), row.end());
    std::vector<float> drawn(24);
    Session again = started(network), walker = again;
    REQUIRE(again.observe(flat.data(), 6, drawn.data(), targets.data(), 2).ok());
    for (std::size_t i = 0; i < 6; ++i) {
      for (std::size_t d = 0; d < 2; ++d) {
        float pair[2];
        network->head().log_prob(pair, raw_of(walker).data(), targets.data() + (6 * d + i) * size(inputs));
        CHECK(pair[0] == drawn[2 * (6 * d + i)]);
        CHECK(pair[1] == drawn[2 * (6 * d + i) + 1]);
      }
      feed(walker, rows[i]);
    }
  }
}

TEST_CASE("a step samples the head at the session's position and feeds the row back") {
  const NetworkPointer network = must_load(sketch(kChain).bytes());
  Session session = started(network), by_hand = session;
  const Temper temper{0.6f, 0.8f, 0.7f};
  for (std::uint32_t position = 0; position < 20; ++position) {
    CHECK(session.position() == position);
    Row expected(5);
    Draw draw(7, 0, position);
    const Row raw = raw_of(by_hand);
    network->head().sample(expected.data(), raw.data(), temper, draw);
    float parts[2];
    network->head().log_prob(parts, raw.data(), expected.data());
    const Step step = step_of(session, temper);
    CHECK(step.point == expected);
    CHECK(step.log_prob == parts[0] + parts[1]);
    feed(by_hand, expected);
  }
  CHECK(raw_of(session) == raw_of(by_hand));
  Row mixture(size(network->head().shape().row_size())), lowered = mixture;
  REQUIRE(session.mixture(mixture.data()).ok());
  network->head().mixture(lowered.data(), raw_of(session).data());
  CHECK(mixture == lowered);
}

TEST_CASE("what is drawn depends on seed, stream and position alone") {
  const NetworkPointer network = must_load(sketch(kChain).bytes());
  Session a = started(network, -1, 7), b = started(network, -1, 7), other = started(network, -1, 8);
  const auto steps = steps_of(a, 10);
  CHECK(steps == steps_of(b, 10));
  CHECK_FALSE(steps == steps_of(other, 10));
  Session stream = started(network, -1, 7);
  stream.reseed(7, 1, 0);
  CHECK_FALSE(steps == steps_of(stream, 10));
  Session moved = started(network, -1, 8);
  moved.reseed(7, 0, 0);
  CHECK(steps == steps_of(moved, 10));
  Session ahead = started(network, -1, 7);
  ahead.skip(3);
  CHECK(ahead.position() == 3);
  CHECK_FALSE(steps[0] == step_of(ahead));
}

TEST_CASE("snapshots, restoring and forks are exact") {
  for (const std::string* description : {&kChain, &kStack, &kConditioned}) {
    for (const bool integer : {false, true}) {
      const RandomModel model(*description, integer ? Storage::kInt8 : Storage::kFloat32);
      const NetworkPointer network = must_load(model.bytes(integer ? integers(*description) : *description));
      Session session = started(network);
      steps_of(session, 4);
      Row saved(size(session.snapshot_size()));
      const Session::Counters counters = session.save(saved.data());
      CHECK(counters.position == 4);
      CHECK(counters.observed);
      Session fork = session;
      const auto future = steps_of(session, 8);
      CHECK(steps_of(fork, 8) == future);
      session.restore(saved.data(), counters);
      CHECK(session.position() == 4);
      CHECK(steps_of(session, 8) == future);
      // Into a new session of the same class, which has seen something else.
      Session fresh = started(network, -1, 99, 9);
      fresh.restore(saved.data(), counters);
      CHECK(steps_of(fresh, 8) == future);
      // And a fork lives on its own.
      Session one = fork, two = fork;
      const auto ahead = steps_of(one, 5);
      steps_of(one, 5);
      CHECK(steps_of(two, 5) == ahead);
    }
  }
}

TEST_CASE("a snapshot of a network without state, and of a session that has seen nothing") {
  Session dense = started(must_load(RandomModel(kDense).bytes()));
  Row saved(size(dense.snapshot_size()));
  const Session::Counters counters = dense.save(saved.data());
  const Row raw = raw_of(dense);
  feed(dense, {5, 5});
  CHECK(raw_of(dense) != raw);
  dense.restore(saved.data(), counters);
  CHECK(raw_of(dense) == raw);

  Session empty(must_load(RandomModel(kChain).bytes()), -1, 1, 0);
  Row nothing(size(empty.snapshot_size()));
  CHECK_FALSE(empty.save(nothing.data()).observed);
  feed(empty, {1, 2, 1, 0, 0});
  empty.restore(nothing.data(), {1, 0, 0, false});
  const float* raw_outputs = nullptr;
  CHECK(empty.raw(&raw_outputs).code == Code::kMismatch);
}

TEST_CASE("sessions say what is wrong with a request") {
  const NetworkPointer chain = must_load(RandomModel(kChain).bytes());
  const NetworkPointer conditioned = must_load(RandomModel(kConditioned).bytes());
  CHECK(Session(chain, 0, 1, 0).status().code == Code::kBadArgument);
  for (const int index : {3, 4, 1000000, -2}) {
    CHECK_MESSAGE(Session(conditioned, index, 1, 0).status().code == Code::kBadArgument, index);
  }
  for (const int index : {-1, 0, 2}) CHECK(Session(conditioned, index, 1, 0).status().ok());
  std::string no_any = kConditioned;
  no_any.replace(no_any.find("true"), 4, "false");
  CHECK(Session(must_load(RandomModel(no_any).bytes()), -1, 1, 0).status().code == Code::kBadArgument);

  Session nothing(chain, -1, 1, 0);
  Row point(5), row(size(chain->head().shape().row_size()));
  const float* raw = nullptr;
  CHECK(nothing.step(point.data(), nullptr, {}).code == Code::kMismatch);
  CHECK(nothing.mixture(row.data()).code == Code::kMismatch);
  CHECK(nothing.raw(&raw).code == Code::kMismatch);
  CHECK(Futures(nothing, 2, 2, 1, {}).status().code == Code::kMismatch);

  // Four rows in, two out: it can be observed and asked, but not stepped.
  const std::string sensor = R"({"version":1,"input":{"size":4},"nodes":[
    {"name":"o","type":"dense","inputs":["input"],"units":5}],"head":{"type":"diagonal","dims":2,"components":1}})";
  Session measured = started(must_load(RandomModel(sensor).bytes()));
  CHECK(measured.raw(&raw).ok());
  CHECK(measured.step(point.data(), nullptr, {}).code == Code::kMismatch);
  CHECK(Futures(measured, 2, 2, 1, {}).status().code == Code::kMismatch);
}
