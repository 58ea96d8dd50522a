// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/solver.hpp"

namespace metasolve::kernels {

/// Placeholder for a solver's argument in a concept.
struct AnyUpdate {
  template <class Number>
  METASOLVE_HD void operator()(int, Number const&, Number const&) const {}
};
struct AnyColumn {
  template <class Visit>
  METASOLVE_HD void operator()(int, Visit&&) const {}
};

/// The matrix A of a task for stationary iterations: a trivially copyable struct of sizes and views of the batch,
/// called by every member of a team. `local`, filled by `load`, is in memory near the team; u and f hold numbers: one
/// task, or one task per lane.
///
///   using scalar; int unknowns;
///   int local_size()                                  scalars of `local`
///   bool load(team, int64 task, view<scalar> local)
///       false: a breakdown, such as a zero on the diagonal. Always scalar
///   void for_each_update(team, local, f, u, update)
///       update(i, u_i, Jacobi's next u_i) for each row, split over the team; no sync
///   Number row_product(local, i, u)                   (A u)_i
///   void for_each_row_of_transpose(team, local, column)
///       column(i, visit) for each i, split over the team, with visit(entry): entry(r, A_ri, 1 / A_rr) for each r with
///       A_ri != 0
template <class A>
concept Operator = requires(A const a, SoloTeam const team, std::int64_t task, LocalView<typename A::scalar> v, int i,
                            AnyUpdate update, AnyColumn column) {
  typename A::scalar;
  { a.unknowns } -> std::convertible_to<int>;
  { a.local_size() } -> std::convertible_to<int>;
  { a.load(team, task, v) } -> std::convertible_to<bool>;
  a.for_each_update(team, v, v, v, update);
  { a.row_product(v, i, v) } -> std::convertible_to<typename A::scalar>;
  a.for_each_row_of_transpose(team, v, column);
};

}  // namespace metasolve::kernels
