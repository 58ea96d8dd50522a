// SPDX-License-Identifier: Apache-2.0
#include "paper/beam_rows.hpp"
#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"

namespace metasolve::paper {

std::vector<BeamRow> const& beam_rows() {
  static std::vector<BeamRow> const rows{{"L_m, m=1", 1, 204.93, 0.394},
                                         {"L_m, m=5", 5, 183.90, 0.626},
                                         {"L_m, m=25", 25, 193.80, 0.410},
                                         {"L_m, m=125", 125, 77.08, 1.00},
                                         {"L_m, m=243", beam_limit, 201.65, 0.420},
                                         {"surrogate", {}, 52.02, 0.999}};
  return rows;
}

std::vector<BeamFill> const& beam_fills() {
  static std::vector<BeamFill> const fills{{"fill_entries=5", 0, 5}, {"fill_level=2", 2, -1}};
  return fills;
}

int beam_trainings(BeamRow const& row, BeamFill const& fill, int seeds, Scale scale) {
  bool const slow = row.iterations && (*row.iterations == beam_limit || fill.entries < 0);
  return scale == Scale::small && slow ? 1 : seeds;
}

config::RunConfig beam_training(BeamRow const& row, BeamFill const& fill, std::uint64_t seed, Scale scale) {
  config::RunConfig c;
  c.problem.name = "elasticity";
  c.solver.tolerance = beam_tolerance;
  c.solver.max_iterations = beam_limit;
  c.of<problems::ShiftSettings>().fill_level = fill.level;
  c.of<problems::ShiftSettings>().fill_entries = fill.entries;
  c.network.hidden = {128, 128};
  c.network.activation = kernels::Activation::silu;
  c.network.feature_scaling = config::FeatureScaling::standard;
  if (row.iterations) {
    c.loss.kind = kernels::LossKind::measure;
    c.loss.iterations = *row.iterations;
    c.loss.squared = false;
  } else {
    c.loss.scale = kernels::LossScale::logarithm;
  }
  c.optimizer.rate = 2e-3;
  c.schedule.kind = config::ScheduleKind::cosine;
  c.training.epochs = 200;
  c.training.batch_size = 64;
  c.training.seed = seed;
  c.training.selection = config::Selection::iterations;
  c.evaluation.tolerances = {beam_tolerance};
  c.evaluation.max_iterations = beam_limit;
  if (scale == Scale::smoke) {
    c.of<problems::ElasticitySettings>().cells = {3, 1, 1};
    c.problem.train_tasks = c.problem.validation_tasks = c.problem.test_tasks = 64;
    c.network.hidden = {8, 8};
    c.training.epochs = 2;
  }
  return c;
}

}  // namespace metasolve::paper
