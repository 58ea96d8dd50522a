// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/detail/exec/cpu/threads.hpp"

namespace metasolve::exec {

/// f(i) for i in [0, n), on `threads` threads, or as many as available, if that pays. Otherwise OpenMP is not called:
/// it would allocate for a team of one. It also allocates whenever the team size changes, so the size is always
/// `threads`.
template <class F>
void parallel_for(bool pays, int threads, std::int64_t n, F&& f) {
  int const team = !pays || threads == 1 ? 1 : threads_to_be_had(threads);
  if (team == 1) {
    for (std::int64_t i = 0; i < n; ++i) f(i);
    return;
  }
#pragma omp parallel for num_threads(team) schedule(static)
  for (std::int64_t i = 0; i < n; ++i) f(i);
}

}  // namespace metasolve::exec
