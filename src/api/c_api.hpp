// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "metasolve/detail/api/policy.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/meta_solver.hpp"
#include "metasolve/metasolve.h"
#include "metasolve/online_meta_solver.hpp"
#include "metasolve/pattern.hpp"
#include "metasolve/setup.hpp"
#include "metasolve/types.hpp"

/// Shared by the files of the C interface: one per handle, src/api/c_api_*.cpp.

struct metasolve_executor {
  metasolve::Executor executor;
};
struct metasolve_meta_solver {
  metasolve::MetaSolver meta_solver;
};
struct metasolve_online_meta_solver {
  metasolve::OnlineMetaSolver online;
};

namespace metasolve::c_api {

/// A function of the caller's did not do what it should: METASOLVE_CODE_CALLBACK_FAILED.
class CallbackError : public Error {
 public:
  using Error::Error;
};

/// The code of the exception being handled, whose text becomes the thread's last error.
int code_of_current_exception() noexcept;

/// Runs the body of a C interface function. No exception escapes.
template <class Action>
int guarded(Action&& action) noexcept {
  try {
    action();
    return METASOLVE_CODE_OK;
  } catch (...) {
    return code_of_current_exception();
  }
}

/// @throws InputError pointer is null
template <class T>
T& required(char const* name, T* pointer) {
  if (pointer == nullptr) throw InputError(std::string(name) + " is null");
  return *pointer;
}

/// The location of a handle, set to null, as it stays after a failure.
/// @throws InputError handle is null
template <class T>
T*& cleared(char const* name, T** handle) {
  required(name, handle) = nullptr;
  return *handle;
}

/// The size of a struct when it first appeared. For one that has grown since: a specialisation with the old size.
template <class T>
inline constexpr std::size_t first_size = sizeof(T);

/// The caller's struct; members missing from the version it was compiled for keep their defaults.
/// @throws InputError its size matches no version up to this one
template <class T>
T sized(char const* name, T const& given, T const& defaults) {
  if (given.size < first_size<T> || given.size > sizeof(T)) {
    throw InputError(std::string(name) + ".size is " + std::to_string(given.size) + ", expected " +
                     std::to_string(first_size<T>) + " to " + std::to_string(sizeof(T)) +
                     "; start with the struct's default, and run with a library not older than the header");
  }
  T value = defaults;
  std::memcpy(&value, &given, given.size);
  value.size = sizeof(T);
  return value;
}
/// Null: the defaults.
template <class T>
T sized_or_default(char const* name, T const* given, T const& defaults) {
  return given == nullptr ? defaults : sized(name, *given, defaults);
}

/// The elements of an array of structs as the caller's header has them, whose `size` is also their distance.
template <class T>
std::vector<T> elements_of(std::string const& name, T const* first, std::int32_t count, T const& defaults) {
  if (count < 0) throw InputError(name + "_count is " + std::to_string(count) + ", expected 0 or more");
  std::vector<T> read;
  if (count > 0) required((name + "s").c_str(), first);
  for (std::int32_t i = 0; i < count; ++i) {
    auto const of = name + "s[" + std::to_string(i) + "]";
    auto const* const at =
        reinterpret_cast<T const*>(reinterpret_cast<char const*>(first) + static_cast<std::size_t>(i) * first->size);
    read.push_back(sized(of.c_str(), *at, defaults));
    if (at->size != first->size) {
      throw InputError(of + ".size is " + std::to_string(at->size) + ", but that of " + name + "s[0] is " +
                       std::to_string(first->size) + "; start every element with the struct's default");
    }
    required((of + ".name").c_str(), read.back().name);
  }
  return read;
}

/// Writes to a struct of the caller's what the version that it was compiled for has.
/// @throws InputError its size matches no version up to this one
template <class T>
void write_sized(char const* name, T& to, T from) {
  sized(name, to, from);
  from.size = to.size;
  std::memcpy(&to, &from, from.size);
}

/// @throws InputError value is not in 0 ... last
template <class Enum>
Enum one_of(char const* name, std::int32_t value, Enum last, std::string const& expected) {
  if (value >= 0 && value <= static_cast<std::int32_t>(last)) return static_cast<Enum>(value);
  throw InputError(std::string(name) + " is " + std::to_string(value) + ", expected " + expected);
}

inline BatchView<double const> view(metasolve_const_batch_view const& v) {
  return {v.data, v.task_stride, v.item_stride};
}
inline BatchView<double> view(metasolve_batch_view const& v) { return {v.data, v.task_stride, v.item_stride}; }
/// From metasolve_column or metasolve_int_column.
template <class T>
Column<T> column(auto const& c) {
  Column<T> made(c.data, c.stride);
  made.value = c.value;
  return made;
}

/// Null is an error, except for stopping; policy: policy.hpp. The classes validate the rows of a pattern.
/// @throws InputError
Pattern pattern(metasolve_pattern const* given);
Setup setup(metasolve_setup const* given);
Stopping<double> stopping(metasolve_stopping const* given);
Results<double> results(metasolve_results const* given);

}  // namespace metasolve::c_api
