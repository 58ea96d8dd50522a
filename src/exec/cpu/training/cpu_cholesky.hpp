// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/training/cholesky.hpp"

namespace metasolve::exec {
std::unique_ptr<Cholesky> make_cholesky(CpuExec& exec, std::int64_t batch);
}  // namespace metasolve::exec
