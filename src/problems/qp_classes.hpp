// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/problems/qp_family.hpp"
#include "metasolve/detail/problems/qp_matrix.hpp"
#include "metasolve/detail/random/philox.hpp"

/// The random classes on which OSQP was published (Stellato et al., Math. Prog. Comp. 12, 2020, appendix A; code:
/// osqp/osqp_benchmarks, problem_classes). Each family has one pattern, drawn from its pattern seed, and each task its
/// own values: those distributions, but data of regressions have 10 points a feature, not 100.
namespace metasolve::problems {

/// Independent numbers in order.
class NumberSequence {
 public:
  explicit NumberSequence(random::Draws const& draws) : draws_(draws) {}
  double uniform() { return draws_.uniform(2 * next_++); }
  double normal() { return draws_.normal(next_++); }

 private:
  random::Draws draws_;
  std::uint64_t next_ = 0;
};

/// One program of a class.
struct QpInstance {
  QpMatrix p, a;  ///< p: the lower triangle
  std::vector<double> q, l, u;
  std::vector<double> features;
  std::vector<std::string> feature_names;
  std::vector<std::int32_t> penalty_group;  ///< [m]

  /// One feature.
  void tell(std::string_view name, double value);
  /// The numbers, or if they are more than `at_most`, as many quantiles.
  void tell(std::string_view name, std::vector<double> values, int at_most);
  /// `count` more rows with these bounds.
  void bound(std::int64_t count, double lower, double upper, std::int32_t group);
};

/// draw: patterns, sizes, groups and which bounds are equal or infinite are the same for all numbers.
QpFamily family_of_class(std::string name, std::function<QpInstance(NumberSequence)> draw);

/// The sparse matrices of such classes.
struct RandomPattern {
  /// round(density rows columns) places. which: of several of one family.
  RandomPattern(std::int32_t rows, std::int32_t columns, double density, std::uint64_t seed, std::uint64_t which);
  /// At each place a value of `draw`. [entries] by rows
  [[nodiscard]] QpMatrix values(std::function<double()> const& draw) const;

  CsrPattern pattern;
  std::int32_t columns;
};

/// sums[j]: over the entries of column j, of entry times weight[row], or of its square where weight is empty.
std::vector<double> column_sums(QpMatrix const& a, std::int32_t columns, std::vector<double> const& weight);

/// size: states; half as many inputs; horizon 10. Matrices, bounds, weights and the initial state vary.
QpFamily control_family(int size, std::uint64_t pattern_seed);
/// size: features of the regression; min |A x - b|^2 + lambda |x|_1.
QpFamily lasso_family(int size, std::uint64_t pattern_seed);
/// size: features of the regression, with a robust loss.
QpFamily huber_family(int size, std::uint64_t pattern_seed);
/// size: features.
QpFamily svm_family(int size, std::uint64_t pattern_seed);
/// size: factors; 100 assets each.
QpFamily portfolio_family(int size, std::uint64_t pattern_seed);
/// size: unknowns; 10 inequalities each.
QpFamily random_family(int size, std::uint64_t pattern_seed);
/// size: unknowns; one equality for two.
QpFamily equality_family(int size, std::uint64_t pattern_seed);

}  // namespace metasolve::problems
