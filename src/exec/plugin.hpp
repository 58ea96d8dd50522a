// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/exec/backend.hpp"

/// The executors of this build. Each has a folder src/exec/NAME, a line in METASOLVE_EXECUTORS
/// (cmake/MetasolveCompiled.cmake), and a plug-in that says how it is opened. CONTRIBUTING.md: how one is added.
namespace metasolve::exec {

/// How an executor is to be opened; each looks at what concerns it.
struct OpenRequest {
  int threads = 0;         ///< of the host; 0: as many as there are
  int device = 0;          ///< of several
  void* stream = nullptr;  ///< the caller's, not owned; null: one of the executor's own
};

/// What `metasolve doctor` shows of an executor.
struct ExecutorReport {
  std::vector<std::pair<std::string, std::string>> lines;  ///< for people: what is looked at, and what was found
  std::string facts;  ///< the same for programs: a JSON object; empty: there is nothing to say
};

struct ExecutorPlugin {
  std::string_view name;  ///< of the folder; "NAME" opens it
  bool has_devices;  ///< "NAME:N" opens device N; such an executor goes before the CPU where it is asked for "auto"
  /// @throws DeviceError it cannot be used here; InputError the request is none
  std::shared_ptr<Backend> (*open)(OpenRequest const&);
  /// Those that can be opened here; 1 where there is nothing to choose between. Throws nothing.
  int (*devices)() noexcept;
  /// Throws nothing for a device or driver that is missing.
  ExecutorReport (*report)();
  /// Sets what belongs to the whole process, as only a program may, before it has threads. Null: nothing.
  void (*settle_process)() = nullptr;
};

/// In the order of METASOLVE_EXECUTORS.
std::vector<ExecutorPlugin const*> const& executor_plugins();

/// Null: this build has none of that name.
ExecutorPlugin const* find_plugin(std::string_view name) noexcept;

/// Devices that can be opened; 0 where the build has no such executor.
int device_count(std::string_view name) noexcept;

/// What is said where the executor "cuda" is asked for and was not built.
inline constexpr std::string_view built_without_cuda =
    "this metasolve was built without CUDA; configure it again where the CUDA toolkit (nvcc) is installed, "
    "or use the device \"cpu\"";

}  // namespace metasolve::exec
