// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "bench/black_box/figures.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/kernels/lockstep/status.hpp"

namespace metasolve::bench::black_box {
namespace {

/// Counts, and which tasks failed.
struct Counts {
  std::vector<std::int32_t> iterations, status;

  explicit Counts(std::int64_t tasks) : iterations(static_cast<std::size_t>(tasks)), status(iterations.size()) {}
  [[nodiscard]] bool converged(std::size_t t) const { return status[t] == static_cast<int>(Status::converged); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t t = 0; t < iterations.size(); ++t) sum += converged(t) ? iterations[t] : beam_limit;
    return sum / static_cast<double>(iterations.size());
  }
};

Counts ours(engine::Tasks const& tasks, double alpha) {
  exec::CpuExec host(1);
  auto const shifted = tasks.kind->with_parameter(tasks, alpha, engine::ParameterOrigin::configured);
  auto const group = engine::bind<double>(host, shifted, {.capacity = tasks.count});
  Counts counts(tasks.count);
  kernels::LockstepArguments<double> a;
  a.slots = tasks.count;
  a.theta = group.default_parameters;
  a.tolerance.value = beam_tolerance;
  a.max_iterations.value = beam_limit;
  a.iterations = counts.iterations.data();
  a.status = counts.status.data();
  group.solver->solve(a);
  host.synchronize();
  return counts;
}

Counts petscs(::black_box::PetscIcc& solver, engine::Tasks const& tasks, double alpha) {
  std::vector<double> rows(static_cast<std::size_t>(tasks.count) * 4), theta(rows.size() / 4, alpha);
  tasks.fill(0, tasks.count, rows.data());
  Counts counts(tasks.count);
  Probes probes;
  probes.count = tasks.count;
  probes.tasks = rows.data();
  probes.theta = theta.data();
  probes.tolerance = beam_tolerance;
  probes.max_iterations = beam_limit;
  probes.iterations = counts.iterations.data();
  probes.status = counts.status.data();
  solver.solve(probes);
  return counts;
}

}  // namespace

void agreement(::black_box::PetscIcc& solver, std::int64_t count) {
  auto const tasks = beams_of(0, random::Stream::test_tasks, count);
  std::printf("   alpha   ours  PETSc  converged: both ours PETSc   equal  +-1  +-3 %%  largest off   us a solve\n");
  for (double const alpha : {1e-3, 3e-3, 0.01, 0.0126, 0.02, 0.05, 0.1, 0.3, 1.0}) {
    auto const a = ours(tasks, alpha);
    auto const began = io::Clock::now();
    auto const b = petscs(solver, tasks, alpha);
    double const seconds = io::seconds_since(began);
    int both = 0, equal = 0, next = 0, near = 0, only_a = 0, only_b = 0, worst = 0;
    for (std::size_t t = 0; t < a.iterations.size(); ++t) {
      only_a += a.converged(t) && !b.converged(t) ? 1 : 0;
      only_b += b.converged(t) && !a.converged(t) ? 1 : 0;
      if (!a.converged(t) || !b.converged(t)) continue;
      int const off = std::abs(a.iterations[t] - b.iterations[t]);
      ++both;
      equal += off == 0 ? 1 : 0;
      next += off <= 1 ? 1 : 0;
      near += 100 * off <= 3 * a.iterations[t] ? 1 : 0;
      worst = std::max(worst, off);
    }
    std::printf("%8.4f %6.2f %6.2f            %4d %4d %5d    %4d %4d   %4d  %11d  %11.1f\n", alpha, a.mean(), b.mean(),
                both, only_a, only_b, equal, next, near, worst, 1e6 * seconds / static_cast<double>(count));
  }
}

}  // namespace metasolve::bench::black_box
