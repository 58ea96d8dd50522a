// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/network/predictor.hpp"

#include "metasolve/detail/network/meta_network.hpp"

namespace metasolve::network {

namespace {

template <class Real, class Scalar>
std::unique_ptr<Predictor<Scalar>> made(exec::Backend& exec, MetaNetworkShape const& shape, std::int64_t capacity) {
  auto network = std::make_unique<MetaNetwork<Real, Scalar>>(exec, shape, capacity, false);
  if (!exec.first_runs_differ()) return network;
  exec::Buffer<Scalar> const zero(exec, 1);
  if (exec.planning()) return network;
  // Runs once with one task and once with all, so that no later call loads kernels or chooses algorithms.
  for (std::int64_t const tasks : {std::int64_t{1}, capacity}) {
    network->predict({zero.data(), 0, 0}, {zero.data(), 0, 0}, tasks);
  }
  exec.synchronize();  // before `zero` is released
  return network;
}

}  // namespace

template <class Scalar>
std::unique_ptr<Predictor<Scalar>> make_predictor(exec::Backend& exec, MetaNetworkShape const& shape, bool is_double,
                                                  std::int64_t capacity) {
  return is_double ? made<double, Scalar>(exec, shape, capacity) : made<float, Scalar>(exec, shape, capacity);
}
template std::unique_ptr<Predictor<float>> make_predictor(exec::Backend&, MetaNetworkShape const&, bool, std::int64_t);
template std::unique_ptr<Predictor<double>> make_predictor(exec::Backend&, MetaNetworkShape const&, bool, std::int64_t);

}  // namespace metasolve::network
