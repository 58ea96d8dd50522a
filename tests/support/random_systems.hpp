// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "metasolve/pattern.hpp"

/// Batches of general linear systems with one pattern, and their solutions by dense LU.
namespace metasolve::test {

struct RandomSystems {
  std::size_t n = 0, count = 0;
  std::vector<std::int32_t> begin{0}, column = {};
  std::vector<double> values = {}, rhs = {};  ///< [count][entries], [count][n]

  [[nodiscard]] Pattern pattern() const { return {begin, column}; }
  [[nodiscard]] std::size_t entries() const { return column.size(); }
  [[nodiscard]] double* matrix(std::size_t k) { return values.data() + k * entries(); }

  /// Row-major A of system k.
  [[nodiscard]] std::vector<double> dense(std::size_t k, bool transposed = false) const {
    std::vector<double> a(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (auto e = static_cast<std::size_t>(begin[i]); e < static_cast<std::size_t>(begin[i + 1]); ++e) {
        auto const j = static_cast<std::size_t>(column[e]);
        a[transposed ? j * n + i : i * n + j] = values[k * entries() + e];
      }
    }
    return a;
  }
  /// ||b - A x|| / ||b|| of system k.
  [[nodiscard]] double residual(std::size_t k, double const* x) const {
    auto const a = dense(k);
    long double error = 0, norm = 0;
    for (std::size_t i = 0; i < n; ++i) {
      long double r = rhs[k * n + i];
      norm += r * r;
      for (std::size_t j = 0; j < n; ++j) r -= static_cast<long double>(a[i * n + j]) * x[j];
      error += r * r;
    }
    return static_cast<double>(std::sqrt(error / norm));
  }
};

/// A^-1 b by LU with partial pivoting; a: row-major.
inline std::vector<double> dense_solve(std::vector<double> a, std::vector<double> b) {
  std::size_t const n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t p = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i * n + k]) > std::abs(a[p * n + k])) p = i;
    }
    for (std::size_t j = 0; j < n; ++j) std::swap(a[k * n + j], a[p * n + j]);
    std::swap(b[k], b[p]);
    for (std::size_t i = k + 1; i < n; ++i) {
      double const f = a[i * n + k] / a[k * n + k];
      for (std::size_t j = k; j < n; ++j) a[i * n + j] -= f * a[k * n + j];
      b[i] -= f * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
  }
  return b;
}

/// Nonsymmetric in pattern and numbers, diagonally dominant: about `around` entries a row off the diagonal. symmetric:
/// in both.
inline RandomSystems random_systems(std::size_t n, std::size_t count, unsigned seed, std::size_t around = 4,
                                    bool symmetric = false) {
  RandomSystems s{n, count};
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<char> has(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    has[i * n + i] = 1;
    for (std::size_t m = 0; m < around; ++m) {
      auto const j = random() % n;
      has[i * n + j] = 1;
      if (symmetric) has[j * n + i] = 1;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (has[i * n + j] != 0) s.column.push_back(static_cast<std::int32_t>(j));
    }
    s.begin.push_back(static_cast<std::int32_t>(s.column.size()));
  }
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> a(n * n, 0), sum(n, 0.1 + std::abs(uniform(random)));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (i == j || has[i * n + j] == 0) continue;
        a[i * n + j] = symmetric && j < i ? a[j * n + i] : uniform(random);
        sum[i] += std::abs(a[i * n + j]);
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      double const sign = symmetric || i % 3 != 0 ? 1 : -1;  // a diagonal of either sign
      a[i * n + i] = sign * sum[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (has[i * n + j] != 0) s.values.push_back(a[i * n + j]);
      }
      s.rhs.push_back(uniform(random));
    }
  }
  return s;
}

/// -u_xx - u_yy + wind (u_x + u_y / 2) on m x m points by central differences, times the squared spacing; rhs: ones.
/// System k has wind (k + 1) times that.
inline RandomSystems convection_diffusion(std::size_t m, double wind, std::size_t count = 1) {
  RandomSystems s{m * m, count};
  double const h = 1.0 / static_cast<double>(m + 1);
  for (std::size_t k = 0; k < count; ++k) {
    double const x = static_cast<double>(k + 1) * wind * h / 2, y = x / 2;
    for (std::size_t j = 0; j < m; ++j) {
      for (std::size_t i = 0; i < m; ++i) {
        auto const add = [&](bool is_there, std::size_t at, double value) {
          if (!is_there) return;
          if (k == 0) s.column.push_back(static_cast<std::int32_t>(at));
          s.values.push_back(value);
        };
        std::size_t const own = j * m + i;
        add(j > 0, own - m, -1 - y);
        add(i > 0, own - 1, -1 - x);
        add(true, own, 4);
        add(i + 1 < m, own + 1, -1 + x);
        add(j + 1 < m, own + m, -1 + y);
        if (k == 0) s.begin.push_back(static_cast<std::int32_t>(s.column.size()));
        s.rhs.push_back(1);
      }
    }
  }
  return s;
}

}  // namespace metasolve::test
