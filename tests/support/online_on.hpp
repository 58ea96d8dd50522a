// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

#include "metasolve/detail/online/learner.hpp"
#include "metasolve/online_meta_solver.hpp"
#include "metasolve/pattern.hpp"
#include "tests/support/caller_memory.hpp"

/// For tests of OnlineMetaSolver in solvers' calls.
namespace metasolve::test {

/// Implicit steps of diffusion on a grid, (I + d L) x = b with the five-point L, d from 1 to 1000, evenly in its
/// logarithm. wind: of convection to the right, in units of d; 0: the matrices are symmetric.
struct HeatSystems {
  std::size_t n = 0, count = 0;
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values, rhs, guess, diffusion;  ///< [count][entries], [count][n], [count][n], [count]

  HeatSystems(int side, std::size_t tasks, unsigned seed, double wind = 0)
      : n(static_cast<std::size_t>(side * side)), count(tasks) {
    std::mt19937 random(seed);
    auto const uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
    std::vector<double> of_neighbours;  // L
    for (int row = 0; row < side * side; ++row) {
      int const j = row % side;
      auto const add = [&](bool is_there, int to, double value) {
        if (!is_there) return;
        column.push_back(to);
        of_neighbours.push_back(value);
      };
      add(row >= side, row - side, -1);
      add(j > 0, row - 1, -1 - wind);
      add(true, row, 4 + wind);
      add(j + 1 < side, row + 1, -1);
      add(row + side < side * side, row + side, -1);
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    for (std::size_t k = 0; k < count; ++k) {
      double const d = diffusion.emplace_back(std::pow(10.0, 3 * uniform()));
      for (std::size_t i = 0; i < n; ++i) {
        for (auto e = static_cast<std::size_t>(begin[i]); e < static_cast<std::size_t>(begin[i + 1]); ++e) {
          bool const is_diagonal = column[e] == static_cast<std::int32_t>(i);
          values.push_back((is_diagonal ? 1.0 : 0.0) + d * of_neighbours[e]);
        }
        rhs.push_back(uniform());
        guess.push_back(0.1 * uniform());
      }
    }
  }
  [[nodiscard]] Pattern pattern() const { return {begin, column}; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(column.size()); }
};

/// Options for one parameter, with every kind of origin among few tasks.
inline OnlineMetaSolver::Options online_options(OnlineMetaSolver::Parameter parameter, std::int64_t capacity) {
  return {.parameters = {std::move(parameter)},
          .features = {{.name = "diffusion", .low = 1, .high = 1000, .is_logarithmic = true, .bins = 4}},
          .capacity = capacity,
          .constant_share = 0.2,
          .seed = 7};
}

/// What a call wrote, and what was chosen in it.
template <class Real>
struct OnlineOutcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<Real> x;
  std::vector<Origin> origin;
  Tally tally;
  std::vector<double> chosen;        ///< [count][parameters]
  std::vector<std::int32_t> limits;  ///< of the first attempts; below 0: the constants
};

class OnlineOn : public CallerMemory {
 protected:
  /// Columns of the parameters in the solver's tasks, in the order of the options.
  using Columns = std::vector<Column<double>>;
  template <class Real>
  using Solve = std::function<void(Columns const&, Results<Real> const&, Policy const&)>;

  /// One call, into memory of its own.
  template <class Real>
  OnlineOutcome<Real> call(Solve<Real> const& solve, std::size_t count, std::size_t unknowns, Columns const& columns,
                           Online const& online = {}) {
    auto* const status = place(std::vector<std::int32_t>(count, -1));
    auto* const iterations = place(std::vector<std::int32_t>(count, -1));
    auto* const origin = place(std::vector<Origin>(count, static_cast<Origin>(-1)));
    auto* const tally = place(std::vector<Tally>(1, {7, 7}));
    auto* const x = place(std::vector<Real>(count * unknowns, Real(-7)));
    solve(columns, {status, iterations, nullptr, {x, static_cast<std::int64_t>(unknowns), 1}, {}, origin, tally},
          {.online = online});
    OnlineOutcome<Real> out{fetch(status, count),
                            fetch(iterations, count),
                            fetch(x, count * unknowns),
                            fetch(origin, count),
                            fetch(tally, 1).front(),
                            {},
                            {}};
    if (online.meta_solver != nullptr) {
      auto const& learner = online.meta_solver->learner();
      out.chosen = fetch(learner.chosen(), count * columns.size());
      out.limits = fetch(learner.limits(), count);
    }
    return out;
  }
  static Columns constants_of(OnlineMetaSolver::Options const& options) {
    Columns columns;
    for (auto const& p : options.parameters) columns.push_back(Column<double>(p.constant));
    return columns;
  }

  /// What the tasks would give with the values chosen, by a plain call.
  template <class Real>
  using Plain = std::function<OnlineOutcome<Real>(std::vector<double> const& chosen)>;

  /// Task t of `a` and `b`: the same status and x. rounding: allowed in x, relative.
  template <class Real>
  static void expect_same_task(OnlineOutcome<Real> const& a, OnlineOutcome<Real> const& b, std::size_t t,
                               double rounding) {
    EXPECT_EQ(a.status[t], b.status[t]);
    std::size_t const n = a.x.size() / a.status.size();
    for (std::size_t i = t * n; i < (t + 1) * n; ++i) {
      if (rounding == 0) {
        ASSERT_EQ(a.x[i], b.x[i]) << "unknown " << i - t * n;
      } else {
        ASSERT_NEAR(a.x[i], b.x[i], rounding * (1 + std::abs(b.x[i]))) << "unknown " << i - t * n;
      }
    }
  }

  /// Calls with the online meta-solver are, task by task, plain calls with what it chose, or with the constants, or the
  /// one after the other. Returns how many tasks there were of each origin.
  template <class Real>
  std::vector<std::size_t> expect_plain_calls(OnlineMetaSolver::Options const& options, Solve<Real> const& solve,
                                              Plain<Real> const& plain, std::size_t count, std::size_t unknowns,
                                              BatchView<double const> const& features, std::int32_t limit, int calls,
                                              double rounding = 0) {
    OnlineMetaSolver online(executor(), options);
    auto const constants = constants_of(options);
    std::size_t const parameters = constants.size();
    auto const constant = call(solve, count, unknowns, constants);
    EXPECT_EQ(constant.origin, std::vector<Origin>(count, Origin::chosen)) << "the caller's, without a meta-solver";
    std::vector<std::size_t> of_origin(4);
    std::int64_t retried = 0;
    bool const had_failed = ::testing::Test::HasFailure();
    auto const fails = [&] { return !had_failed && ::testing::Test::HasFailure(); };  // one task is enough to read
    for (int c = 0; c < calls && !fails(); ++c) {
      auto const got = call(solve, count, unknowns, constants, {&online, features});
      auto const with_chosen = plain(got.chosen);
      for (std::size_t t = 0; t < count && !fails(); ++t) {
        SCOPED_TRACE("call " + std::to_string(c) + ", task " + std::to_string(t) + ", " +
                     std::to_string(got.chosen[t * parameters]));
        ++of_origin[static_cast<std::size_t>(got.origin[t])];
        for (std::size_t p = 0; p < parameters; ++p) {
          auto const& of = options.parameters[p];
          double const value = got.chosen[t * parameters + p];
          EXPECT_TRUE(value >= of.low && value <= of.high) << value;
          if (got.origin[t] == Origin::constant) {
            EXPECT_EQ(value, of.constant);
          }
        }
        EXPECT_EQ(got.origin[t] == Origin::constant, got.limits[t] < 0);
        std::int32_t const first = std::min(limit, got.limits[t]);
        switch (got.origin[t]) {
          case Origin::chosen:
            expect_same_task(got, with_chosen, t, rounding);
            EXPECT_EQ(got.iterations[t], with_chosen.iterations[t]);
            EXPECT_EQ(got.status[t], 0) << "else it is solved again";
            EXPECT_LE(got.iterations[t], first);
            break;
          case Origin::constant:
            expect_same_task(got, constant, t, 0);
            EXPECT_EQ(got.iterations[t], constant.iterations[t]);
            break;
          case Origin::retried:
            expect_same_task(got, constant, t, 0);
            if (with_chosen.status[t] != static_cast<std::int32_t>(Status::stagnated)) {
              EXPECT_EQ(got.iterations[t], first + constant.iterations[t]);
            }
            EXPECT_TRUE(with_chosen.status[t] != 0 || with_chosen.iterations[t] > first) << "without need";
            break;
          default:
            ADD_FAILURE() << "origin " << static_cast<int>(got.origin[t]);
        }
      }
      auto const again = std::count(got.origin.begin(), got.origin.end(), Origin::retried);
      EXPECT_EQ(got.tally.retried, again);
      EXPECT_EQ(got.tally.replaced, 0);
      retried += again;
    }
    if (fails()) return of_origin;
    auto const report = online.report();
    EXPECT_EQ(report.calls, calls);
    EXPECT_EQ(report.tasks, static_cast<std::int64_t>(count) * calls);
    EXPECT_EQ(report.constants, static_cast<std::int64_t>(of_origin[3]));
    EXPECT_EQ(report.retried, retried);
    EXPECT_EQ(report.replaced, 0);
    return of_origin;
  }
};

}  // namespace metasolve::test
