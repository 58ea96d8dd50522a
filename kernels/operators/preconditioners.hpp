// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "preconditioner.hpp"
#include "shift.hpp"

/// Preconditioners without parameters.
namespace metasolve::kernels {

struct NoPreconditioner {
  METASOLVE_HD static constexpr int parameter_size() { return 0; }
  METASOLVE_HD static constexpr int size() { return 0; }
  template <class T, class Values, class Theta, class Factor, class Scratch, class Mask>
  METASOLVE_HD auto build(T const&, LowerPatternView const&, Values, Theta, Factor, Scratch, Mask) const {
    using Number = typename Factor::value_type;
    return Number(real_of<Number>(1)) > Number(real_of<Number>(0));
  }
  template <class T, class Factor, class State>
  METASOLVE_HD void forward(T const&, Factor, State) const {}
  template <class T, class Factor, class State>
  METASOLVE_HD void backward(T const&, Factor, State) const {}
  template <class T, class State, class FactorBar>
  METASOLVE_HD void apply_adjoint(T const&, State, State, State, State, FactorBar) const {}
  template <class T, class Factor, class FactorBar, class ThetaBar, class Scratch>
  METASOLVE_HD void build_adjoint(T const&, Factor, FactorBar, ThetaBar, Scratch) const {}
};

/// M = the diagonal of A.
struct JacobiPreconditioner : NoPreconditioner {
  int unknowns = 0;

  METASOLVE_HD int size() const { return unknowns; }
  template <class T, class Values, class Theta, class Factor, class Scratch, class Mask>
  METASOLVE_HD auto build(T const& team, LowerPatternView const& of_a, Values a, Theta, Factor m, Scratch, Mask) const {
    using Number = typename Factor::value_type;
    Number const zero(real_of<Number>(0)), one(real_of<Number>(1));
    Number worst = zero;
    for_each(team, unknowns, [&](int i) {
      Number const inverse = one / Number(a[of_a.entries + i]);
      m[i] = inverse;
      worst += select(is_positive_and_finite(inverse), zero, one);
    });
    Number const bad = team.sum(worst);
    team.sync();
    return bad == zero;
  }
  template <class T, class Factor, class State>
  METASOLVE_HD void forward(T const& team, Factor m, State v) const {
    using Number = typename State::value_type;
    for_each(team, unknowns, [&](int i) { v[i] = Number(v[i]) * Number(m[i]); });
    team.sync();
  }
};
static_assert(Preconditioner<NoPreconditioner> && Preconditioner<JacobiPreconditioner>);

}  // namespace metasolve::kernels
