// SPDX-License-Identifier: Apache-2.0
#include "paper/multigrid_rows.hpp"

namespace metasolve::paper {

using grids::Smoother;
using problems::DiffusionCoefficients;
using problems::DiffusionSettings;

namespace {
constexpr char const* by_operator = ", operator transfer";
}

std::vector<FixedRow> fixed_rows(DiffusionCoefficients coefficients) {
  std::vector<FixedRow> const all{
      {"jacobi 0.64", Smoother::jacobi, {0.64}},
      {"jacobi, best constant", Smoother::jacobi, {0.4, 0.48, 0.56, 0.6, 0.64, 0.68, 0.72, 0.8, 0.9}},
      {"chebyshev, best constant", Smoother::chebyshev, {0.12, 0.18, 0.25, 0.33, 0.45}},
      {"colors, best constant", Smoother::colors, {0.8, 0.9, 1, 1.1, 1.2, 1.3}},
      {"zebra x", Smoother::zebra_x, {1}},
      {"zebra y", Smoother::zebra_y, {1}},
      {"zebra x and y", Smoother::zebra, {1}},
      {"zebra x and y, best constant", Smoother::zebra, {0.8, 0.9, 1, 1.1, 1.2}}};
  if (coefficients == DiffusionCoefficients::constant) return all;
  auto both = all;
  for (auto row : all) {
    row.name += by_operator;
    row.transfer = kernels::TransferKind::by_operator;
    both.push_back(row);
  }
  return both;
}

std::vector<LearnedRow> learned_rows(DiffusionCoefficients coefficients, Scale scale) {
  using kernels::TransferKind;
  if (coefficients == DiffusionCoefficients::jumps) {
    std::vector<LearnedRow> rows;
    for (auto const transfer : {TransferKind::linear, TransferKind::by_operator}) {
      std::string const of = transfer == TransferKind::linear ? "" : by_operator;
      rows.push_back({"learned damping" + of, Smoother::jacobi, false, transfer});
      rows.push_back({"learned 7" + of, Smoother::stencil, true, transfer});
      rows.push_back({"learned 12" + of, Smoother::two_stencils, true, transfer});
      rows.push_back({"learned lines" + of, Smoother::line_and_stencil, true, transfer});
    }
    if (scale == Scale::smoke) return {rows.back()};
    return rows;
  }
  std::vector<LearnedRow> rows{{"learned damping", Smoother::jacobi, false},
                               {"learned 5", Smoother::stencil, false},
                               {"learned 12", Smoother::two_stencils, true},
                               {"learned lines", Smoother::line_and_stencil, true}};
  if (scale == Scale::smoke) return {rows.back()};
  for (int const m : {3, 6, 9, 12}) {
    rows.push_back(
        {"learned lines, L_" + std::to_string(m), Smoother::line_and_stencil, true, TransferKind::linear, m});
  }
  for (int const m : {2, 6}) {
    rows.push_back({"learned lines, L_" + std::to_string(m) + " of cycles", Smoother::line_and_stencil, true,
                    TransferKind::linear, m, true});
  }
  return rows;
}

config::RunConfig multigrid_config(DiffusionCoefficients coefficients, int points, Smoother smoother,
                                   kernels::TransferKind transfer, bool coarse_weights, Scale scale) {
  config::RunConfig c;
  c.problem.name = problems::DiffusionKind::problem;
  auto& s = c.of<DiffusionSettings>();
  s.coefficients = coefficients;
  s.points = points;
  s.decades = coefficients == DiffusionCoefficients::constant ? 5 : 3;
  s.smoother = smoother;
  s.transfer = transfer;
  s.coarse_weights = coarse_weights;
  c.problem.validation_tasks = scale == Scale::smoke ? 16 : points > 100 ? 60 : 200;
  int const tasks =
      coefficients == DiffusionCoefficients::constant ? (points > 200 ? 100 : 1000) : (points > 100 ? 100 : 500);
  c.problem.test_tasks = scale == Scale::smoke ? 16 : tasks;
  c.solver.tolerance = multigrid_tolerance;
  c.evaluation.tolerances = {multigrid_tolerance};
  c.evaluation.max_iterations = 1000;
  c.loss.scale = config::LossScale::logarithm;
  return c;
}

config::RunConfig multigrid_training(DiffusionCoefficients coefficients, LearnedRow const& row, std::uint64_t seed,
                                     Scale scale) {
  auto c = multigrid_config(coefficients, 31, row.smoother, row.transfer, row.coarse_weights, scale);
  c.of<DiffusionSettings>().conjugate_gradients = !row.stationary;
  c.problem.train_tasks = scale == Scale::smoke ? 96 : 4800;
  c.problem.test_tasks = 1;  // never solved
  c.solver.max_iterations = 24;
  c.network.hidden = {16, 16};
  c.network.activation = config::Activation::tanh;
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.loss.task_clip = 1;
  if (row.last > 0) {
    c.loss.kind = config::LossKind::measure;
    c.loss.iterations = row.last;
    c.loss.squared = false;
  }
  c.optimizer.rate = 3e-3;
  c.optimizer.clip_norm = 0;
  c.schedule.kind = config::ScheduleKind::cosine;
  c.schedule.minimum_rate = 3e-4;
  c.training.epochs = scale == Scale::smoke ? 2 : 8;
  c.training.batch_size = 48;
  c.training.seed = seed;
  c.training.selection = config::Selection::iterations;
  return c;
}

}  // namespace metasolve::paper
