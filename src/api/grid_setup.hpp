// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/grids/cycle_of.hpp"
#include "metasolve/grid_solver.hpp"

/// From the caller's grid and options to what kernels need.
namespace metasolve::api {

/// @throws InputError a side that is none
grids::GridShape shape_of(Grid const& grid);

/// Of a grid in Dim dimensions.
template <int Dim>
struct GridSetup {
  kernels::GridHierarchy hierarchy;
  grids::CycleSettings settings;
  grids::Cycle<Dim> cycle;
};
/// @throws InputError as GridSolver's constructor
template <class Real, int Dim>
GridSetup<Dim> grid_setup(Grid const& grid, typename GridSolver<Real>::Options const& options);

}  // namespace metasolve::api
