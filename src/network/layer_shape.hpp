// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "metasolve/detail/network/grid_shape.hpp"

namespace metasolve::network {

/// What kind of network, and its sizes.
struct Architecture {
  std::vector<std::int64_t> sizes;       ///< features, hidden..., outputs; of a network on a grid the two ends alone
  std::optional<GridNetworkShape> grid;  ///< none: fully connected layers
  bool operator==(Architecture const&) const = default;

  [[nodiscard]] std::int64_t features() const { return sizes.front(); }
  [[nodiscard]] std::int64_t outputs() const { return sizes.back(); }
};

/// One layer's offsets among the weights: W [out][in], then b [biases]. Of a convolution: in is channels times taps.
struct LayerShape {
  std::int64_t in = 0, out = 0;
  std::int64_t weight = 0, bias = 0;  ///< offsets
  std::int64_t biases = 0;            ///< out, or 0: it has none
  std::int64_t numbers() const { return out * in + biases; }
};

/// sizes: input, hidden..., output.
inline std::vector<LayerShape> layer_shapes(std::vector<std::int64_t> const& sizes) {
  std::vector<LayerShape> layers;
  std::int64_t at = 0;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    LayerShape const s{sizes[l], sizes[l + 1], at, at + sizes[l] * sizes[l + 1], sizes[l + 1]};
    at = s.bias + s.out;
    layers.push_back(s);
  }
  return layers;
}
/// Of each layer with weights. @throws InputError as grid_layers
inline std::vector<LayerShape> layer_shapes(Architecture const& network) {
  if (!network.grid) return layer_shapes(network.sizes);
  std::vector<LayerShape> layers;
  for (auto const& l : grid_layers(*network.grid)) {
    if (l.kind != GridLayerKind::convolution) continue;
    layers.push_back({std::int64_t{l.in} * l.kernel * l.kernel, l.channels, l.weight, l.bias,
                      network.grid->has_bias ? std::int64_t{l.channels} : 0});
  }
  return layers;
}
inline std::int64_t weight_count(std::vector<LayerShape> const& layers) {
  return layers.back().weight + layers.back().numbers();
}

/// Numbers that a network of this kind holds per task, about.
inline std::int64_t numbers_per_task(Architecture const& network) {
  std::int64_t sum = 0;
  for (auto const size : network.sizes) sum += 4 * size;
  if (!network.grid) return sum;
  for (auto const& l : grid_layers(*network.grid)) sum += 4 * std::int64_t{l.channels} * l.height * l.width;
  return sum;
}

/// Tasks whose features and activations a network holds at a time, at most: a part of a larger batch.
inline std::int64_t most_at_a_time(Architecture const& network) {
  constexpr std::int64_t most = 1 << 16, numbers = 1 << 24;
  std::int64_t const fits = numbers / numbers_per_task(network);
  return network.grid ? std::clamp<std::int64_t>(fits, 1, most) : most;
}

}  // namespace metasolve::network
