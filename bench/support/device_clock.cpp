// SPDX-License-Identifier: Apache-2.0
#include "support/device_clock.hpp"

#include <chrono>

namespace metasolve::bench {

namespace {

class HostClock final : public DeviceClock {
 public:
  void start() override { start_ = Clock::now(); }
  double stop() override { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
};

}  // namespace

std::unique_ptr<DeviceClock> make_clock(Executor const& executor) {
  if (executor.name() == "cuda") return make_cuda_clock(executor);
  return std::make_unique<HostClock>();
}

}  // namespace metasolve::bench
