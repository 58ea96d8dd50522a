// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "src/exec/cpu/threads.hpp"

namespace metasolve::exec {

/// f(i) for i in [0, n), on `threads` threads if that pays, or as many as can be had. If it does not pay, OpenMP is not
/// asked at all: it would take memory for a team of one; and so it does whenever teams change their size, which is why
/// that is always `threads`.
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
