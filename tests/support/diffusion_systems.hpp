// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"

/// Five-point diffusion systems -div(k grad u) on n x n grids, where k jumps in some boxes and the right-hand side is
/// all ones.
namespace metasolve::test {

struct DiffusionSystem {
  int unknowns = 0;
  std::vector<std::pair<std::int32_t, std::int32_t>> below;  ///< (row, column) of the entries below the diagonal
  std::vector<double> off, diagonal;                         ///< their values, [unknowns]
};

inline DiffusionSystem diffusion_system(int n, unsigned seed) {
  std::mt19937 random(seed);
  auto const uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  int const width = n + 2;  // with the cells around the grid
  std::vector<double> k(static_cast<std::size_t>(width * width), 1.0);
  double const contrast = std::pow(10.0, 4 * uniform());
  for (int box = 0; box < 3; ++box) {
    int const i = static_cast<int>(uniform() * n), j = static_cast<int>(uniform() * n);
    double const value = uniform() < 0.5 ? contrast : 1 / contrast;
    for (int a = i; a < i + n / 2 && a < width; ++a) {
      for (int b = j; b < j + n / 2 && b < width; ++b) k[static_cast<std::size_t>(a * width + b)] = value;
    }
  }
  // On a face the harmonic mean of both sides.
  auto const face = [&](int at, int to) {
    double const x = k[static_cast<std::size_t>(at)], y = k[static_cast<std::size_t>(to)];
    return 2 * x * y / (x + y);
  };
  DiffusionSystem s;
  s.unknowns = n * n;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      int const at = (i + 1) * width + j + 1, row = i * n + j;
      double const up = face(at, at - width), left = face(at, at - 1);
      s.diagonal.push_back(up + left + face(at, at + 1) + face(at, at + width));
      if (i > 0) s.below.emplace_back(row, row - n), s.off.push_back(-up);
      if (j > 0) s.below.emplace_back(row, row - 1), s.off.push_back(-left);
    }
  }
  return s;
}

/// Writes A_k.mtx for systems with the seeds 0 ... count - 1.
inline void write_diffusion(TemporaryFolder const& folder, int n, int count) {
  for (int k = 0; k < count; ++k) {
    auto const s = diffusion_system(n, static_cast<unsigned>(k));
    std::ofstream file(folder / ("A_" + std::to_string(k) + ".mtx"));
    file.precision(17);
    file << "%%MatrixMarket matrix coordinate real symmetric\n"
         << s.unknowns << ' ' << s.unknowns << ' ' << s.diagonal.size() + s.off.size() << '\n';
    for (std::size_t i = 0; i < s.diagonal.size(); ++i) {
      file << i + 1 << ' ' << i + 1 << ' ' << s.diagonal[i] << '\n';
    }
    for (std::size_t e = 0; e < s.off.size(); ++e) {
      file << s.below[e].first + 1 << ' ' << s.below[e].second + 1 << ' ' << s.off[e] << '\n';
    }
  }
}

}  // namespace metasolve::test
