// SPDX-License-Identifier: Apache-2.0
#include "support/solving.hpp"

/// Surrogate (log scale) and its gradient by the solver's parameters, against the forward solve of the same tasks.
/// Names: what/case/device/tasks.
namespace metasolve::bench {
namespace {

constexpr char const* name_of[] = {"forward", "adjoint", "tangent", "difference"};

void run(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks, Way way) {
  engine::StageLimits limits{.capacity = tasks};
  if (way != Way::forward) limits.tape_bytes = std::int64_t{256} << 20;
  if (way == Way::adjoint) limits.gradient = engine::Gradient::adjoint;
  if (way == Way::difference) limits.gradient = engine::Gradient::difference;
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), limits);
  if (way != Way::forward) solving.want_gradient();
  timed(state, device.executor, [&] {
    if (way == Way::forward) {
      solving.group.solver->solve(solving.run);
    } else {
      solving.group.solver->differentiate(solving.run);
    }
  });
  solving.report(state, way);
}

}  // namespace

void register_all() {
  auto const beam = beams({8, 2, 2}, 1, -1);
  for (auto const& device : devices()) {
    auto const add = [&](Case const& of, std::int64_t tasks, Way way) {
      auto const name = std::string(name_of[static_cast<int>(way)]) + "/" + of.name + "/" + device.name +
                        "/tasks:" + std::to_string(tasks);
      register_guarded(name, [=, &device](benchmark::State& state) { run(state, device, of, tasks, way); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    };
    for (auto const way : {Way::forward, Way::adjoint}) {
      for (auto const& of : {robertson(), poisson(16)}) {
        for (std::int64_t const tasks : {1024, 65'536}) add(of, tasks, way);
      }
    }
    for (auto const way : {Way::forward, Way::adjoint, Way::tangent, Way::difference}) add(beam, 1024, way);
  }
}

}  // namespace metasolve::bench
