// The native side of `npm run bench -- train`: does the work that a line of its input names, and answers with the
// seconds of one unit: the mean of three in a row, after another that wakes threads and caches.
//
//   native_train SPEC     SPEC: JSON as ArraySpec reads it, of a network from 5 numbers to points of a drawing
//
//   train N     a step of the optimiser with N threads, on sequences of 48 rows
//   gemm        the products of products.h
//   eigen       the same by Eigen, one thread
#include <Eigen/Core>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "products.h"
#include "random/draw.h"
#include "train/array_trainer.h"

namespace mdn::bench {
namespace {

constexpr int kSequenceRows = 48, kTimed = 3;

ArraySet drawings(int count) {
  ArraySet set;
  set.input_size = set.point_size = 5;
  Draw draw(1, 0, 0);
  for (int s = 0; s < count; ++s) {
    for (int t = 0; t < kSequenceRows; ++t) {
      float row[5] = {};
      draw.normals(row, 2);
      row[2 + (t + 1 == kSequenceRows ? 2 : draw.uniform() < 0.2f ? 1 : 0)] = 1;
      set.inputs.insert(set.inputs.end(), row, row + 5);
      set.targets.insert(set.targets.end(), row, row + 5);
    }
    set.first.push_back(set.first.back() + kSequenceRows);
  }
  split_array_set(&set, 0, 0, 1);
  return set;
}

class Training {
 public:
  explicit Training(const char* spec) : spec_(spec) {}
  Status step(int threads) {
    std::unique_ptr<ArrayTrainer>& trainer = trainers_[threads];
    if (trainer == nullptr) {
      ArraySpec spec;
      if (Status status = read_array_spec(&spec, spec_); !status.ok()) return status;
      if (Status status = ArrayTrainer::create(&trainer, spec, drawings(spec.batch), threads); !status.ok()) {
        return status;
      }
    }
    StepReport report;
    return trainer->step(&report);
  }

 private:
  std::string spec_;
  std::map<int, std::unique_ptr<ArrayTrainer>> trainers_;
};

void run_eigen(Products& all) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<Matrix, Eigen::Aligned64>;
  const Map kernel(all.kernel.data(), kUnits, kGates);
  for (int t = 0; t < kSteps; ++t) {
    Map(Products::at(all.gates, t, kGates), kBatch, kGates).noalias() +=
        Map(Products::at(all.hidden, t, kUnits), kBatch, kUnits) * kernel;
  }
  for (int t = 0; t < kSteps; ++t) {
    Map(Products::at(all.d_hidden, t, kUnits), kBatch, kUnits).noalias() +=
        Map(Products::at(all.d_gates, t, kGates), kBatch, kGates) * kernel.transpose();
  }
  Map(all.d_kernel.data(), kUnits, kGates).noalias() +=
      Map(all.hidden.data(), kRows, kUnits).transpose() * Map(all.d_gates.data(), kRows, kGates);
}

// One unit.
Status work(const std::string& name, Training& training, Products& products) {
  if (name.rfind("train ", 0) == 0) return training.step(std::atoi(name.c_str() + 6));
  if (name == "gemm\n") {
    products.run();
  } else if (name == "eigen\n") {
    run_eigen(products);
  } else {
    return Status::error(Code::kBadArgument, "unknown work: " + name);
  }
  return {};
}

int answer(const char* spec) {
  Training training(spec);
  Products products;
  char line[64];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    Status status = work(line, training, products);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimed && status.ok(); ++i) status = work(line, training, products);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.message.c_str());
      return 1;
    }
    std::printf("%.9f\n", seconds.count() / kTimed);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace mdn::bench

int main(int count, char** values) {
  if (count != 2) return 1;
  return mdn::bench::answer(values[1]);
}
