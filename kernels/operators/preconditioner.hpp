// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/solver.hpp"
#include "lower_pattern.hpp"

namespace metasolve::kernels {

/// A preconditioner M = F B for matrices A with a common lower pattern, symmetric or (general_matrix.hpp) not: a
/// trivially copyable struct of sizes and views, called by every member of a team. `factor` [size()] is built by
/// `build` from a task's A and the parameters theta [parameter_size()]; it is stored in the solver's workspace. Vectors
/// are [unknowns]; all hold numbers: one task, or one task per lane.
///
///   static constexpr int parameter_size()
///   int size()
///   Mask build(team, pattern of A, values of A, theta, factor, scratch, fresh)
///       the mask of usable factors; scratch [unknowns]; may change theta in the lanes of the mask `fresh`. Syncs
///   void forward(team, factor, v), backward(team, factor, v)     v = F^-1 v, v = B^-1 v. Sync
///   void apply_adjoint(team, v, y, z, w, factor_bar)
///       with z = M^-1 r, y = F^-1 r, v = M^-1 z_bar, w = F^-1 z_bar: adds to factor_bar the cotangent of the factor
///       from z_bar
///   void build_adjoint(team, factor, factor_bar, theta_bar, scratch)
///       theta_bar += the cotangents of theta; factor_bar is overwritten. Called after a sync; syncs
/// A ForwardPreconditioner has all but the adjoints: it can be used for solving, not for training. It may have static
/// constexpr bool has_absolute_shift (see below).
template <class M>
concept ForwardPreconditioner = requires(M const m, SoloTeam const team, LowerPatternView const pattern,
                                         LocalView<double> v, bool fresh) {
  { M::parameter_size() } -> std::convertible_to<int>;
  { m.size() } -> std::convertible_to<int>;
  { m.build(team, pattern, v, v, v, v, fresh) } -> std::convertible_to<bool>;
  m.forward(team, v, v);
  m.backward(team, v, v);
};

/// Whether its parameter is a shift: a positive one in the unit of A's entries, a negative one relative (shift.hpp).
template <ForwardPreconditioner M>
constexpr bool has_absolute_shift() {
  if constexpr (requires { M::has_absolute_shift; }) return M::has_absolute_shift;
  return M::parameter_size() > 0;
}

template <class M>
concept Preconditioner = ForwardPreconditioner<M> && requires(M const m, SoloTeam const team, LocalView<double> v) {
  m.apply_adjoint(team, v, v, v, v, v);
  m.build_adjoint(team, v, v, v, v);
};

}  // namespace metasolve::kernels
