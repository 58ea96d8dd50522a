// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/api/krylov_calls.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/random_systems.hpp"

/// For tests of LinearSolver's Krylov methods on each executor.
namespace metasolve::test {

namespace krylov {
using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Kind = PreconditionerKind;
}  // namespace krylov

struct KrylovOutcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, x;
};

inline LinearSolver::Options krylov_options(krylov::Method method, krylov::Kind preconditioner,
                                            krylov::Matrix matrix = krylov::Matrix::general) {
  return {.matrix = matrix, .method = method, .preconditioner = preconditioner};
}
/// All pairs of a general method and a preconditioner.
inline std::vector<LinearSolver::Options> general_options() {
  using krylov::Kind, krylov::Method;
  std::vector<LinearSolver::Options> all;
  for (auto const method : {Method::bicgstab, Method::gmres}) {
    for (auto const kind : {Kind::none, Kind::jacobi, Kind::block_jacobi, Kind::ssor, Kind::ilu}) {
      all.push_back(krylov_options(method, kind));
    }
  }
  return all;
}
inline std::string name_of(LinearSolver::Options const& o) {
  return "method " + std::to_string(static_cast<int>(o.method)) + ", preconditioner " +
         std::to_string(static_cast<int>(o.preconditioner));
}

class KrylovOn : public CallerMemory {
 protected:
  struct Extra {
    std::vector<double> guess = {};
    double omega = 1, shift = 0;
  };
  KrylovOutcome solve(LinearSolver::Options const& o, RandomSystems const& s, Stopping<double> const& stopping) {
    return solve(o, s, stopping, {});
  }
  KrylovOutcome solve(LinearSolver::Options const& o, RandomSystems const& s, Stopping<double> const& stopping,
                      Extra const& extra) {
    auto const solver = api::make_krylov(executor(), s.pattern(), o, {static_cast<std::int64_t>(s.count)});
    EXPECT_EQ(solver->unknowns(), static_cast<int>(s.n));
    return solve(*solver, s, stopping, extra);
  }
  KrylovOutcome solve(LinearSolver::Implementation& solver, RandomSystems const& s, Stopping<double> const& stopping,
                      Extra const& extra) {
    auto* const status = place(std::vector<std::int32_t>(s.count, -1));
    auto* const iterations = place(std::vector<std::int32_t>(s.count, -1));
    auto* const measure = place(std::vector<double>(s.count, -1));
    auto* const x = place(std::vector<double>(s.count * s.n, 7));
    solver.solve(tasks(s, extra), stopping, {status, iterations, measure, {x, wide(s.n), 1}}, {});
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
  static Status status(KrylovOutcome const& o, std::size_t k) { return static_cast<Status>(o.status[k]); }

  /// Every system converged, to the true residual and near the dense solution.
  static void expect_solved(RandomSystems const& s, KrylovOutcome const& found, double tolerance,
                            std::string const& what) {
    for (std::size_t k = 0; k < s.count; ++k) {
      EXPECT_EQ(status(found, k), Status::converged) << what << ", n " << s.n << ", system " << k;
      double const residual = s.residual(k, found.x.data() + k * s.n);
      EXPECT_TRUE(residual <= tolerance * (1 + 1e-6) + 1e-15) << what << " system " << k << " " << residual;
      EXPECT_NEAR(found.measure[k], residual, 1e-15 + 1e-3 * residual) << what;
      auto const expected =
          dense_solve(s.dense(k), {s.rhs.begin() + wide(k * s.n), s.rhs.begin() + wide((k + 1) * s.n)});
      double error = 0, size = 0;
      for (std::size_t i = 0; i < s.n; ++i) {
        error = std::max(error, std::abs(found.x[k * s.n + i] - expected[i]));
        size = std::max(size, std::abs(expected[i]));
      }
      EXPECT_TRUE(error <= 1e5 * tolerance * size) << what << " system " << k << " " << error / size;
    }
  }
};

}  // namespace metasolve::test
