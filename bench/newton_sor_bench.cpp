// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <numeric>
#include <thread>

#include "plain_newton_sor.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/problems/robertson.hpp"

/// Newton-SOR on the paper's Robertson steps, r = 1.37, eps = 1e-9, from y_prev: the engine, the plain loop, and the
/// adjoint, in one run. Arguments: tasks, threads. A sweep and its measure are 86 operations, 2 divisions and a root
/// among them (docs/adjoints/newton_sor.md); all of it works on registers, the memory traffic of a solve is a row of 9
/// numbers a task.
namespace metasolve::bench {
namespace {

using System = kernels::ImplicitEuler<kernels::Robertson, double>;
constexpr double tolerance = 1e-9;
constexpr int limit = 10000;

std::vector<double> make_rows(std::int64_t tasks) {
  auto const drawn = problems::sampled_robertson({}, tasks, 0, random::Stream::test_tasks, {});
  std::vector<double> rows(static_cast<std::size_t>(tasks * System::columns));
  drawn.fill(0, tasks, rows.data());
  return rows;
}

void report(benchmark::State& state, std::vector<std::int32_t> const& iterations) {
  double const made = std::accumulate(iterations.begin(), iterations.end(), 0.0);
  double const runs = static_cast<double>(state.iterations());
  using Counter = benchmark::Counter;
  constexpr double operations = 86;
  state.counters["task_iterations/s"] = Counter(made * runs, Counter::kIsRate);
  state.counters["flop/s"] = Counter(made * runs * operations, Counter::kIsRate);
  state.counters["bytes/s"] =
      Counter(static_cast<double>(iterations.size()) * runs * System::columns * sizeof(double), Counter::kIsRate);
  state.counters["mean_iterations"] = made / static_cast<double>(iterations.size());
}

struct Setup {
  std::vector<double> rows;
  exec::CpuExec ex;
  problems::OdeSolver<kernels::Robertson, double> solver;
  std::vector<std::int32_t> iterations;
  kernels::LockstepArguments<double> run;

  Setup(std::int64_t tasks, int threads)
      : rows(make_rows(tasks)),
        ex(threads),
        solver(problems::ode_solver<kernels::Robertson, double>(rows.data(), true)),
        iterations(static_cast<std::size_t>(tasks)) {
    run.slots = tasks;
    run.theta = {rows.data() + System::relaxation_at, System::columns, 1};
    run.tolerance.value = tolerance;
    run.limit.value = limit;
    run.iterations = iterations.data();
  }
};

void engine_forward(benchmark::State& state) {
  Setup s(state.range(0), static_cast<int>(state.range(1)));
  engine::SolveStageOn stage(s.ex, s.solver, {.capacity = state.range(0)});
  for (auto _ : state) {
    stage.solve(s.run);
    benchmark::ClobberMemory();
  }
  report(state, s.iterations);
}

void plain_forward(benchmark::State& state) {
  auto const rows = make_rows(state.range(0));
  PlainNewtonSor const plain{rows.data(), tolerance, limit};
  std::vector<std::int32_t> iterations(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    plain.solve(state.range(0), static_cast<int>(state.range(1)), iterations.data());
    benchmark::ClobberMemory();
  }
  report(state, iterations);
}

/// Forward with tape, surrogate (log scale), and adjoint; groups as the tasks come.
void engine_differentiate(benchmark::State& state) {
  constexpr int parameters = 1 + kernels::Robertson::size;
  Setup s(state.range(0), static_cast<int>(state.range(1)));
  engine::SolveStageOn stage(s.ex, s.solver, {state.range(0), 64 << 20, limit});
  std::vector<double> theta_bar(s.iterations.size() * parameters), loss(s.iterations.size());
  double const gain = 1;
  s.run.gain = &gain;
  s.run.surrogate.scale = kernels::LossScale::logarithm;
  s.run.loss = loss.data();
  s.run.theta_bar = {theta_bar.data(), parameters, 1};
  for (auto _ : state) {
    stage.differentiate(s.run);
    benchmark::ClobberMemory();
  }
  report(state, s.iterations);
}

void sizes(benchmark::internal::Benchmark* b) {
  auto const threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  b->Args({100'000, 1});
  if (threads > 1) b->Args({100'000, threads});
  b->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(engine_forward)->Apply(sizes);
BENCHMARK(plain_forward)->Apply(sizes);
BENCHMARK(engine_differentiate)->Apply(sizes);

}  // namespace
}  // namespace metasolve::bench

BENCHMARK_MAIN();
