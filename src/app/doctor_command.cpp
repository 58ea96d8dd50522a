// SPDX-License-Identifier: Apache-2.0
#include "src/app/doctor_command.hpp"

#include <fstream>
#include <iostream>
#include <thread>

#include "build_info.hpp"
#include "kernels/simd/pack.hpp"
#include "metasolve/error.hpp"
#include "src/app/exit_codes.hpp"
#include "src/app/output.hpp"
#include "src/exec/cpu/cpu_features.hpp"
#include "src/exec/cuda/cuda_runtime_info.hpp"
#include "src/train/manifest.hpp"

namespace metasolve::app {

namespace {

using nlohmann::ordered_json;

std::string or_unknown(std::string const& text) { return text.empty() ? "unknown" : text; }

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    auto const colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

/// The widest vector instructions that this CPU has.
std::string present_simd() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) return "AVX-512F";
  if (__builtin_cpu_supports("avx2") != 0) return "AVX2";
  if (__builtin_cpu_supports("avx") != 0) return "AVX";
  return "SSE2";
#else
  return "not known for this kind of CPU";
#endif
}

std::string device_text(exec::CudaDeviceInfo const& d) {
  return "cuda:" + std::to_string(d.index) + ", " + d.name + ", compute capability " +
         std::to_string(d.compute_capability / 10) + "." + std::to_string(d.compute_capability % 10) + ", " +
         size_text(d.memory_bytes) + ", " + std::to_string(d.multiprocessors) + " multiprocessors";
}

/// What the device name means here: "use", or "problem".
ordered_json device_choice(CommonOptions const& o) {
  ordered_json choice{{"asked", o.device}};
  try {
    choice["use"] = Executor::open(o.device, std::max(o.threads, 0)).description();
  } catch (Error const& error) {
    choice["problem"] = error.what();
  }
  return choice;
}

ordered_json examine(CommonOptions const& o) {
  auto const cuda = exec::cuda_runtime_info();
  ordered_json devices = ordered_json::array();
  for (auto const& d : cuda.devices) {
    devices.push_back({{"index", d.index},
                       {"name", d.name},
                       {"compute_capability", d.compute_capability},
                       {"memory_bytes", d.memory_bytes},
                       {"multiprocessors", d.multiprocessors},
                       {"text", device_text(d)}});
  }
  return {{"build", train::build_description()},
          {"cpu",
           {{"name", cpu_name()},
            {"compiled_arch", *build_info::cpu_arch == '\0' ? "the compiler's baseline" : build_info::cpu_arch},
            {"compiled_simd", exec::compiled_simd()},
            {"compiled_simd_bits", kernels::simd_bytes * 8},
            {"present_simd", present_simd()},
            {"threads", std::thread::hardware_concurrency()},
            {"blas", exec::blas_version()}}},
          {"cuda",
           {{"built", cuda.built},
            {"toolkit", cuda.toolkit},
            {"driver", cuda.driver},
            {"built_for", cuda.built_for},
            {"problem", cuda.problem},
            {"devices", devices}}},
          {"device", device_choice(o)}};
}

void print_lines(ordered_json const& found) {
  auto const line = [](char const* name, std::string const& value) {
    std::cout << name << ": " << or_unknown(value) << '\n';
  };
  auto const text = [&](char const* section, char const* key) { return found[section][key].get<std::string>(); };
  line("metasolve", text("build", "version") + ", commit " + text("build", "commit"));
  line("compiler", text("build", "compiler"));
  line("build type", text("build", "build_type") + ", flags " + text("build", "flags"));
  line("CPU", text("cpu", "name"));
  line("SIMD", "compiled for " + text("cpu", "compiled_arch") + " with " + text("cpu", "compiled_simd") + ", " +
                   std::to_string(found["cpu"]["compiled_simd_bits"].get<int>()) + " bits; this CPU has " +
                   text("cpu", "present_simd"));
  line("threads", std::to_string(found["cpu"]["threads"].get<unsigned>()));
  line("BLAS", text("cpu", "blas"));
  line("CUDA toolkit", text("cuda", "toolkit"));
  line("CUDA driver", text("cuda", "driver"));
  line("CUDA architectures", found["cuda"]["built"].get<bool>() ? text("cuda", "built_for") : "not built");
  if (found["cuda"]["devices"].empty()) line("CUDA devices", "none: " + text("cuda", "problem"));
  for (auto const& device : found["cuda"]["devices"]) line("CUDA device", device["text"].get<std::string>());
  auto const& choice = found["device"];
  bool const usable = choice.contains("use");
  std::cout << "--device " << choice["asked"].get<std::string>() << (usable ? " uses: " : " cannot be used: ")
            << choice[usable ? "use" : "problem"].get<std::string>() << '\n';
}

}  // namespace

int run_doctor(CommonOptions const& o) {
  auto const found = examine(o);
  if (o.json) {
    print_document(found);
  } else {
    print_lines(found);
  }
  return found["device"].contains("use") ? done : refused;
}

}  // namespace metasolve::app
