// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/curvature.hpp"
#include "metasolve/error.hpp"
#include "src/config/schema.hpp"
#include "src/engine/make_learner.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/network/gauss_newton.hpp"
#include "src/random/philox.hpp"
#include "src/train/setup.hpp"
#include "tests/expect_message.hpp"
#include "tests/jacobi_problem.hpp"

/// Second-order training: each part against differences or against its definition.
namespace metasolve {
namespace {

using exec::CpuExec;
using kernels::Pack;
using namespace test;

double random_at(int i) { return std::sin(12.9898 * i + 4.1) * std::cos(7.3 * i); }

/// Gradient against the adjoint, curvature against R'R of differences of the residual.
class Curvature : public testing::TestWithParam<std::tuple<Measure, kernels::LossKind, bool>> {};

TEST_P(Curvature, IsTheReweightedGaussNewtonMatrix) {
  auto const [measure, kind, csr] = GetParam();
  constexpr int unknowns = 7, directions = 5;  // neither a multiple of the width
  constexpr std::int64_t tasks = 11;
  JacobiProblem<double> const p(unknowns, tasks, 7);
  auto const check = [&](auto const& solver) {
    RunSettings<double> settings{{0.2}, {9}, {kind, kernels::LossScale::logarithm, kernels::LossValue::soft, true}};
    settings.surrogate.center = 3;
    auto const adjoint = run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, true);
    std::vector<double> direction(directions * unknowns);
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = random_at(static_cast<int>(i));

    kernels::LockstepArguments<double> a;
    std::vector<double> loss(tasks), gradient(tasks * directions), curvature(tasks * directions * directions);
    std::vector<std::int32_t> iterations(tasks);
    double const gain = 1;
    a.slots = tasks;
    a.theta = {p.theta.data(), unknowns, 1};
    a.tolerance.value = settings.tolerance[0];
    a.limit.value = settings.limit[0];
    a.surrogate = settings.surrogate;
    a.gain = &gain;
    a.loss = loss.data();
    a.iterations = iterations.data();
    a.weight = 0.5;
    kernels::CurvatureArguments<double> const c{
        directions, direction.data(), {gradient.data(), directions, 1}, {curvature.data(), directions * directions, 1}};
    std::vector<Pack<double>> near(static_cast<std::size_t>(kernels::curvature_size(solver, directions)));
    Counter source{tasks, kernels::lanes_of<Pack<double>>};
    kernels::lockstep_curvature<Pack<double>>(solver, a, c, kernels::SoloTeam{}, source,
                                              kernels::LocalView<Pack<double>>{near.data()});

    // The states of one task, by plain steps: what the residual's differences are taken of.
    auto const residuals = [&](std::int64_t t, std::vector<double> theta) {
      std::vector<double> task(static_cast<std::size_t>(solver.task_size())), next(unknowns), r(unknowns);
      kernels::SoloTeam const team;
      kernels::LocalView<double> const data{task.data()};
      EXPECT_TRUE(solver.load(team, t, data));
      std::vector<std::vector<double>> all;
      for (int k = 0; k <= iterations[static_cast<std::size_t>(t)]; ++k) {
        solver.residual(team, data, kernels::LocalView<double>{theta.data()}, kernels::LocalView<double>{r.data()});
        all.push_back(r);
        solver.step(team, data, data, kernels::LocalView<double>{theta.data()}, kernels::LocalView<double>{next.data()},
                    true);
        theta = next;
      }
      return all;
    };
    int surrogate_terms = 0;
    for (std::int64_t t = 0; t < tasks; ++t) {
      auto const at = static_cast<std::size_t>(t);
      EXPECT_EQ(iterations[at], adjoint.iterations[at]);
      EXPECT_NEAR(loss[at], adjoint.loss[at], 1e-12 * (1 + loss[at]));
      std::vector<double> const theta(p.theta.begin() + t * unknowns, p.theta.begin() + (t + 1) * unknowns);
      auto const base = residuals(t, theta);
      std::vector<std::vector<std::vector<double>>> rows;  // [direction][k][i]
      for (int q = 0; q < directions; ++q) {
        auto moved = theta;
        for (int i = 0; i < unknowns; ++i) {
          moved[static_cast<std::size_t>(i)] += direction[static_cast<std::size_t>(q * unknowns + i)];
        }
        rows.push_back(residuals(t, moved));  // the residual is linear: whole steps are exact
        for (std::size_t k = 0; k < base.size(); ++k) {
          for (std::size_t i = 0; i < unknowns; ++i) rows.back()[k][i] -= base[k][i];
        }
        double along = 0, size = 0;
        for (int i = 0; i < unknowns; ++i) {
          double const term = adjoint.theta_bar[static_cast<std::size_t>(t * unknowns + i)] *
                              direction[static_cast<std::size_t>(q * unknowns + i)];
          along += term;
          size += std::abs(term);
        }
        EXPECT_NEAR(gradient[at * directions + static_cast<std::size_t>(q)], 0.5 * along, 1e-12 * size + 1e-300);
      }
      for (std::size_t q = 0; q < directions; ++q) {
        for (std::size_t s = 0; s < directions; ++s) {
          double expected = 0;
          for (std::size_t k = 0; k < base.size(); ++k) {
            bool const last = k + 1 == base.size();
            double norm = 0, product = 0;
            for (std::size_t i = 0; i < unknowns; ++i) {
              norm += base[k][i] * base[k][i];
              product += rows[q][k][i] * rows[s][k][i];
            }
            double const L = std::sqrt(norm);
            if (kind == kernels::LossKind::measure) {
              if (last) expected += 2 * product;
            } else if (!last) {
              expected += settings.surrogate.term_derivative(L, settings.tolerance[0], 1.0) / L * product;
              ++surrogate_terms;
            }
          }
          double const got = curvature[(at * directions + q) * directions + s];
          EXPECT_NEAR(got, 0.5 * expected, 1e-9 * (std::abs(expected) + 1e-6)) << "task " << t;
        }
      }
    }
    if (kind == kernels::LossKind::surrogate) {
      EXPECT_GT(surrogate_terms, 100) << "a check against nothing";
    }
  };
  if (csr) {
    check(p.csr(measure));
  } else {
    check(p.stencil(measure));
  }
}
INSTANTIATE_TEST_SUITE_P(All, Curvature,
                         testing::Combine(testing::Values(Measure::relative_error, Measure::relative_residual),
                                          testing::Values(kernels::LossKind::surrogate, kernels::LossKind::measure),
                                          testing::Bool()));

/// Two members of a network with two hidden layers, against differences of its output.
class Networks : public testing::TestWithParam<kernels::Activation> {
 protected:
  static constexpr std::int64_t members = 2, tasks = 13, outputs = 3;
  std::vector<std::int64_t> const sizes{4, 5, 6, outputs};
  CpuExec ex{1};
  network::MlpBatch<CpuExec> mlp{ex, sizes, GetParam(), members, tasks, true};
  std::int64_t const n = mlp.weights();
  std::vector<double> weights = values(members * n, 1), direction = values(members * n, 900);

  static std::vector<double> values(std::int64_t size, int seed) {
    std::vector<double> v(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = random_at(seed + static_cast<int>(i));
    return v;
  }
  void SetUp() override {
    auto const x = values(sizes[0] * mlp.pitch(), 50);
    std::copy(x.begin(), x.end(), mlp.input(0));
  }
  std::vector<double> output_at(std::vector<double> const& w) {
    mlp.forward(w.data(), false);
    return {mlp.output(), mlp.output() + outputs * mlp.pitch()};
  }
  std::vector<double> moved(double h, std::vector<double> const& along) const {
    auto w = weights;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] += h * along[i];
    return w;
  }
  /// doutput/dweights [outputs * pitch][members * n], by fourth-order differences.
  std::vector<std::vector<double>> jacobian() {
    double const h = 1e-3;
    std::vector<std::vector<double>> columns;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      std::vector<double> unit(weights.size());
      unit[i] = 1;
      auto const p1 = output_at(moved(h, unit)), m1 = output_at(moved(-h, unit));
      auto const p2 = output_at(moved(2 * h, unit)), m2 = output_at(moved(-2 * h, unit));
      std::vector<double> column(p1.size());
      for (std::size_t j = 0; j < column.size(); ++j) {
        column[j] = (8 * (p1[j] - m1[j]) - (p2[j] - m2[j])) / (12 * h);
      }
      columns.push_back(column);
    }
    return columns;
  }
};

TEST_P(Networks, GradientIsTheTransposedJacobian) {
  auto const j = jacobian();
  mlp.forward(weights.data(), true);
  auto bar = values(outputs * mlp.pitch(), 300);
  auto const seed = bar;
  std::vector<double> gradient(weights.size());
  mlp.gradient(weights.data(), bar.data(), gradient.data());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double expected = 0;
    for (std::size_t k = 0; k < seed.size(); ++k) expected += j[i][k] * seed[k];
    EXPECT_NEAR(gradient[i], expected, 1e-8) << "weight " << i;
  }
}

TEST_P(Networks, SecondDerivativeIsThatOfTheOutput) {
  double const h = 1e-2;
  auto const p1 = output_at(moved(h, direction)), m1 = output_at(moved(-h, direction));
  auto const p2 = output_at(moved(2 * h, direction)), m2 = output_at(moved(-2 * h, direction));
  auto const at = output_at(weights);
  mlp.forward(weights.data(), true);
  mlp.second_derivative(weights.data(), direction.data());
  double largest = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    double const difference = (16 * (p1[i] + m1[i]) - (p2[i] + m2[i]) - 30 * at[i]) / (12 * h * h);
    EXPECT_NEAR(mlp.output()[i], difference, 2e-5 * (1 + std::abs(difference)));
    largest = std::max(largest, std::abs(difference));
  }
  if (GetParam() != kernels::Activation::relu) {
    EXPECT_GT(largest, 0.1) << "a check against nothing";
  }
}

TEST_P(Networks, GaussNewtonMatrixIsThatOfTheJacobian) {
  auto const j = jacobian();
  // A curvature of each task: G' G with G of its own.
  auto const pitch = mlp.pitch();
  std::vector<double> curvature(static_cast<std::size_t>(outputs * outputs * pitch));
  auto const b = [&](std::int64_t q, std::int64_t r, std::int64_t slot) -> double& {
    return curvature[static_cast<std::size_t>((q * outputs + r) * pitch + slot)];
  };
  for (std::int64_t slot = 0; slot < pitch; ++slot) {
    for (int q = 0; q < outputs; ++q) {
      for (int r = 0; r < outputs; ++r) {
        for (int k = 0; k < outputs; ++k) {
          auto const g = [&](int c) { return random_at(static_cast<int>(slot) * 31 + 7 * k + c); };
          b(q, r, slot) += g(q) * g(r);
        }
      }
    }
  }
  mlp.forward(weights.data(), true);
  network::GaussNewton<CpuExec> gauss_newton(ex, mlp);
  std::vector<double> matrix(static_cast<std::size_t>(members * n * n));
  gauss_newton.assemble(weights.data(), curvature.data(), matrix.data());
  for (std::int64_t m = 0; m < members; ++m) {
    for (std::int64_t row = 0; row < n; ++row) {
      for (std::int64_t column = 0; column <= row; ++column) {
        auto const& jr = j[static_cast<std::size_t>(m * n + row)];
        auto const& jc = j[static_cast<std::size_t>(m * n + column)];
        double expected = 0;
        for (std::int64_t slot = m * tasks; slot < (m + 1) * tasks; ++slot) {
          for (int q = 0; q < outputs; ++q) {
            for (int r = 0; r < outputs; ++r) {
              expected += jr[static_cast<std::size_t>(q * pitch + slot)] * b(q, r, slot) *
                          jc[static_cast<std::size_t>(r * pitch + slot)];
            }
          }
        }
        EXPECT_NEAR(matrix[static_cast<std::size_t>((m * n + row) * n + column)], expected,
                    1e-7 * (1 + std::abs(expected)))
            << "member " << m << ", " << row << ", " << column;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, Networks,
                         testing::Values(kernels::Activation::silu, kernels::Activation::tanh,
                                         kernels::Activation::identity));

config::RunConfig small_config() {
  config::RunConfig c;
  c.problem.unknowns = 8;
  c.problem.train_tasks = 120;
  c.problem.validation_tasks = 40;
  c.solver.tolerance = 1e-3;
  c.network.hidden = {6, 5};
  c.loss.scale = kernels::LossScale::logarithm;
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  return c;
}

struct Trained {
  std::vector<double> losses;
  std::vector<engine::LearnerState> states;
};

/// Members with seeds 0, 1, ... trained together.
Trained train_members(config::RunConfig const& base, std::vector<std::uint64_t> const& seeds, int steps,
                      int threads = 1) {
  std::vector<problems::AnyTasks> train, validation;
  std::vector<engine::LearnerState> states;
  std::vector<engine::EpochSettings> const settings(seeds.size(), {0, base.solver.tolerance});
  train::FeatureScale features;
  for (auto const seed : seeds) {
    auto c = base;
    c.training.seed = seed;
    auto const splits = train::sampled_tasks(c);
    features = train::feature_scale(c, splits.train);
    train.push_back(splits.train);
    validation.push_back(splits.validation);
    states.push_back({train::initial_weights(c), {}, {}, {}});
  }
  auto options = train::learner_options(base, features);
  options.members = static_cast<std::int64_t>(seeds.size());
  auto const learner = engine::make_learner(Executor::cpu(threads), options,
                                            {problems::concatenated(train), problems::concatenated(validation)});
  learner->restore(states);
  Trained result;
  for (int s = 0; s < steps; ++s) {
    learner->begin_epoch({}, settings);
    learner->step(base.problem.train_tasks);
    result.losses.push_back(learner->epoch_totals().front().loss);
  }
  result.states = learner->save();
  return result;
}

TEST(LevenbergMarquardt, TheLossNeverRisesAndFallsFar) {
  for (auto const kind : {kernels::LossKind::surrogate, kernels::LossKind::measure}) {
    auto c = small_config();
    c.loss.kind = kind;
    c.loss.iterations = 3;
    auto const losses = train_members(c, {0}, 25).losses;
    for (std::size_t i = 1; i < losses.size(); ++i) EXPECT_LE(losses[i], losses[i - 1]) << "step " << i;
    EXPECT_LT(losses.back(), 0.2 * losses.front());
  }
}

TEST(LevenbergMarquardt, AMemberIsTrainedAsIfAlone) {
  auto const c = small_config();
  auto const together = train_members(c, {0, 1, 2}, 4).states;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    auto const alone = train_members(c, {seed}, 4).states.front();
    ASSERT_EQ(alone.weights.size(), together[seed].weights.size());
    for (std::size_t i = 0; i < alone.weights.size(); ++i) {
      // BLAS may round otherwise by where in memory a matrix lies.
      EXPECT_NEAR(alone.weights[i], together[seed].weights[i], 1e-9) << "seed " << seed << ", weight " << i;
    }
    EXPECT_EQ(alone.damping, together[seed].damping);
  }
  EXPECT_NE(together[0].weights, together[1].weights);
  auto const threaded = train_members(c, {0, 1, 2}, 4, 2).states;
  EXPECT_EQ(threaded[1].weights, together[1].weights) << "nothing depends on the threads";
}

TEST(LevenbergMarquardt, IsRefusedAboveItsMemory) {
  auto c = small_config();
  c.network.hidden = {2000, 2000};
  auto const splits = train::sampled_tasks(c);
  auto const options = train::learner_options(c, train::feature_scale(c, splits.train));
  expect_message<InputError>(
      [&] {
        engine::make_learner(Executor::cpu(1), options, {splits.train, splits.validation});
      },
      {"levenberg_marquardt", "4036008 weights", "resources.memory", "adam"});
  c = small_config();
  c.network.precision = engine::Precision::single_precision;
  expect_message<InputError>([&] { config::check(c, "here"); }, {"here", "levenberg_marquardt", "double"});
}

TEST(LevenbergMarquardt, StepsFromANonFiniteStartAreNotTaken) {
  auto c = small_config();
  c.network.output_gain = 1e300;
  auto const before = train::initial_weights(c);
  auto const after = train_members(c, {0}, 3).states.front();
  for (double const w : after.weights) EXPECT_TRUE(std::isfinite(w));
}

TEST(Concatenated, GivesEachGroupItsOwn) {
  auto c = small_config();
  c.problem.train_tasks = 5;
  std::vector<problems::AnyTasks> groups;
  std::vector<double> expected;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    c.training.seed = seed;
    groups.push_back(train::sampled_tasks(c).train);
    std::vector<double> force(5 * 8), solution(5 * 8);
    std::get<problems::PoissonTasks>(groups.back()).fill(0, 5, force.data(), solution.data());
    expected.insert(expected.end(), force.begin(), force.end());
  }
  auto const all = std::get<problems::PoissonTasks>(problems::concatenated(groups));
  ASSERT_EQ(all.count, 15);
  for (std::int64_t const part : {1, 4, 7, 15}) {
    std::vector<double> force(15 * 8), solution(15 * 8);
    for (std::int64_t first = 0; first < 15; first += part) {
      all.fill(first, std::min(part, 15 - first), force.data() + first * 8, solution.data() + first * 8);
    }
    EXPECT_EQ(force, expected) << "parts of " << part;
  }
}

}  // namespace
}  // namespace metasolve
