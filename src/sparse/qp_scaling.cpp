// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/qp_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::sparse {

namespace {

/// OSQP's limits of a norm that is divided by: smaller ones count as 0, which stays as it is.
double divisor(double norm) { return norm < 1e-4 ? 1.0 : std::min(norm, 1e4); }

}  // namespace

QpScaling equilibrated(QpMatrices const& qp, int passes) {
  auto p = qp.p, a = qp.a;
  std::vector<double> q(qp.q.begin(), qp.q.end()), d(at(qp.variables), 1.0), e(at(qp.rows), 1.0);
  double c = 1;
  std::vector<double> column(at(qp.variables)), row(at(qp.rows));
  auto const norms_of_p = [&] {
    std::ranges::fill(column, 0.0);
    for (auto const& [i, j, value] : p) {
      column[at(i)] = std::max(column[at(i)], std::abs(value));
      column[at(j)] = std::max(column[at(j)], std::abs(value));
    }
  };
  for (int pass = 0; pass < passes; ++pass) {
    norms_of_p();
    std::ranges::fill(row, 0.0);
    for (auto const& [i, j, value] : a) {
      column[at(j)] = std::max(column[at(j)], std::abs(value));
      row[at(i)] = std::max(row[at(i)], std::abs(value));
    }
    auto const factor = [](double norm) { return 1 / std::sqrt(divisor(norm)); };
    std::ranges::transform(column, column.begin(), factor);
    std::ranges::transform(row, row.begin(), factor);
    for (auto& [i, j, value] : p) value *= column[at(i)] * column[at(j)];
    for (auto& [i, j, value] : a) value *= row[at(i)] * column[at(j)];
    for (std::size_t j = 0; j < q.size(); ++j) q[j] *= column[j];
    for (std::size_t j = 0; j < d.size(); ++j) d[j] *= column[j];
    for (std::size_t i = 0; i < e.size(); ++i) e[i] *= row[i];

    norms_of_p();
    double const mean =
        column.empty() ? 0 : std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(column.size());
    double largest_q = 0;
    for (double const x : q) largest_q = std::max(largest_q, std::abs(x));
    double const scale = 1 / divisor(std::max(mean, largest_q));
    for (auto& of : p) of.value *= scale;
    for (double& x : q) x *= scale;
    c *= scale;
  }
  for (double& x : d) x *= x * c;
  for (double& x : e) x *= x / c;
  return {e, d};
}

}  // namespace metasolve::sparse
