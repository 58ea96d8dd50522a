// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/kernels/network/grid_layers.hpp"

namespace metasolve::network {

/// A network on a grid: convolutions and what lies between them. Its layers are texts, one for each:
///
///     conv K C [stride S] [linear]   K x K weights to C channels, K odd; the activation follows unless linear
///     down [sum]                     means, or sums, of 2 x 2 points
///     up                             twice as many points along each axis, bilinear
///     join N                         the channels of layer N's output too
///     add N                          plus layer N's output
///
/// Each takes the output of the layer before it, or with `of N` at its end that of layer N; layer 0 is the input. The
/// last layer has one channel and the input's points, and no activation. Weights are drawn at first; or a convolution's
/// text says `centre X`, X in the middle of the taps from a channel to the same one and 0 elsewhere, or `laplacian`,
/// the sum of a point's four neighbours less four times itself. `u-net` and `v-cycle N` as the only text stand for the
/// lists of those names (named_layers).
struct GridNetworkShape {
  int channels = 1;  ///< of the input, the mask not counted
  int height = 0, width = 0;
  bool is_masked = false;  ///< one more channel of the input: every convolution's output is multiplied by it, and on
                           ///< coarser grids by its means
  bool is_scaled = false;  ///< the first channel is divided by its root mean square, and the output multiplied
  bool has_bias = true;    ///< of convolutions
  kernels::GridPadding padding = kernels::GridPadding::zero;
  std::vector<std::string> layers;
  bool operator==(GridNetworkShape const&) const = default;

  [[nodiscard]] std::int64_t points() const { return std::int64_t{height} * width; }
  [[nodiscard]] std::int64_t features() const { return (channels + (is_masked ? 1 : 0)) * points(); }
};

enum class GridLayerKind { convolution, halve, twice, join, add };
enum class GridStart { drawn, centre, laplacian };

/// A layer, resolved: sizes, and the places of its weights among all.
struct GridLayer {
  GridLayerKind kind = GridLayerKind::convolution;
  int kernel = 1, stride = 1;
  bool is_linear = false, is_sum = false;
  GridStart start = GridStart::drawn;
  double centre = 0;
  int from = 0, with = 0;                   ///< layers that it reads: 0 is the input, l the l-th layer
  int in = 1;                               ///< channels
  int channels = 1, height = 0, width = 0;  ///< of the output
  int halvings = 0;                         ///< between the input's points and the output's
  std::int64_t weight = 0, bias = 0;        ///< offsets of a convolution's, bias only if the network has them

  [[nodiscard]] std::int64_t weights() const {
    return kind == GridLayerKind::convolution ? std::int64_t{channels} * in * kernel * kernel : 0;
  }
};

/// @throws InputError a text that is no layer, sizes that do not fit or cannot be halved: names the layer
std::vector<GridLayer> grid_layers(GridNetworkShape const& shape);

/// The list that `u-net` or `v-cycle N` stands for: the network of Um, Brand, Fei, Holl and Thuerey (2020), or stencils
/// of 3 x 3 points in the shape of a cycle of multigrid on N grids, which begin as that cycle. Other lists are returned
/// as they are. @throws InputError N is out of range
std::vector<std::string> named_layers(std::vector<std::string> const& layers);

/// Sets the weights of layers that do not begin with drawn ones; biases of those are 0.
void set_grid_start(GridNetworkShape const& shape, std::vector<double>& weights);

/// Operations of a forward pass of one task, a multiply-add counted as two.
double grid_operations(GridNetworkShape const& shape);

}  // namespace metasolve::network
