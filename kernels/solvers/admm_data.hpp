// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../direct/kkt.hpp"
#include "../lockstep/solver.hpp"

namespace metasolve::kernels {

/// Where the factor of a task comes from.
enum class AdmmFactor {
  own,     ///< in the task's workspace: computed there, or copied from the nearest entry of a codebook
  shared,  ///< one in memory: all tasks have the same P, A and penalties
};

/// Where a task's iteration starts.
enum class AdmmStart : std::int32_t {
  cold,         ///< x = 0, y = 0
  primal_dual,  ///< parameters: x_0 [n], y_0 [m]
  dual,         ///< parameters: v of the guessed rows; z = clip(v), y = guess_rho (v - z); other rows y = 0
};

/// Penalties whose factors were computed before (factors [entries][kkt.factor_size()], of packs' panels by rows).
struct AdmmCodebook {
  int entries = 0;                  ///< 0: none
  double const* rho = nullptr;      ///< [entries][m] effective penalties
  double const* log_rho = nullptr;  ///< [entries][groups], for the nearest one
  double const* factors = nullptr;
  std::int32_t const* usable = nullptr;  ///< [entries] 0: tasks of the entry break down; null: all are
};

/// The QPs of a batch: minimise x'P x / 2 + q'x subject to l <= A x <= u.
struct AdmmTasks {
  BatchView<double const> p, a;          ///< [tasks][entries]; task_stride 0: the same for all tasks
  BatchView<double const> q;             ///< [tasks][n]
  BatchView<double const> lower, upper;  ///< [tasks][m]; infinite: no bound
  BatchView<double const> scales;  ///< [tasks][2] what primal and dual residuals are measured in; null: OSQP's rule

  METASOLVE_HD bool shares_matrices() const { return p.task_stride == 0 && a.task_stride == 0; }
};

/// What the tasks of a batch have in common.
struct AdmmSettings {
  double sigma = 1e-6;
  double absolute = 1;     ///< OSQP's rule: eps_abs / eps_rel
  double certificate = 0;  ///< tolerance of certificates of infeasibility; 0: they are not looked for
  double guess_rho = 1;
  AdmmStart start = AdmmStart::cold;
  int guessed = 0;                          ///< rows whose v is a parameter
  std::int32_t const* guess_row = nullptr;  ///< [guessed]
  /// [m] of the penalties: rho_i = weight_i times the parameter of its group; -weight_i where negative.
  double const* weight = nullptr;
  int groups = 0;
  std::int32_t const* group_of_row = nullptr;  ///< [m]
  std::int32_t const* group_ptrs = nullptr;    ///< [groups + 1] rows of a group: group_rows[group_ptrs[g]] ...
  std::int32_t const* group_rows = nullptr;

  /// A row's effective penalty, from its weight and its group's parameter.
  template <class Number>
  METASOLVE_HD static Number penalty(double weight_of_row, Number const& rho) {
    return weight_of_row > 0 ? Number(weight_of_row) * rho : Number(-weight_of_row);
  }

  /// Iterations between two tests for infeasibility, as OSQP's between two termination checks.
  static constexpr double certificate_interval = 25;
};

/// Offsets of a state's parts: x, z, y, and the products P x, A x, A'y, which follow by recurrence or are needed
/// twice; then whether a step was made, the steps since the last test for infeasibility, and what was proven (AdmmEnd).
struct AdmmLayout {
  int n, m;
  METASOLVE_HD int x() const { return 0; }
  METASOLVE_HD int z() const { return n; }
  METASOLVE_HD int y() const { return n + m; }
  METASOLVE_HD int px() const { return n + 2 * m; }
  METASOLVE_HD int ax() const { return 2 * n + 2 * m; }
  METASOLVE_HD int aty() const { return 2 * n + 3 * m; }
  METASOLVE_HD int begun() const { return 3 * n + 3 * m; }
  METASOLVE_HD int since() const { return begun() + 1; }
  METASOLVE_HD int end() const { return begun() + 2; }
  METASOLVE_HD int size() const { return begun() + 3; }
};

/// AdmmLayout::end of a state.
struct AdmmEnd {
  static constexpr double none = 0, primal_infeasible = 1, dual_infeasible = 2, breakdown = 3;
  static constexpr double of_breakdown = 1e300;  ///< magnitude of the measure: above any tolerance
};

/// The largest magnitude of numbers; NaN if one is, or is infinite.
template <class Number>
class MaxNorm {
 public:
  METASOLVE_HD void add(Number const& r) {
    Number const size = abs(r);
    largest_ = select(size > largest_, size, largest_);
    rest_ += r - r;
  }
  /// The same on each member.
  template <class T>
  METASOLVE_HD Number over(T const& team) const {
    return team.max(largest_ + rest_);
  }

 private:
  Number largest_{0.0}, rest_{0.0};
};

}  // namespace metasolve::kernels
