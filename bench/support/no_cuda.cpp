// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "support/ceilings.hpp"
#include "support/device_clock.hpp"
#include "support/launch_loop.hpp"

/// Replaces on_cuda.cu in a build without CUDA; never called, because the executor does not exist.
namespace metasolve::bench {

std::unique_ptr<DeviceClock> make_cuda_clock(Executor const&) { throw DeviceError("built without CUDA"); }
std::function<void()> captured(Executor const&, std::function<void()> const&) {
  throw DeviceError("built without CUDA");
}
Ceilings measure_ceilings_cuda(Executor const&) { throw DeviceError("built without CUDA"); }
std::unique_ptr<LaunchLoop> make_launch_loop_cuda(Executor const&, std::vector<double> const&, std::int64_t) {
  throw DeviceError("built without CUDA");
}
}  // namespace metasolve::bench
