// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/shift_problem.hpp"
#include "support/solving.hpp"

/// When solving systems as blocks of one beats lockstep (src/problems/choose_batching.cpp): beams of 4 s x s x s boxes.
/// On a CUDA device the blocks use cuSPARSE, the usual choice without an engine, also for small beams that fit a team.
/// Names: lockstep or blocks/case/device/tasks.
namespace metasolve::bench {
namespace {

void solve(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

void add(Device const& device, Case of, std::int64_t tasks) {
  of.limits.max_iterations = 243;  // compares the cost of iterations; large beams would take thousands
  for (auto const batching : {problems::Batching::lockstep, problems::Batching::block_diagonal}) {
    of.config.of<problems::ShiftSettings>().batching = batching;
    auto const name = (batching == problems::Batching::lockstep ? "lockstep/" : "blocks/") + of.name + "/" +
                      device.name + "/tasks:" + std::to_string(tasks);
    register_guarded(name, [=, &device](benchmark::State& state) { solve(state, device, of, tasks); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

void register_all() {
  for (auto const& device : devices()) {
    bool const cpu = device.executor.name() == "cpu";
    for (int const s : {2, 4, 8}) {
      auto const of = beams({4 * s, s, s}, 1, -1);
      for (std::int64_t const tasks : {1, 2, 4, 8, 16}) add(device, of, tasks);
      if (!cpu && s < 8) add(device, of, 1024);
    }
    // With fill by magnitude, lockstep holds the complete pattern: small ones only.
    for (int const s : {2, 4}) {
      for (std::int64_t const tasks : {2, 16}) add(device, beams({4 * s, s, s}, 0, 5), tasks);
    }
  }
}

}  // namespace metasolve::bench
