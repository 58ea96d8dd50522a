// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/lockstep_arguments.hpp"
#include "../operators/system_scale.hpp"
#include "supernode_view.hpp"

namespace metasolve::kernels {

/// What a launch of a direct method does with the factors.
enum class Factors {
  discard,  ///< compute them in scratch
  keep,     ///< compute them in `kept`
  reuse,    ///< take those in `kept`
};

/// The tasks of a direct method, and its matrices' entries in the order in which they are stored.
struct DirectTasks {
  int unknowns = 0, entries = 0;
  BatchView<double const> values;       ///< [tasks][entries]
  BatchView<double const> rhs;          ///< [tasks][unknowns]
  Origin* origin = nullptr;             ///< [slots] set to Origin::chosen; null: not written
  std::int32_t const* place = nullptr;  ///< [entries] number of the factor that an entry is added to; -1: not read
  std::int32_t const* mirror_place = nullptr;  ///< [entries] likewise of a_ji, where an entry is both; null: none
  std::int32_t const* row = nullptr;           ///< [entries] in the order of elimination
  std::int32_t const* column = nullptr;
  bool mirrors = false;                      ///< an entry off the diagonal is a_ij and a_ji
  bool transposed = false;                   ///< solves A' x = b
  std::int32_t const* unknown_at = nullptr;  ///< [unknowns] the caller's index of an eliminated unknown
  /// For teams: row i of A (or A') has the values value_of[row_ptrs[i]] ... at the columns column_of[...], ascending in
  /// the caller's numbering.
  std::int32_t const *row_ptrs = nullptr, *value_of = nullptr, *column_of = nullptr;
  Factors factors = Factors::discard;
  void* kept = nullptr;            ///< the factors of all tasks
  std::int32_t* usable = nullptr;  ///< [tasks] whether a kept factor is
};

}  // namespace metasolve::kernels
