// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "metasolve/error.hpp"
#include "own_system.hpp"

int main() {
  try {
    metasolve::exec::CudaExec exec(0, nullptr);
    return solve_and_check(exec);
  } catch (metasolve::DeviceError const& error) {
    std::printf("compiled and started; not solved: %s\n", error.what());
    return 0;
  }
}
