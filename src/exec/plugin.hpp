// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"

/// The executors of this build. Each has a folder src/exec/NAME, a line in METASOLVE_EXECUTORS
/// (cmake/MetasolveCompiled.cmake), and a plug-in that opens it. CONTRIBUTING.md explains how to add one.
namespace metasolve::exec {

/// How to open an executor; each reads the members that apply to it.
struct OpenRequest {
  int threads = 0;         ///< host threads; 0: all available
  int device = 0;          ///< device index
  void* stream = nullptr;  ///< the caller's, not owned; null: the executor creates one
};

/// What `metasolve doctor` shows for an executor.
struct ExecutorReport {
  std::vector<std::pair<std::string, std::string>> lines;  ///< for people: the item checked and the result
  std::string facts;  ///< the same for programs: a JSON object; empty: nothing to report
};

struct ExecutorPlugin {
  std::string_view name;  ///< the folder's name; "NAME" opens it
  bool has_devices;       ///< "NAME:N" opens device N; "auto" prefers such an executor to the CPU
  /// @throws DeviceError it cannot be used here; InputError the request is invalid
  std::shared_ptr<Backend> (*open)(OpenRequest const&);
  /// Number of devices that can be opened here; 1 where there is no choice. Does not throw.
  int (*devices)() noexcept;
  /// Does not throw for a missing device or driver.
  ExecutorReport (*report)();
  /// Applies process-wide settings. Only a program may call it, before it has threads. Null: nothing to set.
  void (*settle_process)() = nullptr;
};

/// In the order of METASOLVE_EXECUTORS.
std::vector<ExecutorPlugin const*> const& executor_plugins();

/// Null: this build has no executor of that name.
ExecutorPlugin const* find_plugin(std::string_view name) noexcept;

/// Number of devices that can be opened; 0 where the build lacks the executor.
int device_count(std::string_view name) noexcept;

/// Error message for the executor "cuda" in a build without it.
inline constexpr std::string_view built_without_cuda =
    "this metasolve was built without CUDA; configure it again where the CUDA toolkit (nvcc) is installed, "
    "or use the device \"cpu\"";

}  // namespace metasolve::exec
