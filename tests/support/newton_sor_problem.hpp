// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/kernels/problems/systems/hires.hpp"
#include "metasolve/kernels/problems/systems/van_der_pol.hpp"
#include "metasolve/kernels/simd/pack.hpp"
#include "tests/support/run_lockstep.hpp"

/// Implicit Euler steps of several systems, for Newton-SOR.
namespace metasolve::test {

using kernels::Robertson;

/// Robertson with derivatives by dual numbers, and its step size not multiplied into the rate constants.
struct DerivedRobertson {
  static constexpr int size = 3, parameters = 3;
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const& t, Y const& y, P const& c, F& f) {
    Robertson::rate(t, y, c, f);
  }
};

template <kernels::Ode O>
using EulerRow = kernels::ImplicitEuler<O, double>;

/// A task's row: t = 0, the step size, parameters, relaxation factor 1.37, y_prev.
template <kernels::Ode O>
std::vector<double> euler_row(double h, std::vector<double> const& p, std::vector<double> const& y) {
  std::vector<double> row{0, h};
  row.insert(row.end(), p.begin(), p.end());
  row.push_back(1.37);
  row.insert(row.end(), y.begin(), y.end());
  return row;
}

/// Realistic steps: Robertson's trajectories; the slow parts of van der Pol's oscillation; HIRES anywhere in the range
/// of its solutions.
template <kernels::Ode O>
std::vector<double> euler_rows(std::int64_t count) {
  std::vector<double> rows;
  if constexpr (O::size == 3) {
    static_assert(EulerRow<O>::columns == EulerRow<Robertson>::columns);
    rows.resize(static_cast<std::size_t>(count * EulerRow<O>::columns));
    problems::sampled_robertson({}, count, 5, random::Stream::test_tasks, {}).fill(0, count, rows.data());
    return rows;
  }
  for (std::int64_t t = 0; t < count; ++t) {
    random::Draws const draws(3, random::Stream::test_tasks, static_cast<std::uint64_t>(t));
    std::vector<double> p, y;
    double h = std::pow(10, -4 + 4 * draws.uniform(0));
    if constexpr (O::size == 2) {
      p = {std::pow(10, 3 * draws.uniform(1))};
      double const x = 1.1 + 1.1 * draws.uniform(2);
      y = {draws.uniform(3) < 0.5 ? -x : x, 2 * draws.uniform(4) - 1};
    } else {
      for (std::uint64_t i = 0; i < 8; ++i) y.push_back((i < 6 ? 1 : 0.0057) * (0.1 + 0.9 * draws.uniform(i + 1)));
      h *= 10;
    }
    auto const row = euler_row<O>(h, p, y);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

/// The default parameters of rows: relaxation factor and y_prev.
template <kernels::Ode O>
std::vector<double> default_theta(std::vector<double> const& rows) {
  std::vector<double> theta;
  for (std::size_t at = EulerRow<O>::relaxation_at; at < rows.size(); at += EulerRow<O>::columns) {
    theta.insert(theta.end(), rows.begin() + static_cast<std::ptrdiff_t>(at),
                 rows.begin() + static_cast<std::ptrdiff_t>(at) + 1 + O::size);
  }
  return theta;
}

/// Names of typed tests over systems.
struct EulerNames {
  template <class O>
  static std::string GetName(int) {
    if constexpr (std::is_same_v<O, DerivedRobertson>) return "DerivedRobertson";
    return O::size == 2 ? "VanDerPol" : O::size == 3 ? "Robertson" : "Hires";
  }
};

/// Rows [from, from + count) of a matrix.
template <class T>
std::vector<T> rows_of(std::vector<T> const& all, std::int64_t from, std::int64_t count, int width) {
  return {all.begin() + from * width, all.begin() + (from + count) * width};
}

}  // namespace metasolve::test
