// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator.hpp"

namespace metasolve::kernels {

/// The structural pattern shared by all matrices of a batch, by rows and by columns. Pointers must be accessible to the
/// launch; created once by src/sparse/sparse_pattern.hpp.
struct SparsePatternView {
  int unknowns = 0;
  int entries = 0;
  std::int32_t const* row_ptrs = nullptr;  ///< [unknowns + 1]
  std::int32_t const* col_idxs = nullptr;  ///< [entries]
  std::int32_t const* diagonal = nullptr;  ///< [unknowns] index of A_ii among the entries
  std::int32_t const* col_ptrs = nullptr;  ///< [unknowns + 1] of the transpose
  std::int32_t const* row_idxs = nullptr;  ///< [entries] row of each entry, by columns
  std::int32_t const* entry = nullptr;     ///< [entries] its index by rows
};

/// Matrices of one pattern with values per task. In local memory: the values, then 1 / A_ii.
template <class Scalar>
struct SharedCsr {
  using scalar = Scalar;
  int unknowns = 0;
  SparsePatternView pattern;
  BatchView<Scalar const> values;  ///< [tasks][entries]

  METASOLVE_HD int local_size() const { return pattern.entries + unknowns; }

  /// False: a zero or non-finite diagonal entry.
  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View local) const {
    for_each(team, pattern.entries, [&](int e) { local[e] = values(task, e); });
    scalar bad(0);
    for_each(team, unknowns, [&](int i) {
      scalar const inverse = scalar(1) / values(task, pattern.diagonal[i]);
      local[pattern.entries + i] = inverse;
      if (!is_finite(inverse) || inverse == scalar(0)) bad += scalar(1);
    });
    return team.sum(bad) == scalar(0);
  }

  /// update(i, u_i, Jacobi's next u_i) for each row, split over the team; f [unknowns].
  template <class T, class Local, class Rhs, class State, class Update>
  METASOLVE_HD void for_each_update(T const& team, Local local, Rhs f, State u, Update&& update) const {
    for_each(team, unknowns,
             [&](int i) { update(i, u[i], u[i] + local[pattern.entries + i] * (f[i] - row_product(local, i, u))); });
  }

  /// (A u)_i.
  template <class Local, class State>
  METASOLVE_HD auto row_product(Local local, int i, State u) const {
    using Number = typename State::value_type;
    Number sum(scalar(0));
    for (int e = pattern.row_ptrs[i]; e < pattern.row_ptrs[i + 1]; ++e) sum += local[e] * u[pattern.col_idxs[e]];
    return sum;
  }

  /// column(i, visit) with visit(entry): entry(r, A_ri, 1 / A_rr) for each r with A_ri in the pattern.
  template <class T, class Local, class Column>
  METASOLVE_HD void for_each_row_of_transpose(T const& team, Local local, Column&& column) const {
    for_each(team, unknowns, [&](int i) {
      column(i, [&](auto&& entry) {
        for (int e = pattern.col_ptrs[i]; e < pattern.col_ptrs[i + 1]; ++e) {
          int const r = pattern.row_idxs[e];
          entry(r, local[pattern.entry[e]], local[pattern.entries + r]);
        }
      });
    });
  }
};
static_assert(Operator<SharedCsr<double>>);

}  // namespace metasolve::kernels
