// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/ours.hpp"
#include "bench/support/beam_batch.hpp"
#include "bench/support/plain_iccg.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"

namespace metasolve::peers {
namespace {

using bench::BeamBatch;

/// Whole matrices in rows, columns ascending, in the ordering of the factorisation.
void write(Options const& o, std::string const& work, BeamBatch const& batch, std::vector<std::int32_t> const& counts) {
  if (o.folder.empty()) return;
  auto const& s = batch.stencil.structure;
  std::vector<std::int32_t> row_ptrs{0}, column, place;
  for (std::int32_t i = 0; i < s.unknowns; ++i) {
    for (std::int32_t j = 0; j < s.unknowns; ++j) {
      auto const entry = i == j ? static_cast<std::int32_t>(s.entries() + i) : s.find(i, j);
      if (entry < 0) continue;
      column.push_back(j);
      place.push_back(entry);
    }
    row_ptrs.push_back(static_cast<std::int32_t>(column.size()));
  }
  std::vector<double> values;
  values.reserve(place.size() * counts.size());
  auto const size = static_cast<std::size_t>(s.entries() + s.unknowns);
  for (std::size_t t = 0; t < counts.size(); ++t) {
    for (auto const entry : place) values.push_back(batch.values[t * size + static_cast<std::size_t>(entry)]);
  }
  write_npy(o.folder + "/beam_row_ptrs.npy", row_ptrs);
  write_npy(o.folder + "/beam_columns.npy", column);
  write_npy(o.folder + "/beam_values.npy", values, static_cast<std::int64_t>(column.size()));
  write_npy(o.folder + "/beam_rhs.npy", batch.rhs, s.unknowns);
  write_npy(o.folder + "/" + work + "_counts.npy", counts);
}

void solve(Options const& o, std::string const& work, PreconditionerKind kind, int limit, BeamBatch& batch) {
  auto const executor = executor_of(o);
  auto const group = engine::bind<double>(executor.backend(), batch.tasks(kind), {.capacity = batch.count});
  exec::Buffer<std::int32_t> counts(executor.backend(), batch.count);
  auto run = batch.run(group);
  run.max_iterations.value = limit;
  run.iterations = counts.data();
  double const seconds = median_seconds(o.repeats, [&] {
    group.solver->solve(run);
    executor.synchronize();
  });
  counts.download(batch.iterations.data(), batch.count);
  write(o, work, batch, batch.iterations);
  print(our_figures(o, executor, work, seconds, "engine, factorisation included"), batch.iterations, batch.iterations);
}

}  // namespace

/// The paper's beams by ICCG(0.05), fill of level 1, to 1e-6.
void iccg(Options const& o) {
  BeamBatch batch(o.tasks);
  solve(o, "iccg", PreconditionerKind::incomplete_cholesky, BeamBatch::limit, batch);
  if (o.device != "cpu") return;
  auto const ours = batch.iterations;
  bench::PlainIccg const plain(batch.stencil.structure, BeamBatch::level);
  double const seconds = median_seconds(o.repeats, [&] {
    plain.solve(batch.count, batch.values.data(), batch.rhs.data(), BeamBatch::shift, BeamBatch::tolerance,
                BeamBatch::limit, o.threads, batch.iterations.data());
  });
  print({"plain loop", "", "iccg", o.threads, seconds, "scalar C++, same flags"}, batch.iterations, ours);
}

/// The same beams by CG with the diagonal, which batched libraries have, and enough iterations for it.
void jacobi_cg(Options const& o) {
  BeamBatch batch(o.tasks);
  solve(o, "jacobi_cg", PreconditionerKind::jacobi, 5000, batch);
}

}  // namespace metasolve::peers
