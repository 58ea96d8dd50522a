// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

#if !defined(__CUDA_ARCH__)
#include <atomic>
#endif

namespace metasolve::kernels {

/// Atomic *to += 1.
METASOLVE_HD inline void count_one(std::int64_t* to) {
#if defined(__CUDA_ARCH__)
  static_assert(sizeof(unsigned long long) == sizeof(std::int64_t));
  atomicAdd(reinterpret_cast<unsigned long long*>(to), 1ull);
#else
  std::atomic_ref<std::int64_t>(*to).fetch_add(1, std::memory_order_relaxed);
#endif
}

/// Whether a solver accepts this value of parameter p.
template <class S>
METASOLVE_HD bool admits(S const& solver, int p, typename S::scalar value) {
  if (!is_finite(value)) return false;
  if constexpr (requires { solver.admits(p, value); }) {
    return solver.admits(p, value);
  } else {
    return true;
  }
}

/// Validates predicted parameters before a task is set up: replaced tasks have a different iteration limit
/// (LockstepArguments::limit_of).
struct Guard {
  bool validates = false;    ///< false: parameters are not checked
  Origin* origin = nullptr;  ///< [slots]; may be null
  Tally* tally = nullptr;    ///< may be null

  /// Whether slot's task may use its chosen parameters: is_admitted(p) for each p = 0 ... size - 1. Otherwise it uses
  /// the caller's. Recorded in origin and tally. The same on each member; syncs.
  template <class Scalar, class T, class IsAdmitted>
  METASOLVE_HD bool accepts(T const& team, std::int64_t slot, int size, IsAdmitted&& is_admitted) const {
    if (!validates) return true;
    Scalar refused(0);
    for_each(team, size, [&](int p) { refused += is_admitted(p) ? Scalar(0) : Scalar(1); });
    bool const replaces = team.sum(refused) > Scalar(0);
    if (team.rank() == 0) {
      if (origin != nullptr) origin[slot] = replaces ? Origin::replaced : Origin::chosen;
      if (replaces && tally != nullptr) count_one(&tally->replaced);
    }
    team.sync();
    return !replaces;
  }
};

}  // namespace metasolve::kernels
