// SPDX-License-Identifier: Apache-2.0
#include "bench/black_box/beam_counts.hpp"

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

namespace metasolve::bench::black_box {

engine::Tasks beams_of(std::uint64_t seed, random::Stream stream, std::int64_t count) {
  auto const stencil =
      std::make_shared<problems::BeamStencil const>(problems::BeamMesh{}, sparse::OrderingKind::natural);
  return problems::sampled_beams(stencil, {.fill_rule = {beam_level, {}}, .batching = problems::Batching::lockstep},
                                 count, seed, stream);
}

double BeamCounts::mean() const {
  double sum = 0;
  for (std::size_t t = 0; t < iterations.size(); ++t) sum += converged(t) ? iterations[t] : beam_limit;
  return sum / static_cast<double>(iterations.size());
}

BeamCounts counts_of_ours(engine::Tasks const& tasks, std::vector<double> const& shifts) {
  exec::CpuExec host(1);
  auto const group = engine::bind<double>(host, tasks, {.capacity = tasks.count});
  BeamCounts counts(tasks.count);
  kernels::LockstepArguments<double> a;
  a.slots = tasks.count;
  a.theta = {shifts.data(), 1, 1};
  a.tolerance.value = beam_tolerance;
  a.max_iterations.value = beam_limit;
  a.iterations = counts.iterations.data();
  a.status = counts.status.data();
  group.solver->solve(a);
  host.synchronize();
  return counts;
}

BeamCounts counts_of_petsc(::black_box::PetscIcc& solver, engine::Tasks const& tasks,
                           std::vector<double> const& shifts) {
  std::vector<double> rows(static_cast<std::size_t>(tasks.count * tasks.kind->width()));
  tasks.fill(0, tasks.count, rows.data());
  BeamCounts counts(tasks.count);
  Probes probes;
  probes.count = tasks.count;
  probes.tasks = rows.data();
  probes.theta = shifts.data();
  probes.tolerance = beam_tolerance;
  probes.max_iterations = beam_limit;
  probes.iterations = counts.iterations.data();
  probes.status = counts.status.data();
  solver.solve(probes);
  return counts;
}

}  // namespace metasolve::bench::black_box
