// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/kkt_plan.hpp"
#include "metasolve/kernels/solvers/admm.hpp"

/// Small random quadratic programs for kernels::Admm.
namespace metasolve::test {

/// Feasible tasks: P positive definite, A sparse; of each five rows one is an equality, one without bounds, one with a
/// lower bound alone.
struct QpProblem {
  static constexpr double infinite = std::numeric_limits<double>::infinity();

  int n, m;
  std::int64_t tasks;
  bool shares;  ///< P and A are those of all tasks
  std::vector<std::int32_t> p_ptrs{0}, p_cols, a_ptrs{0}, a_cols;
  std::vector<double> p, a, q, lower, upper, weight;
  std::vector<std::int32_t> group_of_row, group_ptrs{0}, group_rows, guess_row;
  exec::CpuExec exec{1};
  sparse::KktPlan plan;

  QpProblem(int variables, int rows, std::int64_t count, bool shared, unsigned seed = 1)
      : n(variables), m(rows), tasks(count), shares(shared), plan(make(seed)) {}

  /// With a penalty a row but for those without bounds, and theta of size parameter_size().
  template <kernels::AdmmFactor source = kernels::AdmmFactor::own>
  [[nodiscard]] kernels::Admm<source> solver(kernels::AdmmStart start) const {
    kernels::Admm<source> s;
    s.kkt = plan.view();
    auto const of_matrix = [&](std::vector<double> const& values, std::vector<std::int32_t> const& cols) {
      return kernels::BatchView<double const>{values.data(), shares ? 0 : static_cast<std::int64_t>(cols.size()), 1};
    };
    s.tasks.p = of_matrix(p, p_cols);
    s.tasks.a = of_matrix(a, a_cols);
    s.tasks.q = {q.data(), n, 1};
    s.tasks.lower = {lower.data(), m, 1};
    s.tasks.upper = {upper.data(), m, 1};
    s.settings.start = start;
    s.settings.weight = weight.data();
    s.settings.groups = static_cast<int>(group_ptrs.size()) - 1;
    s.settings.group_of_row = group_of_row.data();
    s.settings.group_ptrs = group_ptrs.data();
    s.settings.group_rows = group_rows.data();
    s.settings.guessed = static_cast<int>(guess_row.size());
    s.settings.guess_row = guess_row.data();
    return s;
  }
  /// Penalties of 0.5 to 2, alpha 1.3, and a random start.
  template <class Solver>
  [[nodiscard]] std::vector<double> theta(Solver const& s, unsigned seed = 3) const {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> all;
    for (std::int64_t t = 0; t < tasks; ++t) {
      for (int i = 0; i < s.parameter_size(); ++i) {
        double const x = uniform(random);
        all.push_back(i < s.penalties() ? std::exp2(x) : i == s.alpha_at() ? 1.3 : 2 * x);
      }
    }
    return all;
  }

 private:
  sparse::KktPlan make(unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    auto const rows = sparse::at(m), columns = sparse::at(n);
    std::vector<bool> in_p(columns * columns), in_a(rows * columns);
    for (std::size_t i = 0; i < columns; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        in_p[i * columns + j] = i == j || uniform(random) > 0.4;
        if (in_p[i * columns + j]) p_cols.push_back(static_cast<std::int32_t>(j));
      }
      p_ptrs.push_back(static_cast<std::int32_t>(p_cols.size()));
    }
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        in_a[i * columns + j] = uniform(random) > 0.2 || j == i % columns;
        if (in_a[i * columns + j]) a_cols.push_back(static_cast<std::int32_t>(j));
      }
      a_ptrs.push_back(static_cast<std::int32_t>(a_cols.size()));
      weight.push_back(i % 5 == 1 ? -1e-6 : i % 5 == 0 ? 10.0 : 1.0);
      group_of_row.push_back(static_cast<std::int32_t>(i));
      group_rows.push_back(static_cast<std::int32_t>(i));
      group_ptrs.push_back(static_cast<std::int32_t>(i + 1));
      if (i % 5 > 1) guess_row.push_back(static_cast<std::int32_t>(i));
    }
    for (std::int64_t t = 0; t < tasks; ++t) {
      std::vector<double> x(columns);
      for (auto& v : x) v = uniform(random);
      if (t == 0 || !shares) {
        for (std::size_t i = 0; i < columns; ++i) {
          for (std::size_t j = 0; j <= i; ++j) {
            if (in_p[i * columns + j]) p.push_back(i == j ? 1.5 + uniform(random) : 0.3 * uniform(random) / n);
          }
        }
        for (std::size_t i = 0; i < rows; ++i) {
          for (std::size_t j = 0; j < columns; ++j) {
            if (in_a[i * columns + j]) a.push_back(uniform(random));
          }
        }
      }
      for (int j = 0; j < n; ++j) q.push_back(2 * uniform(random));
      double const* const values = a.data() + (shares ? 0 : sparse::at(t) * a_cols.size());
      for (std::size_t i = 0; i < rows; ++i) {
        double ax = 0;
        for (auto e = sparse::at(a_ptrs[i]); e < sparse::at(a_ptrs[i + 1]); ++e) {
          ax += values[e] * x[sparse::at(a_cols[e])];
        }
        double const below = i % 5 == 0 ? 0 : 0.3 * (1 + uniform(random)), above = i % 5 == 0 ? 0 : 0.2;
        lower.push_back(i % 5 == 1 ? -infinite : ax - below);
        upper.push_back(i % 5 == 1 || i % 5 == 2 ? infinite : ax + above);
      }
    }
    return {exec, {p_ptrs, p_cols}, {a_ptrs, a_cols}};
  }
};

}  // namespace metasolve::test
