// SPDX-License-Identifier: Apache-2.0
#include "paper/robertson_rows.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/robertson.hpp"

namespace metasolve::paper {

std::vector<RobertsonRow> const& robertson_rows() {
  using problems::Learned;
  static std::vector<RobertsonRow> const rows{
      {"both, L_m, m=1", Learned::both, 1, 199.20},         {"both, L_m, m=5", Learned::both, 5, 105.71},
      {"both, L_m, m=25", Learned::both, 25, 114.43},       {"both, L_m, m=125", Learned::both, 125, 109.24},
      {"both, L_m, m=625", Learned::both, 625, 190.56},     {"ini, surrogate", Learned::guess, {}, 55.82},
      {"relax, surrogate", Learned::relaxation, {}, 14.38}, {"both, surrogate", Learned::both, {}, 9.51}};
  return rows;
}

config::RunConfig robertson_training(RobertsonRow const& row, int width, std::uint64_t seed, Scale scale) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.problem.train_tasks = c.problem.validation_tasks = 250'000;
  c.problem.test_tasks = 500'000;
  c.of<problems::RobertsonSettings>().learned = row.learned;
  c.solver.tolerance = robertson_tolerance;
  c.network.hidden = {width, width};
  c.network.activation = kernels::Activation::relu;
  c.network.precision = engine::Precision::single_precision;
  c.network.feature_scaling = config::FeatureScaling::standard;
  if (row.iterations) {
    c.loss.kind = kernels::LossKind::measure;
    c.loss.iterations = *row.iterations;
    c.loss.squared = false;
  } else {
    c.loss.scale = kernels::LossScale::logarithm;
    c.of<problems::FailureSettings>().slope = 3000;
  }
  c.optimizer.rate = 1e-3;
  c.schedule.kind = config::ScheduleKind::cosine;
  c.training.epochs = 20;
  c.training.batch_size = 1024;
  c.training.seed = seed;
  c.training.selection = config::Selection::iterations;
  c.evaluation.tolerances = {robertson_tolerance};
  if (scale == Scale::smoke) {
    c.problem.train_tasks = c.problem.validation_tasks = c.problem.test_tasks = 400;
    c.network.hidden = {8, 8};
    c.training.epochs = 2;
  }
  return c;
}

}  // namespace metasolve::paper
