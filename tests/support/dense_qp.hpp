// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "metasolve/detail/problems/qp_family.hpp"

/// A task of a family with dense matrices, solved by many iterations of the textbook's method: a reference for tests.
namespace metasolve::test {

struct DenseQp {
  std::size_t n = 0, m = 0;
  std::vector<double> p{}, a{};  ///< by rows, both triangles of P
  std::vector<double> q{}, l{}, u{};

  [[nodiscard]] std::vector<double> times_p(std::vector<double> const& x) const { return product(p, n, x); }
  [[nodiscard]] std::vector<double> times_a(std::vector<double> const& x) const { return product(a, m, x); }
  [[nodiscard]] double objective(std::vector<double> const& x) const {
    auto const px = times_p(x);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += x[i] * (px[i] / 2 + q[i]);
    return sum;
  }

 private:
  [[nodiscard]] std::vector<double> product(std::vector<double> const& matrix, std::size_t rows,
                                            std::vector<double> const& x) const {
    std::vector<double> y(rows, 0);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < n; ++j) y[i] += matrix[i * n + j] * x[j];
    return y;
  }
};

inline DenseQp dense_qp(problems::QpFamily const& family, double const* row) {
  auto const size = [](int i) { return static_cast<std::size_t>(i); };
  DenseQp qp{.n = size(family.variables()), .m = size(family.rows())};
  double const* next = row + family.features();
  auto const take = [&](std::vector<double>& to, std::size_t count) {
    to.assign(next, next + count);
    next += count;
  };
  take(qp.q, qp.n);
  take(qp.l, qp.m);
  take(qp.u, qp.m);
  next += family.has_scales ? 2 : 0;
  double const* const p = family.matrices_differ ? next : family.p_values.data();
  double const* const a = family.matrices_differ ? next + family.p.entries() : family.a_values.data();
  qp.p.assign(qp.n * qp.n, 0);
  qp.a.assign(qp.m * qp.n, 0);
  for (std::size_t i = 0; i < qp.n; ++i)
    for (auto e = size(family.p.row_ptrs[i]); e < size(family.p.row_ptrs[i + 1]); ++e) {
      std::size_t const j = size(family.p.col_idxs[e]);
      qp.p[i * qp.n + j] = qp.p[j * qp.n + i] = p[e];
    }
  for (std::size_t i = 0; i < qp.m; ++i)
    for (auto e = size(family.a.row_ptrs[i]); e < size(family.a.row_ptrs[i + 1]); ++e)
      qp.a[i * qp.n + size(family.a.col_idxs[e])] = a[e];
  return qp;
}

struct DenseSolution {
  std::vector<double> x, y;
  double residual = 0;  ///< the larger of max |A x - z| and max |P x + q + A'y|
};

/// L of a = L L', by rows, in place. False: a is not positive definite.
inline bool dense_cholesky(std::vector<double>& a, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = j; i < n; ++i) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i == j && !(sum > 0)) return false;
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
  return true;
}

/// Until both residuals are at most `tolerance`, or `limit` iterations are done. rho: of the inequalities.
inline DenseSolution solve_dense(DenseQp const& qp, double tolerance, double rho = 1, int limit = 20000) {
  std::size_t const n = qp.n, m = qp.m;
  double const sigma = 1e-6, alpha = 1.6;
  std::vector<double> penalty(m), k = qp.p;
  for (std::size_t i = 0; i < m; ++i)
    penalty[i] = qp.l[i] == qp.u[i] ? 1e3 * rho : (std::isinf(qp.l[i]) && std::isinf(qp.u[i]) ? 1e-6 : rho);
  for (std::size_t i = 0; i < n; ++i) k[i * n + i] += sigma;
  for (std::size_t r = 0; r < m; ++r)
    for (std::size_t i = 0; i < n; ++i)
      if (double const scaled = penalty[r] * qp.a[r * n + i]; scaled != 0)
        for (std::size_t j = 0; j <= i; ++j) k[i * n + j] += scaled * qp.a[r * n + j];
  DenseSolution s{std::vector<double>(n, 0), std::vector<double>(m, 0)};
  s.residual = HUGE_VAL;
  if (!dense_cholesky(k, n)) return s;
  std::vector<double> z(m), x(n);
  for (std::size_t i = 0; i < m; ++i) z[i] = std::clamp(0.0, qp.l[i], qp.u[i]);
  auto const add_transposed = [&](std::vector<double> const& v, std::vector<double>& to) {
    for (std::size_t r = 0; r < m; ++r)
      for (std::size_t j = 0; j < n; ++j) to[j] += qp.a[r * n + j] * v[r];
  };
  std::vector<double> v(m);
  for (int iteration = 1; iteration <= limit; ++iteration) {
    for (std::size_t i = 0; i < n; ++i) x[i] = sigma * s.x[i] - qp.q[i];
    for (std::size_t i = 0; i < m; ++i) v[i] = penalty[i] * z[i] - s.y[i];
    add_transposed(v, x);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) x[i] -= k[i * n + j] * x[j];
      x[i] /= k[i * n + i];
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t j = i + 1; j < n; ++j) x[i] -= k[j * n + i] * x[j];
      x[i] /= k[i * n + i];
    }
    auto const ax = qp.times_a(x);
    for (std::size_t i = 0; i < n; ++i) s.x[i] = alpha * x[i] + (1 - alpha) * s.x[i];
    for (std::size_t i = 0; i < m; ++i) {
      double const w = alpha * ax[i] + (1 - alpha) * z[i] + s.y[i] / penalty[i];
      z[i] = std::clamp(w, qp.l[i], qp.u[i]);
      s.y[i] = penalty[i] * (w - z[i]);
    }
    if (iteration % 20 != 0) continue;
    auto const primal = qp.times_a(s.x);
    auto dual = qp.times_p(s.x);
    add_transposed(s.y, dual);
    s.residual = 0;
    for (std::size_t i = 0; i < m; ++i) s.residual = std::max(s.residual, std::abs(primal[i] - z[i]));
    for (std::size_t i = 0; i < n; ++i) s.residual = std::max(s.residual, std::abs(dual[i] + qp.q[i]));
    if (s.residual <= tolerance) break;
  }
  return s;
}

}  // namespace metasolve::test
