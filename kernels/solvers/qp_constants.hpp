// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm_data.hpp"

namespace metasolve::kernels {

/// The caller's parameters of Admm: constants of an attempt (AttemptArguments).
struct QpConstants {
  int penalties = 0;  ///< groups of rho that are parameters; 0: the factor is given
  int variables = 0;  ///< n
  AdmmStart start = AdmmStart::cold;
  BatchView<double const> rho;  ///< [tasks][penalties]
  PerTask<double> rho_factor{.value = 1};
  PerTask<double> alpha{.value = 1.6};
  PerTask<std::int32_t> entry{.value = -1};  ///< of the codebook, whose penalties replace rho; below 0: none
  int entries = 0;
  double const* of_entry = nullptr;       ///< [entries][penalties]
  BatchView<double const> guess;          ///< [tasks][n + m] x_0, y_0; null: zeros
  std::int32_t const *shift_x = nullptr,  ///< [n] where x_j is in the guess, -1: 0; null: in its place
      *shift_y = nullptr;                 ///< [m] likewise
  // For AdmmStart::dual:
  std::int32_t const* guess_row = nullptr;
  double guess_rho = 1;
  BatchView<double const> lower, upper;  ///< [tasks][m]

  /// [slots][penalties + 1] what a network predicts in place of rho and alpha, of tasks from first_predicted on; null:
  /// nothing, or the start too (LockstepArguments::theta).
  BatchView<double const> predicted;
  std::int64_t first_predicted = 0;

  METASOLVE_HD double operator()(std::int64_t task, int p) const {
    if (predicted && p <= penalties) return predicted(task - first_predicted, p);
    if (p < penalties) return penalty(task, p);
    if (p == penalties) return alpha[task];
    int const k = p - penalties - 1;
    if (start == AdmmStart::dual) return split(task, guess_row[k]);
    return k < variables ? guessed(task, 0, k, shift_x) : guessed(task, variables, k - variables, shift_y);
  }

 private:
  METASOLVE_HD double penalty(std::int64_t task, int group) const {
    std::int32_t const e = entry[task];
    if (e < 0) return rho_factor[task] * rho(task, group);
    return e < entries ? of_entry[static_cast<std::int64_t>(e) * penalties + group]
                       : 0.0;  // 0 is no penalty: the task breaks down
  }
  METASOLVE_HD double guessed(std::int64_t task, int first, int k, std::int32_t const* shift) const {
    if (!guess) return 0.0;
    int const from = shift != nullptr ? shift[k] : k;
    return from < 0 ? 0.0 : guess(task, first + from);
  }
  /// v that a dual start splits into z = clip(v) and y.
  METASOLVE_HD double split(std::int64_t task, int row) const {
    double const y = guessed(task, variables, row, shift_y), l = lower(task, row), u = upper(task, row);
    double const inside = l > 0 ? l : u < 0 ? u : 0.0;
    double const bound = y > 0 ? u : y < 0 ? l : inside;
    return (is_finite(bound) ? bound : inside) + y / guess_rho;
  }
};

/// The parameters without a network [tasks][size], for its head, which adds predictions of a start to 0. Row: task;
/// column: parameter. An element body.
struct QpDefaults {
  using scalar = double;
  static constexpr auto name = "qp_defaults";

  QpConstants constants;
  std::int64_t first_task = 0;
  int size = 0;
  double* to = nullptr;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t task, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      int const p = static_cast<int>(first) + l;
      bool const is_start = p > constants.penalties;
      to[task * size + p] = is_start ? 0.0 : constants(first_task + task, p);
    }
  }
};

}  // namespace metasolve::kernels
