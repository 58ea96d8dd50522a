// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "metasolve/detail/sparse/lower_pattern.hpp"

/// ICCG(alpha) task by task in scalar code, as a careful user writes it. The symbolic work is done once for all tasks,
/// as in the engine.
namespace metasolve::bench {

class PlainIccg {
 public:
  PlainIccg(sparse::SymmetricStructure const& matrix, int level)
      : a_(matrix), l_(sparse::filled(matrix, level)), n_(matrix.unknowns) {
    for (int j = 0; j < n_; ++j) {
      for (auto e = a_.col_ptrs[at(j)]; e < a_.col_ptrs[at(j) + 1]; ++e)
        place_.push_back(l_.find(a_.row_idxs[at(e)], j));
      for (auto x = l_.col_ptrs[at(j)]; x < l_.col_ptrs[at(j) + 1]; ++x) {
        for (auto y = x + 1; y < l_.col_ptrs[at(j) + 1]; ++y)
          target_.push_back(l_.find(l_.row_idxs[at(y)], l_.row_idxs[at(x)]));
      }
    }
    // The whole matrix in rows, for the product.
    std::vector<std::vector<std::pair<int, int>>> rows(at(n_));  // column, index among the values
    for (int j = 0; j < n_; ++j) {
      rows[at(j)].emplace_back(j, static_cast<int>(a_.entries()) + j);
      for (auto e = a_.col_ptrs[at(j)]; e < a_.col_ptrs[at(j) + 1]; ++e) {
        rows[at(j)].emplace_back(a_.row_idxs[at(e)], e);
        rows[at(a_.row_idxs[at(e)])].emplace_back(j, e);
      }
    }
    row_ptrs_.push_back(0);
    for (auto const& row : rows) {
      for (auto const& [column, index] : row) column_.push_back(column), index_.push_back(index);
      row_ptrs_.push_back(static_cast<int>(column_.size()));
    }
  }

  /// iterations [tasks]; values [tasks][entries + n], rhs [tasks][n]. A breakdown counts as the limit.
  void solve(std::int64_t tasks, double const* values, double const* rhs, double alpha, double tolerance, int limit,
             int threads, std::int32_t* iterations) const {
    auto const size = static_cast<std::int64_t>(a_.entries()) + n_;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (std::int64_t t = 0; t < tasks; ++t) {
      iterations[t] = solve_one(values + t * size, rhs + t * n_, alpha, tolerance, limit);
    }
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  int solve_one(double const* a, double const* b, double alpha, double tolerance, int limit) const {
    std::vector<double> l(at(l_.entries()), 0.0), inverse(at(n_)), full(column_.size());
    for (std::size_t e = 0; e < place_.size(); ++e) l[at(place_[e])] = a[e];
    for (int i = 0; i < n_; ++i) inverse[at(i)] = a[a_.entries() + i] + alpha;
    for (std::size_t e = 0; e < full.size(); ++e) full[e] = a[index_[e]];
    std::int32_t const* target = target_.data();
    for (int k = 0; k < n_; ++k) {
      if (!(inverse[at(k)] > 0)) return limit;
      double const scale = inverse[at(k)] = 1 / std::sqrt(inverse[at(k)]);
      int const first = l_.col_ptrs[at(k)], last = l_.col_ptrs[at(k) + 1];
      for (int e = first; e < last; ++e) l[at(e)] *= scale;
      for (int x = first; x < last; ++x) {
        inverse[at(l_.row_idxs[at(x)])] -= l[at(x)] * l[at(x)];
        for (int y = x + 1; y < last; ++y, ++target) {
          if (*target >= 0) l[at(*target)] -= l[at(y)] * l[at(x)];
        }
      }
    }
    std::vector<double> r(b, b + n_), z(at(n_)), p(at(n_)), q(at(n_)), x(at(n_), 0.0);
    double norm = 0;
    for (double const v : r) norm += v * v;
    double const stop = tolerance * std::sqrt(norm);
    apply(l, inverse, r, z);
    p = z;
    double rz = dot(r, z);
    int k = 0;
    for (; k < limit && !(std::sqrt(dot(r, r)) <= stop); ++k) {
      for (int i = 0; i < n_; ++i) {
        double sum = 0;
        for (int e = row_ptrs_[at(i)]; e < row_ptrs_[at(i) + 1]; ++e) sum += full[at(e)] * p[at(column_[at(e)])];
        q[at(i)] = sum;
      }
      double const along = rz / dot(p, q);
      for (std::size_t i = 0; i < at(n_); ++i) {
        x[i] += along * p[i];
        r[i] -= along * q[i];
      }
      apply(l, inverse, r, z);
      double const next = dot(r, z), beta = next / rz;
      rz = next;
      for (std::size_t i = 0; i < at(n_); ++i) p[i] = z[i] + beta * p[i];
    }
    return k;
  }

  void apply(std::vector<double> const& l, std::vector<double> const& inverse, std::vector<double> const& r,
             std::vector<double>& z) const {
    z = r;
    for (int j = 0; j < n_; ++j) {
      double const v = z[at(j)] *= inverse[at(j)];
      for (int e = l_.col_ptrs[at(j)]; e < l_.col_ptrs[at(j) + 1]; ++e) z[at(l_.row_idxs[at(e)])] -= l[at(e)] * v;
    }
    for (int j = n_ - 1; j >= 0; --j) {
      double sum = z[at(j)];
      for (int e = l_.col_ptrs[at(j)]; e < l_.col_ptrs[at(j) + 1]; ++e) sum -= l[at(e)] * z[at(l_.row_idxs[at(e)])];
      z[at(j)] = sum * inverse[at(j)];
    }
  }
  static double dot(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }

  sparse::SymmetricStructure a_, l_;
  int n_;
  std::vector<std::int32_t> place_, target_;
  std::vector<int> row_ptrs_, column_, index_;
};

}  // namespace metasolve::bench
