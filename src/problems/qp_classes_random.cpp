// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "metasolve/detail/problems/qp_classes.hpp"
#include "metasolve/detail/sparse/at.hpp"

/// Random programs, and portfolios.
namespace metasolve::problems {

using sparse::at;

namespace {

constexpr double random_density = 0.15;
constexpr int told_entries = 20;  ///< features of a kind, at most

/// The lower triangle of M M' + 0.01 I.
QpMatrix random_hessian(QpMatrix const& m, std::int32_t n) {
  QpEntries entries;
  entries.add_identity(0, 0, n, 1e-2);
  std::vector<std::vector<std::pair<std::int32_t, double>>> columns(at(n));
  m.for_each([&](std::int32_t row, std::int32_t column, double value) {
    for (auto const& [above, factor] : columns[at(column)]) entries.add(row, above, value * factor);
    columns[at(column)].emplace_back(row, value);
    entries.add(row, row, value * value);
  });
  return entries.matrix(n);
}

std::vector<double> hessian_diagonal(QpMatrix const& p) {
  std::vector<double> result;
  p.for_each([&](std::int32_t row, std::int32_t column, double value) {
    if (row == column) result.push_back(value);
  });
  return result;
}

/// x [n] normal, and A x.
std::vector<double> random_image(QpMatrix const& a, std::int32_t n, NumberSequence& numbers) {
  std::vector<double> x(at(n)), result(at(a.pattern.rows()), 0);
  for (double& value : x) value = numbers.normal();
  a.for_each([&](std::int32_t row, std::int32_t column, double value) { result[at(row)] += value * x[at(column)]; });
  return result;
}

QpFamily dense_random(char const* name, int n, int m, bool equalities, std::uint64_t seed) {
  auto const p_pattern = std::make_shared<RandomPattern const>(n, n, random_density, seed, 0);
  auto const a_pattern = std::make_shared<RandomPattern const>(m, n, random_density, seed, 1);
  return family_of_class(name, [=](NumberSequence numbers) {
    auto const normal = [&] { return numbers.normal(); };
    QpInstance task;
    task.p = random_hessian(p_pattern->values(normal), n);
    task.a = a_pattern->values(normal);
    for (int i = 0; i < n; ++i) task.q.push_back(normal());
    task.u = random_image(task.a, n, numbers);
    task.l = task.u;
    task.penalty_group.assign(at(m), 0);
    if (!equalities) {
      for (double& upper : task.u) upper += numbers.uniform();
      task.l.assign(at(m), -qp_infinity);
    }
    auto columns = column_sums(task.a, n, {});
    for (double& sum : columns) sum = std::sqrt(sum);
    task.tell("q", task.q, told_entries);
    task.tell("P diagonal", hessian_diagonal(task.p), told_entries);
    task.tell("|a_j|", columns, told_entries);
    task.tell("u quantile", task.u, 4);
    return task;
  });
}

}  // namespace

QpFamily random_family(int size, std::uint64_t pattern_seed) {
  return dense_random("random", size, 10 * size, false, pattern_seed);
}

QpFamily equality_family(int size, std::uint64_t pattern_seed) {
  return dense_random("equality", size, size / 2, true, pattern_seed);
}

QpFamily portfolio_family(int size, std::uint64_t pattern_seed) {
  int const factors = size, assets = 100 * size;
  auto const loadings = std::make_shared<RandomPattern const>(assets, factors, 0.5, pattern_seed, 2);
  // Unknowns: shares of assets x, factors y. Minimise x'D x + y'y - mu'x, 1'x = 1, F'x = y, 0 <= x <= 1.
  return family_of_class("portfolio", [=](NumberSequence numbers) {
    QpInstance task;
    QpMatrix const f = loadings->values([&] { return numbers.normal(); });
    std::vector<double> risk(at(assets)), gain(at(assets));
    for (double& d : risk) d = numbers.uniform() * std::sqrt(factors);
    for (double& mu : gain) mu = numbers.normal();
    QpEntries p, a;
    for (int i = 0; i < assets; ++i) {
      p.add(i, i, 2 * risk[at(i)]);
      a.add(0, i, 1);
      task.q.push_back(-gain[at(i)]);
    }
    p.add_identity(assets, assets, factors, 2);
    task.q.insert(task.q.end(), at(factors), 0.0);
    f.for_each([&](std::int32_t asset, std::int32_t factor, double value) { a.add(1 + factor, asset, value); });
    a.add_identity(1, assets, factors, -1);
    a.add_identity(1 + factors, 0, assets);
    task.p = p.matrix(assets + factors);
    task.a = a.matrix(1 + factors + assets);
    task.bound(1, 1, 1, 0);
    task.bound(factors, 0, 0, 1);
    task.bound(assets, 0, 1, 2);
    // The best assets are those that are bought.
    std::vector<int> order(at(assets));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return gain[at(i)] > gain[at(j)]; });
    for (std::size_t i = 0; i < 10; ++i) {
      task.tell("gain " + std::to_string(i + 1), gain[at(order[i])]);
      task.tell("risk " + std::to_string(i + 1), risk[at(order[i])]);
    }
    task.tell("F'mu", column_sums(f, factors, gain), told_entries);
    task.tell("risk quantile", risk, 4);
    return task;
  });
}

}  // namespace metasolve::problems
