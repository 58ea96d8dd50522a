// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "active_system.hpp"
#include "admm.hpp"

namespace metasolve::kernels {

/// Improves solutions by the equations of their active rows. Null outputs are not written.
struct QpPolish {
  BatchView<double> solution;            ///< [count][n + m] in and out
  std::int32_t const* status = nullptr;  ///< [count] only converged tasks; null: all
  double* measure = nullptr;             ///< [count]
  std::int32_t* polished = nullptr;      ///< [count]
};

/// The implicit gradient at solutions: lambda = K^-1 solution_bar of the active rows' K, then q_bar = -lambda_x, b_bar
/// = lambda_y of active bounds b, P_bar = -lambda_x x', A_bar = -(y lambda_x' + lambda_y x') (Amos and Kolter, OptNet,
/// 2017, from the derivatives of P x + q + A'y = 0 and A_act x = b).
struct QpGradient {
  BatchView<double const> solution;      ///< [count][n + m]
  BatchView<double const> solution_bar;  ///< [count][n + m], or [count][n] with of_x
  bool of_x = false;
  BatchView<double> q_bar, lower_bar, upper_bar, p_bar, a_bar;
  std::int32_t* status = nullptr;
};

/// Polish, or the gradient, of tasks one after another. A body for teams (exec::TeamBody).
struct QpActiveSet {
  using scalar = double;
  using solver_type = Admm<AdmmFactor::own>;
  static constexpr auto name = "qp_active_set";
  static constexpr bool takes_batches = true;
  /// Of solutions: what a residual may grow by in units of its scale; and of gradients: a larger residual is that of a
  /// singular system.
  static constexpr double rounding = 1e-13, most_residual = 1e-6;

  solver_type solver;  ///< for its tasks, sizes and settings
  std::int64_t count = 0;
  double const *delta = nullptr, *root = nullptr;  ///< [n + m] ActiveSystem's
  bool polishes = true;
  QpPolish polish{};
  QpGradient gradient{};

  METASOLVE_HD int scratch_size() const { return ActiveSystemSizes{solver.kkt, solver.tasks.shares_matrices()}.all(); }
  METASOLVE_HD static constexpr std::int64_t global_size() { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    for (std::int64_t first = source(); first >= 0; first = source()) {
      ActiveSystem<Number, T> system(team, solver.kkt, solver.tasks, delta, root, first, count, scratch.data);
      if (polishes) {
        improve<Number>(team, system);
      } else {
        differentiate<Number>(team, system);
      }
      team.sync();
    }
  }

 private:
  /// What polish compares: the residuals, and the scales of Admm's measure.
  template <class Number>
  struct Residuals {
    Number primal{0.0}, dual{0.0}, primal_scale{1.0}, dual_scale{1.0};
  };

  /// Multipliers of the wrong sign become 0, in place; then rows count as what their multipliers say. Syncs.
  template <class Number, class T>
  METASOLVE_HD Residuals<Number> residuals(T const& team, ActiveSystem<Number, T> const& system, Number* of) const {
    auto const& kkt = solver.kkt;
    int const n = kkt.variables, m = kkt.rows;
    Number const zero(0.0);
    for_each(team, m, [&](int i) {
      Number const y = of[n + i], kind = system.active[i];
      auto const is_upper = kind > zero && kind < Number(1.5), is_lower = kind < zero;
      auto const is_none = kind >= zero && kind <= zero;
      of[n + i] = select((is_upper && y < zero) || (is_lower && y > zero) || is_none, zero, y);
    });
    team.sync();
    MaxNorm<Number> primal, dual, of_primal, of_dual;
    system.with_matrices([&](auto const* p, auto const* a) {
      for_each(team, m, [&](int i) {
        Number const ax = kkt.template a_row<Number>(a, of, i), y = of[n + i];
        Number const l = system.lower(i), u = system.upper(i);
        Number const inside = select(ax < l, l, select(ax > u, u, ax));
        Number const z = select(y > zero, u, select(y < zero, l, inside));
        primal.add(ax - z);
        of_primal.add(ax);
        of_primal.add(z);
      });
      for_each(team, n, [&](int j) {
        Number const px = kkt.template p_row<Number>(p, of, j), aty = kkt.template a_column<Number>(a, of + n, j);
        Number const q = system.q(j);
        dual.add(px + q + aty);
        of_dual.add(px);
        of_dual.add(aty);
        of_dual.add(q);
      });
    });
    Residuals<Number> r;
    r.primal = primal.over(team);
    r.dual = dual.over(team);
    if (solver.tasks.scales) {
      r.primal_scale = system.loaded([&](std::int64_t t) { return solver.tasks.scales(t, 0); });
      r.dual_scale = system.loaded([&](std::int64_t t) { return solver.tasks.scales(t, 1); });
    } else {
      r.primal_scale = Number(solver.settings.absolute) + of_primal.over(team);
      r.dual_scale = Number(solver.settings.absolute) + of_dual.over(team);
    }
    team.sync();
    return r;
  }

  template <class Number, class T>
  METASOLVE_HD void improve(T const& team, ActiveSystem<Number, T>& system) const {
    auto const& kkt = solver.kkt;
    int const n = kkt.variables, m = kkt.rows;
    Number const zero(0.0);
    auto const usable = system.begin({polish.solution.data, polish.solution.task_stride, polish.solution.item_stride});
    for_each(team, n, [&](int j) {
      system.rhs[j] = zero - system.q(j);
      system.s[j] = Number(system.given[j]);
    });
    for_each(team, m, [&](int i) {
      Number const l = system.lower(i), u = system.upper(i), kind = system.active[i];
      system.rhs[n + i] = select(kind < zero, l, select(kind > zero, u, zero));
      system.s[n + i] = select(system.is_active(i), Number(system.given[n + i]), zero);
    });
    team.sync();
    system.solve();
    auto const before = residuals(team, system, system.given), after = residuals(team, system, system.s);
    auto const not_larger = [&](Number const& to, Number const& from, Number const& scale) {
      return to <= from || to <= Number(rounding) * scale;
    };
    unsigned wanted = 0;
    for (int l = 0; l < system.occupied(); ++l) {
      bool const is_converged =
          polish.status == nullptr || polish.status[system.task(l)] == static_cast<std::int32_t>(Status::converged);
      wanted |= is_converged ? 1u << l : 0u;
    }
    unsigned const accepted = wanted & bits(usable && not_larger(after.primal, before.primal, after.primal_scale) &&
                                            not_larger(after.dual, before.dual, after.dual_scale));
    Number const measure = larger_of(after.primal / after.primal_scale, after.dual / after.dual_scale);
    for (int l = 0; l < system.occupied(); ++l) {
      bool const is_accepted = (accepted >> l & 1u) != 0;
      if (team.rank() == 0) {
        if (polish.polished != nullptr) polish.polished[system.task(l)] = is_accepted ? 1 : 0;
        if (is_accepted && polish.measure != nullptr) polish.measure[system.task(l)] = lane(measure, l);
      }
      if (!is_accepted) continue;
      for_each(team, kkt.size(), [&](int k) { polish.solution(system.task(l), k) = lane(system.s[k], l); });
    }
  }

  template <class Number, class T>
  METASOLVE_HD void differentiate(T const& team, ActiveSystem<Number, T>& system) const {
    auto const& kkt = solver.kkt;
    int const n = kkt.variables, m = kkt.rows;
    Number const zero(0.0), half(0.5);
    auto const regular = system.begin(gradient.solution);
    for_each(team, kkt.size(), [&](int k) {
      bool const is_there = k < n || !gradient.of_x;
      Number const bar = is_there ? system.loaded([&](std::int64_t t) { return gradient.solution_bar(t, k); }) : zero;
      system.rhs[k] = k < n ? bar : select(system.is_active(k - n), bar, zero);
      system.s[k] = zero;
    });
    team.sync();
    Number const residual = system.solve();
    auto const solved = regular && residual <= Number(most_residual);
    MaxNorm<Number> size;
    for_each(team, kkt.size(), [&](int k) {
      size.add(system.s[k]);
      size.add(system.given[k]);
    });
    Number const largest = size.over(team);
    unsigned const usable = bits(solved), whole = usable & bits(largest < Number(infinity<double>()));
    auto const keep = lanes_where<Number>(whole);
    Number const none(infinity<double>() - infinity<double>());
    auto const write = [&](BatchView<double> const& to, int k, Number const& value) {
      Number const kept = select(keep, value, none);
      for (int l = 0; l < system.occupied(); ++l) to(system.task(l), k) = lane(kept, l);
    };
    auto const x = [&](int j) { return Number(system.given[j]); };
    auto const y = [&](int i) { return select(system.is_active(i), Number(system.given[n + i]), zero); };
    auto const of_x = [&](int j) { return Number(system.s[j]); };
    auto const of_y = [&](int i) { return Number(system.s[n + i]); };
    if (gradient.q_bar) for_each(team, n, [&](int j) { write(gradient.q_bar, j, zero - of_x(j)); });
    for_each(team, m, [&](int i) {
      // Which bound of an equality row is the active one is told by its multiplier; of none, each has half.
      Number const sign = y(i), w = of_y(i), share = select(sign < zero || sign > zero, zero, half * w);
      if (gradient.lower_bar) write(gradient.lower_bar, i, select(sign < zero, w, share));
      if (gradient.upper_bar) write(gradient.upper_bar, i, select(sign > zero, w, share));
    });
    if (gradient.p_bar) write_p_bar(team, write, x, of_x);
    if (gradient.a_bar) {
      for_each(team, m, [&](int i) {
        for (int e = kkt.a_row_ptrs[i]; e < kkt.a_row_ptrs[i + 1]; ++e) {
          int const j = kkt.a_col_idxs[e];
          write(gradient.a_bar, e, zero - (y(i) * of_x(j) + of_y(i) * x(j)));
        }
      });
    }
    for (int l = 0; gradient.status != nullptr && team.rank() == 0 && l < system.occupied(); ++l) {
      bool const is_usable = (usable >> l & 1u) != 0, is_whole = (whole >> l & 1u) != 0;
      bool const is_finite_task = lane(largest, l) < infinity<double>();
      gradient.status[system.task(l)] = static_cast<std::int32_t>(is_whole                       ? Status::converged
                                                                  : is_usable || !is_finite_task ? Status::not_finite
                                                                                                 : Status::breakdown);
    }
  }

  template <class T, class Write, class X, class OfX>
  METASOLVE_HD void write_p_bar(T const& team, Write const& write, X const& x, OfX const& of_x) const {
    auto const& kkt = solver.kkt;
    using Number = decltype(x(0));
    Number const zero(0.0);
    for_each(team, kkt.p_entries, [&](int e) {
      if (kkt.by_columns.p[e] < 0) write(gradient.p_bar, e, zero);  // not read
    });
    for_each(team, kkt.variables, [&](int i) {
      for (int e = kkt.p_row_ptrs[i]; e < kkt.p_row_ptrs[i + 1]; ++e) {
        int const j = kkt.p_col_idxs[e];
        if (j > i) continue;  // the same entry as that of row j
        Number const mirrored = i == j ? zero : of_x(j) * x(i);
        write(gradient.p_bar, kkt.p_value[e], zero - (of_x(i) * x(j) + mirrored));
      }
    });
  }
};

}  // namespace metasolve::kernels
