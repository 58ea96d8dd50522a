// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/train_some.hpp"

/// Trainings of every problem, with every gradient, on a CUDA device and on the CPU: equal up to rounding.
namespace metasolve::test::device_training_test {
namespace {

struct Variant {
  char const* name;
  std::function<void(config::RunConfig&)> edit;
};
void PrintTo(Variant const& v, std::ostream* to) { *to << v.name; }

void robertson(config::RunConfig& c) {
  c = {};
  c.problem.name = "robertson";
  c.problem.train_tasks = 200;
  c.problem.validation_tasks = 100;
  c.of<problems::RobertsonSettings>().steps = 100;
  c.solver.tolerance = 1e-8;
  c.solver.max_iterations = 300;
  c.network.hidden = {8, 8};
  c.training.batch_size = 64;
  c.loss.scale = kernels::LossScale::logarithm;
  c.network.feature_scaling = config::FeatureScaling::standard;
}
/// Few iterations of short beams: more would amplify rounding (docs/elasticity.md).
void beams(config::RunConfig& c, engine::Gradient gradient) {
  c = {};
  c.problem.name = "elasticity";
  c.of<problems::ElasticitySettings>().cells = {2, 1, 1};
  c.problem.train_tasks = 20;
  c.problem.validation_tasks = 10;
  c.solver.max_iterations = 12;
  c.of<problems::GradientSettings>().kind = gradient;
  c.of<problems::ShiftSettings>().batching = problems::Batching::lockstep;
  c.network.hidden = {8};
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.training.batch_size = 8;
  c.loss.scale = kernels::LossScale::logarithm;
}
void second_order(config::RunConfig& c) {
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  c.problem.train_tasks = 60;
}

Variant const variants[] = {
    {"poisson", [](config::RunConfig&) {}},
    {"poisson_of_a_warp",
     [](config::RunConfig& c) {
       c.of<problems::PoissonSettings>().unknowns = 40;
       c.problem.train_tasks = 40;
       c.problem.validation_tasks = 20;
       c.solver.max_iterations = 400;
     }},
    {"poisson_residual",
     [](config::RunConfig& c) { c.of<problems::PoissonSettings>().measure = kernels::Measure::relative_residual; }},
    {"poisson_measure_loss",
     [](config::RunConfig& c) {
       c.loss.kind = kernels::LossKind::measure;
       c.loss.iterations = 20;
     }},
    {"poisson_second_order", second_order},
    {"robertson", robertson},
    {"robertson_relaxation",
     [](config::RunConfig& c) {
       robertson(c);
       c.of<problems::RobertsonSettings>().learned = problems::Learned::relaxation;
       c.of<problems::FailureSettings>().slope = 10;
     }},
    {"beams_difference", [](config::RunConfig& c) { beams(c, engine::Gradient::difference); }},
    {"beams_tangent", [](config::RunConfig& c) { beams(c, engine::Gradient::tangent); }},
    {"beams_adjoint", [](config::RunConfig& c) { beams(c, engine::Gradient::adjoint); }},
    {"beams_adjoint_by_level",
     [](config::RunConfig& c) {
       beams(c, engine::Gradient::adjoint);
       c.of<problems::ShiftSettings>().fill_entries = -1;
       c.of<problems::ShiftSettings>().fill_level = 1;
     }},
    {"beams_blocks",
     [](config::RunConfig& c) {
       beams(c, engine::Gradient::difference);
       c.of<problems::ShiftSettings>().batching = problems::Batching::block_diagonal;
     }},
};

class OnTheDevice : public ::testing::TestWithParam<Variant> {};

TEST_P(OnTheDevice, TrainsAsTheCpuDoes) {
  if (auto const reason = reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
  auto c = small_config();
  GetParam().edit(c);
  auto const expected = train_some(c);
  auto const found = train_some(Executor::open("cuda"), c);
  EXPECT_NEAR(found.loss, expected.loss, 1e-3 * std::abs(expected.loss));
  EXPECT_NEAR(found.iterations, expected.iterations, 2e-3 * expected.iterations + 1);
  EXPECT_NEAR(found.validation, expected.validation, 2e-3 * std::abs(expected.validation));
}

INSTANTIATE_TEST_SUITE_P(Variants, OnTheDevice, ::testing::ValuesIn(variants),
                         [](auto const& v) { return std::string(v.param.name); });

}  // namespace
}  // namespace metasolve::test::device_training_test
