// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"

#include "metasolve/error.hpp"

/// The parts of launch shapes that do not depend on the body.
namespace metasolve::exec {

CudaExec::ElementLaunch CudaExec::element_launch(std::int64_t rows, std::int64_t columns) const {
  // As many threads along the columns as there are columns, so that a narrow matrix leaves none idle.
  unsigned across = 1;
  while (across < element_block_threads && across < columns) across *= 2;
  unsigned const down = element_block_threads / across;
  std::int64_t const most_blocks =
      std::int64_t{16} * multiprocessors_;  // more than are resident; beyond that, threads loop
  std::int64_t const x = std::min((columns + across - 1) / across, most_blocks);
  std::int64_t const y = std::min((rows + down - 1) / down, std::max<std::int64_t>(1, most_blocks / x));
  return {dim3(static_cast<unsigned>(x), static_cast<unsigned>(y)), dim3(across, down)};
}

std::int64_t CudaExec::resident_blocks(void const* kernel, int threads, std::int64_t shared_bytes) const {
  std::lock_guard const lock(resident_mutex_);
  Resident const shape{kernel, threads, shared_bytes};
  if (auto const found = resident_.find(shape); found != resident_.end()) return found->second;
  CurrentDevice const current(device_);
  // Without this a block may request 48 KiB at most.
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_limit_),
        "allow a kernel more shared memory");
  int blocks = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, static_cast<std::size_t>(shared_bytes)),
        "ask how many blocks run at once");
  return resident_.emplace(shape, blocks).first->second;
}

TeamLaunch CudaExec::plan_kernels(TeamDemand const& demand, void const* near_shared, void const* near_global) const {
  TeamLaunch const shape = plan_teams(
      demand, shared_limit_, multiprocessors_, [&](int threads, std::int64_t shared_bytes, bool scratch_in_shared) {
        return resident_blocks(scratch_in_shared ? near_shared : near_global, threads, shared_bytes);
      });
  if (shape.blocks == 0 && demand.slots > 0) {
    throw DeviceError("no block of a solver's kernel fits on a multiprocessor of device " + std::to_string(device_) +
                      "; use the device \"cpu\"");
  }
  return shape;
}

}  // namespace metasolve::exec
