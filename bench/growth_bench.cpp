// SPDX-License-Identifier: Apache-2.0
#include "support/solving.hpp"

/// Growth of cost: time against iterations m, with an unreachable tolerance, and against unknowns N at a fixed m;
/// against tasks: forward_bench. scripts/fit_growth.py fits exponents. Names: what/case/device/size.
namespace metasolve::bench {
namespace {

void run(benchmark::State& state, Device const& device, Case of, std::int64_t tasks, std::int32_t iterations) {
  of.limits = {1e-300, iterations};
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

void add(std::string const& name, Case const& of, Device const& device, std::int64_t tasks, std::int32_t iterations) {
  register_guarded(name, [=, &device](benchmark::State& state) { run(state, device, of, tasks, iterations); })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_all() {
  for (auto const& device : devices()) {
    auto const name = [&](char const* what, std::string const& of, char const* axis, int size) {
      return std::string(what) + "/" + of + "/" + device.name + "/" + axis + ":" + std::to_string(size);
    };
    for (int const m : {25, 50, 100, 200, 400, 800}) {
      add(name("iterations", "robertson", "m", m), robertson(), device, 16384, m);
      add(name("iterations", "poisson_16", "m", m), poisson(16), device, 16384, m);
    }
    for (int const m : {4, 8, 16, 32}) {  // few enough that no residual vanishes
      add(name("iterations", "beams_243_level1", "m", m), beams({8, 2, 2}, 1, -1), device, 512, m);
    }
    for (int const n : {16, 32, 64, 128, 256}) {
      add(name("unknowns", "poisson", "N", n), poisson(n), device, 4096, 100);
    }
    for (int const length : {4, 8, 16, 32}) {
      add(name("unknowns", "beams_level1", "N", 27 * (length + 1)), beams({length, 2, 2}, 1, -1), device, 256, 16);
    }
  }
}

}  // namespace metasolve::bench
