// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"
#include "src/exec/cuda/cuda_runtime_info.hpp"

/// For tests over all executors: `TEST_P` on the names, and a fixture that opens one or skips.
namespace metasolve::test {

inline std::vector<std::string> executor_names() { return {"cpu", "cuda"}; }

/// Empty if the executor can be opened here, else why not.
inline std::string reason_to_skip(std::string const& name) {
  if (name == "cpu" || exec::cuda_device_count() > 0) return "";
  return "no CUDA device: " + exec::cuda_runtime_info().problem;
}

/// A test on each executor that is present; skipped with the reason on the others. threads: of the CPU.
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
