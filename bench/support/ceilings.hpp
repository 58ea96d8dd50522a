// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// A machine's peak rates, measured in the same run as the results compared with them.
struct Ceilings {
  double copy = 0;                  ///< bytes/s read and written by a copy larger than the caches
  double multiply_adds_double = 0;  ///< flop/s of independent chains of multiply-adds in registers
  double multiply_adds_float = 0;   ///< the same
  double gemm_double = 0;           ///< flop/s of a product of square matrices
  double gemm_float = 0;            ///< the same
};

/// For an executor's device and threads; measured at first use, in about a second. Synchronizes. Not thread-safe.
Ceilings const& ceilings_of(Executor const& executor);

/// Implementation, one per executor.
Ceilings measure_ceilings_cpu(Executor const& executor);
Ceilings measure_ceilings_cuda(Executor const& executor);

}  // namespace metasolve::bench
