// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// What a machine does at best, measured in the same run as what is held against it.
struct Ceilings {
  double copy = 0;                  ///< bytes/s read and written by a copy too large for caches
  double multiply_adds_double = 0;  ///< flop/s of independent chains of multiply-adds in registers
  double multiply_adds_float = 0;   ///< likewise
  double gemm_double = 0;           ///< flop/s of a product of square matrices
  double gemm_float = 0;            ///< likewise
};

/// Of an executor's device and threads; measured when first asked for, in about a second. Synchronizes. One thread at a
/// time.
Ceilings const& ceilings_of(Executor const& executor);

/// Implementation, an executor each.
Ceilings measure_ceilings_cpu(Executor const& executor);
Ceilings measure_ceilings_cuda(Executor const& executor);

}  // namespace metasolve::bench
