// SPDX-License-Identifier: Apache-2.0
#include "paper/poisson_rows.hpp"
#include "metasolve/detail/problems/poisson.hpp"

namespace metasolve::paper {

namespace {

/// Reduces runs to seconds; their figures mean nothing.
void shrink(config::RunConfig& c) {
  c.problem.train_tasks = c.problem.validation_tasks = c.problem.test_tasks = 60;
  c.training.epochs = 3;
  c.network.hidden = {5, 5};
}

config::RunConfig common(double hard_fraction, std::uint64_t seed) {
  config::RunConfig c;
  c.of<problems::PoissonSettings>().hard_fraction = hard_fraction;
  c.training.seed = seed;
  c.training.selection = config::Selection::iterations;
  return c;
}

void set_loss(config::RunConfig& c, PoissonRow const& row) {
  if (row.iterations) {
    c.loss.kind = kernels::LossKind::measure;
    c.loss.iterations = *row.iterations;
    c.loss.squared = true;
    return;
  }
  c.loss.kind = kernels::LossKind::surrogate;
  c.loss.scale = kernels::LossScale::logarithm;
  c.solver.tolerance = *row.tolerance;
  c.loss.tolerance_start = 1.0;
  c.loss.lowering_fraction = 0.8;
}

}  // namespace

PoissonRow const& base_row() {
  static PoissonRow const row{"base", {}, {}, {28.17, 92.54, 158.41, 224.28, 30.15, 96.52, 164.41, 232.30}};
  return row;
}

std::vector<PoissonRow> const& trained_rows() {
  static std::vector<PoissonRow> const rows{
      {"L_m, m=0", 0, {}, {0.00, 17.52, 168.80, 436.95, 2.11, 183.28, 451.24, 719.40}},
      {"L_m, m=1", 1, {}, {0.00, 20.07, 148.26, 403.22, 1.90, 178.61, 446.51, 714.67}},
      {"L_m, m=5", 5, {}, {1.00, 13.82, 135.43, 397.97, 1.18, 34.47, 286.43, 554.55}},
      {"L_m, m=25", 25, {}, {6.26, 16.31, 37.71, 172.02, 7.11, 20.22, 121.24, 379.51}},
      {"L_m, m=125", 125, {}, {23.42, 83.28, 148.73, 214.59, 20.96, 80.44, 151.39, 353.35}},
      {"surrogate, eps=1e-2", {}, 1e-2, {0.01, 40.31, 223.15, 491.30, 0.25, 185.93, 453.84, 721.99}},
      {"surrogate, eps=1e-4", {}, 1e-4, {3.93, 9.76, 48.61, 178.15, 5.34, 13.69, 176.77, 444.71}},
      {"surrogate, eps=1e-6", {}, 1e-6, {6.20, 15.79, 32.00, 83.43, 7.94, 19.79, 36.11, 166.30}},
      {"surrogate, eps=1e-8", {}, 1e-8, {11.12, 32.05, 57.62, 86.70, 13.39, 37.44, 66.16, 97.97}}};
  return rows;
}

config::RunConfig poisson_training(PoissonRow const& row, double hard_fraction, std::uint64_t seed, Scale scale) {
  auto c = common(hard_fraction, seed);
  set_loss(c, row);
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  // SiLU is nearly linear there, like the best networks: other starts need several times as many steps.
  c.network.initial_bias = 50;
  c.training.epochs = 200;
  if (!row.iterations) c.loss.margin = 0.1;
  if (scale == Scale::smoke) shrink(c);
  return c;
}

config::RunConfig poisson_training_by_adam(PoissonRow const& row, double hard_fraction, std::uint64_t seed,
                                           Scale scale) {
  auto c = common(hard_fraction, seed);
  set_loss(c, row);
  c.network.feature_gain = 0.3;
  c.optimizer.rate = 0.02;
  c.optimizer.beta1 = 0.99;
  c.optimizer.clip_norm = 0;
  c.schedule.kind = config::ScheduleKind::cosine;
  c.training.epochs = 2500;
  c.training.batch_size = 64;
  if (scale == Scale::smoke) shrink(c);
  return c;
}

void give_members(config::RunConfig& config, int members) {
  if (members == 1) return;
  config.training.members = members;
  config.training.member_gains = {1, 3};
}

std::vector<PoissonVariant> const& poisson_variants() {
  static std::vector<PoissonVariant> const all{
      {"linear network",
       {1e-2, 1e-6},
       [](config::RunConfig& c) {
         c.network.activation = kernels::Activation::identity;
         c.network.initial_bias = 0;
       }},
      {"PyTorch's start", {1e-6}, [](config::RunConfig& c) { c.network.initial_bias = 0; }}};
  return all;
}

}  // namespace metasolve::paper
