// SPDX-License-Identifier: Apache-2.0
#include "paper/pressure_rows.hpp"

#include "metasolve/detail/problems/grid_network_settings.hpp"
#include "metasolve/detail/problems/pressure.hpp"

namespace metasolve::paper {

using kernels::PressureMeasure;
using problems::GridNetworkSettings;
using problems::PressureSettings;

std::array<double, 6> published_zero_guess() { return {16.96, 78.48, 121.61, 161.57, 189.03, 212.86}; }

std::vector<PressureRow> pressure_rows(Scale scale) {
  std::vector<PressureRow> rows{
      {"SUP", PressureLoss::solution, 0, false, {{1.67, 9.33, 52.16, 109.12, 155.37, 186.12}}},
      {"PHY", PressureLoss::residual, 0, false, {{0.00, 27.81, 79.03, 117.92, 155.74, 181.09}}},
      {"SOL_1", PressureLoss::unrolled, 1, false, {{0.01, 23.38, 79.85, 126.30, 159.35, 183.07}}},
      {"SOL_2", PressureLoss::unrolled, 2, false, {{0.03, 3.79, 58.57, 105.25, 148.08, 176.76}}},
      {"SOL_5", PressureLoss::unrolled, 5, false, {{0.03, 1.97, 29.59, 88.37, 133.59, 167.37}}},
      {"SOL_15", PressureLoss::unrolled, 15, false, {{0.47, 5.33, 44.39, 97.46, 144.92, 177.73}}},
      {"surrogate", PressureLoss::surrogate},
      {"cheap", PressureLoss::surrogate, 0, true},
      {"cheap, SUP", PressureLoss::solution, 0, true},
      {"cheap, PHY", PressureLoss::residual, 0, true},
      {"cheap, SOL_5", PressureLoss::unrolled, 5, true}};
  if (scale == Scale::smoke) return {rows[4], rows[7]};
  return rows;
}

config::RunConfig pressure_config(Scale scale) {
  config::RunConfig c;
  c.problem.name = problems::PressureKind::problem;
  auto& s = c.of<PressureSettings>();
  s.points = scale == Scale::smoke ? 16 : 64;
  s.measure = s.loss_measure = PressureMeasure::largest_residual;
  // Scenes of 16 frames each.
  c.problem.train_tasks = scale == Scale::smoke ? 64 : scale == Scale::small ? 4800 : 44'784;
  c.problem.validation_tasks = scale == Scale::smoke ? 16 : 320;
  c.problem.test_tasks = scale == Scale::smoke ? 16 : 640;
  c.solver.tolerance = pressure_tolerance;
  c.solver.max_iterations = 400;
  c.evaluation.tolerances.assign(pressure_accuracies.begin(), pressure_accuracies.end());
  c.evaluation.max_iterations = 1000;
  c.loss.scale = config::LossScale::logarithm;
  return c;
}

config::RunConfig pressure_training(PressureRow const& row, std::uint64_t seed, Scale scale) {
  auto c = pressure_config(scale);
  c.problem.test_tasks = 1;  // never solved
  auto& s = c.of<PressureSettings>();
  auto& network = c.of<GridNetworkSettings>();
  c.network.precision = config::Precision::single_precision;
  c.optimizer.clip_norm = 0;
  c.schedule.kind = config::ScheduleKind::cosine;
  c.training.seed = seed;
  c.training.selection = config::Selection::iterations;
  if (row.loss != PressureLoss::surrogate) {
    c.loss.kind = config::LossKind::measure;
    c.loss.iterations = row.iterations;
    s.loss_measure = row.loss == PressureLoss::residual ? PressureMeasure::residual : PressureMeasure::error;
  }
  if (row.is_cheap) {
    network.layers = {scale == Scale::smoke ? "v-cycle 4" : "v-cycle 6"};
    network.padding = kernels::GridPadding::edge;
    network.bias = false;
    c.network.activation = config::Activation::identity;
    c.optimizer.rate = row.loss == PressureLoss::surrogate ? 5e-3 : 1e-2;
    c.optimizer.beta2 = 0.99;
    c.schedule.minimum_rate = 0.02 * c.optimizer.rate;
    c.training.batch_size = 16;
    c.training.epochs = scale == Scale::smoke ? 2 : 3;
    c.problem.train_tasks = scale == Scale::smoke ? 64 : 4800;
    return c;
  }
  network.layers = {"u-net"};
  network.padding = kernels::GridPadding::zero;
  c.network.activation = config::Activation::relu;
  c.network.output_gain = 100;  // pressures are about as many times the root mean square of b
  c.training.batch_size = scale == Scale::full ? 32 : 16;
  c.training.epochs = scale == Scale::smoke ? 1 : scale == Scale::small ? 8 : 214;
  c.optimizer.rate = scale == Scale::full ? 2e-4 : 1e-3;
  c.schedule.minimum_rate = 0.02 * c.optimizer.rate;
  return c;
}

}  // namespace metasolve::paper
