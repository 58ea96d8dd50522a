// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "metasolve/detail/exec/training/cholesky.hpp"

namespace metasolve::exec {
/// Uses cuSOLVER. Synchronizes.
std::unique_ptr<Cholesky> make_cholesky(CudaExec& exec, std::int64_t batch);
}  // namespace metasolve::exec
