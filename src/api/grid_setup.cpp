// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/grid_setup.hpp"

#include <cmath>
#include <string>
#include <type_traits>

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/api/problem_calls.hpp"

namespace metasolve::api {

namespace {

template <class To, class From>
To same_choice(char const* name, From value, From last) {
  check_choice(name, value, last);
  return static_cast<To>(value);
}

template <class Real>
grids::CycleSettings grid_settings(typename GridSolver<Real>::Options const& o) {
  using Public = GridSolver<Real>;
  using S = typename Public::Smoother;
  using C = typename Public::Cycle;
  using T = typename Public::Transfer;
  static_assert(static_cast<int>(S::line_and_stencil) == static_cast<int>(grids::Smoother::line_and_stencil) &&
                static_cast<int>(S::zebra) == static_cast<int>(grids::Smoother::zebra) &&
                static_cast<int>(S::colors) == static_cast<int>(grids::Smoother::colors) &&
                static_cast<int>(C::w) == static_cast<int>(kernels::CycleKind::w) &&
                static_cast<int>(C::f) == static_cast<int>(kernels::CycleKind::f) &&
                static_cast<int>(T::by_operator) == static_cast<int>(kernels::TransferKind::by_operator));
  check_choice("options.method", o.method, Public::Method::iteration);
  grids::CycleSettings s;
  s.smoother = same_choice<grids::Smoother>("options.smoother", o.smoother, S::line_and_stencil);
  s.kind = same_choice<kernels::CycleKind>("options.cycle", o.cycle, C::f);
  s.transfer = same_choice<kernels::TransferKind>("options.transfer", o.transfer, T::by_operator);
  s.before = o.before;
  s.after = o.after;
  s.degree = o.degree;
  s.coarse_weights = o.coarse_weights;
  s.is_singular = o.is_singular;
  s.one_level = o.one_level;
  return s;
}

/// What the sides of a grid do not allow.
template <class Real>
void check_sides(grids::GridShape const& shape, typename GridSolver<Real>::Options const& o) {
  using kernels::Side;
  if (o.transfer == GridSolver<Real>::Transfer::by_operator && !o.one_level && !(o.coarsens[0] && o.coarsens[1])) {
    reject("options.transfer: by_operator halves both axes; coarsen both, or choose linear");
  }
  for (int a = 0; a < shape.dimensions; ++a) {
    for (auto const side : shape.sides[static_cast<std::size_t>(a)]) {
      if (o.constant_stencils && side == Side::neumann) {
        reject(std::string("options.constant_stencils: rows at the Neumann side of ") + "xyz"[a] +
               " differ from others; give a number for each point");
      }
      if (o.is_singular && side == Side::dirichlet) {
        reject(std::string("options.is_singular: constants are not in the null space, since ") + "xyz"[a] +
               " has a Dirichlet side; leave it out");
      }
    }
  }
}

}  // namespace

grids::GridShape shape_of(Grid const& grid) {
  static_assert(static_cast<int>(GridSide::periodic) == static_cast<int>(kernels::Side::periodic) &&
                static_cast<int>(GridSide::neumann) == static_cast<int>(kernels::Side::neumann));
  grids::GridShape shape;
  shape.dimensions = grid.dimensions;
  shape.points = grid.points;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t end = 0; end < 2; ++end) {
      shape.sides[a][end] = same_choice<kernels::Side>("grid.sides", grid.sides[a][end], GridSide::periodic);
    }
  }
  return shape;
}

template <class Real, int Dim>
GridSetup<Dim> grid_setup(Grid const& grid, typename GridSolver<Real>::Options const& options) {
  auto const shape = shape_of(grid);
  GridSetup<Dim> setup;
  auto const& settings = setup.settings = grid_settings<Real>(options);
  setup.hierarchy = grids::hierarchy_of(shape, {options.one_level, options.coarsens});
  check_sides<Real>(shape, options);
  setup.cycle = grids::cycle_of<Dim>(settings, shape, options.constant_stencils);
  bool const by_cg = options.method == GridSolver<Real>::Method::conjugate_gradients;
  if (by_cg && !setup.cycle.shape.is_symmetric()) {
    reject(
        "options.method: conjugate gradients need a symmetric cycle, V or W with as many sweeps before as after; "
        "given " +
        std::string(settings.kind == kernels::CycleKind::f   ? "F"
                    : settings.kind == kernels::CycleKind::w ? "W"
                                                             : "V") +
        "(" + std::to_string(options.before) + ", " + std::to_string(options.after) +
        "); change it, or set options.method to iteration");
  }
  auto& own = setup.cycle.parameters;
  if (!options.parameters.empty()) {
    if (options.parameters.size() != own.size()) {
      reject("options.parameters has " + std::to_string(options.parameters.size()) + " numbers, expected " +
             std::to_string(own.size()) + ", or none");
    }
    own.assign(options.parameters.begin(), options.parameters.end());
  }
  for (std::size_t p = 0; p < own.size(); ++p) {
    if (!std::isfinite(own[p])) reject("options.parameters[" + std::to_string(p) + "] is not finite");
  }
  return setup;
}

template GridSetup<2> grid_setup<float, 2>(Grid const&, GridSolver<float>::Options const&);
template GridSetup<3> grid_setup<float, 3>(Grid const&, GridSolver<float>::Options const&);
template GridSetup<2> grid_setup<double, 2>(Grid const&, GridSolver<double>::Options const&);
template GridSetup<3> grid_setup<double, 3>(Grid const&, GridSolver<double>::Options const&);

}  // namespace metasolve::api
