// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "beam_batch.hpp"
#include "plain_iccg.hpp"

/// ICCG(alpha) on the paper's beams: the engine, the plain loop, and the three gradients, in one run. Arguments: tasks,
/// threads.
namespace metasolve::bench {
namespace {

void engine_level1(benchmark::State& state) { engine_forward(state, {BeamBatch::level, {}}); }
void engine_entries5(benchmark::State& state) { engine_forward(state, {0, 5}); }

void plain_level1(benchmark::State& state) {
  BeamBatch batch(state.range(0));
  PlainIccg const plain(batch.stencil.structure, BeamBatch::level);
  for (auto _ : state) {
    plain.solve(batch.count, batch.values.data(), batch.right.data(), BeamBatch::shift, BeamBatch::tolerance,
                BeamBatch::limit, static_cast<int>(state.range(1)), batch.iterations.data());
    benchmark::ClobberMemory();
  }
  batch.report(state, problems::filled(batch.stencil.structure, BeamBatch::level).entries());
}

/// Surrogate on the log scale, and its gradient by alpha.
void differentiate(benchmark::State& state, engine::Gradient gradient) {
  BeamBatch batch(state.range(0));
  exec::CpuExec ex(static_cast<int>(state.range(1)));
  auto group = problems::bind_tasks<exec::CpuExec, double>(
      ex, batch.tasks({BeamBatch::level, {}}),
      {.capacity = batch.count, .tape_bytes = 256 << 20, .iterations = BeamBatch::limit, .gradient = gradient});
  std::vector<double> loss(batch.iterations.size()), theta_bar(batch.iterations.size());
  double const gain = 1;
  auto run = batch.run(group);
  run.gain = &gain;
  run.surrogate.scale = kernels::LossScale::logarithm;
  run.loss = loss.data();
  run.theta_bar = {theta_bar.data(), 1, 1};
  for (auto _ : state) {
    group.solver->differentiate(run);
    benchmark::ClobberMemory();
  }
  batch.report(state, problems::filled(batch.stencil.structure, BeamBatch::level).entries());
}
void engine_adjoint(benchmark::State& state) { differentiate(state, engine::Gradient::adjoint); }
void engine_tangent(benchmark::State& state) { differentiate(state, engine::Gradient::tangent); }
void engine_difference(benchmark::State& state) { differentiate(state, engine::Gradient::difference); }

void sizes(benchmark::internal::Benchmark* b) {
  auto const threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  b->Args({1024, 1});
  if (threads > 1) b->Args({1024, threads});
  b->ArgNames({"tasks", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(engine_level1)->Apply(sizes);
BENCHMARK(plain_level1)->Apply(sizes);
BENCHMARK(engine_entries5)->Apply(sizes);
BENCHMARK(engine_adjoint)->Apply(sizes);
BENCHMARK(engine_tangent)->Apply(sizes);
BENCHMARK(engine_difference)->Apply(sizes);

}  // namespace
}  // namespace metasolve::bench

BENCHMARK_MAIN();
