// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/support/krylov_on.hpp"

/// Implicit gradients of Krylov methods of LinearSolver, compared with differences.
namespace metasolve::krylov_gradient_test {
namespace {

using test::general_options, test::krylov_options, test::name_of, test::RandomSystems;
using test::krylov::Kind, test::krylov::Matrix, test::krylov::Method;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class KrylovGradientOn : public test::KrylovOn {};
METASOLVE_ON_EXECUTORS(KrylovGradientOn);

TEST_P(KrylovGradientOn, DifferentiatesImplicitly) {
  struct Case {
    LinearSolver::Options options;
    bool lower_alone;
  };
  std::vector<Case> cases;
  for (auto const& o : general_options()) cases.push_back({o, false});
  for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
    cases.push_back({krylov_options(method, Kind::automatic, Matrix::positive_definite), true});
  }
  for (auto const& [o, lower_alone] : cases) {
    auto s = test::random_systems(6, 3, 17, 3, lower_alone);
    if (lower_alone) {
      RandomSystems lower{s.n, s.count};
      lower.rhs = s.rhs;
      for (std::size_t k = 0; k < s.count; ++k) {
        for (std::size_t i = 0; i < s.n; ++i) {
          for (auto e = static_cast<std::size_t>(s.begin[i]); e < static_cast<std::size_t>(s.begin[i + 1]); ++e) {
            if (static_cast<std::size_t>(s.column[e]) > i) continue;
            if (k == 0) lower.column.push_back(s.column[e]);
            lower.values.push_back(s.matrix(k)[e]);
          }
          if (k == 0) lower.begin.push_back(static_cast<std::int32_t>(lower.column.size()));
        }
      }
      s = lower;
    }
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {wide(s.count)});
    Stopping<double> const stopping{1e-14, 500};
    std::vector<double> weight(s.n * s.count);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = std::sin(1.0 + static_cast<double>(i));
    auto const objective = [&](RandomSystems const& of, std::size_t k) {
      auto const x = solve(*solver, of, stopping, {}).x;
      double sum = 0;
      for (std::size_t i = 0; i < s.n; ++i) sum += weight[k * s.n + i] * x[k * s.n + i];
      return sum;
    };
    auto const x = solve(*solver, s, stopping, {}).x;
    auto* const rhs_bar = place(std::vector<double>(s.n * s.count));
    auto* const values_bar = place(std::vector<double>(s.values.size()));
    LinearSolver::Gradient const g{{place(x), wide(s.n), 1},
                                   {place(weight), wide(s.n), 1},
                                   {rhs_bar, wide(s.n), 1},
                                   {values_bar, wide(s.entries()), 1}};
    solver->gradient(tasks(s, {}), g, stopping, {});
    auto const of_rhs = fetch(rhs_bar, s.n * s.count), of_values = fetch(values_bar, s.values.size());
    auto const check = [&](std::vector<double> RandomSystems::*numbers, std::size_t at, std::size_t k, double found) {
      double const step = 1e-4;
      auto const moved = [&](double by) {
        auto to = s;
        (to.*numbers)[at] += by * step;
        return objective(to, k);
      };
      double const slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step);
      EXPECT_NEAR(found, slope, 1e-6 * std::max(0.05, std::abs(slope))) << name_of(o);
    };
    for (std::size_t i = 0; i < of_rhs.size(); i += 2) check(&RandomSystems::rhs, i, i / s.n, of_rhs[i]);
    for (std::size_t e = 0; e < of_values.size(); e += 3)
      check(&RandomSystems::values, e, e / s.entries(), of_values[e]);
  }
}

TEST_P(KrylovGradientOn, GradientsOfFailedTasksAreNan) {
  auto s = test::random_systems(7, 4, 3);
  s.matrix(1)[0] = nan;
  for (auto const& o : general_options()) {
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {wide(s.count)});
    auto* const rhs_bar = place(std::vector<double>(s.n * s.count));
    auto* const values_bar = place(std::vector<double>(s.values.size()));
    auto* const x = place(std::vector<double>(s.n * s.count, 1));
    solver->gradient(
        tasks(s, {}),
        {{x, wide(s.n), 1}, {x, wide(s.n), 1}, {rhs_bar, wide(s.n), 1}, {values_bar, wide(s.entries()), 1}},
        {1e-9, 300}, {});
    auto const of_rhs = fetch(rhs_bar, s.n * s.count), of_values = fetch(values_bar, s.values.size());
    for (std::size_t k = 0; k < s.count; ++k) {
      for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(std::isnan(of_rhs[k * s.n + i]), k == 1);
      for (std::size_t e = 0; e < s.entries(); ++e) EXPECT_EQ(std::isnan(of_values[k * s.entries() + e]), k == 1);
    }
  }
}

}  // namespace
}  // namespace metasolve::krylov_gradient_test
