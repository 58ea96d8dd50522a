// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/solve_pressure.hpp"

#include <cmath>
#include <vector>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

void solve_pressure(PressureShape const& shape, kernels::FaceTasks<double> const& systems, double* p) {
  using kernels::LocalView;
  kernels::PressureCg<double> solver;
  solver.tasks = systems;
  solver.measure_kind = kernels::PressureMeasure::relative_residual;
  solver.set({shape.columns, shape.rows}, kernels::PressurePreconditioner::multigrid);
  auto const numbers = [](int n) { return std::vector<double>(static_cast<std::size_t>(n)); };
  auto task = numbers(solver.task_size()), theta = numbers(solver.parameter_size());
  auto work = numbers(solver.workspace_size()), state = numbers(solver.state_size()), next = state;
  auto const view = [](std::vector<double>& of) { return LocalView<double>{of.data()}; };
  kernels::SoloTeam const team;
  constexpr double tolerance = 1e-10;
  constexpr int limit = 20'000;
  bool ok = solver.load(team, 0, view(task));
  double L = std::nan("");
  if (ok) {
    solver.start(team, view(task), view(theta), view(work), view(state), kernels::AllLanes{});
    L = solver.measure(team, view(task), view(state));
    for (int k = 0; k < limit && L > tolerance; ++k) {
      solver.step(team, view(task), view(theta), view(work), view(state), view(next), kernels::AllLanes{});
      state.swap(next);
      L = solver.measure(team, view(task), view(state));
    }
    ok = L >= 0 && L <= tolerance;
  }
  if (!ok) throw InputError("a pressure system cannot be solved: its relative residual ends at " + std::to_string(L));
  solver.write_solution(team, view(task), view(state), kernels::BatchView<double>{p, shape.points(), 1}, 0);
  if (systems.open) return;
  double sum = 0, cells = 0;
  double const* const diagonal = task.data() + solver.system.diagonal_at();
  auto const& grid = solver.system.grid;
  kernels::for_each_place(team, grid, [&](int i, int k) {
    if (diagonal[k] > 0) sum += p[i], cells += 1;
  });
  kernels::for_each_place(team, grid, [&](int i, int k) {
    if (diagonal[k] > 0) p[i] -= sum / cells;
  });
}

}  // namespace metasolve::problems
