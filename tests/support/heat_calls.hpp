// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/cg_solver.hpp"
#include "tests/support/online_on.hpp"

namespace metasolve::test {

/// Calls of conjugate gradients with SSOR on batches of diffusion steps, other ones in each call, with omega chosen
/// from the conductivity.
class HeatCalls : public OnlineOn {
 protected:
  static constexpr std::size_t count = 64;
  static constexpr int side = 16;
  static constexpr Stopping<double> to_1e8{1e-8, 500};

  static OnlineMetaSolver::Options options(std::uint64_t seed = 1) {
    return {.parameters = {{.name = "omega", .low = 1, .high = 1.95, .constant = 1}},
            .features = {{.name = "diffusion", .low = 1, .high = 1000, .is_logarithmic = true}},
            .capacity = count,
            .seed = seed};
  }
  /// A solver and its batches.
  struct Heat {
    CgSolver cg;
    std::vector<CgSolver::Tasks> tasks;
    std::vector<double*> features;
    std::int32_t *status, *iterations;
    Origin* origin;
    double* x;
  };
  static constexpr std::size_t unknowns = side * side;

  /// Counts of a call, as the caller requests them.
  static void solve(Heat& heat, std::size_t batch, Column<double> omega, OnlineMetaSolver* online,
                    bool with_results = true) {
    auto tasks = heat.tasks[batch];
    tasks.omega = omega;
    Results<double> results{.solution = {heat.x, unknowns, 1}};
    if (with_results) {
      results.status = heat.status;
      results.iterations = heat.iterations;
      results.origin = heat.origin;
    }
    heat.cg.solve(tasks, to_1e8, results, {.online = {online, {heat.features[batch], 1, 1}}});
  }
  /// place: uploads to the executor and keeps that memory.
  template <class Place>
  static Heat heat_on(Executor const& on, int batches, Place&& place) {
    HeatSystems const first(side, count, 100);
    Heat heat{CgSolver(on, first.pattern(), {.preconditioner = PreconditionerKind::ssor}, {count}),
              {},
              {},
              place(std::vector<std::int32_t>(count)),
              place(std::vector<std::int32_t>(count)),
              place(std::vector<Origin>(count)),
              place(std::vector<double>(count * unknowns))};
    for (int b = 0; b < batches; ++b) {
      HeatSystems const s(side, count, 100 + static_cast<unsigned>(b));
      heat.tasks.push_back(
          {.count = count, .values = {place(s.values), s.entries(), 1}, .rhs = {place(s.rhs), unknowns, 1}});
      heat.features.push_back(place(s.diffusion));
    }
    return heat;
  }
  Heat heat_of(int batches) {
    return heat_on(executor(), batches, [this](auto const& values) { return place(values); });
  }
};

}  // namespace metasolve::test
