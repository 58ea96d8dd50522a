// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/diffusion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/detail/problems/registry.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"

/// Diffusion by multigrid, as training binds it, on every executor.
namespace metasolve::diffusion_test {
namespace {

using namespace problems;
using grids::Smoother;
using kernels::TransferKind;

DiffusionSettings settings_of(DiffusionCoefficients coefficients, int points) {
  DiffusionSettings s;
  s.coefficients = coefficients;
  s.points = points;
  s.decades = 3;
  if (coefficients == DiffusionCoefficients::jumps) s.transfer = TransferKind::by_operator;
  return s;
}
engine::Tasks tasks_of(DiffusionSettings const& settings, std::int64_t count) {
  return sampled_diffusion(std::make_shared<DiffusionKind const>(settings), count, 3, random::Stream::train_tasks);
}

class Diffusion : public test::OnExecutors {
 protected:
  struct Results {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> solution, loss, theta_bar;
  };
  /// theta: [parameters] for all tasks; empty: the tasks' own.
  Results solve(engine::Tasks const& tasks, double tolerance, std::int32_t limit, std::vector<double> const& theta = {},
                bool differentiates = false) {
    engine::StageLimits limits;
    limits.capacity = tasks.count;
    limits.confirms = !differentiates;
    limits.tape_bytes = differentiates ? std::int64_t{1} << 26 : 0;
    limits.max_iterations = limit;
    auto const group = engine::bind<double>(backend(), tasks, limits);
    auto const n = static_cast<std::size_t>(tasks.count);
    int const unknowns = group.solver->solution_size(), parameters = group.solver->parameter_size();
    exec::Buffer<std::int32_t> status(backend(), tasks.count), iterations(backend(), tasks.count);
    exec::Buffer<double> solution(backend(), tasks.count * unknowns), loss(backend(), tasks.count),
        bar(backend(), tasks.count * parameters);
    auto const gain = exec::uploaded(backend(), std::vector<double>{1.0});
    auto const given = exec::uploaded(backend(), theta.empty() ? std::vector<double>{0.0} : theta);
    kernels::LockstepArguments<double> a;
    a.slots = tasks.count;
    a.tolerance.value = tolerance;
    a.max_iterations.value = limit;
    a.status = status.data();
    a.iterations = iterations.data();
    if (!theta.empty()) a.theta = {given.data(), 0, 1};
    Results r{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), {}, {}, {}};
    if (differentiates) {
      a.surrogate.scale = kernels::LossScale::logarithm;
      a.gain = gain.data();
      a.loss = loss.data();
      a.theta_bar = {bar.data(), parameters, 1};
      group.solver->differentiate(a);
      r.loss.resize(n);
      r.theta_bar.resize(n * static_cast<std::size_t>(parameters));
      loss.download(r.loss.data(), loss.size());
      bar.download(r.theta_bar.data(), bar.size());
    } else {
      a.confirms = true;
      a.solution = {solution.data(), unknowns, 1};
      group.solver->attempt(a, theta.empty() ? kernels::Attempt::constants : kernels::Attempt::given, {});
      r.solution.resize(n * static_cast<std::size_t>(unknowns));
      solution.download(r.solution.data(), solution.size());
    }
    status.download(r.status.data(), tasks.count);
    iterations.download(r.iterations.data(), tasks.count);
    return r;
  }
};
METASOLVE_ON_EXECUTORS(Diffusion);

TEST_P(Diffusion, SolvesWhatTheDirectMethodSolves) {
  for (auto const coefficients : {DiffusionCoefficients::constant, DiffusionCoefficients::jumps}) {
    auto const tasks = tasks_of(settings_of(coefficients, 15), 6);
    auto const by_cycles = solve(tasks, 1e-10, 200), direct = solve(as_matrices(tasks, true), 1e-10, 200);
    double largest = 0, error = 0;
    for (std::size_t i = 0; i < direct.solution.size(); ++i) {
      largest = std::max(largest, std::abs(direct.solution[i]));
      error = std::max(error, std::abs(by_cycles.solution[i] - direct.solution[i]));
    }
    for (std::size_t t = 0; t < by_cycles.status.size(); ++t) {
      EXPECT_EQ(by_cycles.status[t], static_cast<int>(Status::converged)) << t;
      EXPECT_EQ(direct.status[t], static_cast<int>(Status::converged)) << t;
      EXPECT_TRUE(by_cycles.iterations[t] > 1 && by_cycles.iterations[t] < 40) << by_cycles.iterations[t];
    }
    EXPECT_TRUE(error <= 1e-6 * largest) << error << " of " << largest;
  }
}

TEST_P(Diffusion, HasTheGradientOfDifferences) {
  for (auto const coefficients : {DiffusionCoefficients::constant, DiffusionCoefficients::jumps}) {
    auto const tasks = tasks_of(settings_of(coefficients, 7), 3);
    auto const& kind = dynamic_cast<DiffusionKind const&>(*tasks.kind);
    auto theta = kind.cycle.parameters;
    for (std::size_t p = 0; p < theta.size(); ++p) theta[p] += 0.03 * std::sin(3.0 * static_cast<double>(p) + 1);
    auto const at = solve(tasks, 1e-6, 5, theta, true);
    double largest = 0, error = 0;
    for (std::size_t p = 0; p < theta.size(); ++p) {
      double const h = 1e-5;
      auto above = theta, below = theta;
      above[p] += h, below[p] -= h;
      auto const up = solve(tasks, 1e-6, 5, above, true), down = solve(tasks, 1e-6, 5, below, true);
      for (std::size_t t = 0; t < 3; ++t) {
        double const slope = (up.loss[t] - down.loss[t]) / (2 * h), own = at.theta_bar[t * theta.size() + p];
        largest = std::max(largest, std::abs(slope));
        error = std::max(error, std::abs(slope - own));
      }
    }
    EXPECT_TRUE(largest > 1e-6) << "nothing depends on the parameters";
    EXPECT_TRUE(error <= 1e-5 * largest) << error << " of " << largest;
  }
}

TEST_P(Diffusion, GivesATaskTheSameBitsAloneAndInABatch) {
  auto const tasks = tasks_of(settings_of(DiffusionCoefficients::jumps, 7), 5);
  auto const together = solve(tasks, 1e-8, 100);
  auto const n = together.solution.size() / 5;
  for (std::int64_t t = 0; t < 5; ++t) {
    auto const alone = solve(engine::slice(tasks, t, 1), 1e-8, 100);
    EXPECT_EQ(alone.iterations.front(), together.iterations[static_cast<std::size_t>(t)]);
    auto const first = together.solution.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(t) * n);
    EXPECT_TRUE(std::equal(alone.solution.begin(), alone.solution.end(), first)) << t;
  }
}

TEST(DiffusionTasks, HaveFeaturesThatMirroringAndSwappingTheAxesDoNotChange) {
  DiffusionKind const kind(settings_of(DiffusionCoefficients::constant, 7));
  auto const features = [&](double lg, double theta) {
    std::vector<double> row(static_cast<std::size_t>(kind.width()), 1.0), f(3);
    row[0] = lg, row[1] = theta;
    kind.features_of(row.data(), 1, f.data());
    return f;
  };
  double const pi = std::acos(-1.0), lg = 2.5, theta = 0.3, eps = std::pow(10, -lg), g = (1 - eps) / (1 + eps);
  auto const f = features(lg, theta);
  EXPECT_NEAR(f[0], g * std::cos(2 * theta), 1e-12);
  EXPECT_NEAR(f[1], g * std::sin(2 * theta), 1e-12);
  EXPECT_NEAR(f[2], lg, 1e-9);
  for (double const same : {pi - theta, pi / 2 - theta, pi / 2 + theta}) {
    auto const other = features(lg, same);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(other[k], f[k], 1e-9) << same;
  }
}

TEST(DiffusionTasks, FollowTheirDistribution) {
  auto const tasks = tasks_of(settings_of(DiffusionCoefficients::constant, 3), 2000);
  std::vector<double> rows(static_cast<std::size_t>(tasks.count * tasks.kind->width()));
  tasks.fill(0, tasks.count, rows.data());
  double lg = 0, theta = 0, f = 0, ff = 0;
  for (std::size_t t = 0; t < 2000; ++t) {
    double const* const row = rows.data() + t * 11;
    EXPECT_TRUE(row[0] >= 0 && row[0] < 3 && row[1] >= 0 && row[1] < std::acos(-1.0));
    lg += row[0] / 2000, theta += row[1] / 2000;
    for (std::size_t i = 2; i < 11; ++i) f += row[i] / 18000, ff += row[i] * row[i] / 18000;
  }
  EXPECT_NEAR(lg, 1.5, 0.1);
  EXPECT_NEAR(theta, std::acos(-1.0) / 2, 0.1);
  EXPECT_NEAR(f, 0, 0.04);
  EXPECT_NEAR(ff, 1, 0.05);
}

TEST(DiffusionTasks, RefuseWhatDoesNotFit) {
  auto s = settings_of(DiffusionCoefficients::constant, 64);
  test::expect_message<InputError>([&] { DiffusionKind const kind(s); }, {"2^k - 1"});
  s.points = 15;
  s.transfer = TransferKind::by_operator;
  test::expect_message<InputError>([&] { DiffusionKind const kind(s); }, {"transfer"});
  s.transfer = TransferKind::linear;
  s.before = 2;
  test::expect_message<InputError>([&] { DiffusionKind const kind(s); }, {"not symmetric"});
  s.conjugate_gradients = false;
  DiffusionKind const cycles(s);
  s.constants = {0.5};
  test::expect_message<InputError>([&] { DiffusionKind const kind(s); }, {"solver.weights: given 1, expected 8"});
}

}  // namespace
}  // namespace metasolve::diffusion_test
