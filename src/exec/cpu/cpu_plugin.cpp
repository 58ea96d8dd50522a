// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "build_info.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/cpu/cpu_features.hpp"
#include "metasolve/detail/exec/plugin.hpp"

namespace metasolve::exec {

namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    auto const colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

ExecutorReport report() {
  std::string const arch = *build_info::cpu_arch == '\0' ? "the compiler's baseline" : build_info::cpu_arch;
  int const bits = kernels::simd_bytes * 8;
  unsigned const threads = std::thread::hardware_concurrency();
  nlohmann::ordered_json const facts{
      {"name", cpu_name()},         {"compiled_arch", arch},          {"compiled_simd", compiled_simd()},
      {"compiled_simd_bits", bits}, {"present_simd", present_simd()}, {"threads", threads},
      {"blas", blas_version()}};
  return {{{"CPU", cpu_name()},
           {"SIMD", "compiled for " + arch + " with " + compiled_simd() + ", " + std::to_string(bits) +
                        " bits; this CPU has " + present_simd()},
           {"threads", std::to_string(threads)},
           {"BLAS", blas_version()}},
          facts.dump()};
}

}  // namespace

ExecutorPlugin const& cpu_plugin() {
  static constexpr ExecutorPlugin plugin{
      .name = CpuExec::executor_name,
      .has_devices = false,
      .open = [](OpenRequest const& r) -> std::shared_ptr<Backend> { return std::make_shared<CpuExec>(r.threads); },
      .devices = []() noexcept { return 1; },
      .report = report,
      .settle_process = use_better_blas_kernel};
  return plugin;
}

}  // namespace metasolve::exec
