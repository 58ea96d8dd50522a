// SPDX-License-Identifier: Apache-2.0
#include "tests/support/linear_systems.hpp"

#include <cmath>
#include <utility>

namespace metasolve::test {

std::vector<double> LinearSystems::dense(std::size_t k, bool lower) const {
  std::vector<double> a(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (auto e = static_cast<std::size_t>(row_ptrs[i]); e < static_cast<std::size_t>(row_ptrs[i + 1]); ++e) {
      auto const j = static_cast<std::size_t>(col_idxs[e]);
      if (lower && j > i) continue;
      a[i * n + j] = values_of(k)[e];
      if (lower) a[j * n + i] = values_of(k)[e];
    }
  }
  return a;
}

double LinearSystems::residual(std::size_t k, bool lower, double const* x, bool transposed) const {
  auto const a = dense(k, lower);
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double r = rhs[k * n + i];
    norm += r * r;
    for (std::size_t j = 0; j < n; ++j) r -= (transposed ? a[j * n + i] : a[i * n + j]) * x[j];
    error += r * r;
  }
  return std::sqrt(error / norm);
}

LinearSystems random_linear_systems(std::size_t n, std::size_t count, SystemKind const& kind, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  bool const general = kind.matrix == LinearSolver::Matrix::general;
  std::vector<char> has(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    has[i * n + i] = 1;
    for (std::size_t j = 0; j < i; ++j) {
      has[i * n + j] = (uniform(generator) + 1) / 2 < kind.density ? 1 : 0;
      bool const mirrored = general ? (uniform(generator) + 1) / 2 < kind.density : has[i * n + j] != 0;
      has[j * n + i] = mirrored && !kind.lower_alone ? 1 : 0;
    }
  }
  LinearSystems s;
  s.n = n;
  s.count = count;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (has[i * n + j] != 0) s.col_idxs.push_back(static_cast<std::int32_t>(j));
    }
    s.row_ptrs.push_back(static_cast<std::int32_t>(s.col_idxs.size()));
  }
  s.values.resize(count * s.col_idxs.size());
  s.rhs.resize(count * n);
  for (auto& b : s.rhs) b = uniform(generator);
  std::vector<double> a(n * n);
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        bool const present = has[i * n + j] != 0 || (!general && has[j * n + i] != 0);
        a[i * n + j] = !present ? 0 : general || j < i ? uniform(generator) : 0;
      }
    }
    if (!general) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) a[i * n + j] = a[j * n + i];
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0.1;
      for (std::size_t j = 0; j < n; ++j) sum += j == i ? 0 : std::abs(a[i * n + j]);
      bool const negative = kind.matrix != LinearSolver::Matrix::positive_definite && uniform(generator) < 0;
      a[i * n + i] = kind.diagonal * sum * (negative ? -1 : 1);
    }
    std::size_t e = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (has[i * n + j] != 0) s.values_of(k)[e++] = a[i * n + j];
      }
    }
  }
  return s;
}

std::vector<double> dense_solution(std::vector<double> const& a, double const* b, std::size_t n, bool transposed) {
  std::vector<long double> m(n * (n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) m[i * (n + 1) + j] = transposed ? a[j * n + i] : a[i * n + j];
    m[i * (n + 1) + n] = b[i];
  }
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t p = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(m[i * (n + 1) + k]) > std::abs(m[p * (n + 1) + k])) p = i;
    }
    for (std::size_t j = 0; j <= n; ++j) std::swap(m[k * (n + 1) + j], m[p * (n + 1) + j]);
    for (std::size_t i = k + 1; i < n; ++i) {
      long double const f = m[i * (n + 1) + k] / m[k * (n + 1) + k];
      for (std::size_t j = k; j <= n; ++j) m[i * (n + 1) + j] -= f * m[k * (n + 1) + j];
    }
  }
  std::vector<double> x(n);
  for (std::size_t k = n; k-- > 0;) {
    long double sum = m[k * (n + 1) + n];
    for (std::size_t j = k + 1; j < n; ++j) sum -= m[k * (n + 1) + j] * static_cast<long double>(x[j]);
    x[k] = static_cast<double>(sum / m[k * (n + 1) + k]);
  }
  return x;
}

}  // namespace metasolve::test
