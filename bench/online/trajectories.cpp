// SPDX-License-Identifier: Apache-2.0
#include "trajectories.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace metasolve::bench::online {

Course reference(heat::HeatEquation const& heat, int steps) {
  Course course{&heat, {}, {}};
  for (int s = 0; s < steps; ++s) {
    course.times.push_back(s * heat.step());
    course.features.push_back(1 + heat.coupling(course.times.back()));
  }
  return course;
}

Lanes::Lanes(heat::HeatEquation const& heat, PreconditionerKind preconditioner, int count)
    : heat_(heat),
      count_(count),
      solver_(Executor::cpu(1), heat.pattern(),
              {.preconditioner = preconditioner, .ordering = CgSolver::Ordering::natural}, {.capacity = count}),
      u_(static_cast<std::size_t>(count) * heat.unknowns()),
      next_(u_.size()),
      a_(static_cast<std::size_t>(count) * heat.entries()),
      b_(u_.size()),
      status_(static_cast<std::size_t>(count)),
      iterations_(status_.size()) {
  for (int lane = 0; lane < count; ++lane) heat.start(u_.data() + static_cast<std::ptrdiff_t>(lane) * heat.unknowns());
}

void Lanes::assemble(int lane, double time) {
  std::ptrdiff_t const at = lane, n = heat_.unknowns();
  heat_.assemble(time, u_.data() + at * n, a_.data() + at * heat_.entries(), b_.data() + at * n);
}

void Lanes::run(int first, int count, Column<double> omega, Column<std::int32_t> limits) {
  std::ptrdiff_t const at = first, n = heat_.unknowns(), entries = heat_.entries();
  solver_.solve(
      {.count = count,
       .values = {a_.data() + at * entries, entries},
       .rhs = {b_.data() + at * n, n},
       .omega = omega,
       .guess = {u_.data() + at * n, n}},
      {.tolerance = tolerance, .max_iterations = limits},
      {.status = status_.data() + at, .iterations = iterations_.data() + at, .solution = {next_.data() + at * n, n}});
}

void Lanes::solve(double const* omega, std::int32_t const* limits) { run(0, count_, {omega, 1}, {limits, 1}); }

void Lanes::solve_again(int lane, double omega) {
  auto const before = iterations(lane);
  run(lane, 1, omega, most_iterations);
  iterations_[static_cast<std::size_t>(lane)] += before;
}

void Lanes::accept(int from, int to) {
  if (!converged(from)) throw std::runtime_error("a step was not solved");
  std::ptrdiff_t const n = heat_.unknowns();
  std::copy_n(next_.data() + from * n, n, u_.data() + to * n);
}

std::vector<Counts> with_constants(Course const& course, std::vector<double> const& omegas,
                                   PreconditionerKind preconditioner) {
  auto const lanes = static_cast<int>(omegas.size());
  Lanes simulations(*course.heat, preconditioner, lanes);
  std::vector<std::int32_t> const limits(omegas.size(), most_iterations);
  std::vector<Counts> counts(omegas.size());
  for (double const time : course.times) {
    for (int k = 0; k < lanes; ++k) simulations.assemble(k, time);
    simulations.solve(omegas.data(), limits.data());
    for (int k = 0; k < lanes; ++k) {
      counts[static_cast<std::size_t>(k)].push_back(simulations.iterations(k));
      simulations.accept(k, k);
    }
  }
  return counts;
}

Best best_of_each(Course const& course, std::vector<double> const& omegas) {
  auto const lanes = static_cast<int>(omegas.size());
  Lanes simulations(*course.heat, PreconditionerKind::ssor, lanes);
  std::vector<std::int32_t> const limits(omegas.size(), most_iterations);
  Best best;
  for (double const time : course.times) {
    for (int k = 0; k < lanes; ++k) simulations.assemble(k, time);
    simulations.solve(omegas.data(), limits.data());
    int least = 0;
    for (int k = 1; k < lanes; ++k) {
      if (simulations.iterations(k) < simulations.iterations(least)) least = k;
    }
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (int k = 0; k < lanes; ++k) {
      if (simulations.iterations(k) != simulations.iterations(least)) continue;
      low = std::min(low, omegas[static_cast<std::size_t>(k)]);
      high = std::max(high, omegas[static_cast<std::size_t>(k)]);
    }
    best.counts.push_back(simulations.iterations(least));
    best.low.push_back(low);
    best.high.push_back(high);
    for (int k = 0; k < lanes; ++k) simulations.accept(least, k);
  }
  return best;
}

std::vector<Counts> with_choosers(Course const& course, std::vector<std::unique_ptr<Chooser>> const& choosers) {
  auto const lanes = static_cast<int>(choosers.size());
  Lanes simulations(*course.heat, PreconditionerKind::ssor, lanes);
  std::vector<double> omegas(choosers.size());
  std::vector<std::int32_t> limits(choosers.size());
  std::vector<Counts> counts(choosers.size());
  for (std::size_t step = 0; step < course.times.size(); ++step) {
    for (int k = 0; k < lanes; ++k) {
      simulations.assemble(k, course.times[step]);
      auto const at = static_cast<std::size_t>(k);
      auto const choice = choosers[at]->choose(course.features[step]);
      omegas[at] = choice.omega;
      limits[at] = std::min(choice.limit, most_iterations);
    }
    simulations.solve(omegas.data(), limits.data());
    for (int k = 0; k < lanes; ++k) {
      auto const at = static_cast<std::size_t>(k);
      bool const again = !simulations.converged(k) && limits[at] < most_iterations;
      if (again) simulations.solve_again(k, choosers[at]->constant());
      choosers[at]->learn(simulations.iterations(k), again);
      counts[at].push_back(simulations.iterations(k));
      simulations.accept(k, k);
    }
  }
  return counts;
}

}  // namespace metasolve::bench::online
