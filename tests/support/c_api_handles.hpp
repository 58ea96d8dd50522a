// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "metasolve/metasolve.h"

/// Shared by the tests of the C interface: handles that release themselves, and failures with their texts.
namespace metasolve::test {

struct Release {
  void operator()(metasolve_executor* p) const { metasolve_executor_release(p); }
  void operator()(metasolve_memory* p) const { metasolve_memory_release(p); }
  void operator()(metasolve_meta_solver* p) const { metasolve_meta_solver_release(p); }
  void operator()(metasolve_online_meta_solver* p) const { metasolve_online_meta_solver_release(p); }
  void operator()(metasolve_implicit_euler_solver* p) const { metasolve_implicit_euler_solver_release(p); }
  void operator()(metasolve_jacobi_solver* p) const { metasolve_jacobi_solver_release(p); }
  void operator()(metasolve_cg_solver* p) const { metasolve_cg_solver_release(p); }
  void operator()(metasolve_linear_solver* p) const { metasolve_linear_solver_release(p); }
};
template <class T>
using Handle = std::unique_ptr<T, Release>;

/// Returns the handle that `make` writes; fails unless it returns METASOLVE_CODE_OK.
template <class T, class Make>
Handle<T> made(Make&& make) {
  T* handle = nullptr;
  EXPECT_EQ(make(&handle), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_NE(handle, nullptr);
  return Handle<T>(handle);
}
inline Handle<metasolve_executor> open(std::string const& name) {
  return made<metasolve_executor>([&](auto** to) { return metasolve_executor_open(name.c_str(), 2, to); });
}

/// The call must fail with this code and a text that contains `part`.
inline void expect_failure(int code, metasolve_code expected, std::string const& part) {
  EXPECT_EQ(code, expected) << metasolve_last_error();
  EXPECT_NE(std::string(metasolve_last_error()).find(part), std::string::npos)
      << "text: " << metasolve_last_error() << "\nlacks: " << part;
}

inline metasolve_setup setup_of(std::int64_t capacity) {
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = capacity;
  return setup;
}

}  // namespace metasolve::test
