// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/robertson.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "metasolve/detail/integrate/drawn_parameters.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/detail/problems/trajectory_cache.hpp"
#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/error.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/kernels/problems/anderson_steps.hpp"

namespace metasolve::problems {

namespace {

using kernels::Robertson;
using Steps = kernels::OdeProblem<Robertson>;
using AcceleratedSteps = kernels::AndersonSteps<Robertson>;
using System = Steps::System;

constexpr double first_time = 1e-6;
constexpr double data_tolerance = 1e-12;
constexpr int data_iterations = 100'000;
constexpr double data_relaxation = 1.37;  ///< independent of what is learned: the trajectories are those of the
                                          ///< equation

void fill_row(double* row, double t, double h, double const* c, double relaxation, double const* y) {
  row[System::time_at] = t;
  row[System::step_at] = h;
  std::copy_n(c, Robertson::parameters, row + System::parameters_at);
  row[System::relaxation_at] = relaxation;
  std::copy_n(y, Robertson::size, row + System::state_at);
}

template <class P>
std::shared_ptr<void const> solver_of(bool clamps) {
  typename P::Solver solver;
  integrate::set_clamp(solver, clamps);
  return std::make_shared<typename P::Solver const>(solver);
}

/// Rows [System::columns]: the guess is y_prev.
engine::Tasks robertson_tasks(Acceleration acceleration, bool clamps, std::int64_t count,
                              std::function<void(std::int64_t, std::int64_t, double*)> fill) {
  auto solver = acceleration == Acceleration::none ? solver_of<Steps>(clamps) : solver_of<AcceleratedSteps>(clamps);
  return row_tasks(robertson_description(acceleration), std::move(solver), count, std::move(fill));
}

}  // namespace

std::shared_ptr<RowDescription const> robertson_description(Acceleration acceleration) {
  static auto const plain = own_rows<Steps, true>(System::columns);
  static auto const accelerated = own_rows<AcceleratedSteps, true>(System::columns);
  return acceleration == Acceleration::none ? plain : accelerated;
}

double RobertsonDistribution::time(int step) const {
  return first_time * std::pow(last_time / first_time, static_cast<double>(step) / steps) - first_time;
}

std::array<double, 3> RobertsonDistribution::rate_constants(std::uint64_t seed, random::Stream stream,
                                                            std::int64_t set) {
  static auto const& ode = systems::find_ode(Robertson::name, "robertson");
  auto const drawn = integrate::drawn_parameters(ode, seed, stream, set);
  std::array<double, 3> c{};
  std::copy_n(drawn.begin(), c.size(), c.begin());
  return c;
}

std::vector<double> robertson_trajectories(RobertsonDistribution const& d, std::int64_t sets, std::uint64_t seed,
                                           random::Stream stream) {
  constexpr int n = Robertson::size;
  std::vector<double> constants, initial;
  for (std::int64_t s = 0; s < sets; ++s) {
    auto const c = RobertsonDistribution::rate_constants(seed, stream, s);
    constants.insert(constants.end(), c.begin(), c.end());
    initial.insert(initial.end(), std::begin(Robertson::initial_state), std::end(Robertson::initial_state));
  }
  ImplicitEulerSolver solver(Executor::cpu(), {.name = Robertson::name, .clamps = true}, {.capacity = sets});
  std::vector<std::int32_t> status(static_cast<std::size_t>(sets));
  auto const steps = static_cast<std::size_t>(d.steps);
  std::vector<double> y(static_cast<std::size_t>(sets) * steps * n), now = initial;
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t s = 0; s < status.size(); ++s)
      std::copy_n(now.data() + s * n, n, y.data() + (s * steps + step) * n);
    double const t = d.time(static_cast<int>(step));
    solver.solve({.count = sets,
                  .previous = {now.data(), n, 1},
                  .parameters = {constants.data(), Robertson::parameters, 1},
                  .step = d.time(static_cast<int>(step) + 1) - t,
                  .time = t,
                  .relaxation = data_relaxation},
                 {data_tolerance, data_iterations}, {.status = status.data(), .solution = {now.data(), n, 1}});
    auto const failed = std::ranges::find_if(status, [](std::int32_t s) { return s != 0; });
    if (failed != status.end()) {
      throw InputError("problem.steps, problem.last_time: step " + std::to_string(step + 1) + " of set " +
                       std::to_string(failed - status.begin()) +
                       " did not converge to 1e-12; take more steps, or an earlier last_time");
    }
  }
  return y;
}

engine::Tasks sampled_robertson(RobertsonDistribution const& d, std::int64_t count, std::uint64_t seed,
                                random::Stream stream, TrajectoryCache const& cache) {
  std::int64_t const sets = (count + d.steps - 1) / d.steps;
  auto const states = std::make_shared<std::vector<double>>();
  return robertson_tasks(d.acceleration, d.clamps, count, [=](std::int64_t first, std::int64_t n, double* rows) {
    if (states->empty()) *states = cached_trajectories(d, sets, seed, stream, cache);
    std::int64_t known_set = -1;
    std::array<double, 3> c{};
    for (std::int64_t i = first; i < first + n; ++i, rows += System::columns) {
      std::int64_t const set = i / d.steps;
      int const step = static_cast<int>(i % d.steps);
      if (set != known_set) c = RobertsonDistribution::rate_constants(seed, stream, known_set = set);
      double const t = d.time(step);
      fill_row(rows, t, d.time(step + 1) - t, c.data(), d.relaxation, states->data() + i * Robertson::size);
    }
  });
}

engine::Tasks given_robertson(std::vector<double> const& given, double relaxation, bool clamps,
                              std::function<std::string(std::int64_t)> const& row_name, Acceleration acceleration) {
  static constexpr std::array names{"c1", "c2", "c3", "h", "y1", "y2", "y3"};
  constexpr std::size_t width = names.size();
  auto const count = given.size() / width;
  auto const rows = std::make_shared<std::vector<double>>(count * System::columns);
  for (std::size_t t = 0; t < count; ++t) {
    double const* const x = given.data() + t * width;
    auto const reject = [&](std::size_t i, char const* expected) {
      throw InputError(row_name(static_cast<std::int64_t>(t)) + ": " + names[i] + " is " + io::shortest(x[i]) +
                       ", expected " + expected);
    };
    for (std::size_t i = 0; i < width; ++i) {
      if (!std::isfinite(x[i])) reject(i, "a finite number");
      if (i < 4 && x[i] <= 0) reject(i, "more than 0");
      if (i >= 4 && (x[i] < integrate::clamp_low || x[i] > integrate::clamp_high))
        reject(i, "-1 to 2, the range that sweeps keep to");
    }
    fill_row(rows->data() + t * System::columns, 0, x[3], x, relaxation, x + 4);
  }
  return robertson_tasks(acceleration, clamps, static_cast<std::int64_t>(count),
                         [rows](std::int64_t first, std::int64_t n, double* to) {
                           std::copy_n(rows->data() + first * System::columns, n * System::columns, to);
                         });
}

}  // namespace metasolve::problems
