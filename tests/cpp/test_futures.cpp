// Futures against forks of their session, bit for bit; their ends and their limits.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "allocations.h"
#include "doctest/doctest.h"
#include "model/futures.h"
#include "network_support.h"
#include "tolerances.h"

namespace {

using mdn::Code;
using namespace model_support;
using mdn::Futures;

}  // namespace

TEST_CASE("future i is the fork stepped with stream i, bit for bit, for any number of futures") {
  constexpr int kSteps = 60;
  struct Variant {
    const std::string* description;
    Storage storage;
  };
  int early = 0, late = 0;
  for (const Variant& variant : {Variant{&kChain, Storage::kFloat32}, Variant{&kChain, Storage::kInt8},
                                 Variant{&kConditioned, Storage::kFloat32}, Variant{&kConditioned, Storage::kInt8}}) {
    const RandomModel model = sketch(*variant.description, variant.storage);
    const bool integer = variant.storage == Storage::kInt8;
    const NetworkPointer network =
        must_load(model.bytes(integer ? integers(*variant.description) : *variant.description));
    const Temper temper{0.7f, 0.9f, 0.8f};
    Session session = started(network, network->conditioned() ? 1 : -1);
    steps_of(session, 2, temper);  // futures start at the session's position
    const Row before = raw_of(session);
    for (const int count : {1, 3, 4, 7, 64, 65}) {
      Futures futures(session, count, kSteps, 11, temper);
      REQUIRE_MESSAGE(futures.status().ok(), futures.status().message);
      for (int chunk = 1; !futures.done(); ++chunk) REQUIRE(futures.advance(chunk).ok());
      int different = 0;
      for (int i = 0; i < count; ++i) {
        Session fork = session;
        fork.reseed(11, static_cast<std::uint64_t>(i), session.position());
        const float* points = futures.points() + i * kSteps * 5;
        float log_prob = 0;
        int length = 0;
        bool finished = false;
        for (; length < kSteps && !finished; ++length) {
          const Step step = step_of(fork, temper);
          different += !std::equal(step.point.begin(), step.point.end(), points + 5 * length);
          log_prob += step.log_prob;
          finished = network->head().finished(step.point.data());
        }
        different += futures.lengths()[i] != length || futures.finished()[i] != (finished ? 1 : 0);
        different += !tolerances::same_bits(futures.log_probs()[i], log_prob);
        different += std::any_of(points + 5 * length, points + 5 * kSteps, [](float x) { return x != 0; });
        (finished ? early : late) += 1;
      }
      CHECK_MESSAGE(different == 0, count << " futures");
      CHECK(raw_of(session) == before);
      CHECK(session.position() == 2);
    }
  }
  CHECK(early > 100);  // the pen makes both kinds
  CHECK(late > 10);
}

TEST_CASE("futures end when they have ended, and advance in any portions") {
  const NetworkPointer network = must_load(sketch(kChain).bytes());
  Session session = started(network);
  Futures whole(session, 9, 40, 3, {}), pieces(session, 9, 40, 3, {});
  REQUIRE(whole.advance(1000).ok());
  CHECK(whole.done());
  CHECK(pieces.advance(0).ok());
  CHECK(pieces.lengths()[0] == 0);
  CHECK_FALSE(pieces.done());
  int steps = 0;
  for (; !pieces.done(); ++steps) REQUIRE(pieces.advance(1).ok());
  CHECK(steps <= 40);
  CHECK(std::equal(whole.points(), whole.points() + 9 * 40 * 5, pieces.points()));
  CHECK(std::equal(whole.log_probs(), whole.log_probs() + 9, pieces.log_probs()));
  CHECK(pieces.advance(5).ok());  // after the end: nothing
  CHECK(*std::max_element(pieces.lengths(), pieces.lengths() + 9) == steps);

  // The pen says "end" at once: one row each.
  RandomModel ending = sketch(kChain);
  ending["output/bias"].values[2] = 50;
  Session last = started(must_load(ending.bytes()));
  Futures short_ones(last, 5, 40, 3, {});
  REQUIRE(short_ones.advance(1).ok());
  CHECK(short_ones.done());
  for (int i = 0; i < 5; ++i) {
    CHECK(short_ones.lengths()[i] == 1);
    CHECK(short_ones.finished()[i] == 1);
  }
}

TEST_CASE("futures of a model without an end run to their last step") {
  const std::string looped = R"({"version":1,"input":{"size":2},"nodes":[
    {"name":"l","type":"lstm","inputs":["input"],"units":7},{"name":"o","type":"dense","inputs":["l"],"units":10}],
    "head":{"type":"diagonal","dims":2,"components":2}})";
  Session session = started(must_load(RandomModel(looped).bytes()));
  Futures futures(session, 6, 12, 1, {});
  REQUIRE(futures.advance(12).ok());
  CHECK(futures.done());
  for (int i = 0; i < 6; ++i) {
    CHECK(futures.lengths()[i] == 12);
    CHECK(futures.finished()[i] == 0);
  }
}

TEST_CASE("stepping and advancing allocate nothing") {
  for (const bool integer : {false, true}) {
    const RandomModel model = sketch(kConditioned, integer ? Storage::kInt8 : Storage::kFloat32);
    Session session = started(must_load(model.bytes(integer ? integers(kConditioned) : kConditioned)), 0);
    Row point(5), mixture(size(session.network().head().shape().row_size())), saved(size(session.snapshot_size()));
    float parts[2], log_prob = 0;
    const float* raw = nullptr;
    bool good = true;
    const long before = allocations();
    for (int i = 0; i < 100; ++i) {
      good = good && session.step(point.data(), &log_prob, {0.5f, 0.5f, 0.5f}).ok();
      good = good && session.observe(point.data(), 1, parts, nullptr, 1).ok();
      good = good && session.raw(&raw).ok() && session.mixture(mixture.data()).ok();
      session.restore(saved.data(), session.save(saved.data()));
    }
    CHECK(allocations() == before);
    Futures futures(session, 65, 100, 1, {});
    const long made = allocations();
    CHECK(made > before);  // it does count
    good = good && futures.advance(100).ok();
    CHECK(allocations() == made);
    CHECK(good);
    CHECK(futures.done());
  }
}

TEST_CASE("futures of a size that makes no sense, or no memory, are refused before they are made") {
  Session session = started(must_load(RandomModel(kChain).bytes()));
  const auto code = [&](int count, int steps) { return Futures(session, count, steps, 1, {}).status().code; };
  CHECK(code(0, 1) == Code::kTooLarge);
  CHECK(code(-1, 1) == Code::kTooLarge);
  CHECK(code(1, 0) == Code::kTooLarge);
  CHECK(code(65537, 1) == Code::kTooLarge);
  CHECK(code(65536, 1000000) == Code::kTooLarge);
  CHECK(code(1, std::numeric_limits<int>::max()) == Code::kTooLarge);
  CHECK(code(1, 14'000'000) == Code::kTooLarge);  // 280 MB, which there would be
  CHECK(code(3, 7) == Code::kOk);
  Futures refused(session, 0, 1, 1, {});
  CHECK(refused.done());
  CHECK(refused.advance(3).code == Code::kTooLarge);
}

TEST_CASE("numbers that are not finite become a status, in sessions and in futures") {
  RandomModel wide = sketch(kChain);
  for (std::size_t i = 9; i < 13; ++i) wide["output/bias"].values[i] = 120;  // e^120 is no float
  Session session = started(must_load(wide.bytes()));
  Row point(5);
  float log_prob = 0;
  CHECK(session.step(point.data(), &log_prob, {}).code == Code::kBadValue);
  CHECK(session.step(point.data(), nullptr, {}).code == Code::kBadValue);
  CHECK(session.step(point.data(), &log_prob, {1, 0, 1}).ok());  // at temperature 0 the scale does not matter
  Futures futures(session, 4, 10, 1, {});
  REQUIRE(futures.status().ok());
  const Status status = futures.advance(3);
  CHECK(status.code == Code::kBadValue);
  CHECK(status.message.find("sampled number") != std::string::npos);
  CHECK(futures.advance(3).message == status.message);
  for (int i = 0; i < 4; ++i) CHECK(futures.lengths()[i] <= 1);

  Session fed = started(must_load(RandomModel(kChain).bytes()));
  feed(fed, {NAN, 0, 1, 0, 0});
  const float* raw = nullptr;
  CHECK(fed.raw(&raw).code == Code::kBadValue);
  CHECK(fed.step(point.data(), nullptr, {}).code == Code::kBadValue);
  float parts[2];
  CHECK(fed.observe(point.data(), 1, parts, nullptr, 1).code == Code::kBadValue);
  CHECK(Futures(fed, 2, 2, 1, {}).status().code == Code::kBadValue);
}

TEST_CASE("a density where no density is becomes a status") {
  const std::string sharp = R"({"version":1,"input":{"size":2},"nodes":[
    {"name":"o","type":"dense","inputs":["input"],"units":5}],
    "head":{"type":"diagonal","dims":2,"components":1,"activation":"exp","epsilon":0}})";
  RandomModel model(sharp);
  std::fill_n(model["o/bias"].values.begin() + 2, 2, -500.0f);  // a standard deviation of e^-500 is 0 in float32
  Session session = started(must_load(model.bytes()));
  Row point(2);
  float log_prob = 0, parts[2];
  const float* raw = nullptr;
  REQUIRE(session.raw(&raw).ok());
  const Row mean(raw, raw + 2);
  CHECK(session.observe(mean.data(), 1, parts, nullptr, 1).code == Code::kBadValue);
  CHECK(session.step(point.data(), &log_prob, {}).code == Code::kBadValue);
  CHECK(session.step(point.data(), nullptr, {}).ok());  // a row can still be drawn
  Futures futures(session, 3, 5, 1, {});
  CHECK(futures.advance(5).code == Code::kBadValue);
}
