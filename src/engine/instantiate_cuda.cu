// SPDX-License-Identifier: Apache-2.0
#include "src/engine/factory_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::engine {

Factory cuda_factory() { return factory_on<exec::CudaExec>(); }

}  // namespace metasolve::engine
