// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/kernels/simd/view.hpp"

namespace metasolve::network {

/// A meta-solver's network on an executor, in any precision, for inference only: from features to solver parameters.
template <class Scalar>
class Predictor {
 public:
  virtual ~Predictor() = default;
  /// In Mlp's layout. Synchronizes.
  virtual void set_weights(std::vector<double> const& weights) = 0;
  /// For `count` tasks, at most the capacity: features [count][features], given [count][parameters], as for
  /// MetaNetwork::predict. Returns theta [count][parameters], valid until the next call.
  virtual kernels::BatchView<Scalar const> predict(kernels::BatchView<Scalar const> features,
                                                   kernels::BatchView<Scalar const> given, std::int64_t count) = 0;
};

struct MetaNetworkShape;

/// In double or single precision. Weights are initially zero. @throws DeviceError, std::bad_alloc
template <class Scalar>
std::unique_ptr<Predictor<Scalar>> make_predictor(exec::Backend& exec, MetaNetworkShape const& shape, bool is_double,
                                                  std::int64_t capacity);

}  // namespace metasolve::network
