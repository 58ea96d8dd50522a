// SPDX-License-Identifier: Apache-2.0
#include "support/cases.hpp"
#include "metasolve/detail/problems/registry.hpp"

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/detail/train/setup.hpp"

namespace metasolve::bench {

namespace {

config::RunConfig parsed(std::string const& text) { return config::parse(text, "benchmark", {}); }

/// Incomplete Cholesky on this pattern: a multiplication and a subtraction per update, a multiplication per entry, a
/// square root and a division per column.
double factorisation_flops(sparse::SymmetricStructure const& factor) {
  double flops = 2.0 * factor.unknowns + static_cast<double>(factor.entries());
  auto const at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  for (std::int32_t k = 0; k < factor.unknowns; ++k) {
    auto const last = factor.col_ptrs[at(k + 1)];
    for (auto x = factor.col_ptrs[at(k)]; x < last; ++x) {
      flops += 2;  // for the diagonal
      for (auto y = x + 1; y < last; ++y)
        flops += factor.find(factor.row_idxs[at(y)], factor.row_idxs[at(x)]) >= 0 ? 2 : 0;
    }
  }
  return flops;
}

/// A tape slot (kernels/lockstep/tape.hpp), written and read.
double tape_bytes(double state_size) { return 2 * (state_size + 2) * sizeof(double); }

}  // namespace

double Case::flops_of(Way way) const {
  switch (way) {
    case Way::forward:
      return flops;
    case Way::adjoint:
      return flops + back_flops;
    case Way::tangent:
      return tangent_flops;
    case Way::difference:
      return 3 * flops;  // the solve, and one on either side
  }
  return 0;
}

double Case::bytes_of(Way way, double iterations) const {
  if (way == Way::adjoint) return bytes + tape_bytes * iterations;
  return way == Way::difference ? 3 * bytes : bytes;
}

Case poisson(int unknowns, bool single) {
  auto const n = std::to_string(unknowns);
  Case c;
  c.name = "poisson_" + n + (single ? "_float" : "");
  c.config = parsed("[problem]\nname = \"poisson\"\nunknowns = " + n);
  c.limits = {single ? 1e-4 : 1e-6, 100000};
  c.flops = 6.0 * unknowns;
  c.back_flops = 8.0 * unknowns;
  c.tape_bytes = tape_bytes(unknowns);
  c.bytes = 2.0 * unknowns * (single ? sizeof(float) : sizeof(double));
  c.bytes_drawn = 2.0 * unknowns * sizeof(double);
  c.single = single;
  return c;
}

Case robertson() {
  Case c;
  c.name = "robertson";
  c.config = parsed("[problem]\nname = \"robertson\"");
  c.limits = {1e-9, 10000};
  c.flops = 43;
  c.back_flops = 98;
  c.tape_bytes = tape_bytes(3);
  c.bytes = c.bytes_drawn = 9 * sizeof(double);
  return c;
}

Case beams(std::vector<int> const& cells, int fill_level, int fill_entries) {
  std::string text;
  for (int const n : cells) text += (text.empty() ? "" : ", ") + std::to_string(n);
  Case c;
  c.config = parsed("[problem]\nname = \"elasticity\"\ncells = [" + text + "]\n[solver]\nshift = 0.05\nfill_level = " +
                    std::to_string(fill_level) + "\nfill_entries = " + std::to_string(fill_entries));
  auto const tasks = tasks_of(c, 1);
  auto const& structure = dynamic_cast<problems::BeamKind const&>(*tasks.kind).stencil->structure;
  auto const by_magnitude = fill_entries >= 0;
  auto const factor = sparse::filled(structure, by_magnitude ? sparse::complete_fill : fill_level);
  double const n = structure.unknowns, entries = static_cast<double>(structure.entries());
  // By magnitude, a column keeps this many beyond A's own.
  double const kept = by_magnitude ? entries + n * fill_entries : static_cast<double>(factor.entries());
  c.name = "beams_" + std::to_string(structure.unknowns) +
           (by_magnitude ? "_entries" + std::to_string(fill_entries) : "_level" + std::to_string(fill_level));
  c.limits = {1e-6, structure.unknowns};
  // A product, two triangular solves, three dot products and three vector updates.
  double const product = 2 * (2 * entries + n), triangles = 2 * (2 * kept + n), vectors = 12 * n;
  c.flops = product + triangles + vectors;
  // Repeats the iteration, plus one product and two pairs of triangular solves, one of them for the factor's entries.
  c.back_flops = 2 * product + 3 * triangles + 30 * n;
  c.tape_bytes = tape_bytes(3 * n + 3);
  // With respect to alpha: A's entries have no tangent, so a product costs two; of two factors that have one, three.
  c.tangent_flops = 2 * product + 3 * (triangles + vectors);
  // By magnitude, updates precede the choice of the kept entries.
  c.start_flops = by_magnitude ? kept * (kept / n + 1) + kept + 2 * n : factorisation_flops(factor);
  c.bytes = (entries + 2 * n) * sizeof(double);
  c.bytes_drawn = kernels::BeamColumns::count * sizeof(double);
  return c;
}

engine::Tasks tasks_of(Case const& of, std::int64_t count) {
  auto config = of.config;
  config.problem.test_tasks = count;
  return problems::problem_of(config).tasks(config).test;
}

engine::LearnerOptions options_of(Case const& of, int hidden, std::int64_t batch) {
  auto config = of.config;
  config.network.hidden = {hidden, hidden};
  config.network.activation = kernels::Activation::relu;
  config.network.precision = engine::Precision::single_precision;
  config.solver.precision = of.single ? engine::Precision::single_precision : engine::Precision::double_precision;
  config.solver.tolerance = of.limits.tolerance;
  config.solver.max_iterations = of.limits.max_iterations;
  config.loss.scale = kernels::LossScale::logarithm;
  config.training.batch_size = static_cast<int>(batch);
  config.problem.train_tasks = batch;
  auto const width = static_cast<std::size_t>(train::architecture(config).features());
  return train::learner_options(config, {std::vector<double>(width, 0.0), std::vector<double>(width, 1.0)});
}

}  // namespace metasolve::bench
