// Networks against a float64 reading of the same description, layer by layer from the naive versions.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "kernels/naive.h"
#include "network_support.h"

namespace {

using mdn::NodeSpec;
using namespace model_support;

// The same network in float64, node by node.
class Reference {
 public:
  Reference(const RandomModel& model, int class_row) : model_(model) {
    for (const NodeSpec& node : model.spec().nodes) {
      if (node.type != NodeSpec::Type::kLstm) continue;
      Layer& layer = layers_[node.name];
      layer.h.assign(size(node.units), 0);
      layer.c = layer.h;
      layer.bias = wide(node.name + "/bias");
      if (!node.conditioned) continue;
      const int embedded = model.spec().embedding_units, width = 2 * node.units;
      const std::vector<double> rows = wide(model.spec().embedding + "/embedding");
      const double* e = rows.data() + class_row * embedded;
      std::vector<double> added(size(2 * width)), start(size(width)), zero(size(2 * width));
      mdn::naive::dense(added.data(), e, wide(node.name + "/class_kernel").data(), zero.data(), embedded, 2 * width);
      mdn::naive::dense(start.data(), e, wide(node.name + "/class_state_kernel").data(),
                        wide(node.name + "/class_state_bias").data(), embedded, width);
      for (std::size_t j = 0; j < added.size(); ++j) layer.bias[j] += added[j];
      for (std::size_t u = 0; u < layer.h.size(); ++u) {
        layer.h[u] = std::tanh(start[u]);
        layer.c[u] = std::tanh(start[layer.h.size() + u]);
      }
    }
  }

  std::vector<double> step(const Row& row) {
    std::vector<std::vector<double>> outputs;
    for (const NodeSpec& node : model_.spec().nodes) {
      std::vector<double> x;
      for (const int from : node.inputs) {
        if (from == NodeSpec::kNetworkInput) {
          x.insert(x.end(), row.begin(), row.end());
        } else {
          x.insert(x.end(), outputs[size(from)].begin(), outputs[size(from)].end());
        }
      }
      const int inputs = static_cast<int>(x.size());
      const std::vector<double> kernel = wide(node.name + "/kernel");
      if (node.type == NodeSpec::Type::kLstm) {
        Layer& layer = layers_[node.name];
        const bool swapped = node.lstm.gates == mdn::GateOrder::kInputCellForgetOutput;
        mdn::naive::lstm_cell(layer.h.data(), layer.c.data(), x.data(), kernel.data(),
                              wide(node.name + "/recurrent_kernel").data(), layer.bias.data(), inputs, node.units,
                              {swapped ? "igfo" : "ifgo", static_cast<double>(node.lstm.forget_bias),
                               node.lstm.recurrent_activation == mdn::Activation::kHardSigmoid});
        outputs.push_back(layer.h);
        continue;
      }
      std::vector<double> y(size(node.units));
      mdn::naive::dense(y.data(), x.data(), kernel.data(), wide(node.name + "/bias").data(), inputs, node.units);
      for (double& value : y) value = activated(value, node.activation);
      outputs.push_back(y);
    }
    return outputs.back();
  }

 private:
  struct Layer {
    std::vector<double> h, c, bias;
  };
  static double activated(double x, mdn::Activation activation) {
    switch (activation) {
      case mdn::Activation::kRelu:
        return std::max(x, 0.0);
      case mdn::Activation::kTanh:
        return std::tanh(x);
      case mdn::Activation::kElu:
        return x > 0 ? x : std::expm1(x);
      default:
        return x;
    }
  }
  std::vector<double> wide(const std::string& name) const {
    const std::vector<float>& values = model_[name].values;
    return {values.begin(), values.end()};
  }
  const RandomModel& model_;
  std::map<std::string, Layer> layers_;
};

}  // namespace

TEST_CASE("every kind of network gives the outputs of its description in float64") {
  for (const std::string* description : kAll) {
    for (const Storage storage : {Storage::kFloat32, Storage::kInt8}) {
      const RandomModel model(*description, storage);
      const NetworkPointer network = must_load(model.bytes());
      for (int told = network->conditioned() ? 0 : -1; told < std::max(network->spec().classes, 0); ++told) {
        Session session(network, told, 1, 0);
        REQUIRE(session.status().ok());
        Reference reference(model, told);
        double most = 0;
        for (const Row& row : random_rows(network->input_size(), 40, 61)) {
          feed(session, row);
          const std::vector<double> expected = reference.step(row);
          const Row raw = raw_of(session);
          for (std::size_t i = 0; i < raw.size(); ++i) {
            most = std::max(most, std::fabs(raw[i] - expected[i]) / std::max(1.0, std::fabs(expected[i])));
          }
        }
        CHECK_MESSAGE(most < 5e-6, *description);
      }
    }
  }
}

TEST_CASE("int8 kernels run as integers only if the description says so, and it shows") {
  const RandomModel model(kChain, Storage::kInt8);
  Session floating = started(must_load(model.bytes()));
  Session integer = started(must_load(model.bytes(integers(kChain))));
  Session forced = started(must_load(model.bytes(integers(kChain)), true));
  CHECK(raw_of(floating) == raw_of(forced));
  const Row a = raw_of(floating), b = raw_of(integer);
  CHECK(a != b);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::fabs(a[i] - b[i]) < 1e-3);
}

TEST_CASE("without a class a sequence starts from the row of any class") {
  const RandomModel model(kConditioned);
  const NetworkPointer network = must_load(model.bytes());
  Session any = started(network);
  Reference reference(model, 3);
  std::vector<double> expected;
  for (const Row& row : random_rows(5, 3, 60)) expected = reference.step(row);
  const Row raw = raw_of(any);
  for (std::size_t i = 0; i < raw.size(); ++i) CHECK(raw[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  Session other = started(network, 2);
  CHECK(raw_of(other) != raw);
}
