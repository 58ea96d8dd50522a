// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kernels/simd/view.hpp"
#include "src/exec/backend.hpp"

namespace metasolve::network {

/// A meta-solver's network on an executor, whatever its precision, that only predicts: from features to the solver's
/// parameters.
template <class Scalar>
class Predictor {
 public:
  virtual ~Predictor() = default;
  /// As Mlp holds them. Synchronizes.
  virtual void set_weights(std::vector<double> const& weights) = 0;
  /// Of as many tasks, at most the capacity: features [count][features], given [count][parameters], as
  /// MetaNetwork::predict takes them. theta [count][parameters], which holds until the next call.
  virtual kernels::BatchView<Scalar const> predict(kernels::BatchView<Scalar const> features,
                                                   kernels::BatchView<Scalar const> given, std::int64_t count) = 0;
};

struct MetaNetworkShape;

/// In double or single precision. Weights are zeros at first. @throws DeviceError, std::bad_alloc
template <class Scalar>
std::unique_ptr<Predictor<Scalar>> make_predictor(exec::Backend& exec, MetaNetworkShape const& shape, bool is_double,
                                                  std::int64_t capacity);

}  // namespace metasolve::network
