// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metasolve/kernels/solvers/anderson_sor.hpp"
#include "tests/support/newton_sor_problem.hpp"

/// The adjoint of Newton-SOR, plain and with Anderson's acceleration (docs/adjoints/newton_sor.md) compared with
/// central differences and the tangent (the same body on dual numbers), with written and with derived derivatives of
/// the system, through the clamp, and with a bounded tape.
namespace metasolve::newton_sor_adjoint_test {
namespace {

using kernels::Dual;
using kernels::Hires;
using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::Status;
using kernels::VanDerPol;
using namespace test;

constexpr std::size_t tasks = 11;  // not a multiple of any pack width

struct Case {
  LossKind kind;
  LossScale scale;
  bool squared;
  double gain;
  int iterations;  // number of iterations that each task takes
  bool limited;    // stopped by the limit, not by the tolerance

  [[nodiscard]] std::string name() const {
    std::string text = kind == LossKind::measure    ? (squared ? "squared" : "plain")
                       : scale == LossScale::linear ? "linear"
                                                    : "log";
    return text + ", gain " + std::to_string(gain) + ", at " + std::to_string(iterations) +
           (limited ? ", limited" : "");
  }
};

std::vector<Case> cases(std::vector<int> const& iterations) {
  std::vector<Case> all;
  for (int const k : iterations) {
    for (auto const scale : {LossScale::linear, LossScale::logarithm}) {
      for (double const gain : {1.0, 3.0}) {
        for (bool const limited : {false, true}) all.push_back({LossKind::surrogate, scale, false, gain, k, limited});
      }
    }
    for (bool const squared : {false, true}) all.push_back({LossKind::measure, LossScale::linear, squared, 1, k, true});
  }
  return all;
}

template <class O>
struct Plain {
  using Ode = O;
  template <class System>
  using Solver = kernels::NewtonSor<System>;
  static constexpr double tangent_error = 1e-10, rounding = 0;
};
template <class O>
struct Accelerated {
  using Ode = O;
  template <class System>
  using Solver = kernels::AndersonSor<System>;
  // Differences of residuals lose digits; and some gradients are 1e-9 of the loss, whose rounding then counts.
  static constexpr double tangent_error = 1e-8, rounding = 1e-13;
};

/// Tasks, guesses near them, directions of differentiation, one tolerance per task, and the clamp.
struct Problem {
  std::vector<double> rows, theta, direction, tolerance;
  bool clamps = false;
  double low = integrate::clamp_low, high = integrate::clamp_high;

  template <class M, class Scalar>
  [[nodiscard]] auto solver(std::vector<Scalar> const& of_rows) const {
    using Solver = typename M::template Solver<kernels::ImplicitEuler<typename M::Ode, Scalar>>;
    auto s = integrate::on_rows<Solver>(of_rows.data(), clamps);
    if (clamps) {
      s.low = Scalar(low);
      s.high = Scalar(high);
    }
    return s;
  }
};

template <class M>
class NewtonSorAdjoint : public testing::Test {
 protected:
  using O = typename M::Ode;
  static constexpr int columns = EulerRow<O>::columns, width = 1 + O::size;

  /// Guesses about 10 % away from y_prev, so that measures are far above rounding; directions in the unknowns' scales.
  static Problem candidates() {
    constexpr std::int64_t count = 300;
    Problem p;
    p.rows = euler_rows<O>(count);
    p.theta = default_theta<O>(p.rows);
    p.clamps = O::size == 3;
    for (std::size_t i = 0; i < p.theta.size(); ++i) {
      random::Draws const draws(8, random::Stream::test_tasks, i);
      bool const is_relaxation = i % width == 0;
      double const scale = is_relaxation ? 0.2 : std::max(std::abs(p.theta[i]), 1e-6);
      p.theta[i] = is_relaxation ? 1 + 0.6 * draws.uniform(0) : p.theta[i] + 0.1 * scale * draws.normal(1);
      p.direction.push_back(scale * draws.normal(2));
    }
    return p;
  }

  /// Candidates that stop after `iterations` with a margin on both sides, so that differences do not change the count,
  /// and
  /// whose measures are well above rounding.
  static Problem stopping_after(Problem const& p, int iterations, bool limited) {
    auto const count = static_cast<std::int64_t>(p.theta.size()) / width;
    auto const history =
        run_lockstep<double>(p.template solver<M>(p.rows), p.theta, count, {{0.0}, {iterations}, {}}, false).history;
    Problem chosen;
    chosen.clamps = p.clamps;
    chosen.low = p.low;
    chosen.high = p.high;
    auto const append = [](std::vector<double>& to, std::vector<double> const& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    for (std::int64_t i = 0; i < count && chosen.tolerance.size() < tasks; ++i) {
      std::int64_t const t = i * 37 % count;  // from all parts of the trajectories
      double const* const L = history.data() + t * (iterations + 1);
      double const smallest = iterations == 0 ? 2 * L[0] : *std::min_element(L, L + iterations);
      bool const in_range = L[iterations] > 1e-5 && smallest < 3 && std::isfinite(L[iterations]);
      if (!in_range || (!limited && !(L[iterations] < 0.99 * smallest))) continue;
      // A limit's tolerance is near enough for the last sigmoids to have a slope.
      chosen.tolerance.push_back(limited ? std::min(smallest, L[iterations]) / 2 : std::sqrt(smallest * L[iterations]));
      append(chosen.rows, rows_of(p.rows, t, 1, columns));
      append(chosen.theta, rows_of(p.theta, t, 1, width));
      append(chosen.direction, rows_of(p.direction, t, 1, width));
    }
    return chosen;
  }

  /// Fourth-order differences of each task's loss along its direction. The best step differs by orders of magnitude
  /// between tasks: of those that do not change the count, the one that agrees best with its neighbour is used.
  static std::vector<double> differences(Problem const& p, RunSettings<double> const& settings) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> best(tasks, none), last(tasks, none), gap(tasks, std::numeric_limits<double>::infinity());
    auto const s = p.template solver<M>(p.rows);
    auto const counts = run_lockstep<double>(s, p.theta, tasks, settings, false).iterations;
    for (double h = 1e-2; h > 1e-7; h /= 4) {
      std::vector<double> now(tasks, 0.0);
      for (auto const& [move, weight] : {std::pair{1, 8}, {-1, -8}, {2, -1}, {-2, 1}}) {
        auto theta = p.theta;
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += h * move * p.direction[i];
        auto const moved = run_lockstep<double>(s, theta, tasks, settings, false);
        for (std::size_t t = 0; t < tasks; ++t) {
          now[t] += moved.iterations[t] == counts[t] ? weight * moved.loss[t] / (12 * h) : none;
        }
      }
      for (std::size_t t = 0; t < tasks; ++t) {
        if (!(std::abs(now[t] - last[t]) < gap[t])) continue;
        gap[t] = std::abs(now[t] - last[t]);
        best[t] = now[t];
      }
      last = now;
    }
    return best;
  }

  /// The loss with its derivative in one parameter of each task, times the direction's component.
  static std::vector<Dual<double>> tangent(Problem const& p, RunSettings<double> const& settings, int parameter) {
    std::vector<Dual<double>> const rows(p.rows.begin(), p.rows.end());
    std::vector<Dual<double>> theta(p.theta.begin(), p.theta.end());
    for (std::size_t i = static_cast<std::size_t>(parameter); i < theta.size(); i += width) {
      theta[i] = {p.theta[i], p.direction[i]};
    }
    auto const& l = settings.surrogate;
    RunSettings<Dual<double>> const dual{{settings.tolerance.begin(), settings.tolerance.end()},
                                         settings.max_iterations,
                                         {l.kind, l.scale, l.value, l.squared},
                                         settings.gain};
    return run_lockstep<Dual<double>>(p.template solver<M>(rows), theta, tasks, dual, false).loss;
  }

  static void check(Problem const& p, Case const& c) {
    SCOPED_TRACE(c.name());
    ASSERT_EQ(p.tolerance.size(), tasks) << "too few tasks stop where they should";
    RunSettings<double> const settings{c.kind == LossKind::measure ? std::vector<double>{0.0} : p.tolerance,
                                       {c.limited ? c.iterations : c.iterations + 5},
                                       {c.kind, c.scale, LossValue::soft, c.squared},
                                       c.gain};
    auto const adjoint = run_lockstep<Pack<double>>(p.template solver<M>(p.rows), p.theta, tasks, settings, true);
    std::vector<double> along(tasks, 0.0), size(tasks, 0.0);
    for (int parameter = 0; parameter < width; ++parameter) {
      auto const by_dual = tangent(p, settings, parameter);
      for (std::size_t t = 0; t < tasks; ++t) {
        auto const j = t * width + static_cast<std::size_t>(parameter);
        double const product = adjoint.theta_bar[j] * p.direction[j];
        EXPECT_NEAR(adjoint.loss[t], by_dual[t].value, 1e-12 * (1 + std::abs(adjoint.loss[t])));
        EXPECT_LE(std::abs(product - by_dual[t].tangent[0]), M::tangent_error * std::abs(product))
            << "tangent, task " << t << ", parameter " << parameter;
        along[t] += product;
        size[t] += std::abs(product);
      }
    }
    auto const difference = differences(p, settings);
    for (std::size_t t = 0; t < tasks; ++t) {
      ASSERT_EQ(adjoint.iterations[t], c.iterations) << "task " << t;
      ASSERT_EQ(adjoint.status[t], static_cast<int>(c.limited ? Status::iteration_limit : Status::converged));
      EXPECT_LE(std::abs(along[t] - difference[t]), 1e-6 * size[t] + M::rounding) << "differences, task " << t;
      if (c.kind == LossKind::surrogate && c.iterations == 0) {
        EXPECT_EQ(size[t], 0.0);
      } else {
        EXPECT_GT(size[t], 0.0) << "a check against nothing";
      }
    }
  }
};

struct MethodNames {
  template <class M>
  static std::string GetName(int i) {
    bool const is_plain = std::is_same_v<M, Plain<typename M::Ode>>;
    return (is_plain ? "" : "Accelerated") + EulerNames::GetName<typename M::Ode>(i);
  }
};
using Methods = testing::Types<Plain<Robertson>, Plain<DerivedRobertson>, Plain<VanDerPol>, Plain<Hires>,
                               Accelerated<Robertson>, Accelerated<VanDerPol>, Accelerated<Hires>>;
TYPED_TEST_SUITE(NewtonSorAdjoint, Methods, MethodNames);

TYPED_TEST(NewtonSorAdjoint, EqualsDifferencesAndTangent) {
  auto const all = this->candidates();
  for (Case const& c : cases({0, 1, 2, 7})) this->check(this->stopping_after(all, c.iterations, c.limited), c);
}

/// Bounds inside the range of the iterates: some have y1 at one of them.
template <class M>
using ClampedAdjoint = NewtonSorAdjoint<M>;
using ClampedMethods = testing::Types<Plain<VanDerPol>, Accelerated<VanDerPol>>;
TYPED_TEST_SUITE(ClampedAdjoint, ClampedMethods, MethodNames);
TYPED_TEST(ClampedAdjoint, NothingPassesThroughTheClamp) {
  auto all = this->candidates();
  all.clamps = true;
  all.low = -1.6;
  all.high = 1.6;
  for (Case const& c : cases({1, 2})) {
    auto const p = this->stopping_after(all, c.iterations, c.limited);
    this->check(p, c);
    RunSettings<double> const settings{{0.0}, {c.iterations}, {}};
    auto const last =
        run_lockstep<double>(p.template solver<TypeParam>(p.rows), p.theta, tasks, settings, false).solution;
    auto const held = std::ranges::count(last, p.low) + std::ranges::count(last, p.high);
    EXPECT_GE(held, 3) << c.name();
    EXPECT_LE(held, 8) << c.name();
  }
  // All of each iterate at one point: its measure is constant.
  all.low = all.high = 0.4;
  auto const p = this->stopping_after(all, 1, true);
  ASSERT_EQ(p.tolerance.size(), tasks);
  RunSettings<double> const settings{{0.0}, {3}, {LossKind::measure, LossScale::linear, LossValue::soft, true}};
  auto const r = run_lockstep<Pack<double>>(p.template solver<TypeParam>(p.rows), p.theta, tasks, settings, true);
  EXPECT_EQ(r.iterations, std::vector<std::int32_t>(tasks, 3));
  EXPECT_EQ(r.theta_bar, std::vector<double>(p.theta.size(), 0.0));
}

template <template <class> class Method>
void expect_bits_of_the_whole_tape(int few, int limit) {
  auto const rows = euler_rows<Robertson>(200);
  auto const theta = default_theta<Robertson>(rows);
  auto const s = integrate::on_rows<Method<kernels::ImplicitEuler<Robertson, double>>>(rows.data(), true);
  RunSettings<double> settings{
      {1e-9}, {limit}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft, false}, 1, limit + 2};
  auto const whole = run_lockstep<Pack<double>>(s, theta, 200, settings, true);
  EXPECT_GT(std::ranges::count(whole.iterations, limit), 5) << "some reach the limit";
  EXPECT_GT(std::ranges::count_if(whole.iterations, [&](int k) { return k > few && k < limit; }), 50);
  for (int const slots : {3, 5, 9}) {
    settings.tape_slots = slots;
    auto const bounded = run_lockstep<Pack<double>>(s, theta, 200, settings, true);
    EXPECT_EQ(bounded.theta_bar, whole.theta_bar) << slots << " slots";
    EXPECT_EQ(bounded.loss, whole.loss) << slots << " slots";
  }
}
TEST(NewtonSorTape, CheckpointsGiveTheBitsOfTheWholeTape) {
  expect_bits_of_the_whole_tape<kernels::NewtonSor>(10, 300);
  expect_bits_of_the_whole_tape<kernels::AndersonSor>(3, 12);
}

}  // namespace
}  // namespace metasolve::newton_sor_adjoint_test
