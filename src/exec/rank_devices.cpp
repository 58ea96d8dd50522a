// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/rank_devices.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/error.hpp"

namespace metasolve::exec {

std::string device_of_rank(Ranks const& ranks, std::string_view name) {
  for (auto const* plugin : executor_plugins()) {
    if (!plugin->has_devices || (name != plugin->name && name != "auto")) continue;
    int const devices = plugin->devices();
    if (devices == 0) continue;
    int const index = devices == 1 ? 0 : ranks.local_rank();
    if (index >= devices) {
      throw DeviceError("rank " + std::to_string(ranks.rank()) + " is number " + std::to_string(ranks.local_rank()) +
                        " of the " + std::to_string(ranks.local_size()) + " on its machine, which has " +
                        std::to_string(devices) + " " + std::string(plugin->name) +
                        " devices; start one rank per device, or give the device \"cpu\"");
    }
    return std::string(plugin->name) + ":" + std::to_string(index);
  }
  return {};
}

int threads_of_rank(Ranks const& ranks, int threads) {
  if (threads != 0 || ranks.local_size() == 1) return threads;
  cpu_set_t set;
  CPU_ZERO(&set);
  long const online = sysconf(_SC_NPROCESSORS_ONLN);
  int const allowed = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(online);
  // Bound by the launcher, the ranks' CPUs do not overlap; else all have all.
  bool const is_bound = static_cast<long>(allowed) * ranks.local_size() <= online;
  return std::max(1, is_bound ? allowed : allowed / ranks.local_size());
}

void require_own_device(Ranks& ranks, Backend const& backend) {
  std::array<char, 128> mine{};
  auto const identity = backend.device_identity();
  std::copy_n(identity.data(), std::min(identity.size(), mine.size() - 1), mine.data());
  std::vector<std::array<char, 128>> all(static_cast<std::size_t>(ranks.size()));
  ranks.all_gather(mine.data(), sizeof(mine), all.data());
  if (identity.empty()) return;
  for (int r = 0; r < ranks.size(); ++r) {
    if (r == ranks.rank() || std::strcmp(all[static_cast<std::size_t>(r)].data(), mine.data()) != 0) continue;
    throw DeviceError("ranks " + std::to_string(std::min(r, ranks.rank())) + " and " +
                      std::to_string(std::max(r, ranks.rank())) + " have the same device (" + backend.description() +
                      "); start one rank per device, show each its own (Slurm: --gpus-per-task=1), or give the device "
                      "\"cpu\"");
  }
}

}  // namespace metasolve::exec
