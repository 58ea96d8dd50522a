// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// Seconds of an executor's work between start and stop: by events on a CUDA device's stream, which exclude launch
/// latency on the host; by a clock on a CPU.
class DeviceClock {
 public:
  virtual ~DeviceClock() = default;
  virtual void start() = 0;
  virtual double stop() = 0;  ///< Waits.
};
std::unique_ptr<DeviceClock> make_clock(Executor const& executor);

/// f's calls to a CUDA executor as one graph, for repeated launches. f must outlive the result.
std::function<void()> captured(Executor const& executor, std::function<void()> const& f);

/// Implementation. @throws DeviceError built without CUDA
std::unique_ptr<DeviceClock> make_cuda_clock(Executor const& executor);

}  // namespace metasolve::bench
