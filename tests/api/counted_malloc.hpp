// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

/// Counts calls of the C library's allocator, by the program and all its libraries (counted_malloc.cpp); not under
/// sanitizers, which have their own allocator.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define METASOLVE_COUNTS_MALLOC 1
#endif

namespace metasolve::test {
inline std::atomic<bool> counts_malloc{false};
inline std::atomic<long> pieces_taken{0};

/// Allocations that `call` makes from the C library.
template <class Call>
long taken_by(Call&& call) {
  pieces_taken = 0;
  counts_malloc = true;
  call();
  counts_malloc = false;
  return pieces_taken;
}
}  // namespace metasolve::test
