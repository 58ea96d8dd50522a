// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "metasolve/error.hpp"
#include "support/solving.hpp"

namespace metasolve::bench {

std::vector<Device> const& devices() {
  static std::vector<Device> const all = [] {
    std::vector<Device> found{{"cpu:1", Executor::cpu(1)}};
    int const threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (threads > 1) found.push_back({"cpu:" + std::to_string(threads), Executor::cpu(threads)});
    try {
      found.push_back({"cuda", Executor::cuda()});
    } catch (DeviceError const&) {
      // No such device here.
    }
    return found;
  }();
  return all;
}

}  // namespace metasolve::bench
