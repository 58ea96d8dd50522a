// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"
#include "../simd/view.hpp"

/// The implicit gradient of x = A^-1 b (Giles, Collected matrix derivative results, 2008, section 2.3.1): with rhs_bar =
/// A^-T x_bar, the cotangent of A is -rhs_bar x'.
namespace metasolve::kernels {

/// For every task (row) and entry of the caller's pattern (column): values_bar = -rhs_bar_i x_j at (i, j). NaN in
/// rhs_bar gives NaN.
template <class Scalar>
struct ValuesBar {
  using scalar = Scalar;
  static constexpr auto name = "values_bar";
  std::int32_t const* row = nullptr;     ///< [entries] i, the caller's number
  std::int32_t const* column = nullptr;  ///< [entries] j; ~j where the entry also stands for a_ji, absent from the
                                         ///< pattern: the contributions of both are added
  BatchView<Scalar const> rhs_bar;       ///< [tasks][unknowns]
  BatchView<Scalar const> solution;      ///< x [tasks][unknowns]
  BatchView<Scalar> values_bar;          ///< [tasks][entries]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t task, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      int const e = static_cast<int>(first) + l, i = row[e], given = column[e], j = given < 0 ? ~given : given;
      Scalar bar = -(rhs_bar(task, i) * solution(task, j));
      if (given < 0) bar -= rhs_bar(task, j) * solution(task, i);
      values_bar(task, e) = bar;
    }
  }
};

/// Writes NaN, which stays where a task fails and its result is not written. Row: task, column: item.
template <class Scalar>
struct FillNan {
  using scalar = Scalar;
  static constexpr auto name = "fill_nan";
  BatchView<Scalar> to;  ///< [tasks][items]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t task, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      to(task, static_cast<int>(first) + l) = infinity<Scalar>() - infinity<Scalar>();
    }
  }
};

}  // namespace metasolve::kernels
