// libFuzzer target: a model file of any bytes is refused, or it loads and runs.
//
//   CXX=clang++ cmake -S . -B build/fuzz -G Ninja -DMDN_FUZZ=ON -DMDN_SANITIZE=ON -DMDN_TESTS=OFF
//   ninja -C build/fuzz fuzz_model
//   node tests/fuzz-corpus.js build/fuzz/corpus
//   build/fuzz/fuzz_model build/fuzz/corpus -max_len=8192 -timeout=10 -max_total_time=600
//
// It stops at the first finding and leaves the input in a file, which it runs again when given as an argument.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "mdn.h"

namespace {

using mdn::Code;
using mdn::Status;

void require(bool good) {
  if (!good) __builtin_trap();
}

bool finite(const std::vector<float>& values) {
  for (const float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

// What may still go wrong with a network that has loaded: numbers beyond float32, or a head that cannot be fed back.
void require_known(const Status& status) {
  require(status.ok() || status.code == Code::kBadValue || status.code == Code::kMismatch);
}

void run(const std::shared_ptr<const mdn::Network>& network) {
  require_known(network->self_test());
  const int class_index = network->conditioned() ? 0 : -1;
  mdn::Session session(network, class_index, 1, 0);
  require(session.status().ok());
  const mdn::MixtureShape& shape = network->head().shape();
  std::vector<float> rows(2 * static_cast<std::size_t>(network->input_size()), 0.5f);
  std::vector<float> targets(2 * static_cast<std::size_t>(shape.point_size()), 0.25f), parts(4);
  require_known(session.observe(rows.data(), 2, parts.data(), targets.data(), 1));
  std::vector<float> mixture(static_cast<std::size_t>(shape.row_size()));
  require_known(session.mixture(mixture.data()));
  std::vector<float> saved(static_cast<std::size_t>(session.snapshot_size()));
  const mdn::Session::Counters counters = session.save(saved.data());

  std::vector<float> point(static_cast<std::size_t>(shape.point_size()));
  for (const mdn::Temper& temper : {mdn::Temper{}, mdn::Temper{0.5f, 0.5f, 0.5f}, mdn::Temper{0, 0, 0}}) {
    float log_prob = 0;
    const Status status = session.step(point.data(), &log_prob, temper);
    require_known(status);
    require(!status.ok() || (finite(point) && !std::isnan(log_prob)));
  }
  session.restore(saved.data(), counters);
  mdn::Futures futures(session, 5, 6, 1, mdn::Temper{});
  if (!futures.status().ok()) return require_known(futures.status());
  require_known(futures.advance(6));
}

std::size_t header_size(const std::uint8_t* data) {
  std::uint64_t size = 0;
  std::memcpy(&size, data, 8);
  return static_cast<std::size_t>(size);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Changes the header or the values and keeps the length of the header true, so that most inputs get past it.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 16 == 0 || size < 8 || header_size(data) > size - 8) return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t header = header_size(data), values = size - 8 - header;
  if (seed % 4 == 0) {
    if (values == 0) return size;
    std::uint8_t* first = data + 8 + header;
    const std::size_t changed = LLVMFuzzerMutate(first, values, values);
    std::memset(first + changed, 0, values - changed);  // the length is the header's business
    return size;
  }
  const std::vector<std::uint8_t> kept(data + 8 + header, data + size);
  const std::uint64_t changed = LLVMFuzzerMutate(data + 8, header, max_size - 8 - values);
  std::memcpy(data, &changed, 8);
  if (!kept.empty()) std::memcpy(data + 8 + changed, kept.data(), kept.size());
  return 8 + changed + values;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool force_float32 : {false, true}) {
    std::shared_ptr<const mdn::Network> network;
    const Status status = mdn::Network::load(&network, std::span(data, size), force_float32);
    require(status.ok() == (network != nullptr));
    require(status.ok() || !status.message.empty());
    if (network != nullptr) run(network);
  }
  return 0;
}
