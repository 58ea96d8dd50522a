// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

/// The baseline, as a good programmer writes it without an engine: a loop over the tasks with inner loops that the
/// compiler is told to vectorise, sums included; threads over the tasks; no allocation inside.
namespace metasolve::bench {

struct PlainJacobi {
  int unknowns;
  double const *rhs, *solution;  // [tasks][unknowns]
  double tolerance;
  int limit;

  /// u, next: [unknowns + 2] with zeros at both ends. Returns the number of iterations.
  int solve_one(std::int64_t task, double* u, double* next) const {
    int const n = unknowns;
    double const* const f = rhs + task * n;
    double const* const known = solution + task * n;
    double squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < n; ++i) squares += known[i] * known[i];
    double const inverse_norm = 1 / std::sqrt(squares);
    std::fill(u, u + n + 2, 0.0);
    for (int k = 0;; ++k) {
      double error = 0;
#pragma omp simd reduction(+ : error)
      for (int i = 0; i < n; ++i) {
        double const e = u[i + 1] - known[i];
        error += e * e;
      }
      if (std::sqrt(error) * inverse_norm <= tolerance || k == limit) return k;
#pragma omp simd
      for (int i = 0; i < n; ++i) next[i + 1] = 0.5 * (f[i] + u[i] + u[i + 2]);
      std::swap(u, next);
    }
  }

  void solve(std::int64_t tasks, int threads, std::int32_t* iterations) const {
#pragma omp parallel num_threads(threads)
    {
      auto const size = static_cast<std::size_t>(unknowns) + 2;
      std::vector<double> u(size, 0.0), next(size, 0.0);
#pragma omp for schedule(dynamic, 64)
      for (std::int64_t t = 0; t < tasks; ++t) iterations[t] = solve_one(t, u.data(), next.data());
    }
  }
};

}  // namespace metasolve::bench
