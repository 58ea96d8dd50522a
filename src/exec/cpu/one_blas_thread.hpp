// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace metasolve::exec {

/// Limits OpenBLAS to one thread per call while it lives: the library parallelises over rows and tasks, and nested BLAS
/// threads would compete for the same cores. An OpenBLAS built with OpenMP follows the calling thread's setting.
/// The destructor restores the caller's setting.
class OneBlasThread {
 public:
#if defined(_OPENMP)
  OneBlasThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneBlasThread() { omp_set_num_threads(before_); }
  OneBlasThread(OneBlasThread const&) = delete;
  OneBlasThread& operator=(OneBlasThread const&) = delete;

 private:
  int before_;
#else
  OneBlasThread() {}  // NOLINT: not unused
#endif
};

}  // namespace metasolve::exec
