// SPDX-License-Identifier: Apache-2.0
#include "support/cases.hpp"

#include "src/config/schema.hpp"
#include "src/problems/elasticity.hpp"
#include "src/problems/lower_pattern.hpp"
#include "src/train/setup.hpp"

namespace metasolve::bench {

namespace {

config::RunConfig parsed(std::string const& text) { return config::parse(text, "benchmark", {}); }

}  // namespace

Case poisson(int unknowns, bool single) {
  auto const n = std::to_string(unknowns);
  Case c;
  c.name = "poisson_" + n + (single ? "_float" : "");
  c.config = parsed("[problem]\nname = \"poisson\"\nunknowns = " + n);
  c.limits = {single ? 1e-4 : 1e-6, 100000};
  c.flops = 6.0 * unknowns;
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
  c.flops = 86;
  c.bytes = c.bytes_drawn = 9 * sizeof(double);
  return c;
}

Case beams(std::vector<int> const& cells, int fill_level, int fill_entries) {
  std::string text;
  for (int const n : cells) text += (text.empty() ? "" : ", ") + std::to_string(n);
  Case c;
  c.config = parsed("[problem]\nname = \"elasticity\"\ncells = [" + text + "]\n[solver]\nshift = 0.05\nfill_level = " +
                    std::to_string(fill_level) + "\nfill_entries = " + std::to_string(fill_entries));
  auto const tasks = std::get<problems::BeamTasks>(tasks_of(c, 1));
  auto const& structure = tasks.stencil->structure;
  auto const by_magnitude = fill_entries >= 0;
  auto const factor = problems::filled(structure, by_magnitude ? problems::complete_fill : fill_level);
  double const n = structure.unknowns, entries = static_cast<double>(structure.entries());
  // By magnitude a column keeps so many beyond A's own.
  double const kept = by_magnitude ? entries + n * fill_entries : static_cast<double>(factor.entries());
  c.name = "beams_" + std::to_string(structure.unknowns) +
           (by_magnitude ? "_entries" + std::to_string(fill_entries) : "_level" + std::to_string(fill_level));
  c.limits = {1e-6, structure.unknowns};
  // A product, two triangular solves, three dots and three updates.
  c.flops = 2 * (2 * entries + n) + 2 * (2 * kept + n) + 12 * n;
  c.start_flops = kept * kept / n;
  c.bytes = (entries + 2 * n) * sizeof(double);
  c.bytes_drawn = kernels::BeamColumns::count * sizeof(double);
  return c;
}

problems::AnyTasks tasks_of(Case const& of, std::int64_t count) {
  auto config = of.config;
  config.problem.test_tasks = count;
  return train::sampled_tasks(config).test;
}

engine::LearnerOptions options_of(Case const& of, int hidden, std::int64_t batch) {
  auto config = of.config;
  config.network.hidden = {hidden, hidden};
  config.network.activation = kernels::Activation::relu;
  config.network.precision = engine::Precision::single_precision;
  config.solver.precision = of.single ? engine::Precision::single_precision : engine::Precision::double_precision;
  config.solver.tolerance = of.limits.tolerance;
  config.solver.max_iterations = of.limits.iterations;
  config.loss.scale = kernels::LossScale::logarithm;
  config.training.batch_size = static_cast<int>(batch);
  config.problem.train_tasks = batch;
  auto const width = static_cast<std::size_t>(train::network_sizes(config).front());
  return train::learner_options(config, {std::vector<double>(width, 0.0), std::vector<double>(width, 1.0)});
}

}  // namespace metasolve::bench
