// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/lower_pattern.hpp"

/// Clamped beams of linear elasticity (paper, section 4.2, appendix C.3), assembled from the data that all beams on a
/// mesh of boxes share.
namespace metasolve::kernels {

/// One beam: width and height W relative to its unit length, Lame parameters, density.
struct BeamColumns {
  static constexpr int width = 0, lambda = 1, mu = 2, rho = 3, count = 4;
};

/// For each value of the lower pattern, between components a and b of two nodes:
///   lambda c_0 s_ab + mu (c_1 s_ab + c_2 s_xx + c_3 s_yy + c_4 s_zz) + c_5,  s_ab = h_x h_y h_z / (h_a h_b),
/// the c are sums over the tetrahedra that the nodes share, the same for all beams; h the edges of a box. c_5 is the
/// number of tetrahedra at a clamped node, stored on the diagonal there. Created once, by src/problems/beam_mesh.hpp.
struct BeamStencilView {
  static constexpr int coefficients = 6;
  LowerPatternView pattern;
  int cells[3] = {};
  double const* coefficient = nullptr;  ///< [values][coefficients]
  std::int32_t const* axes = nullptr;   ///< [values] 3 a + b
  double const* load = nullptr;         ///< [unknowns] tetrahedra at the node / 24 in direction z, else 0

  METASOLVE_HD double edge(int axis, double width) const { return (axis == 0 ? 1.0 : width) / cells[axis]; }
};

/// values [tasks][pattern.values()] of P1 elements, and right-hand sides [tasks][unknowns]: gravity 0.4 W^2 against z.
template <class Scalar>
struct AssembleBeams {
  using scalar = Scalar;
  static constexpr auto name = "assemble_beams";
  BeamStencilView stencil;
  double const* beams;  ///< [tasks][BeamColumns]
  Scalar* values;
  Scalar* rhs;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t task, std::int64_t column) const {
    double const* const beam = beams + task * BeamColumns::count;
    double const width = beam[BeamColumns::width], lambda = beam[BeamColumns::lambda], mu = beam[BeamColumns::mu];
    double const h[3] = {stencil.edge(0, width), stencil.edge(1, width), stencil.edge(2, width)};
    double const volume = h[0] * h[1] * h[2];
    int const size = stencil.pattern.values();
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const at = static_cast<int>(column) + l;
      if (at >= size) {
        int const i = at - size;
        double const gravity = 0.4 * width * width;
        rhs[task * stencil.pattern.unknowns + i] =
            static_cast<Scalar>(-(beam[BeamColumns::rho] * gravity) * volume * stencil.load[i]);
        continue;
      }
      double const* const c = stencil.coefficient + static_cast<std::int64_t>(at) * BeamStencilView::coefficients;
      double const s = volume / (h[stencil.axes[at] / 3] * h[stencil.axes[at] % 3]);
      double trace = 0;
      for (int x = 0; x < 3; ++x) trace += c[2 + x] * (volume / (h[x] * h[x]));
      values[task * size + at] = static_cast<Scalar>(lambda * c[0] * s + mu * (c[1] * s + trace) + c[5]);
    }
  }
};

/// Columns of AssembleBeams' launch: all values, then the right-hand side.
METASOLVE_HD inline std::int64_t assembled_columns(BeamStencilView const& stencil) {
  return stencil.pattern.values() + stencil.pattern.unknowns;
}

/// The logarithms of a beam's numbers and of its matrix's 1-, infinity- and Frobenius norm (the paper's features; for a
/// symmetric matrix the first two norms are equal).
template <class Scalar>
struct BeamFeatures {
  using scalar = Scalar;
  static constexpr auto name = "beam_features";
  static constexpr int width = BeamColumns::count + 3;
  LowerPatternView pattern;
  double const* beams;
  Scalar const* values;
  Scalar* features;  ///< [tasks][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const task = column + l;
      Scalar const* const a = values + task * pattern.values();
      Scalar largest(0);
      for (int i = 0; i < pattern.unknowns; ++i) {
        Scalar const sum = abs(a[pattern.entries + i]) + off_diagonal_sum<Scalar>(pattern, a, i);
        largest = sum > largest ? sum : largest;
      }
      Scalar* const x = features + task * width;
      for (int c = 0; c < BeamColumns::count; ++c) {
        x[c] = static_cast<Scalar>(log(beams[task * BeamColumns::count + c]));
      }
      x[BeamColumns::count] = x[BeamColumns::count + 1] = log(largest);
      x[BeamColumns::count + 2] = log(frobenius_norm<Scalar>(pattern, a));
    }
  }
};

}  // namespace metasolve::kernels
