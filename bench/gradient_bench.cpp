// SPDX-License-Identifier: Apache-2.0
#include "support/solving.hpp"

/// Surrogate (log scale) and gradient by the solver's parameters, beside the forward solve of the same tasks.
/// Names: what/case/device/tasks.
namespace metasolve::bench {
namespace {

enum class What { forward, adjoint, tangent, difference };
constexpr char const* name_of[] = {"forward", "adjoint", "tangent", "difference"};

void run(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks, What what) {
  engine::StageLimits limits{.capacity = tasks};
  if (what != What::forward) limits.tape_bytes = std::int64_t{256} << 20;
  if (what == What::adjoint) limits.gradient = engine::Gradient::adjoint;
  if (what == What::difference) limits.gradient = engine::Gradient::difference;
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), limits);
  if (what != What::forward) solving.want_gradient();
  timed(state, device.executor, [&] {
    if (what == What::forward) {
      solving.group.solver->solve(solving.run);
    } else {
      solving.group.solver->differentiate(solving.run);
    }
  });
  // Task-iterations of the forward solve; flops are declared for that alone.
  solving.report(state);
}

}  // namespace

void register_all() {
  auto const beam = beams({8, 2, 2}, 1, -1);
  for (auto const& device : devices()) {
    auto const add = [&](Case const& of, std::int64_t tasks, What what) {
      auto const name = std::string(name_of[static_cast<int>(what)]) + "/" + of.name + "/" + device.name +
                        "/tasks:" + std::to_string(tasks);
      benchmark::RegisterBenchmark(name.c_str(),
                                   [=, &device](benchmark::State& state) { run(state, device, of, tasks, what); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    };
    for (auto const what : {What::forward, What::adjoint}) {
      for (auto const& of : {robertson(), poisson(16)}) {
        for (std::int64_t const tasks : {1024, 65'536}) add(of, tasks, what);
      }
    }
    for (auto const what : {What::forward, What::adjoint, What::tangent, What::difference}) add(beam, 1024, what);
  }
}

}  // namespace metasolve::bench
