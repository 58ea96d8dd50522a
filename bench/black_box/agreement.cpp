// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/black_box/beam_counts.hpp"
#include "metasolve/detail/io/clock.hpp"

namespace metasolve::bench::black_box {

void agreement(::black_box::PetscIcc& solver, std::int64_t count) {
  auto const tasks = beams_of(0, random::Stream::test_tasks, count);
  std::printf("           mean iterations     converged with           of both\n");
  std::printf("   alpha     ours    PETSc    both  ours PETSc   equal  +-1 +-3 %%  most apart   us a solve of PETSc\n");
  for (double const alpha : {1e-3, 3e-3, 0.01, 0.0126, 0.02, 0.05, 0.1, 0.3, 1.0}) {
    std::vector<double> const shifts(static_cast<std::size_t>(count), alpha);
    auto const a = counts_of_ours(tasks, shifts);
    auto const began = io::Clock::now();
    auto const b = counts_of_petsc(solver, tasks, shifts);
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
    std::printf("%8.4f %8.2f %8.2f    %4d  %4d  %4d    %4d %4d  %4d %11d %12.0f\n", alpha, a.mean(), b.mean(), both,
                only_a, only_b, equal, next, near, worst, 1e6 * seconds / static_cast<double>(count));
  }
}

}  // namespace metasolve::bench::black_box
