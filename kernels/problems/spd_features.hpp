// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/lower_pattern.hpp"

namespace metasolve::kernels {

/// A meta-solver's features of a symmetric matrix: logarithms of its 1-norm, its Frobenius norm, the smallest, the mean
/// and the largest entry of its diagonal, and the smallest ratio of a diagonal entry to the rest of its row.
template <class Scalar>
struct SpdFeatures {
  using scalar = Scalar;
  static constexpr auto name = "spd_features";
  static constexpr int width = 6;
  LowerPatternView pattern;
  BatchView<Scalar const> values;       ///< [tasks][pattern.values()]
  Scalar* features;                     ///< [tasks][width]
  std::int32_t const* place = nullptr;  ///< TaskValues

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const task = column + l;
      TaskValues<Scalar> const a{values, task, place};
      Scalar const first = abs(a[pattern.entries]);
      Scalar norm(0), least = first, most = first, sum(0), dominance = infinity<Scalar>();
      for (int i = 0; i < pattern.unknowns; ++i) {
        Scalar const diagonal = abs(a[pattern.entries + i]);
        Scalar const rest = off_diagonal_sum<Scalar>(pattern, a, i);
        sum += diagonal;
        norm = larger(norm, diagonal + rest);
        least = diagonal < least ? diagonal : least;
        most = larger(most, diagonal);
        if (rest > Scalar(0) && diagonal / rest < dominance) dominance = diagonal / rest;
      }
      Scalar* const x = features + task * width;
      x[0] = log(norm);
      x[1] = log(frobenius_norm<Scalar>(pattern, a));
      x[2] = log(least);
      x[3] = log(sum / Scalar(pattern.unknowns));
      x[4] = log(most);
      x[5] = dominance < infinity<Scalar>() ? log(dominance) : Scalar(0);  // for a diagonal matrix
    }
  }

 private:
  METASOLVE_HD static Scalar larger(Scalar a, Scalar b) { return a < b ? b : a; }
};

}  // namespace metasolve::kernels
