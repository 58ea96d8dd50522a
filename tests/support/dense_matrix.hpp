// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

/// Small dense matrices, to compare with.
namespace metasolve::test {

struct DenseMatrix {
  int rows = 0, columns = 0;
  std::vector<double> a;  // by rows

  DenseMatrix(int m, int n) : rows(m), columns(n), a(static_cast<std::size_t>(m) * static_cast<std::size_t>(n)) {}
  double& operator()(int i, int j) { return a[static_cast<std::size_t>(i * columns + j)]; }
  double operator()(int i, int j) const { return a[static_cast<std::size_t>(i * columns + j)]; }
};

inline DenseMatrix transpose(DenseMatrix const& a) {
  DenseMatrix t(a.columns, a.rows);
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.columns; ++j) t(j, i) = a(i, j);
  }
  return t;
}

inline DenseMatrix operator*(DenseMatrix const& a, DenseMatrix const& b) {
  DenseMatrix c(a.rows, b.columns);
  for (int i = 0; i < a.rows; ++i) {
    for (int k = 0; k < a.columns; ++k) {
      if (double const x = a(i, k); x != 0) {
        for (int j = 0; j < b.columns; ++j) c(i, j) += x * b(k, j);
      }
    }
  }
  return c;
}

inline double largest(DenseMatrix const& a) {
  double most = 0;
  for (double const x : a.a) {
    if (!(std::abs(x) <= most)) most = std::abs(x);  // NaN stays
  }
  return most;
}

/// The largest difference, as a part of the largest entry.
inline double difference(DenseMatrix const& a, DenseMatrix const& b) {
  if (a.rows != b.rows || a.columns != b.columns) return 1;
  DenseMatrix d = a;
  for (std::size_t i = 0; i < d.a.size(); ++i) d.a[i] -= b.a[i];
  return largest(d) / std::max(largest(b), 1e-300);
}

/// Whether a symmetric matrix has positive pivots alone, all above `least` times its largest entry.
inline bool is_positive_definite(DenseMatrix a, double least = 1e-12) {
  double const limit = least * largest(a);
  for (int k = 0; k < a.rows; ++k) {
    if (!(a(k, k) > limit)) return false;
    for (int i = k + 1; i < a.rows; ++i) {
      double const f = a(i, k) / a(k, k);
      for (int j = k; j < a.columns; ++j) a(i, j) -= f * a(k, j);
    }
  }
  return true;
}

/// By Gaussian elimination with pivoting.
inline std::vector<double> solve_dense(DenseMatrix a, std::vector<double> b) {
  int const n = a.rows;
  auto const at = [](int i) { return static_cast<std::size_t>(i); };
  for (int k = 0; k < n; ++k) {
    int pivot = k;
    for (int i = k + 1; i < n; ++i) {
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    }
    for (int j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    std::swap(b[at(k)], b[at(pivot)]);
    for (int i = k + 1; i < n; ++i) {
      double const f = a(i, k) / a(k, k);
      if (f == 0) continue;
      for (int j = k; j < n; ++j) a(i, j) -= f * a(k, j);
      b[at(i)] -= f * b[at(k)];
    }
  }
  for (int i = n - 1; i >= 0; --i) {
    for (int j = i + 1; j < n; ++j) b[at(i)] -= a(i, j) * b[at(j)];
    b[at(i)] /= a(i, i);
  }
  return b;
}

}  // namespace metasolve::test
