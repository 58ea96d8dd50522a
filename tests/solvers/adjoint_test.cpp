// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/jacobi_problem.hpp"

/// Adjoints compared with central differences and the tangent (the same body on dual numbers), for every operator,
/// measure, loss and scale, and for tasks that stop at 0, 1, some and all allowed iterations.
namespace metasolve::adjoint_test {
namespace {

using kernels::Dual;
using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using namespace test;

constexpr int unknowns = 12;
constexpr std::int64_t tasks = 11;  // not a multiple of any pack width
constexpr double tolerance_of_check = 1e-6;

struct Case {
  bool csr;
  Measure measure;
  LossKind kind;
  LossScale scale;
  bool squared;
  double gain;
  int iterations;  // number of iterations that each task takes
  bool limited;    // stopped by the limit, not by the tolerance
};

std::string name(testing::TestParamInfo<Case> const& info) {
  Case const& c = info.param;
  std::string text = c.csr ? "csr" : "stencil";
  text += c.measure == Measure::relative_error ? "_error" : "_residual";
  text += c.kind == LossKind::measure ? (c.squared ? "_squared" : "_plain")
                                      : (c.scale == LossScale::linear ? "_linear" : "_log");
  text += "_gain" + std::to_string(static_cast<int>(c.gain)) + "_at" + std::to_string(c.iterations);
  return text + (c.limited ? "_limited" : "");
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (bool const csr : {false, true}) {
    for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
      for (int const iterations : {0, 1, 2, 7}) {
        for (auto const scale : {LossScale::linear, LossScale::logarithm}) {
          for (double const gain : {1.0, 3.0}) {
            for (bool const limited : {false, true}) {
              all.push_back({csr, measure, LossKind::surrogate, scale, false, gain, iterations, limited});
            }
          }
        }
        for (bool const squared : {false, true}) {
          all.push_back({csr, measure, LossKind::measure, LossScale::linear, squared, 1, iterations, true});
        }
      }
    }
  }
  return all;
}

class Adjoint : public testing::TestWithParam<Case> {
 protected:
  template <class Scalar>
  static auto solver(JacobiProblem<Scalar> const& p, Measure measure, std::true_type) {
    return p.csr(measure);
  }
  template <class Scalar>
  static auto solver(JacobiProblem<Scalar> const& p, Measure measure, std::false_type) {
    return p.stencil(measure);
  }

  /// One tolerance per task at which it stops after `iterations` with a margin on both sides, so that differences do
  /// not
  /// change the count; none if its measures do not decrease there.
  template <class Solver>
  static std::vector<std::optional<double>> stopping_tolerances(Solver const& s, std::vector<double> const& theta,
                                                                int iterations, bool limited) {
    RunSettings<double> settings{{0.0}, {iterations}, {}};
    auto const history = run_lockstep<double>(s, theta, tasks, settings, false).history;
    std::vector<std::optional<double>> all;
    for (std::int64_t t = 0; t < tasks; ++t) {
      double const* const L = history.data() + t * (iterations + 1);
      double smallest = 2 * L[iterations] + 1;
      for (int k = 0; k < iterations; ++k) smallest = std::min(smallest, L[k]);
      if (limited) {  // never reached, but near enough for the last sigmoids to have a slope
        all.push_back(std::min(smallest, L[iterations]) / 2);
        continue;
      }
      bool const falls = L[iterations] < 0.999 * smallest;
      all.push_back(falls ? std::optional(std::sqrt(L[iterations] * smallest)) : std::nullopt);
    }
    return all;
  }

  template <bool csr>
  void check(Case const& c) {
    using kind = std::bool_constant<csr>;
    JacobiProblem<double> const p(unknowns, tasks, 7);
    JacobiProblem<Dual<double>> const q(unknowns, tasks, 7);
    auto const s = solver(p, c.measure, kind{});
    auto const dual_solver = solver(q, c.measure, kind{});
    RunSettings<double> settings{
        {}, {c.limited ? c.iterations : c.iterations + 5}, {c.kind, c.scale, LossValue::soft, c.squared}, c.gain};
    auto const stopping = stopping_tolerances(s, p.theta, c.iterations, c.limited);
    int checked = 0;
    for (std::int64_t t = 0; t < tasks; ++t) {
      double const tolerance = stopping[static_cast<std::size_t>(t)].value_or(1e-9);
      settings.tolerance.push_back(c.kind == LossKind::measure ? 0.0 : tolerance);
    }
    auto const adjoint = run_lockstep<Pack<double>>(s, p.theta, tasks, settings, true);

    RunSettings<Dual<double>> dual_settings{{settings.tolerance.begin(), settings.tolerance.end()},
                                            settings.max_iterations,
                                            {c.kind, c.scale, LossValue::soft, c.squared},
                                            c.gain};
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    auto direction = p.theta;
    for (auto& x : direction) x = normal(random);
    auto const moved = [&](double h) {
      auto theta = p.theta;
      for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += h * direction[i];
      return run_lockstep<double>(s, theta, tasks, settings, false);
    };
    // Fourth-order differences: the log scale at gain 3 has large higher derivatives.
    double const h = 2e-4;
    auto const p1 = moved(h), m1 = moved(-h), p2 = moved(2 * h), m2 = moved(-2 * h);
    std::vector<Dual<double>> seeded;
    for (std::size_t i = 0; i < p.theta.size(); ++i) seeded.emplace_back(p.theta[i], direction[i]);
    auto const tangent = run_lockstep<Dual<double>>(dual_solver, seeded, tasks, dual_settings, false);

    for (std::int64_t t = 0; t < tasks; ++t) {
      auto const i = static_cast<std::size_t>(t);
      if (!c.limited && !stopping[i]) continue;
      ++checked;
      ASSERT_EQ(adjoint.iterations[i], c.iterations) << "task " << t;
      ASSERT_EQ(adjoint.status[i],
                static_cast<int>(c.limited ? kernels::Status::iteration_limit : kernels::Status::converged));
      double along = 0, size = 0;
      for (std::size_t j = i * unknowns; j < (i + 1) * unknowns; ++j) {
        along += adjoint.theta_bar[j] * direction[j];
        size += std::abs(adjoint.theta_bar[j] * direction[j]);
      }
      double const difference = (8 * (p1.loss[i] - m1.loss[i]) - (p2.loss[i] - m2.loss[i])) / (12 * h);
      EXPECT_NEAR(adjoint.loss[i], tangent.loss[i].value, 1e-12 * (1 + std::abs(adjoint.loss[i])));
      EXPECT_LE(std::abs(along - tangent.loss[i].tangent[0]), 1e-12 * size) << "tangent, task " << t;
      EXPECT_LE(std::abs(along - difference), tolerance_of_check * size) << "differences, task " << t;
      if (c.kind == LossKind::surrogate && c.iterations == 0) {
        EXPECT_EQ(size, 0.0);
      } else {
        EXPECT_GT(size, 0.0) << "a check against nothing";
      }
    }
    EXPECT_GE(checked, 3) << "too few tasks stop where they should";
  }
};

TEST_P(Adjoint, EqualsDifferencesAndTangent) {
  if (GetParam().csr) {
    check<true>(GetParam());
  } else {
    check<false>(GetParam());
  }
}
INSTANTIATE_TEST_SUITE_P(All, Adjoint, testing::ValuesIn(cases()), name);

TEST(AdjointValue, CountHasTheSurrogatesGradientAndTheCountsValue) {
  JacobiProblem<double> const p(unknowns, tasks, 5);
  RunSettings<double> settings{{1e-3}, {500}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft, false}};
  auto const soft = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, true);
  settings.surrogate.value = LossValue::count;
  auto const count = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, true);
  EXPECT_EQ(soft.theta_bar, count.theta_bar);
  for (std::size_t t = 0; t < tasks; ++t) {
    EXPECT_EQ(count.loss[t], static_cast<double>(count.iterations[t]));
    // Each term lies between 1/2 and 1.
    EXPECT_LT(soft.loss[t], count.loss[t]);
    EXPECT_GT(soft.loss[t], count.loss[t] / 2);
  }
}

TEST(AdjointTape, CheckpointsGiveTheBitsOfTheWholeTape) {
  JacobiProblem<double> const p(unknowns, tasks, 9);
  for (auto const kind : {LossKind::surrogate, LossKind::measure}) {
    RunSettings<double> settings{{kind == LossKind::measure ? 0.0 : 1e-7},
                                 {kind == LossKind::measure ? 37 : 1000},
                                 {kind, LossScale::logarithm, LossValue::soft, true}};
    settings.tape_slots = 1002;
    auto const whole = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, true);
    ASSERT_GT(*std::max_element(whole.iterations.begin(), whole.iterations.end()), 20);
    for (int const slots : {3, 4, 5, 7, 12, 20, 36}) {
      settings.tape_slots = slots;
      auto const bounded = run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, settings, true);
      EXPECT_EQ(bounded.theta_bar, whole.theta_bar) << slots << " slots";
      EXPECT_EQ(bounded.loss, whole.loss) << slots << " slots";
    }
  }
}

TEST(AdjointFloat, AgreesWithDoubleToItsPrecision) {
  JacobiProblem<double> const p(unknowns, tasks, 5);
  JacobiProblem<float> const f(unknowns, tasks, 5);
  kernels::Surrogate<double> const s{LossKind::surrogate, LossScale::linear, LossValue::soft, false};
  kernels::Surrogate<float> const sf{LossKind::surrogate, LossScale::linear, LossValue::soft, false};
  auto const wide =
      run_lockstep<Pack<double>>(p.csr(Measure::relative_error), p.theta, tasks, {{1e-9}, {9}, s, 3}, true);
  auto const narrow =
      run_lockstep<Pack<float>>(f.csr(Measure::relative_error), f.theta, tasks, {{1e-9f}, {9}, sf, 3}, true);
  for (std::size_t i = 0; i < wide.theta_bar.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(narrow.theta_bar[i]), wide.theta_bar[i], 2e-5);
  }
}

}  // namespace
}  // namespace metasolve::adjoint_test
