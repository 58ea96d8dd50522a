// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace flow {

namespace {

using Colour = std::array<std::uint8_t, 3>;

/// Viridis at nine equal distances: lightness increases evenly, also in print and for colour-blind readers.
constexpr std::array<Colour, 9> viridis{{{68, 1, 84},
                                         {71, 44, 122},
                                         {59, 81, 139},
                                         {44, 113, 142},
                                         {33, 144, 141},
                                         {39, 173, 129},
                                         {92, 200, 99},
                                         {170, 220, 50},
                                         {253, 231, 37}}};

Colour colour_of(double share) {
  double const at = (share >= 0 ? std::min(share, 1.0) : 0.0) * (viridis.size() - 1);
  auto const below = std::min(static_cast<std::size_t>(at), viridis.size() - 2);
  double const rest = at - static_cast<double>(below);
  Colour colour;
  for (std::size_t i = 0; i < 3; ++i) {
    colour[i] = static_cast<std::uint8_t>(std::lround((1 - rest) * viridis[below][i] + rest * viridis[below + 1][i]));
  }
  return colour;
}

}  // namespace

void write_frame(std::string const& file, Grid const& grid, std::vector<double> const& y) {
  auto const n = static_cast<std::size_t>(grid.n), cells = n * n;
  std::size_t const gap = std::max<std::size_t>(n / 64, 2), bar = 2 * gap, width = 2 * n + 2 * gap + bar;
  auto const y2 = y.begin() + static_cast<std::ptrdiff_t>(cells);
  double const highest = std::max(*std::max_element(y2, y2 + static_cast<std::ptrdiff_t>(cells)), 1e-300);

  std::vector<std::uint8_t> pixels(width * n * 3, 255);
  for (std::size_t row = 0; row < n; ++row) {
    std::size_t const j = n - 1 - row;  // north is up
    auto const put = [&](std::size_t column, double share) {
      auto const colour = colour_of(share);
      std::copy(colour.begin(), colour.end(), pixels.begin() + static_cast<std::ptrdiff_t>((row * width + column) * 3));
    };
    for (std::size_t i = 0; i < n; ++i) {
      put(i, y[j * n + i]);
      put(n + gap + i, y[cells + j * n + i] / highest);
    }
    for (std::size_t i = 0; i < bar; ++i) {
      put(2 * n + 2 * gap + i, static_cast<double>(j) / static_cast<double>(n - 1));
    }
  }

  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(n);
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(file + ": " + image.message);
  }
}

}  // namespace flow
