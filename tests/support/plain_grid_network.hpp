// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "metasolve/detail/network/grid_shape.hpp"

/// A network on a grid, by loops over every number.
namespace metasolve::test {

struct PlainField {
  int channels, height, width;
  std::vector<double> x;
  PlainField(int c, int h, int w)
      : channels(c), height(h), width(w), x(static_cast<std::size_t>(c) * static_cast<std::size_t>(h * w)) {}
  double& at(int c, int y, int i) { return x[static_cast<std::size_t>((c * height + y) * width + i)]; }
  [[nodiscard]] double read(int c, int y, int i, kernels::GridPadding padding) const {
    bool const inside = y >= 0 && y < height && i >= 0 && i < width;
    if (!inside && padding == kernels::GridPadding::zero) return 0;
    y = std::clamp(y, 0, height - 1), i = std::clamp(i, 0, width - 1);
    return x[static_cast<std::size_t>((c * height + y) * width + i)];
  }
};

/// One task: features -> output [points].
inline std::vector<double> plain_grid_network(network::GridNetworkShape const& s, kernels::Activation activation,
                                              std::vector<double> const& weights, double const* features) {
  using network::GridLayerKind;
  double scale = 1;
  if (s.is_scaled) {
    double squares = 0;
    for (std::int64_t p = 0; p < s.points(); ++p) squares += features[p] * features[p];
    scale = std::sqrt(squares / static_cast<double>(s.points()));
  }
  std::vector<PlainField> all{{s.channels, s.height, s.width}};
  std::copy_n(features, s.channels * s.points(), all[0].x.begin());
  for (std::int64_t p = 0; p < s.points(); ++p) all[0].x[static_cast<std::size_t>(p)] /= scale;
  std::vector<PlainField> masks{{1, s.height, s.width}};
  if (s.is_masked) std::copy_n(features + s.channels * s.points(), s.points(), masks[0].x.begin());
  while (masks.back().height % 2 == 0 && masks.back().width % 2 == 0) {
    auto& fine = masks.back();
    PlainField coarse(1, fine.height / 2, fine.width / 2);
    for (int y = 0; y < coarse.height; ++y) {
      for (int x = 0; x < coarse.width; ++x) {
        coarse.at(0, y, x) = (fine.at(0, 2 * y, 2 * x) + fine.at(0, 2 * y, 2 * x + 1) + fine.at(0, 2 * y + 1, 2 * x) +
                              fine.at(0, 2 * y + 1, 2 * x + 1)) /
                             4;
      }
    }
    masks.push_back(coarse);
  }
  for (auto const& l : network::grid_layers(s)) {
    PlainField y(l.channels, l.height, l.width);
    auto const& a = all[static_cast<std::size_t>(l.from)];
    auto const& b = all[static_cast<std::size_t>(l.with)];
    for (int c = 0; c < l.channels; ++c) {
      for (int j = 0; j < l.height; ++j) {
        for (int i = 0; i < l.width; ++i) {
          double sum = 0;
          auto const in = [&](PlainField const& f, int channel, int row, int column) {
            return f.read(channel, row, column, s.padding);
          };
          if (l.kind == GridLayerKind::convolution) {
            for (int k = 0; k < l.in; ++k) {
              for (int p = 0; p < l.kernel; ++p) {
                for (int q = 0; q < l.kernel; ++q) {
                  auto const at = l.weight + ((std::int64_t{c} * l.in + k) * l.kernel + p) * l.kernel + q;
                  sum += weights[static_cast<std::size_t>(at)] *
                         in(a, k, l.stride * j + p - l.kernel / 2, l.stride * i + q - l.kernel / 2);
                }
              }
            }
            if (s.has_bias) sum += weights[static_cast<std::size_t>(l.bias + c)];
            if (!l.is_linear) sum = kernels::activate(activation, sum);
            if (s.is_masked) sum *= masks[static_cast<std::size_t>(l.halvings)].at(0, j, i);
          } else if (l.kind == GridLayerKind::halve) {
            sum = in(a, c, 2 * j, 2 * i) + in(a, c, 2 * j, 2 * i + 1) + in(a, c, 2 * j + 1, 2 * i) +
                  in(a, c, 2 * j + 1, 2 * i + 1);
            if (!l.is_sum) sum /= 4;
          } else if (l.kind == GridLayerKind::twice) {
            int const beside_j = j % 2 == 0 ? -1 : 1, beside_i = i % 2 == 0 ? -1 : 1;
            sum = (9 * in(a, c, j / 2, i / 2) + 3 * in(a, c, j / 2 + beside_j, i / 2) +
                   3 * in(a, c, j / 2, i / 2 + beside_i) + in(a, c, j / 2 + beside_j, i / 2 + beside_i)) /
                  16;
          } else if (l.kind == GridLayerKind::join) {
            sum = c < l.in ? in(a, c, j, i) : in(b, c - l.in, j, i);
          } else {
            sum = in(a, c, j, i) + in(b, c, j, i);
          }
          y.at(c, j, i) = sum;
        }
      }
    }
    all.push_back(y);
  }
  auto out = all.back().x;
  for (double& x : out) x *= scale;
  return out;
}

}  // namespace metasolve::test
