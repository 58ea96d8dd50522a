// SPDX-License-Identifier: Apache-2.0
#pragma once

/// In place of src/exec/cuda/cuda_shared.cuh.
namespace metasolve::exec {
inline unsigned char* shared_memory() { return emulated::shared_memory(); }
}  // namespace metasolve::exec
