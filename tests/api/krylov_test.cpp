// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "metasolve/detail/api/krylov_calls.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/random_systems.hpp"

/// Krylov methods of LinearSolver on each executor, compared with dense LU.
namespace metasolve::krylov_test {
namespace {

using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Kind = PreconditionerKind;
using test::RandomSystems;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, x;
};

LinearSolver::Options options(Method method, Kind preconditioner, Matrix matrix = Matrix::general) {
  return {.matrix = matrix, .method = method, .preconditioner = preconditioner};
}
/// All pairs of a general method and a preconditioner.
std::vector<LinearSolver::Options> general_options() {
  std::vector<LinearSolver::Options> all;
  for (auto const method : {Method::bicgstab, Method::gmres}) {
    for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::ilu}) {
      all.push_back(options(method, kind));
    }
  }
  return all;
}
std::string name_of(LinearSolver::Options const& o) {
  return "method " + std::to_string(static_cast<int>(o.method)) + ", preconditioner " +
         std::to_string(static_cast<int>(o.preconditioner));
}

class KrylovOn : public test::CallerMemory {
 protected:
  struct Extra {
    std::vector<double> guess = {};
    double omega = 1, shift = 0;
  };
  Outcome solve(LinearSolver::Options const& o, RandomSystems const& s, Stopping<double> const& stopping) {
    return solve(o, s, stopping, {});
  }
  Outcome solve(LinearSolver::Options const& o, RandomSystems const& s, Stopping<double> const& stopping,
                Extra const& extra) {
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {static_cast<std::int64_t>(s.count)});
    EXPECT_EQ(solver->unknowns(), static_cast<int>(s.n));
    return solve(*solver, s, stopping, extra);
  }
  Outcome solve(LinearSolver::Implementation& solver, RandomSystems const& s, Stopping<double> const& stopping,
                Extra const& extra) {
    auto* const status = place(std::vector<std::int32_t>(s.count, -1));
    auto* const iterations = place(std::vector<std::int32_t>(s.count, -1));
    auto* const measure = place(std::vector<double>(s.count, -1));
    auto* const x = place(std::vector<double>(s.count * s.n, 7));
    solver.solve(tasks(s, extra), stopping, {status, iterations, measure, {x, wide(s.n), 1}});
    return {fetch(status, s.count), fetch(iterations, s.count), fetch(measure, s.count), fetch(x, s.count * s.n)};
  }
  LinearSolver::Tasks tasks(RandomSystems const& s, Extra const& extra) {
    LinearSolver::Tasks t{wide(s.count), {place(s.values), wide(s.entries()), 1}, {place(s.rhs), wide(s.n), 1}};
    if (!extra.guess.empty()) t.guess = {place(extra.guess), wide(s.n), 1};
    t.omega = extra.omega;
    t.shift = extra.shift;
    return t;
  }
  static std::int64_t wide(std::size_t x) { return static_cast<std::int64_t>(x); }
  static Status status(Outcome const& o, std::size_t k) { return static_cast<Status>(o.status[k]); }

  /// Every system converged, to the true residual and near the dense solution.
  static void expect_solved(RandomSystems const& s, Outcome const& found, double tolerance, std::string const& what) {
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_EQ(status(found, k), Status::converged) << what << ", n " << s.n << ", system " << k;
      double const residual = s.residual(k, found.x.data() + k * s.n);
      EXPECT_TRUE(residual <= tolerance * (1 + 1e-6) + 1e-15) << what << " system " << k << " " << residual;
      EXPECT_NEAR(found.measure[k], residual, 1e-15 + 1e-3 * residual) << what;
      auto const expected =
          test::dense_solve(s.dense(k), {s.rhs.begin() + wide(k * s.n), s.rhs.begin() + wide((k + 1) * s.n)});
      double error = 0, size = 0;
      for (std::size_t i = 0; i < s.n; ++i) {
        error = std::max(error, std::abs(found.x[k * s.n + i] - expected[i]));
        size = std::max(size, std::abs(expected[i]));
      }
      EXPECT_TRUE(error <= 1e5 * tolerance * size) << what << " system " << k << " " << error / size;
    }
  }
};
METASOLVE_ON_EXECUTORS(KrylovOn);

TEST_P(KrylovOn, SolvesGeneralSystems) {
  for (std::size_t const n : {1, 2, 3, 7, 20, 61, 200}) {
    auto const s = test::random_systems(n, n < 100 ? 11 : 3, static_cast<unsigned>(n));
    for (auto const& o : general_options()) {
      expect_solved(s, solve(o, s, {1e-10, 2000}), 1e-10, name_of(o));
    }
  }
}

TEST_P(KrylovOn, SolvesConvectionAndDiffusion) {
  auto const s = test::convection_diffusion(12, 10, 5);
  for (auto o : general_options()) {
    for (auto const ordering : {LinearSolver::Ordering::natural, LinearSolver::Ordering::rcm}) {
      o.ordering = ordering;
      o.fill_level = ordering == LinearSolver::Ordering::natural ? 0 : 2;
      expect_solved(s, solve(o, s, {1e-9, 3000}), 1e-9, name_of(o));
    }
  }
}

TEST_P(KrylovOn, SolvesSymmetricSystems) {
  for (std::size_t const n : {1, 2, 17, 100}) {
    auto const s = test::random_systems(n, 9, 5, 3, true);
    for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
      for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::automatic}) {
        for (auto const matrix : {Matrix::symmetric, Matrix::positive_definite}) {
          auto const o = options(method, kind, matrix);
          expect_solved(s, solve(o, s, {1e-10, 2000}), 1e-10, name_of(o));
        }
      }
    }
  }
}

TEST_P(KrylovOn, ReachesRounding) {
  auto const s = test::random_systems(40, 16, 3);
  for (auto const& o : general_options()) {
    auto const found = solve(o, s, {1e-17, 500});
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_NE(status(found, k), Status::breakdown) << name_of(o);
      EXPECT_TRUE(found.measure[k] <= 1e-14) << name_of(o) << " " << found.measure[k];
    }
  }
}

TEST_P(KrylovOn, IsTheSameAloneAndInABatch) {
  auto const s = test::random_systems(12, 1000, 8, 3);
  for (auto o : general_options()) {
    o.restart = 4;  // positions in the cycle differ
    auto const together = solve(o, s, {1e-8, 400});
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {1000});
    for (std::size_t k = 0; k < s.count; k += 37) {
      for (std::size_t const mates : {std::size_t{1}, std::size_t{3}, std::size_t{37}}) {
        auto part = s;
        part.count = std::min(mates, s.count - k);
        part.values = {s.values.begin() + wide(k * s.entries()),
                       s.values.begin() + wide((k + part.count) * s.entries())};
        part.rhs = {s.rhs.begin() + wide(k * s.n), s.rhs.begin() + wide((k + part.count) * s.n)};
        auto const alone = solve(*solver, part, {1e-8, 400}, {});
        for (std::size_t m = 0; m < part.count; ++m) {
          EXPECT_EQ(alone.status[m], together.status[k + m]);
          EXPECT_EQ(alone.iterations[m], together.iterations[k + m]) << name_of(o) << k << "+" << m;
          EXPECT_EQ(alone.measure[m], together.measure[k + m]) << name_of(o) << k << "+" << m;
          for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(alone.x[m * s.n + i], together.x[(k + m) * s.n + i]);
        }
      }
    }
  }
}

TEST_P(KrylovOn, KeepsFailuresToTheirTasks) {
  auto const good = test::random_systems(10, 24, 4, 3);
  auto s = good;
  for (std::size_t e = 0; e < s.entries(); ++e) s.matrix(3)[e] = nan;
  s.matrix(8)[5] = inf;
  s.rhs[13 * s.n] = nan;
  s.rhs[14 * s.n + 2] = -inf;
  std::fill_n(s.rhs.begin() + wide(16 * s.n), s.n, 0.0);
  std::fill_n(s.matrix(19), s.entries(), 0.0);
  for (auto const& o : general_options()) {
    auto const expected = solve(o, good, {1e-9, 300}), found = solve(o, s, {1e-9, 300});
    for (std::size_t k = 0; k < s.count; ++k) {
      bool const is_bad = k == 3 || k == 8 || k == 13 || k == 14 || k == 16 || k == 19;
      if (k == 16) {
        EXPECT_EQ(status(found, k), Status::converged);
        EXPECT_EQ(found.iterations[k], 0);
        for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(found.x[k * s.n + i], 0);
      } else if (is_bad) {
        EXPECT_TRUE(status(found, k) == Status::not_finite || status(found, k) == Status::breakdown) << name_of(o) << k;
        EXPECT_EQ(found.x[k * s.n], 7) << "untouched";
      } else {
        EXPECT_EQ(found.iterations[k], expected.iterations[k]) << name_of(o) << k;
        for (std::size_t i = 0; i < s.n; ++i) EXPECT_EQ(found.x[k * s.n + i], expected.x[k * s.n + i]);
      }
    }
  }
}

TEST_P(KrylovOn, NeverConvergesOnSingularSystems) {
  // One row 0, and b outside the range; a skew-symmetric matrix; two equal rows.
  for (int which = 0; which < 3; ++which) {
    auto s = test::random_systems(9, 5, 6, 300);  // full
    for (std::size_t k = 0; k < s.count; ++k) {
      auto a = s.dense(k);
      for (std::size_t i = 0; i < s.n; ++i) {
        for (std::size_t j = 0; j < s.n; ++j) {
          auto& x = a[i * s.n + j];
          if (which == 0 && i == 4) x = 0;
          if (which == 1) x = i == j ? 0 : i < j ? 1.0 + double(i * j) : -(1.0 + double(i * j));
          if (which == 2 && i == 5) x = a[4 * s.n + j];
        }
      }
      for (std::size_t i = 0; i < s.n; ++i) {
        for (auto e = s.begin[i]; e < s.begin[i + 1]; ++e) {
          s.matrix(k)[e] = a[i * s.n + static_cast<std::size_t>(s.column[static_cast<std::size_t>(e)])];
        }
      }
    }
    for (auto const& o : general_options()) {
      auto const found = solve(o, s, {1e-9, 200});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_NE(status(found, k), Status::converged) << name_of(o) << " which " << which;
      }
    }
  }
}

TEST_P(KrylovOn, BreaksDownOnIndefiniteMatrices) {
  auto s = test::random_systems(10, 6, 2, 2, true);
  for (auto& x : s.values) x = -x;
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::incomplete_cholesky}) {
    auto const found = solve(options(Method::cg, kind, Matrix::symmetric), s, {1e-9, 100});
    for (std::size_t k = 0; k < s.count; ++k) EXPECT_EQ(status(found, k), Status::breakdown) << int(kind);
  }
  for (auto o : general_options()) {
    o.matrix = Matrix::symmetric;
    expect_solved(s, solve(o, s, {1e-9, 400}), 1e-9, name_of(o));
  }
}

TEST_P(KrylovOn, SolvesInAnyUnits) {
  auto const s = test::random_systems(15, 6, 9);
  for (auto const& o : general_options()) {
    auto const expected = solve(o, s, {1e-10, 400});
    for (auto const& [of_matrix, of_rhs] :
         {std::pair{0x1p-660, 1.0}, {0x1p660, 0x1p660}, {1.0, 0x1p-660}, {1.0, 0x1p660}}) {
      auto scaled = s;
      for (auto& x : scaled.values) x *= of_matrix;
      for (auto& x : scaled.rhs) x *= of_rhs;
      auto const found = solve(o, scaled, {1e-10, 400});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_EQ(found.status[k], expected.status[k]) << name_of(o);
        EXPECT_NEAR(found.iterations[k], expected.iterations[k], 1);
        for (std::size_t i = 0; i < s.n; ++i) {
          double const x = found.x[k * s.n + i] * of_matrix / of_rhs;
          EXPECT_NEAR(x, expected.x[k * s.n + i], 1e-8) << name_of(o);
        }
      }
    }
  }
}

TEST_P(KrylovOn, StartsFromAGuess) {
  auto all = general_options();
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::incomplete_cholesky}) {
    all.push_back(options(Method::cg, kind, Matrix::positive_definite));
  }
  for (auto const& o : all) {
    auto const s = test::random_systems(30, 10, 12, 3, o.method == Method::cg);
    auto const from_zero = solve(o, s, {1e-12, 500});
    Extra extra{from_zero.x};
    auto const again = solve(o, s, {1e-11, 500}, extra);
    extra.guess.assign(s.n * s.count, 0.0);
    auto const same = solve(o, s, {1e-12, 500}, extra);
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_EQ(status(again, k), Status::converged) << name_of(o);
      EXPECT_EQ(again.iterations[k], 0) << name_of(o);
      EXPECT_EQ(same.iterations[k], from_zero.iterations[k]) << name_of(o);
    }
    EXPECT_EQ(again.x, from_zero.x);
    EXPECT_EQ(same.x, from_zero.x);
    // One that is not finite harms its own task alone; others near the solution take fewer iterations.
    extra.guess = from_zero.x;
    for (auto& x : extra.guess) x *= 1 + 1e-7;
    extra.guess[4 * s.n + 1] = nan;
    extra.guess[7 * s.n] = inf;
    auto const mixed = solve(o, s, {1e-12, 500}, extra);
    for (std::size_t k = 0; k < s.count; ++k) {
      bool const is_bad = k == 4 || k == 7;
      EXPECT_EQ(status(mixed, k), is_bad ? Status::not_finite : Status::converged) << name_of(o) << k;
      EXPECT_TRUE(is_bad || mixed.iterations[k] <= from_zero.iterations[k]) << name_of(o);
      EXPECT_TRUE(is_bad || s.residual(k, mixed.x.data() + k * s.n) <= 1.01e-12) << name_of(o);
    }
  }
}

TEST_P(KrylovOn, RestartsOften) {
  auto const s = test::convection_diffusion(9, 5, 3);
  for (auto const kind : {Kind::none, Kind::ilu}) {
    auto o = options(Method::gmres, kind);
    o.restart = static_cast<int>(s.n);
    auto const whole = solve(o, s, {1e-9, 2000});
    expect_solved(s, whole, 1e-9, "whole");
    for (int const m : {1, 2, 5}) {
      o.restart = m;
      auto const parts = solve(o, s, {1e-9, 20000});
      expect_solved(s, parts, 1e-9, "GMRES(" + std::to_string(m) + ")");
      for (std::size_t k = 0; k < s.count; ++k) EXPECT_GE(parts.iterations[k], whole.iterations[k]);
    }
  }
}

/// SciPy 1.17 counts these for the same systems, preconditioned from the right with the same ILU(0) and SSOR; its
/// bicgstab leaves out an iteration that converges at its half.
TEST_P(KrylovOn, CountsAsSciPyDoes) {
  auto const s = test::convection_diffusion(20, 40);
  struct Case {
    Kind kind;
    double tolerance;
    int bicgstab, gmres_10, gmres_30, gmres_200;
  };
  for (auto const& c : {Case{Kind::none, 1e-6, 38, 74, 65, 43}, Case{Kind::none, 1e-8, 38, 90, 118, 47},
                        Case{Kind::ilu, 1e-6, 6, 9, 9, 9}, Case{Kind::ilu, 1e-8, 6, 11, 11, 11},
                        Case{Kind::ssor, 1e-6, 5, 9, 9, 9}, Case{Kind::ssor, 1e-8, 6, 12, 12, 12}}) {
    auto const iterations = [&](Method method, int restart) {
      auto o = options(method, c.kind);
      o.ordering = LinearSolver::Ordering::natural;
      o.restart = restart;
      return solve(o, s, {c.tolerance, 1000}, {{}, 1.2}).iterations[0];
    };
    EXPECT_NEAR(iterations(Method::bicgstab, 30), c.bicgstab, 1);
    EXPECT_NEAR(iterations(Method::gmres, 10), c.gmres_10, 1);
    EXPECT_NEAR(iterations(Method::gmres, 30), c.gmres_30, 1);
    EXPECT_NEAR(iterations(Method::gmres, 200), c.gmres_200, 1);
  }
}

TEST_P(KrylovOn, StopsAtItsLimitWithATrueMeasure) {
  auto const s = test::convection_diffusion(10, 5, 3);
  for (auto const& o : general_options()) {
    for (int const limit : {0, 1, 4}) {
      auto const found = solve(o, s, {1e-12, limit});
      for (std::size_t k = 0; k < s.count; ++k) {
        EXPECT_EQ(status(found, k), Status::iteration_limit);
        EXPECT_EQ(found.iterations[k], limit);
        EXPECT_NEAR(found.measure[k], s.residual(k, found.x.data() + k * s.n), 1e-12 + 1e-9 * found.measure[k]);
      }
    }
  }
}

TEST_P(KrylovOn, BreaksDownWithParametersOutOfRange) {
  auto const s = test::random_systems(8, 3, 1, 2, true);
  for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
    for (double const omega : {0.0, 2.0, -1.0, 3.0}) {
      auto const found = solve(options(method, Kind::ssor, Matrix::positive_definite), s, {1e-9, 99}, {{}, omega});
      for (std::size_t k = 0; k < s.count; ++k) EXPECT_EQ(status(found, k), Status::breakdown) << omega;
    }
    for (double const omega : {0.3, 1.7}) {
      auto const o = options(method, Kind::ssor, Matrix::positive_definite);
      expect_solved(s, solve(o, s, {1e-9, 99}, {{}, omega}), 1e-9, "omega");
    }
  }
}

TEST_P(KrylovOn, FactorsWithAShift) {
  auto const s = test::convection_diffusion(10, 5, 2);
  auto const o = options(Method::bicgstab, Kind::ilu);
  expect_solved(s, solve(o, s, {1e-9, 500}, {{}, 1, 0.3}), 1e-9, "shift");
  // A zero pivot without a shift: it is raised. Entries of either sign on the diagonal.
  auto t = test::random_systems(3, 1, 1, 40);
  t.values = {1, 1, 0, 1, 1, 1, 0, 1, -1};
  for (auto const method : {Method::bicgstab, Method::gmres}) {
    expect_solved(t, solve(options(method, Kind::ilu), t, {1e-9, 50}), 1e-9, "raised shift");
  }
}

TEST_P(KrylovOn, DifferentiatesImplicitly) {
  struct Case {
    LinearSolver::Options options;
    bool lower_alone;
  };
  std::vector<Case> cases;
  for (auto const& o : general_options()) cases.push_back({o, false});
  for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
    cases.push_back({options(method, Kind::automatic, Matrix::positive_definite), true});
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

TEST_P(KrylovOn, GradientsOfFailedTasksAreNan) {
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

TEST_P(KrylovOn, RejectsWhatDoesNotFit) {
  auto const s = test::random_systems(4, 1, 1);
  auto const refuses = [&](LinearSolver::Options const& o, std::initializer_list<std::string> parts) {
    test::expect_message<InputError>([&] { api::make_krylov(executor(), s.pattern(), o, {1}); }, parts);
  };
  refuses(options(Method::cg, Kind::automatic), {"options.method is cg", "symmetric"});
  refuses(options(Method::cg, Kind::ilu, Matrix::symmetric), {"options.preconditioner is ilu"});
  refuses(options(Method::gmres, Kind::incomplete_cholesky), {"options.preconditioner is incomplete_cholesky"});
  auto o = options(Method::gmres, Kind::none);
  o.restart = 0;
  refuses(o, {"options.restart is 0"});
  o = options(Method::bicgstab, Kind::block_jacobi);
  o.block_size = 17;
  refuses(o, {"options.block_size is 17"});
  o = options(Method::gmres, Kind::none);
  o.restart = 200;
  std::vector<std::int32_t> begin(15'000'001), diagonal(15'000'000);
  for (std::size_t i = 0; i < begin.size(); ++i) begin[i] = static_cast<std::int32_t>(i);
  for (std::size_t i = 0; i < diagonal.size(); ++i) diagonal[i] = static_cast<std::int32_t>(i);
  o.ordering = LinearSolver::Ordering::natural;
  test::expect_message<InputError>(
      [&] {
        api::make_krylov(executor(), {begin, diagonal}, o, {1});
      },
      {"options.restart"});
  auto const solver = api::make_krylov(executor(), s.pattern(), options(Method::bicgstab, Kind::ilu), {1});
  test::expect_message<InputError>([&] { solver->solve_again(tasks(s, {}), {}, {}); }, {"solve_again"});
  test::expect_message<InputError>([&] { solver->gradient(tasks(s, {}), {}, {}, {}); }, {"rhs_bar"});
}

}  // namespace
}  // namespace metasolve::krylov_test
