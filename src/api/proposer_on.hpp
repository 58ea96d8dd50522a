// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "src/network/meta_network.hpp"

namespace metasolve::api {

/// Tasks whose features and activations a wide network holds at a time.
inline constexpr std::int64_t most_in_network = 1 << 16;

/// A meta-solver's network on an executor, whatever its precision: from features to the solver's parameters.
template <class Scalar>
class NetworkProposer {
 public:
  virtual ~NetworkProposer() = default;
  /// features [tasks][features], given [tasks][parameters]: MetaNetwork::propose. What comes back holds until the next
  /// call.
  virtual kernels::BatchView<Scalar const> propose(kernels::BatchView<Scalar const> features,
                                                   kernels::BatchView<Scalar const> given, std::int64_t tasks) = 0;
};

template <class Exec, class Real, class Scalar>
class NetworkProposerOn final : public NetworkProposer<Scalar> {
 public:
  NetworkProposerOn(Exec& exec, network::MetaNetworkShape const& shape, std::vector<double> const& weights,
                    std::int64_t capacity)
      : network_(exec, shape, capacity, false) {
    std::vector<Real> const converted(weights.begin(), weights.end());
    network_.mlp().weights().upload(converted.data(), static_cast<std::int64_t>(converted.size()));
    if (exec.kind() == DeviceKind::cuda) start(exec, capacity);
  }
  kernels::BatchView<Scalar const> propose(kernels::BatchView<Scalar const> features,
                                           kernels::BatchView<Scalar const> given, std::int64_t tasks) override {
    network_.propose(features, given, nullptr, 0, tasks);
    return network_.theta();
  }

 private:
  /// Runs the network once for one task and once for all, so that no call has kernels to load or algorithms to choose.
  void start(Exec& exec, std::int64_t capacity) {
    exec::Buffer<Scalar> const zero(exec, 1);
    if (exec.planning()) return;
    for (std::int64_t const tasks : {std::int64_t{1}, capacity}) {
      propose({zero.data(), 0, 0}, {zero.data(), 0, 0}, tasks);
    }
  }

  network::MetaNetwork<Exec, Real, Scalar> network_;
};

template <class Scalar, class Exec>
std::unique_ptr<NetworkProposer<Scalar>> make_proposer(Exec& exec, network::MetaNetworkShape const& shape,
                                                       std::vector<double> const& weights, bool is_double,
                                                       std::int64_t capacity) {
  if (is_double) return std::make_unique<NetworkProposerOn<Exec, double, Scalar>>(exec, shape, weights, capacity);
  return std::make_unique<NetworkProposerOn<Exec, float, Scalar>>(exec, shape, weights, capacity);
}

}  // namespace metasolve::api
