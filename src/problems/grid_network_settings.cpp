// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/grid_network_settings.hpp"

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/model/names.hpp"

namespace metasolve::problems {

std::vector<config::Field> grid_network_keys() {
  using namespace config::make_field;
  using S = GridNetworkSettings;
  return {fixed(texts(OwnPlace{&S::layers}, Length{0, 256},
                      {"network.layers", "",
                       "layers of a network on the grid, a text each, or \"u-net\" or \"v-cycle 6\" alone; empty: "
                       "network.hidden"})),
          fixed(choice(OwnPlace{&S::padding},
                       {"network.padding", "", "what network.layers read beyond a side: 0, or the nearest point"})),
          fixed(boolean(OwnPlace{&S::bias}, {"network.bias", "", "of convolutions"})),
          fixed(boolean(OwnPlace{&S::scaled},
                        {"network.scaled", "",
                         "with network.layers: features are divided by their root mean square, a task's own, and the "
                         "output multiplied by it"}))};
}

std::optional<network::GridNetworkShape> grid_network_of(GridNetworkSettings const& s, int height, int width,
                                                         bool is_masked) {
  if (s.layers.empty()) return std::nullopt;
  network::GridNetworkShape shape;
  shape.height = height, shape.width = width;
  shape.is_masked = is_masked;
  shape.is_scaled = s.scaled;
  shape.has_bias = s.bias;
  shape.padding = s.padding;
  shape.layers = network::named_layers(s.layers);
  return shape;
}

}  // namespace metasolve::problems
