// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/system_scale.hpp"
#include "../simd/number.hpp"

/// Scalar recurrences of conjugate gradients, shared by lockstep (ConjugateGradient) and blocks (BlockIteration). An
/// iteration: q = A p; x += step_length p; r -= step_length q; z = M^-1 r; p = z + beta p.
namespace metasolve::kernels {

/// Whether a step along p is possible: otherwise A is not positive definite.
template <class Number>
METASOLVE_HD auto is_definite(Number const& pAp) {
  return pAp > Number(real_of<Number>(0));
}
template <class Number>
METASOLVE_HD Number step_length_of(Number const& rz, Number const& pAp) {
  return rz / pAp;
}
template <class Number>
METASOLVE_HD Number beta_of(Number const& next_rz, Number const& rz) {
  return next_rz / rz;
}

/// ||r||. confirms: squares about to underflow count as 0.
template <class Number>
METASOLVE_HD Number residual_norm(Number const& rr, bool confirms) {
  if (!confirms) return sqrt(rr);
  return select(rr < Number(real_of<Number>(least_squares)), Number(real_of<Number>(0)), sqrt(rr));
}

template <class Number>
struct CgScalars {
  Number rz, rr;
  Number sign;  ///< 1, or -1 after a breakdown

  /// -L after a breakdown.
  template <class Inverse>
  METASOLVE_HD Number measure(Inverse const& inverse_norm, bool confirms) const {
    return residual_norm(rr, confirms) * sign * inverse_norm;
  }
  /// For the next iteration, where is_definite (`moves`); an active task that does not move breaks down.
  template <class Active, class Moves>
  METASOLVE_HD CgScalars after(Active active, Moves moves, Number const& next_rz, Number const& next_rr) const {
    return {select(moves, next_rz, rz), select(moves, next_rr, rr),
            select(active, select(moves, sign, Number(real_of<Number>(-1))), sign)};
  }
};

}  // namespace metasolve::kernels
