// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"

/// For tests over all executors: `TEST_P` on the names, and a fixture that opens one or skips.
namespace metasolve::test {

inline std::vector<std::string> executor_names() {
  std::vector<std::string> names;
  for (auto const* plugin : exec::executor_plugins()) names.emplace_back(plugin->name);
  return names;
}

/// The reference executor is not compiled under sanitizers.
inline bool has_serial() {
  auto const names = executor_names();
  return std::find(names.begin(), names.end(), "serial") != names.end();
}

/// Empty if the executor has a device here, else the reason. scripts/summarise_tests.py looks for "no CUDA device".
inline std::string reason_to_skip(std::string const& name) {
  if (exec::device_count(name) > 0) return "";
  try {
    (void)Executor::open(name);
  } catch (DeviceError const& e) {
    return (name == "cuda" ? "no CUDA device: " : "no device of " + name + ": ") + std::string(e.what());
  }
  return "";
}

/// A test on each available executor; skipped with the reason on the others. threads: of the CPU.
class OnExecutors : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (auto const reason = reason_to_skip(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    executor_.emplace(Executor::open(GetParam(), 2));
  }
  [[nodiscard]] Executor const& executor() const { return *executor_; }
  [[nodiscard]] exec::Backend& backend() const { return executor_->backend(); }

 private:
  std::optional<Executor> executor_;
};

}  // namespace metasolve::test

/// Runs the tests of a fixture derived from OnExecutors on all executors.
#define METASOLVE_ON_EXECUTORS(Fixture)                                                                  \
  INSTANTIATE_TEST_SUITE_P(Executors, Fixture, ::testing::ValuesIn(::metasolve::test::executor_names()), \
                           [](auto const& executor) { return executor.param; })
