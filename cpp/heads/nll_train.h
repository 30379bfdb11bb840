// The negative log-likelihood of a head and its gradient with respect to the raw outputs: the backward side of head.h.
//
// In log space throughout: responsibilities γ_k = softmax(log π_k + log N_k), and the gradient of a component's
// parameters is γ_k times that of its log density (Bishop 1994, eq. 36 to 38; Graves 2013, eq. 28 to 33). T is float to
// train, double to check by finite differences (tests/cpp/test_train_heads.cpp).
#pragma once

#include <memory>

#include "base/status.h"
#include "heads/head.h"

namespace mdn {

template <class T>
class Nll {
 public:
  virtual ~Nll() = default;

  int outputs() const { return outputs_; }        // P
  int dims() const { return dims_; }              // D, the values whose density it is
  int point_size() const { return point_size_; }  // D + categories

  // One row. parts[0] += weights[0] · nats of the values, parts[1] += weights[1] · nats of the discrete part;
  // gradient [P] = that of the sum of both. A weight of 0 masks its part: the point's values are then not looked at.
  //   raw [P], point [point_size]
  virtual void row(double parts[2], T* gradient, const T* raw, const T* point, const T weights[2]) const = 0;

 protected:
  Nll(int outputs, int dims, int point_size) : outputs_(outputs), dims_(dims), point_size_(point_size) {}

 private:
  int outputs_, dims_, point_size_;
};

// The nll of the head that `spec` describes; errors as of make_head.
template <class T>
Status make_nll(std::unique_ptr<Nll<T>>* out, const HeadSpec& spec);

template <class T>
std::unique_ptr<Nll<T>> make_sketch_rnn_nll(const HeadSpec& spec);
template <class T>
std::unique_ptr<Nll<T>> make_diagonal_nll(const HeadSpec& spec);

}  // namespace mdn
