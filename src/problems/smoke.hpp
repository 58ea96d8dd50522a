// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/random/philox.hpp"

namespace metasolve::problems {

/// Smoke that rises in a closed box of n x n cells of size 1, steps of time 1, on a staggered grid; begins with smooth
/// random density and velocity (Um, Brand, Fei, Holl and Thuerey, 2020, "CG solver"; what they leave open:
/// docs/pressure.md).
class Smoke {
 public:
  Smoke(int n, random::Draws const& draws);
  /// Advects, adds buoyancy and projects.
  void step();
  /// b = -div u before the last projection, and p of A p = b, [n][n].
  [[nodiscard]] std::vector<double> const& rhs() const { return rhs_; }
  [[nodiscard]] std::vector<double> const& pressure() const { return pressure_; }
  [[nodiscard]] std::vector<double> const& density() const { return density_; }  ///< [n][n]

 private:
  int n_;
  std::vector<double> density_;  ///< [n][n]
  std::vector<double> u_, v_;    ///< [n][n + 1], [n + 1][n]
  std::vector<double> rhs_, pressure_;
};

}  // namespace metasolve::problems
