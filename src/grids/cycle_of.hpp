// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/grids/grid_shape.hpp"
#include "metasolve/detail/io/choice_names.hpp"
#include "metasolve/kernels/grids/grid_weights.hpp"

namespace metasolve::grids {

enum class Smoother {
  jacobi,     ///< damped
  chebyshev,  ///< a polynomial of Jacobi steps
  colors,     ///< Gauss and Seidel's by 4 colours, 8 in three dimensions; red-black for 5 and 7 points
  zebra_x,    ///< every second line along x, then the others
  zebra_y,
  zebra_z,
  zebra,             ///< along each axis in turn
  stencil,           ///< learned: a point-symmetric stencil
  two_stencils,      ///< learned: one after the other
  line_and_stencil,  ///< learned: lines along the strong coupling, then a stencil; in two dimensions
};

/// What a cycle does.
struct CycleSettings {
  Smoother smoother = Smoother::jacobi;
  kernels::CycleKind kind = kernels::CycleKind::v;
  kernels::TransferKind transfer = kernels::TransferKind::linear;
  int before = 1, after = 1;    ///< sweeps
  int degree = 3;               ///< of the Chebyshev polynomial
  bool coarse_weights = false;  ///< parameters also scale coarse corrections and mix the transfer
  bool is_singular = false;     ///< constants are in the null space of A
  bool one_level = false;       ///< the smoother alone, without coarser grids
  bool operator==(CycleSettings const&) const = default;
};

/// The same for kernels, and its parameters.
template <int Dim>
struct Cycle {
  kernels::CycleShape shape;
  kernels::GridWeights<Dim> weights;
  std::vector<double> parameters;  ///< without a network
  std::vector<std::string> names;  ///< of the parameters: "damping", "centre", "east", ...
};

/// constant_stencil: whether the operator's numbers are the same at all points.
/// @throws InputError a smoother or transfer that these grids do not have
template <int Dim>
Cycle<Dim> cycle_of(CycleSettings const& settings, GridShape const& shape, bool constant_stencil);
extern template Cycle<2> cycle_of<2>(CycleSettings const&, GridShape const&, bool);
extern template Cycle<3> cycle_of<3>(CycleSettings const&, GridShape const&, bool);

}  // namespace metasolve::grids

namespace metasolve::io {

template <>
struct ChoiceNames<grids::Smoother> {
  using S = grids::Smoother;
  static constexpr ChoiceTable<S, 10> table{{{S::jacobi, "jacobi"},
                                             {S::chebyshev, "chebyshev"},
                                             {S::colors, "colors"},
                                             {S::zebra_x, "zebra-x"},
                                             {S::zebra_y, "zebra-y"},
                                             {S::zebra_z, "zebra-z"},
                                             {S::zebra, "zebra"},
                                             {S::stencil, "stencil"},
                                             {S::two_stencils, "two-stencils"},
                                             {S::line_and_stencil, "line-and-stencil"}}};
};
template <>
struct ChoiceNames<kernels::CycleKind> {
  static constexpr ChoiceTable<kernels::CycleKind, 3> table{
      {{kernels::CycleKind::v, "v"}, {kernels::CycleKind::w, "w"}, {kernels::CycleKind::f, "f"}}};
};
template <>
struct ChoiceNames<kernels::TransferKind> {
  static constexpr ChoiceTable<kernels::TransferKind, 2> table{
      {{kernels::TransferKind::linear, "linear"}, {kernels::TransferKind::by_operator, "operator"}}};
};

}  // namespace metasolve::io
