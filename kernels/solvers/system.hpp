// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "../simd/view.hpp"

namespace metasolve::kernels {

/// A small nonlinear system g(y) = 0 of n unknowns, for Newton-like methods (newton_like.hpp): a trivially copyable
/// struct with views of the batch. One member per task. Static functions read only the task's numbers, `data`
/// [task_size()], which `load` filled from the batch; y and g hold numbers: one task, or one task per lane.
///
///   using scalar; static constexpr int size;        n, 1 to 32
///   static constexpr int task_size()
///   bool load(int64 task, view<scalar> data)         false: the task is invalid, a breakdown. Always scalar
///   static void residual(data, y, g)                 assigns g [n]
///   static void jacobian(data, y, J)                 assigns J[i][j] = dg_i/dy_j [n][n]
///   static void add_hessian_contraction(data, y, w, bar)       bar[k] += sum_ij w[i][j] d2g_i/(dy_j dy_k); w [n][n] is
///   overwritten
///
/// Optional:
///
///   using bounds                                     of y (BoundsOf in lockstep/bounds.hpp)
///   static Number allowed_excess(data)               how far outside them y may be because of the task's own data
///   static constexpr bool has_jacobian_entries = true, with
///   static void jacobian_entries(data, y, use)       in place of J, if most of it is 0: use(i, j, J[i][j]) for all
///                                                    nonzeros and the whole diagonal, row by row
template <class S>
concept System = requires(S const s, std::int64_t task, LocalView<typename S::scalar> data,
                          typename S::scalar const (&y)[S::size], typename S::scalar (&g)[S::size],
                          typename S::scalar (&J)[S::size][S::size]) {
  requires S::size >= 1 && S::size <= 32;
  { S::task_size() } -> std::convertible_to<int>;
  { s.load(task, data) } -> std::convertible_to<bool>;
  S::residual(data, y, g);
  S::jacobian(data, y, J);
  S::add_hessian_contraction(data, y, J, g);
};

}  // namespace metasolve::kernels
