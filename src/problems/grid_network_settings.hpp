// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/network/grid_shape.hpp"

/// Keys of networks on grids, for problems whose features and parameters are fields on one grid.
namespace metasolve::problems {

/// Part of a configuration (RunConfig::of).
struct GridNetworkSettings {
  std::vector<std::string> layers;  ///< network::GridNetworkShape::layers; empty: fully connected layers
  kernels::GridPadding padding = kernels::GridPadding::edge;
  bool bias = true;
  bool scaled = true;
  bool operator==(GridNetworkSettings const&) const = default;
};
std::vector<config::Field> grid_network_keys();

/// Of these settings, for features of one channel, or of one and a mask, and outputs on the same points. Empty: fully
/// connected layers.
std::optional<network::GridNetworkShape> grid_network_of(GridNetworkSettings const& settings, int height, int width,
                                                         bool is_masked);

}  // namespace metasolve::problems
