// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <memory>

#include "metasolve/detail/problems/qp_classes.hpp"
#include "metasolve/detail/sparse/at.hpp"

/// Programs that fit a model to data points: lasso, Huber's regression, support vector machines.
namespace metasolve::problems {

using sparse::at;

namespace {

constexpr double data_density = 0.15;
constexpr int points_per_feature = 10;
constexpr int told_columns = 20;

/// |a_j| of the data's columns.
std::vector<double> column_norms(QpMatrix const& data, int features) {
  auto norms = column_sums(data, features, {});
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

double largest_modulus(std::vector<double> const& x) {
  double result = 0;
  for (double const value : x) result = std::max(result, std::abs(value));
  return result;
}

double root_mean_square(std::vector<double> const& x) {
  double sum = 0;
  for (double const value : x) sum += value * value;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

/// b [points] = A x + noise().
template <class Noise>
std::vector<double> observations(QpMatrix const& data, std::vector<double> const& x, Noise noise) {
  std::vector<double> b(at(data.pattern.rows()), 0);
  data.for_each([&](std::int32_t row, std::int32_t column, double value) { b[at(row)] += value * x[at(column)]; });
  for (double& value : b) value += noise();
  return b;
}

/// Rows of the data, each equal to an observation.
void bound_to(QpInstance& task, std::vector<double> const& b) {
  task.l = task.u = b;
  task.penalty_group.assign(b.size(), 0);
}

void tell_of_data(QpInstance& task, QpMatrix const& data, int features, std::vector<double> const& b) {
  task.tell("A'b", column_sums(data, features, b), told_columns);
  task.tell("|a_j|", column_norms(data, features), told_columns);
  task.tell("rms b", root_mean_square(b));
}

}  // namespace

QpFamily lasso_family(int size, std::uint64_t pattern_seed) {
  int const n = size, points = points_per_feature * size;
  auto const pattern = std::make_shared<RandomPattern const>(points, n, data_density, pattern_seed, 3);
  // Unknowns x, y, t. Minimise y'y + lambda 1't, y = A x - b, -t <= x <= t.
  return family_of_class("lasso", [=](NumberSequence numbers) {
    QpInstance task;
    QpMatrix const data = pattern->values([&] { return numbers.normal(); });
    std::vector<double> truth;
    for (int i = 0; i < n; ++i) {
      double const value = numbers.normal() / std::sqrt(n);
      truth.push_back(numbers.uniform() > 0.5 ? value : 0);
    }
    auto const b = observations(data, truth, [&] { return numbers.normal(); });
    double const lambda = largest_modulus(column_sums(data, n, b)) / 5;
    QpEntries p, a;
    p.add_identity(n, n, points, 2);
    data.for_each([&](std::int32_t row, std::int32_t column, double value) { a.add(row, column, value); });
    a.add_identity(0, n, points, -1);
    a.add_identity(points, 0, n);
    a.add_identity(points, n + points, n, -1);
    a.add_identity(points + n, 0, n);
    a.add_identity(points + n, n + points, n);
    task.p = p.matrix(2 * n + points);
    task.a = a.matrix(points + 2 * n);
    task.q.assign(at(n + points), 0);
    task.q.insert(task.q.end(), at(n), lambda);
    bound_to(task, b);
    task.bound(n, -qp_infinity, 0, 1);
    task.bound(n, 0, qp_infinity, 1);
    task.tell("lambda", lambda);
    tell_of_data(task, data, n, b);
    return task;
  });
}

QpFamily huber_family(int size, std::uint64_t pattern_seed) {
  int const n = size, points = points_per_feature * size;
  auto const pattern = std::make_shared<RandomPattern const>(points, n, data_density, pattern_seed, 4);
  // Unknowns x, z, r, s. Minimise z'z / 2 + 1'(r + s), A x - b - z = r - s, r, s >= 0.
  return family_of_class("huber", [=](NumberSequence numbers) {
    QpInstance task;
    QpMatrix const data = pattern->values([&] { return numbers.normal(); });
    std::vector<double> truth(at(n));
    for (double& value : truth) value = numbers.normal() / std::sqrt(n);
    auto const b = observations(data, truth, [&] {
      bool const is_outlier = numbers.uniform() >= 0.95;
      double const usual = 0.5 * numbers.normal(), unusual = 10 * numbers.uniform();
      return is_outlier ? unusual : usual;
    });
    QpEntries p, a;
    p.add_identity(n, n, points);
    data.for_each([&](std::int32_t row, std::int32_t column, double value) { a.add(row, column, value); });
    a.add_identity(0, n, points, -1);
    a.add_identity(0, n + points, points, -1);
    a.add_identity(0, n + 2 * points, points);
    a.add_identity(points, n + points, 2 * points);
    task.p = p.matrix(n + 3 * points);
    task.a = a.matrix(3 * points);
    task.q.assign(at(n + points), 0);
    task.q.insert(task.q.end(), at(2 * points), 1);
    bound_to(task, b);
    task.bound(2 * points, 0, qp_infinity, 1);
    tell_of_data(task, data, n, b);
    task.tell("largest b", *std::max_element(b.begin(), b.end()));
    task.tell("b quantile", b, 20);
    return task;
  });
}

QpFamily svm_family(int size, std::uint64_t pattern_seed) {
  int const n = size, points = points_per_feature * size;
  auto const pattern = std::make_shared<RandomPattern const>(points, n, data_density, pattern_seed, 5);
  // Unknowns x, t. Minimise x'x / 2 + 1't / 2, t >= diag(b) A x + 1, t >= 0: points of the label b = 1 have mean 1 / n,
  // the others -1 / n; with the label's sign all are drawn alike but for the sign of the deviation.
  return family_of_class("svm", [=](NumberSequence numbers) {
    QpInstance task;
    QpMatrix const data = pattern->values([&] { return numbers.normal() / std::sqrt(n) + 1.0 / n; });
    QpEntries p, a;
    p.add_identity(0, 0, n);
    data.for_each([&](std::int32_t row, std::int32_t column, double value) { a.add(row, column, value); });
    a.add_identity(0, n, points, -1);
    a.add_identity(points, n, points);
    task.p = p.matrix(n + points);
    task.a = a.matrix(2 * points);
    task.q.assign(at(n), 0);
    task.q.insert(task.q.end(), at(points), 0.5);
    task.bound(points, -qp_infinity, -1, 0);
    task.bound(points, 0, qp_infinity, 1);
    task.tell("sum of a_j", column_sums(data, n, std::vector<double>(at(points), 1.0)), told_columns);
    task.tell("|a_j|", column_norms(data, n), told_columns);
    return task;
  });
}

}  // namespace metasolve::problems
