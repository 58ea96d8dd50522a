// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/c_api_handles.hpp"
#include "tests/support/executors.hpp"

/// For tests of the C interface over all executors.
namespace metasolve::test {

/// A C program with an executor, and with its own memory accessible to it.
class CApiMemory : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (auto const reason = reason_to_skip(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    executor_ = open(GetParam());
  }
  [[nodiscard]] metasolve_executor* executor() const { return executor_.get(); }

  void* allocate(std::size_t bytes) {
    auto memory = made<metasolve_memory>([&](auto** to) { return metasolve_memory_allocate(executor(), bytes, to); });
    void* const data = metasolve_memory_data(memory.get());
    held_.push_back(std::move(memory));
    return data;
  }
  template <class T>
  T* place(std::vector<T> const& values) {
    void* const to = allocate(values.size() * sizeof(T));
    EXPECT_EQ(metasolve_executor_upload(executor(), to, values.data(), values.size() * sizeof(T)), METASOLVE_CODE_OK);
    return static_cast<T*>(to);
  }
  template <class T>
  std::vector<T> fetch(T const* from, std::size_t n) {
    std::vector<T> values(n);
    EXPECT_EQ(metasolve_executor_download(executor(), values.data(), from, n * sizeof(T)), METASOLVE_CODE_OK);
    return values;
  }

  Handle<metasolve_executor> executor_;
  std::vector<Handle<metasolve_memory>> held_;
};

}  // namespace metasolve::test
