// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <numeric>
#include <thread>

#include "metasolve/ode_solver.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/problems/robertson.hpp"
#include "src/train/checkpoint.hpp"

/// The library's call on Robertson's steps in a caller's memory (r = 1.37, eps = 1e-9), beside the engine's own stage
/// on its own rows, in one run; and what a call costs that has nothing to do. Arguments: tasks, threads.
namespace metasolve::bench {
namespace {

using System = kernels::ImplicitEuler<kernels::Robertson, double>;

struct Steps {
  std::vector<double> rows, c, h, y;
  std::vector<std::int32_t> iterations;

  Steps(std::int64_t tasks, bool by_columns) : iterations(static_cast<std::size_t>(tasks)) {
    auto const n = static_cast<std::size_t>(tasks);
    rows.resize(n * System::columns);
    if (tasks > 0) {
      problems::sampled_robertson({}, tasks, 0, random::Stream::test_tasks, {}).fill(0, tasks, rows.data());
    }
    c.resize(3 * n);
    y.resize(3 * n);
    for (std::size_t t = 0; t < n; ++t) {
      double const* const row = rows.data() + t * System::columns;
      h.push_back(row[System::step_at]);
      for (std::size_t i = 0; i < 3; ++i) {
        auto const at = by_columns ? i * n + t : 3 * t + i;
        c[at] = row[System::parameters_at + i];
        y[at] = row[System::state_at + i];
      }
    }
  }
};

void report(benchmark::State& state, std::vector<std::int32_t> const& iterations) {
  double const made = std::accumulate(iterations.begin(), iterations.end(), 0.0);
  using Counter = benchmark::Counter;
  state.counters["task_iterations/s"] = Counter(made * static_cast<double>(state.iterations()), Counter::kIsRate);
  state.counters["mean_iterations"] = made / static_cast<double>(std::max<std::size_t>(1, iterations.size()));
}

void library(benchmark::State& state, bool by_columns) {
  auto const tasks = state.range(0);
  Steps s(tasks, by_columns);
  OdeSolver ode(Executor::cpu(static_cast<int>(state.range(1))), {"robertson", true},
                {std::max<std::int64_t>(1, tasks)});
  auto const view = [&](std::vector<double> const& v) {
    using View = BatchView<double const>;
    return by_columns ? View::struct_of_arrays(v.data(), tasks) : View::array_of_structs(v.data(), 3);
  };
  for (auto _ : state) {
    ode.solve(
        {.count = tasks, .previous = view(s.y), .parameters = view(s.c), .step = {s.h.data(), 1}, .relaxation = 1.37},
        {1e-9, 10000}, {.iterations = s.iterations.data()});
    benchmark::ClobberMemory();
  }
  report(state, s.iterations);
}
void array_of_structs(benchmark::State& state) { library(state, false); }
void struct_of_arrays(benchmark::State& state) { library(state, true); }

void engine_stage(benchmark::State& state) {
  Steps s(state.range(0), false);
  exec::CpuExec ex(static_cast<int>(state.range(1)));
  engine::SolveStageOn stage(ex, problems::ode_solver<kernels::Robertson, double>(s.rows.data(), true),
                             {.capacity = state.range(0)});
  kernels::LockstepArguments<double> run;
  run.slots = state.range(0);
  run.theta = {s.rows.data() + System::relaxation_at, System::columns, 1};
  run.tolerance.value = 1e-9;
  run.limit.value = 10000;
  run.iterations = s.iterations.data();
  for (auto _ : state) {
    stage.solve(run);
    benchmark::ClobberMemory();
  }
  report(state, s.iterations);
}

void sizes(benchmark::internal::Benchmark* b) {
  auto const threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  b->Args({1'000'000, threads})->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
void small(benchmark::internal::Benchmark* b) {
  for (int const tasks : {0, 1}) b->Args({tasks, 1})->Args({tasks, 2});
  b->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kNanosecond);
}
BENCHMARK(engine_stage)->Apply(sizes);
BENCHMARK(array_of_structs)->Apply(sizes)->Apply(small);
BENCHMARK(struct_of_arrays)->Apply(sizes);

}  // namespace
}  // namespace metasolve::bench

BENCHMARK_MAIN();
