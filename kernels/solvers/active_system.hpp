// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm_data.hpp"

namespace metasolve::kernels {

/// Which bound of a row holds with equality at a solution.
struct ActiveBound {
  static constexpr double none = 0, lower = -1, upper = 1, both = 2;
};

/// The memory of ActiveSystem, in numbers of a team.
struct ActiveSystemSizes {
  KktView const& kkt;
  bool shares_matrices;
  METASOLVE_HD int matrices() const { return shares_matrices ? 0 : kkt.p_entries + kkt.a_entries; }
  METASOLVE_HD int all() const { return kkt.factor_size() + matrices() + 6 * kkt.size() + kkt.rows; }
};

/// The equations of a quadratic program's active rows, for one task or one a lane:
///     [P, A_act'; A_act, 0] s = rhs.
/// Factored as K = [P + delta, A'; A, -delta of active rows, -large of others], with the pattern of the whole problem,
/// and refined (Stellato et al., Math. Prog. Comp. 12, 2020, section 4). Vectors have n variables, then m rows; those
/// of inactive rows are 0.
template <class Number, class T>
class ActiveSystem {
 public:
  static constexpr int lanes = lanes_of<Number>;
  static constexpr int most_refinements = 20;

  /// delta, root: [n + m] of the regularisation; 1 / sqrt(delta), what residuals are weighted with. memory: as
  /// ActiveSystemSizes.
  METASOLVE_HD ActiveSystem(T const& team, KktView const& kkt, AdmmTasks const& tasks, double const* delta,
                            double const* root, std::int64_t first, std::int64_t count, Number* memory)
      : team_(team), kkt_(kkt), tasks_(tasks), delta_(delta), root_(root), n_(kkt.variables), m_(kkt.rows) {
    for (int l = 0; l < lanes; ++l) {
      occupied_ += first + l < count ? 1 : 0;
      task_[l] = first + l < count ? first + l : count - 1;
    }
    factor_ = memory;
    matrices_ = factor_ + kkt.factor_size();
    given = matrices_ + ActiveSystemSizes{kkt, tasks.shares_matrices()}.matrices();
    rhs = given + kkt.size();
    s = rhs + kkt.size();
    trial = s + kkt.size();
    residual_ = trial + kkt.size();
    solved_ = residual_ + kkt.size();
    active = solved_ + kkt.size();
  }

  Number *given, *rhs, *s, *trial;  ///< [n + m]; given: x, y of the solution; trial: scratch outside `solve`
  Number* active;                   ///< [m] of ActiveBound

  METASOLVE_HD int occupied() const { return occupied_; }
  METASOLVE_HD std::int64_t task(int l) const { return task_[l]; }
  /// of(task) in each lane.
  template <class Of>
  METASOLVE_HD Number loaded(Of const& of) const {
    Number x(0.0);
    for (int l = 0; l < lanes; ++l) set_lane(x, l, of(task_[l]));
    return x;
  }
  METASOLVE_HD Number q(int j) const {
    return loaded([&](std::int64_t t) { return tasks_.q(t, j); });
  }
  METASOLVE_HD Number lower(int i) const {
    return loaded([&](std::int64_t t) { return tasks_.lower(t, i); });
  }
  METASOLVE_HD Number upper(int i) const {
    return loaded([&](std::int64_t t) { return tasks_.upper(t, i); });
  }
  /// use(p, a): values of the matrices.
  template <class Use>
  METASOLVE_HD void with_matrices(Use&& use) const {
    if (tasks_.shares_matrices()) {
      use(tasks_.p.data, tasks_.a.data);
    } else {
      use(matrices_, matrices_ + kkt_.p_entries);
    }
  }

  /// Takes the solution, whose multipliers' signs tell which bounds are active, and factors. Returns the lanes with a
  /// factor. Syncs.
  METASOLVE_HD auto begin(BatchView<double const> const& solution) {
    for_each(team_, kkt_.size(), [&](int k) { given[k] = loaded([&](std::int64_t t) { return solution(t, k); }); });
    if (!tasks_.shares_matrices()) {
      for_each(team_, kkt_.p_entries,
               [&](int e) { matrices_[e] = loaded([&](std::int64_t t) { return tasks_.p(t, e); }); });
      for_each(team_, kkt_.a_entries,
               [&](int e) { matrices_[kkt_.p_entries + e] = loaded([&](std::int64_t t) { return tasks_.a(t, e); }); });
    }
    team_.sync();
    Number const zero(0.0), none(infinity<double>());
    for_each(team_, m_, [&](int i) {
      Number const y = given[n_ + i], l = lower(i), u = upper(i);
      Number const by_sign =
          select(y < zero && l > zero - none, Number(ActiveBound::lower),
                 select(y > zero && u < none, Number(ActiveBound::upper), Number(ActiveBound::none)));
      active[i] = select(l >= u && l <= u, Number(ActiveBound::both), by_sign);
    });
    team_.sync();
    auto usable = zero < none;
    with_matrices([&](auto const* p, auto const* a) {
      usable = kkt_.factorize(
          team_, p, a, [&](int j) { return Number(delta_[j]); },
          [&](int i) { return select(is_active(i), Number(-delta_[n_ + i]), Number(-inactive_pivot)); }, factor_);
    });
    return usable;
  }

  METASOLVE_HD auto is_active(int i) const {
    Number const zero(0.0), of = active[i];
    return of < zero || of > zero;
  }

  /// s from rhs, from the s that is there. Returns the weighted residual over that of s = 0, in each lane. Syncs.
  METASOLVE_HD Number solve() {
    Number const zero(0.0);
    Number const size = max_over<Number>(team_, kkt_.size(), [&](int k) { return Number(rhs[k]) * Number(root_[k]); });
    Number best = residual(s);
    auto goes_on = best > zero;
    for (int k = 0; k < most_refinements && bits(goes_on) != 0; ++k) {
      KktVector<Number> const v{solved_, kkt_.position};
      for_each(team_, kkt_.size(), [&](int i) { v[i] = Number(residual_[i]); });
      team_.sync();
      kkt_.solve(team_, factor_, solved_);
      for_each(team_, kkt_.size(), [&](int i) {
        Number const moved = Number(s[i]) + Number(v[i]);
        trial[i] = i < n_ ? moved : select(is_active(i - n_), moved, zero);
      });
      team_.sync();
      Number const next = residual(trial);
      auto const better = goes_on && next < best;  // NaN is not
      for_each(team_, kkt_.size(), [&](int i) { s[i] = select(better, Number(trial[i]), Number(s[i])); });
      goes_on = better && next + next < best && next > zero;
      best = select(better, next, best);
      team_.sync();
    }
    return select(size > zero, best / size, best);
  }

 private:
  /// Larger than any pivot: the row's unknown is then next to 0, and its part in other pivots too.
  static constexpr double inactive_pivot = 1e30;

  /// residual_ = rhs - K of; its weighted maximum norm. Called after a sync; syncs.
  METASOLVE_HD Number residual(Number const* of) {
    with_matrices([&](auto const* p, auto const* a) {
      for_each(team_, n_, [&](int j) {
        residual_[j] =
            Number(rhs[j]) - kkt_.template p_row<Number>(p, of, j) - kkt_.template a_column<Number>(a, of + n_, j);
      });
      for_each(team_, m_, [&](int i) {
        Number const r = Number(rhs[n_ + i]) - kkt_.template a_row<Number>(a, of, i);
        residual_[n_ + i] = select(is_active(i), r, Number(0.0));
      });
    });
    team_.sync();
    MaxNorm<Number> norm;
    for_each(team_, kkt_.size(), [&](int k) { norm.add(Number(residual_[k]) * Number(root_[k])); });
    return norm.over(team_);
  }

  T const& team_;
  KktView const& kkt_;
  AdmmTasks const& tasks_;
  double const *delta_, *root_;
  int n_, m_, occupied_ = 0;
  std::int64_t task_[lanes];
  Number *factor_, *matrices_, *residual_, *solved_;
};

}  // namespace metasolve::kernels
