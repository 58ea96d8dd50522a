// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/kernels/lockstep/gauss_newton.hpp"
#include "tests/support/jacobi_problem.hpp"

/// The Gauss-Newton matrix of a loss in a solver's parameters.
namespace metasolve::curvature_test {
namespace {

using kernels::Pack;
using namespace test;

double random_at(int i) { return std::sin(12.9898 * i + 4.1) * std::cos(7.3 * i); }

/// Gradient compared with the adjoint, matrix with R'R from differences of the residual.
class GaussNewton : public testing::TestWithParam<std::tuple<Measure, kernels::LossKind, bool>> {};

TEST_P(GaussNewton, IsTheReweightedGaussNewtonMatrix) {
  auto const [measure, kind, csr] = GetParam();
  constexpr int unknowns = 7, directions = 5;  // neither is a multiple of the width
  constexpr std::int64_t tasks = 11;
  JacobiProblem<double> const p(unknowns, tasks, 7);
  auto const check = [&](auto const& solver) {
    RunSettings<double> settings{{0.2}, {9}, {kind, kernels::LossScale::logarithm, kernels::LossValue::soft, true}};
    settings.surrogate.center = 3;
    auto const adjoint = run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, true);
    std::vector<double> direction(directions * unknowns);
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = random_at(static_cast<int>(i));

    kernels::LockstepArguments<double> a;
    std::vector<double> loss(tasks), gradient(tasks * directions), matrix(tasks * directions * directions);
    std::vector<std::int32_t> iterations(tasks);
    double const gain = 1;
    a.slots = tasks;
    a.theta = {p.theta.data(), unknowns, 1};
    a.tolerance.value = settings.tolerance[0];
    a.max_iterations.value = settings.max_iterations[0];
    a.surrogate = settings.surrogate;
    a.gain = &gain;
    a.loss = loss.data();
    a.iterations = iterations.data();
    a.weight = 0.5;
    kernels::GaussNewtonArguments<double> const c{
        directions, direction.data(), {gradient.data(), directions, 1}, {matrix.data(), directions * directions, 1}};
    std::vector<Pack<double>> scratch(static_cast<std::size_t>(kernels::gauss_newton_size(solver, directions)));
    Counter source{tasks, kernels::lanes_of<Pack<double>>};
    kernels::lockstep_gauss_newton<Pack<double>>(solver, a, c, kernels::SoloTeam{}, source,
                                                 kernels::LocalView<Pack<double>>{scratch.data()});

    // The states of one task, by plain steps, for differences of the residual.
    auto const residuals = [&](std::int64_t t, std::vector<double> theta) {
      std::vector<double> task(static_cast<std::size_t>(solver.task_size())), next(unknowns), r(unknowns);
      kernels::SoloTeam const team;
      kernels::LocalView<double> const data{task.data()};
      EXPECT_TRUE(solver.load(team, t, data));
      std::vector<std::vector<double>> all;
      for (int k = 0; k <= iterations[static_cast<std::size_t>(t)]; ++k) {
        solver.residual(team, data, kernels::LocalView<double>{theta.data()}, kernels::LocalView<double>{r.data()});
        all.push_back(r);
        solver.step(team, data, data, data, kernels::LocalView<double>{theta.data()},
                    kernels::LocalView<double>{next.data()}, true);
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
          double const got = matrix[(at * directions + q) * directions + s];
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
INSTANTIATE_TEST_SUITE_P(All, GaussNewton,
                         testing::Combine(testing::Values(Measure::relative_error, Measure::relative_residual),
                                          testing::Values(kernels::LossKind::surrogate, kernels::LossKind::measure),
                                          testing::Bool()));

}  // namespace
}  // namespace metasolve::curvature_test
