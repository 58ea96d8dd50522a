// SPDX-License-Identifier: Apache-2.0
#include "support/beam_batch.hpp"

/// Where it pays to solve systems as blocks of one instead of in lockstep (src/problems/choose_batching.cpp): beams of
/// 4 s x s x s boxes. Arguments: s, tasks, threads.
namespace metasolve::bench {
namespace {

void solve(benchmark::State& state, problems::Batching batching, problems::FillRule const& rule) {
  auto const s = static_cast<int>(state.range(0));
  BeamBatch batch(state.range(1), {{4 * s, s, s}});
  exec::CpuExec ex(static_cast<int>(state.range(2)));
  auto group = problems::bind_tasks<exec::CpuExec, double>(ex, batch.tasks(rule, batching), {.capacity = batch.count});
  auto const run = batch.run(group);
  for (auto _ : state) {
    group.solver->solve(run);
    benchmark::ClobberMemory();
  }
  auto const factor = problems::filled(batch.stencil.structure, BeamBatch::level);
  batch.report(state, factor.entries());
  state.counters["unknowns"] = batch.stencil.structure.unknowns;
}
void lockstep_level(benchmark::State& state) { solve(state, problems::Batching::lockstep, {BeamBatch::level, {}}); }
void blocks_level(benchmark::State& state) { solve(state, problems::Batching::block_diagonal, {BeamBatch::level, {}}); }
void lockstep_entries(benchmark::State& state) { solve(state, problems::Batching::lockstep, {0, 5}); }
void blocks_entries(benchmark::State& state) { solve(state, problems::Batching::block_diagonal, {0, 5}); }

void sizes(benchmark::internal::Benchmark* b) {
  for (int const s : {2, 4, 8}) {
    for (int const tasks : {1, 2, 4, 8, 16}) b->Args({s, tasks, 1})->Args({s, tasks, 2});
  }
  b->ArgNames({"s", "tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
/// Of fill by magnitude lockstep holds the complete pattern: small ones only.
void small_sizes(benchmark::internal::Benchmark* b) {
  for (int const s : {2, 4}) {
    for (int const tasks : {2, 16}) b->Args({s, tasks, 2});
  }
  b->ArgNames({"s", "tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(lockstep_level)->Apply(sizes);
BENCHMARK(blocks_level)->Apply(sizes);
BENCHMARK(lockstep_entries)->Apply(small_sizes);
BENCHMARK(blocks_entries)->Apply(small_sizes);

}  // namespace
}  // namespace metasolve::bench

BENCHMARK_MAIN();
