// SPDX-License-Identifier: Apache-2.0
#include "metasolve/grid_solver.hpp"

#include "metasolve/detail/api/grid_calls.hpp"

namespace metasolve {

namespace {

template <class Real, int Dim>
std::unique_ptr<typename GridSolver<Real>::Implementation> made_in(Executor const& executor, Grid const& grid,
                                                                   typename GridSolver<Real>::Options const& options,
                                                                   Setup const& setup) {
  auto const of_grid = api::grid_setup<Real, Dim>(grid, options);
  if (options.constant_stencils) {
    return std::make_unique<api::GridCalls<Real, Dim, true>>(executor, of_grid, options, setup);
  }
  return std::make_unique<api::GridCalls<Real, Dim, false>>(executor, of_grid, options, setup);
}

template <class Real>
auto make_grid_solver(Executor const& executor, Grid const& grid, typename GridSolver<Real>::Options const& options,
                      Setup const& setup) {
  return grid.dimensions == 3 ? made_in<Real, 3>(executor, grid, options, setup)
                              : made_in<Real, 2>(executor, grid, options, setup);
}

}  // namespace

template <class Real>
GridSolver<Real>::GridSolver(Executor const& executor, Grid const& grid, Options const& options, Setup const& setup)
    : implementation_(api::with_workspace(executor, setup,
                                          [&] { return make_grid_solver<Real>(executor, grid, options, setup); })) {}
template <class Real>
GridSolver<Real>::GridSolver(GridSolver&&) noexcept = default;
template <class Real>
GridSolver<Real>& GridSolver<Real>::operator=(GridSolver&&) noexcept = default;
template <class Real>
GridSolver<Real>::~GridSolver() = default;

template <class Real>
std::size_t GridSolver<Real>::workspace_bytes(Executor const& executor, Grid const& grid, Options const& options,
                                              Setup const& setup) {
  return api::planned_workspace(executor, setup,
                                [&] { return make_grid_solver<Real>(executor, grid, options, setup); });
}

template <class Real>
int GridSolver<Real>::unknowns() const noexcept {
  return implementation_->unknowns();
}
template <class Real>
int GridSolver<Real>::levels() const noexcept {
  return implementation_->levels();
}
template <class Real>
std::int64_t GridSolver<Real>::numbers() const noexcept {
  return implementation_->numbers();
}
template <class Real>
int GridSolver<Real>::parameters() const noexcept {
  return static_cast<int>(implementation_->parameters().size());
}
template <class Real>
std::span<Real const> GridSolver<Real>::default_parameters() const noexcept {
  return implementation_->parameters();
}
template <class Real>
std::span<std::string const> GridSolver<Real>::parameter_names() const noexcept {
  return implementation_->parameter_names();
}

template <class Real>
void GridSolver<Real>::solve(Tasks const& tasks, Stopping const& stopping, Results const& results,
                             Policy const& policy) {
  implementation_->solve(tasks, stopping, results, policy);
}

template class GridSolver<float>;
template class GridSolver<double>;

}  // namespace metasolve
