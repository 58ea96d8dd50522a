// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/solvers/pressure_cg.hpp"
#include "tests/support/run_lockstep.hpp"
#include "tests/support/thread_team.hpp"

/// Random pressure systems: two fluids and a solid block, in a closed box or with an open side.
namespace metasolve::test {

struct PressureSystems {
  int columns, rows, tasks;
  std::vector<double> rhs, weights_x, weights_y, open;

  PressureSystems(int nx, int ny, int count, bool has_open) : columns(nx), rows(ny), tasks(count) {
    std::mt19937 random(17);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (int t = 0; t < count; ++t) {
      double const x0 = uniform(random) * nx, y0 = uniform(random) * ny;
      auto const density = [&](int x, int y) { return std::hypot(x - x0, y - y0) < 0.3 * nx ? 100.0 : 1.0; };
      auto const solid = [&](int x, int y) { return x >= nx / 2 && x < nx / 2 + 3 && y >= 2 && y < ny / 2; };
      auto const weight = [&](int x, int y, int to_x, int to_y) {
        return solid(x, y) || solid(to_x, to_y) ? 0.0 : 2 / (density(x, y) + density(to_x, to_y));
      };
      for (int y = 0; y < ny; ++y) {
        for (int x = 0; x < nx; ++x) {
          rhs.push_back(std::sin(0.7 * x + t) * std::cos(0.4 * y) + 0.1 * uniform(random));
          if (x + 1 < nx) weights_x.push_back(weight(x, y, x + 1, y));
          if (y + 1 < ny) weights_y.push_back(weight(x, y, x, y + 1));
          if (has_open) open.push_back(y == ny - 1 ? 2 / density(x, y) : 0);
        }
      }
    }
  }

  [[nodiscard]] int points() const { return columns * rows; }
  [[nodiscard]] kernels::FaceTasks<double> views() const {
    kernels::FaceTasks<double> views;
    views.rhs = {rhs.data(), points(), 1};
    views.weights_x = {weights_x.data(), rows * (columns - 1), 1};
    views.weights_y = {weights_y.data(), (rows - 1) * columns, 1};
    if (!open.empty()) views.open = {open.data(), points(), 1};
    views.reference = views.rhs;  // any numbers
    return views;
  }
  [[nodiscard]] kernels::PressureCg<double> solver_like(kernels::PressureCg<double> solver) const {
    solver.tasks = views();
    return solver;
  }
  [[nodiscard]] kernels::PressureCg<double> solver(kernels::PressurePreconditioner preconditioner) const {
    kernels::PressureCg<double> solver;
    solver.set({columns, rows}, preconditioner);
    return solver_like(solver);
  }

  /// ||b - A p|| / ||b|| by plain loops, b without its mean in a closed box.
  [[nodiscard]] double relative_residual(int task, double const* p) const {
    auto const at = [this](int x, int y) { return y * columns + x; };
    double const* const b = rhs.data() + std::ptrdiff_t{task} * points();
    double const* const wx = weights_x.data() + std::ptrdiff_t{task} * rows * (columns - 1);
    double const* const wy = weights_y.data() + std::ptrdiff_t{task} * (rows - 1) * columns;
    std::vector<double> product(static_cast<std::size_t>(points())), diagonal = product;
    auto const couple = [&](int i, int j, double w) {
      auto const a = static_cast<std::size_t>(i), c = static_cast<std::size_t>(j);
      product[a] += w * (p[i] - p[j]), product[c] += w * (p[j] - p[i]);
      diagonal[a] += w, diagonal[c] += w;
    };
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        if (x + 1 < columns) couple(at(x, y), at(x + 1, y), wx[y * (columns - 1) + x]);
        if (y + 1 < rows) couple(at(x, y), at(x, y + 1), wy[y * columns + x]);
        if (open.empty()) continue;
        auto const i = static_cast<std::size_t>(at(x, y));
        double const s = open[static_cast<std::size_t>(task * points()) + i];
        product[i] += s * p[i], diagonal[i] += s;
      }
    }
    double sum = 0, cells = 0, rr = 0, bb = 0;
    for (std::size_t i = 0; i < product.size(); ++i) {
      if (diagonal[i] > 0) sum += b[i], ++cells;
    }
    double const mean = open.empty() ? sum / cells : 0;
    for (std::size_t i = 0; i < product.size(); ++i) {
      if (!(diagonal[i] > 0)) continue;
      rr += (b[i] - mean - product[i]) * (b[i] - mean - product[i]), bb += (b[i] - mean) * (b[i] - mean);
    }
    return std::sqrt(rr / bb);
  }
};

/// As run_lockstep, by a team of threads.
inline RunResult<double> run_by_threads(kernels::PressureCg<double> const& solver, std::vector<double> const& theta,
                                        std::int64_t slots, RunSettings<double> const& s, int threads,
                                        bool differentiate = false) {
  auto const n = static_cast<std::size_t>(slots), unknowns = static_cast<std::size_t>(solver.parameter_size());
  RunResult<double> r{std::vector<std::int32_t>(n, -1),
                      std::vector<std::int32_t>(n, -1),
                      std::vector<double>(n),
                      std::vector<double>(n),
                      std::vector<double>(n * unknowns),
                      std::vector<double>(n * static_cast<std::size_t>(solver.state_size())),
                      {}};
  double const gain = 1;
  kernels::LockstepArguments<double> a;
  a.slots = slots;
  a.theta = {theta.data(), solver.parameter_size(), 1};
  a.tolerance.value = s.tolerance[0];
  a.max_iterations.value = s.max_iterations[0];
  a.surrogate = s.surrogate;
  a.gain = &gain;
  a.status = r.status.data();
  a.iterations = r.iterations.data();
  a.measure = r.measure.data();
  a.loss = r.loss.data();
  if (differentiate) {
    a.theta_bar = {r.theta_bar.data(), solver.parameter_size(), 1};
    run_on_thread_team(exec::DifferentiateBody<kernels::PressureCg<double>>{solver, a, 64}, slots, threads);
  } else {
    a.solution = {r.solution.data(), solver.state_size(), 1};
    run_on_thread_team(exec::SolveBody<kernels::PressureCg<double>>{solver, a}, slots, threads);
  }
  return r;
}

/// theta_bar of e_k'A e_k / 2, e_k the error after k iterations: -r_k is its derivative by x_k.
inline std::vector<double> energy_gradient(kernels::PressureCg<double> const& solver, std::vector<double> theta,
                                           int iterations) {
  using kernels::LocalView;
  kernels::SoloTeam const team;
  auto const numbers = [](int n) { return std::vector<double>(static_cast<std::size_t>(n)); };
  auto const view = [](std::vector<double>& of) { return LocalView<double>{of.data()}; };
  auto task = numbers(solver.task_size()), work = numbers(solver.workspace_size()), work_bar = work;
  auto bar = numbers(solver.state_size()), next_bar = bar, theta_bar = numbers(solver.parameter_size());
  solver.load(team, 0, view(task));
  std::vector<std::vector<double>> states{numbers(solver.state_size())};
  solver.start(team, view(task), view(theta), view(work), view(states[0]), kernels::AllLanes{});
  for (int k = 0; k < iterations; ++k) {
    states.push_back(numbers(solver.state_size()));
    auto& from = states[states.size() - 2];
    solver.step(team, view(task), view(theta), view(work), view(from), view(states.back()), kernels::AllLanes{});
  }
  int const n = solver.array();
  for (int i = 0; i < n; ++i) bar[static_cast<std::size_t>(i)] = -states.back()[static_cast<std::size_t>(n + i)];
  for (int k = iterations; k-- > 0;) {
    auto& state = states[static_cast<std::size_t>(k)];
    solver.step_adjoint(team, view(task), view(theta), view(work), view(state), view(bar), view(next_bar),
                        view(theta_bar), view(work_bar), kernels::AllLanes{});
    bar.swap(next_bar);
  }
  solver.start_adjoint(team, view(task), view(theta), view(work), view(bar), view(theta_bar), view(work_bar));
  return theta_bar;
}

}  // namespace metasolve::test
