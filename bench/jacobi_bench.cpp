// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <numeric>
#include <thread>

#include "metasolve/jacobi_solver.hpp"
#include "plain_jacobi.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/problems/bind_poisson.hpp"

/// Jacobi on the paper's easy Poisson tasks, N = 16, eps = 1e-6, from zero: the engine, the plain loop, and the
/// adjoint, in one run. Arguments: tasks, threads. A task-iteration is one sweep and one measure of one task:
/// 6 N operations; what it reads lies in L1, the memory traffic of a solve is 3 N numbers a task.
namespace metasolve::bench {
namespace {

constexpr int unknowns = 16;
constexpr double tolerance = 1e-6;

struct Tasks {
  std::vector<double> force, solution;
  std::int64_t count;

  explicit Tasks(std::int64_t n) : force(static_cast<std::size_t>(n * unknowns)), solution(force.size()), count(n) {
    auto const tasks = problems::sampled_poisson(problems::PoissonDistribution(unknowns, 0), unknowns, n, 0,
                                                 random::Stream::test_tasks);
    tasks.fill(0, n, force.data(), solution.data());
  }
};

void report(benchmark::State& state, std::vector<std::int32_t> const& iterations) {
  double const made = std::accumulate(iterations.begin(), iterations.end(), 0.0);
  double const runs = static_cast<double>(state.iterations());
  using Counter = benchmark::Counter;
  state.counters["task_iterations/s"] = Counter(made * runs, Counter::kIsRate);
  state.counters["flop/s"] = Counter(made * runs * 6 * unknowns, Counter::kIsRate);
  state.counters["bytes/s"] =
      Counter(static_cast<double>(iterations.size()) * runs * 3 * unknowns * sizeof(double), Counter::kIsRate);
  state.counters["mean_iterations"] = made / static_cast<double>(iterations.size());
}

void engine_forward(benchmark::State& state) {
  Tasks const tasks(state.range(0));
  auto const executor = Executor::cpu(static_cast<int>(state.range(1)));
  auto solver = JacobiSolver<double>::poisson(executor, unknowns, Measure::relative_error, {tasks.count});
  std::vector<std::int32_t> iterations(static_cast<std::size_t>(tasks.count));
  for (auto _ : state) {
    solver.solve({tasks.count, {tasks.force.data(), unknowns, 1}, {tasks.solution.data(), unknowns, 1}, {}, {}},
                 {tolerance, 10000}, {nullptr, iterations.data(), nullptr, {}, {}});
    benchmark::ClobberMemory();
  }
  report(state, iterations);
}

void plain_forward(benchmark::State& state) {
  Tasks const tasks(state.range(0));
  PlainJacobi const plain{unknowns, tasks.force.data(), tasks.solution.data(), tolerance, 10000};
  std::vector<std::int32_t> iterations(static_cast<std::size_t>(tasks.count));
  for (auto _ : state) {
    plain.solve(tasks.count, static_cast<int>(state.range(1)), iterations.data());
    benchmark::ClobberMemory();
  }
  report(state, iterations);
}

/// Forward with tape, surrogate (log scale), and adjoint; groups as the tasks come.
void engine_differentiate(benchmark::State& state) {
  Tasks const tasks(state.range(0));
  exec::CpuExec ex(static_cast<int>(state.range(1)));
  kernels::Jacobi<kernels::PoissonStencil<double>> const solver{
      {unknowns}, Measure::relative_error, {tasks.force.data(), unknowns, 1}, {tasks.solution.data(), unknowns, 1}};
  engine::SolveStageOn stage(ex, solver, {tasks.count, 64 << 20, 10000});
  auto const n = static_cast<std::size_t>(tasks.count);
  std::vector<std::int32_t> iterations(n);
  std::vector<double> theta_bar(n * unknowns), loss(n);
  double const eps = tolerance, gain = 1;
  std::int32_t const limit = 10000;
  kernels::LockstepArguments<double> run;
  run.slots = tasks.count;
  run.tolerance = {&eps, 0};
  run.limit = {&limit, 0};
  run.gain = &gain;
  run.surrogate.scale = kernels::LossScale::logarithm;
  run.iterations = iterations.data();
  run.loss = loss.data();
  run.theta_bar = {theta_bar.data(), unknowns, 1};
  for (auto _ : state) {
    stage.differentiate(run);
    benchmark::ClobberMemory();
  }
  report(state, iterations);
}

void sizes(benchmark::internal::Benchmark* b) {
  auto const threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (std::int64_t const tasks : {1024, 65536}) {
    b->Args({tasks, 1});
    if (threads > 1) b->Args({tasks, threads});
  }
  b->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(engine_forward)->Apply(sizes);
BENCHMARK(plain_forward)->Apply(sizes);
BENCHMARK(engine_differentiate)->Apply(sizes);

}  // namespace
}  // namespace metasolve::bench

BENCHMARK_MAIN();
