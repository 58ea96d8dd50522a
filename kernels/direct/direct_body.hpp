// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "direct_group.hpp"
#include "factorize.hpp"

namespace metasolve::kernels {

/// Factors and solves tasks, one after another. Method: SparseFactors or DenseLu, with
///   using real                                 float or double
///   int size()                                 numbers of a factor
///   static constexpr bool has_growth           whether factors may grow without bound
///   Mask factor(team, F* factor), void solve(team, F* factor, F* v, bool transposed)    Called after a sync; sync
/// with F a number of type real with as many lanes as Number. Residuals, and so decisions, are double. x is refined
/// (Higham, chapter 12) while that at least halves the residual; the x with the least residual counts.
template <class Method, Within within>
struct DirectBody {
  using scalar = double;
  using real = typename Method::real;
  static constexpr auto name = "direct";
  static constexpr bool takes_batches = within == Within::lanes, is_scalar = !takes_batches;
  static constexpr int most_refinements = 10;

  Method method;
  DirectTasks tasks;
  LockstepArguments<double> arguments;

  METASOLVE_HD int factor_scratch() const {
    if (tasks.factors != Factors::discard) return 0;
    constexpr int halves = sizeof(double) / sizeof(real);
    return (method.size() + factor_padding) / halves;
  }
  METASOLVE_HD int scratch_size() const { return factor_scratch() + 5 * tasks.unknowns + 16; }
  METASOLVE_HD static std::int64_t global_size() { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    for (std::int64_t first = source(); first >= 0; first = source()) {
      solve_group<Number>(team, first, scratch.data);
      team.sync();
    }
  }

 private:
  template <class Number, class T>
  METASOLVE_HD void solve_group(T const& team, std::int64_t first, Number* scratch) const {
    using F = number_like<Number, real>;
    constexpr int lanes = lanes_of<Number>;
    int const n = tasks.unknowns;
    DirectGroup<Number> group(tasks, arguments, first);
    F* factor = reinterpret_cast<F*>(scratch);
    if (tasks.factors != Factors::discard) {
      factor = static_cast<F*>(tasks.kept) + first / lanes * (method.size() + factor_padding / lanes);
    }
    Number* const b = scratch + factor_scratch();
    Number *const y = b + n, *const r = y + n, *const next_y = r + n;
    F* const v = reinterpret_cast<F*>(next_y + n);

    group.load_rhs(team, b);
    auto usable =
        group.template load_matrix<F>(team, tasks.factors == Factors::reuse ? nullptr : factor, method.size());
    if (tasks.factors != Factors::reuse) {
      usable = usable && lanes_where<Number>(bits(method.factor(team, factor)));
    }
    usable = group.remember(team, usable);

    Number const zero(0.0);
    Number best(infinity<double>()), refinements = zero;
    for_each(team, n, [&](int i) {
      y[i] = zero;
      r[i] = b[i];
    });
    auto active = usable;
    for (int k = 0; k <= most_refinements && bits(active) != 0; ++k) {
      for_each(team, n, [&](int i) { v[i] = converted<F>(Number(r[i])); });
      team.sync();
      method.solve(team, factor, v, tasks.transposed);
      for_each(team, n, [&](int i) { next_y[i] = Number(y[i]) + converted<Number>(F(v[i])); });
      team.sync();
      Number const measure = group.residual(team, b, next_y, r);
      auto const better = active && measure < best;  // NaN is not
      auto const goes_on = better && measure > group.tolerance && measure + measure < best;
      for_each(team, n, [&](int i) { y[i] = select(better, Number(next_y[i]), Number(y[i])); });
      Number const count = Number(double(k));
      refinements = select(better, count, refinements);
      group.accept(team, k, measure, better);
      best = select(better, measure, best);
      active = goes_on && count < group.limit;
      team.sync();
    }
    group.finish(team, y, best, refinements, bits(usable), Method::has_growth);
  }
};

}  // namespace metasolve::kernels
