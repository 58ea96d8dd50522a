// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "metasolve/detail/random/philox.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/qp_solver.hpp"

/// Batches of feasible convex quadratic programs, as a caller has them.
namespace metasolve::test {

using sparse::at;
inline constexpr double no_bound = std::numeric_limits<double>::infinity();

/// Which entries of P the pattern has.
enum class PEntries { lower, all, upper };

/// P = positive definite, sparse; of each six rows one is an equality and one has no bounds. count tasks, or with
/// `shares` P and A of the first for all.
struct RandomQps {
  int n, m;
  std::int64_t count;
  bool shares;
  std::vector<std::int32_t> p_begin{0}, p_column = {}, a_begin{0}, a_column = {};
  std::vector<double> p = {}, a = {}, q = {}, l = {}, u = {};

  RandomQps(int variables, int rows, std::int64_t tasks, bool shared, PEntries entries = PEntries::lower,
            std::uint64_t seed = 1)
      : n(variables), m(rows), count(tasks), shares(shared) {
    random::Draws const draws(seed, random::Stream::test_tasks, 0);
    std::uint64_t at_draw = 0;
    auto const uniform = [&] { return 2 * draws.uniform(at_draw++) - 1; };
    std::vector<bool> const in_p = [&] {
      std::vector<bool> in(at(n * n));
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= i; ++j) in[at(i * n + j)] = in[at(j * n + i)] = i == j || uniform() > 0.2;
      }
      return in;
    }();
    for (std::int32_t i = 0; i < n; ++i) {
      for (std::int32_t j = 0; j < n; ++j) {
        bool const is_wanted = entries == PEntries::all || (entries == PEntries::lower ? j <= i : j >= i);
        if (is_wanted && in_p[at(i * n + j)]) p_column.push_back(j);
      }
      p_begin.push_back(static_cast<std::int32_t>(p_column.size()));
    }
    for (std::int32_t i = 0; i < m; ++i) {
      for (std::int32_t j = 0; j < n; ++j) {
        if (uniform() > 0.2 || j == i % n) a_column.push_back(j);
      }
      a_begin.push_back(static_cast<std::int32_t>(a_column.size()));
    }
    for (std::int64_t t = 0; t < count; ++t) {
      std::vector<double> x(at(n));
      for (auto& v : x) v = uniform();
      if (t == 0 || !shares) add_matrices(in_p, uniform);
      for (int j = 0; j < n; ++j) q.push_back(2 * uniform());
      double const* const of_a = a_values(t);
      for (int i = 0; i < m; ++i) {
        double ax = 0;
        for (auto e = a_begin[at(i)]; e < a_begin[at(i) + 1]; ++e) ax += of_a[e] * x[at(a_column[at(e)])];
        double const below = 0.3 * (1 + uniform()), above = 0.2 * (1 + uniform());
        l.push_back(i % 6 == 0 ? ax : i % 6 == 1 ? -no_bound : ax - below);
        u.push_back(i % 6 == 0 ? ax : i % 6 == 1 || i % 6 == 2 ? no_bound : ax + above);
      }
    }
  }

  [[nodiscard]] QpSolver::Problem problem() const {
    QpSolver::Problem of;
    of.p = {p_begin, p_column};
    of.a = {a_begin, a_column};
    of.p_values = {p.data(), p_column.size()};
    of.a_values = {a.data(), a_column.size()};
    of.q = {q.data(), at(n)};
    of.lower = {l.data(), at(m)};
    of.upper = {u.data(), at(m)};
    return of;
  }
  [[nodiscard]] std::int64_t p_stride() const { return shares ? 0 : std::ssize(p_column); }
  [[nodiscard]] std::int64_t a_stride() const { return shares ? 0 : std::ssize(a_column); }
  [[nodiscard]] double const* p_values(std::int64_t t) const { return p.data() + t * p_stride(); }
  [[nodiscard]] double const* a_values(std::int64_t t) const { return a.data() + t * a_stride(); }
  [[nodiscard]] int columns() const { return n + m; }

  /// P x + q + A'y of task t.
  [[nodiscard]] std::vector<double> slope(std::int64_t t, double const* x, double const* y) const {
    std::vector<double> s(q.begin() + t * n, q.begin() + (t + 1) * n);
    double const* const of_p = p_values(t);
    double const* const of_a = a_values(t);
    bool const has_both = std::ssize(p_column) > 0 && has_mirrors();
    for (std::int32_t i = 0; i < n; ++i) {
      for (auto e = p_begin[at(i)]; e < p_begin[at(i) + 1]; ++e) {
        auto const j = p_column[at(e)];
        s[at(i)] += of_p[e] * x[j];
        if (i != j && !has_both) s[at(j)] += of_p[e] * x[i];
      }
    }
    for (std::int32_t i = 0; i < m; ++i) {
      for (auto e = a_begin[at(i)]; e < a_begin[at(i) + 1]; ++e) s[at(a_column[at(e)])] += of_a[e] * y[i];
    }
    return s;
  }
  [[nodiscard]] double row(std::int64_t t, int i, double const* x) const {
    double sum = 0;
    for (auto e = a_begin[at(i)]; e < a_begin[at(i) + 1]; ++e) sum += a_values(t)[e] * x[a_column[at(e)]];
    return sum;
  }
  /// The worst of the optimality conditions of task t at solution [n + m]: bounds, P x + q + A'y = 0, and y_i > 0 (< 0)
  /// only where u_i (l_i) is active. NaN if one is.
  [[nodiscard]] double error(std::int64_t t, double const* solution) const {
    double const* const y = solution + n;
    double worst = 0;
    auto const add = [&](double x) { worst = x <= worst ? worst : x; };
    for (double const s : slope(t, solution, y)) add(std::abs(s));
    for (int i = 0; i < m; ++i) {
      double const ax = row(t, i, solution), lower = l[at(t * m + i)], upper = u[at(t * m + i)];
      add(std::max(lower - ax, ax - upper));
      if (y[i] > 0) add(std::min(y[i], std::abs(upper - ax)));
      if (y[i] < 0) add(std::min(-y[i], std::abs(ax - lower)));
    }
    return worst;
  }

 private:
  [[nodiscard]] bool has_mirrors() const {
    bool lower = false, upper = false;
    for (std::int32_t i = 0; i < n; ++i) {
      for (auto e = p_begin[at(i)]; e < p_begin[at(i) + 1]; ++e) {
        lower = lower || p_column[at(e)] < i;
        upper = upper || p_column[at(e)] > i;
      }
    }
    return lower && upper;
  }
  template <class Uniform>
  void add_matrices(std::vector<bool> const& in_p, Uniform&& uniform) {
    std::vector<double> dense(at(n * n));
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j <= i; ++j) {
        double const value = i == j ? 1.5 + uniform() : uniform() / n;
        if (in_p[at(i * n + j)]) dense[at(i * n + j)] = dense[at(j * n + i)] = value;
      }
    }
    for (std::int32_t i = 0; i < n; ++i) {
      for (auto e = p_begin[at(i)]; e < p_begin[at(i) + 1]; ++e) p.push_back(dense[at(i * n + p_column[at(e)])]);
    }
    for (std::size_t e = 0; e < a_column.size(); ++e) a.push_back(uniform());
  }
};

}  // namespace metasolve::test
