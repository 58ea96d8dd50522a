// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "metasolve/detail/exec/cuda/cuda_runtime_info.hpp"
#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/detail/io/text.hpp"

namespace metasolve::exec {

namespace {

std::string text_of(CudaDeviceInfo const& d) {
  return "cuda:" + std::to_string(d.index) + ", " + d.name + ", compute capability " +
         std::to_string(d.compute_capability / 10) + "." + std::to_string(d.compute_capability % 10) + ", " +
         io::size_text(d.memory_bytes) + ", " + std::to_string(d.multiprocessors) + " multiprocessors";
}

ExecutorReport report() {
  auto const info = cuda_runtime_info();
  ExecutorReport report{
      {{"CUDA toolkit", info.toolkit}, {"CUDA driver", info.driver}, {"CUDA architectures", info.built_for}}, {}};
  auto devices = nlohmann::ordered_json::array();
  if (info.devices.empty()) report.lines.emplace_back("CUDA devices", "none: " + info.problem);
  for (auto const& d : info.devices) {
    report.lines.emplace_back("CUDA device", text_of(d));
    devices.push_back({{"index", d.index},
                       {"name", d.name},
                       {"compute_capability", d.compute_capability},
                       {"memory_bytes", d.memory_bytes},
                       {"multiprocessors", d.multiprocessors},
                       {"text", text_of(d)}});
  }
  nlohmann::ordered_json const facts{{"built", true},           {"toolkit", info.toolkit},
                                     {"driver", info.driver},   {"built_for", info.built_for},
                                     {"problem", info.problem}, {"devices", devices}};
  report.facts = facts.dump();
  return report;
}

}  // namespace

ExecutorPlugin const& cuda_plugin() {
  static constexpr ExecutorPlugin plugin{.name = "cuda",
                                         .has_devices = true,
                                         .open = [](OpenRequest const& r) { return open_cuda(r.device, r.stream); },
                                         .devices = cuda_device_count,
                                         .report = report};
  return plugin;
}

}  // namespace metasolve::exec
