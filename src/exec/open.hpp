// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "src/exec/backend.hpp"

namespace metasolve::exec {

/// The CUDA executor. stream: a cudaStream_t, not owned; null: one of its own.
/// @throws DeviceError as Executor::cuda says
std::shared_ptr<Backend> open_cuda(int device, void* stream);

}  // namespace metasolve::exec
