// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/detail/online/online_options.hpp"
#include "metasolve/detail/online/proposer.hpp"

namespace metasolve::online {

/// Where a network starts from.
struct PolicyShape {
  std::vector<std::int64_t> sizes;
  kernels::Activation activation = kernels::Activation::tanh;
  std::vector<kernels::HeadEntry> head;
  std::vector<double> shift, scale;  ///< of the features, from a prior; empty: OnlineGrid's positions
  std::vector<double> weights;
};

/// 16 hidden units, which choose the constants; or the prior's.
/// @throws InputError the prior does not choose exactly these parameters, in these ranges, from so many features; what
/// it leaves at the task's own value does not count
PolicyShape policy_shape(Options const& options, kernels::OnlineGrid const& grid);

std::unique_ptr<Proposer> make_policy_network(Shared const& shared, PolicyShape const& shape);

}  // namespace metasolve::online
