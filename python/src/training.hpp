// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>

#include "common.hpp"
#include "metasolve/training.hpp"

/// Shared by the trainings of known problems, of a user's own and of black boxes.
namespace metasolve::python {

/// Set by another thread: the training saves and returns.
struct StopFlag {
  std::atomic<bool> value = false;
};

/// The callables must outlive it. What they raise ends the training and is raised by it.
TrainingControl control_of(bool resume, StopFlag const& stop, nb::callable const& notice, nb::callable const& progress);

/// rows: a function of (set, first, memory [n][columns]), which writes the tasks; must outlive the result.
TaskRows rows_from(nb::callable const& rows, std::size_t columns);

nb::dict as_dict(TrainingReport const& report);

/// Contiguous rows [count][width] in the host's memory. @throws InputError other ones
double* rows_of(Array const& array, std::int64_t width, char const* name);

/// An array [shape] for a callback, which may keep it, or whose exception may: not the library's memory.
template <class T>
nb::object copy_of(T* data, std::initializer_list<std::size_t> shape) {
  return nb::cast(nb::ndarray<nb::numpy, T>(data, shape, nb::handle()), nb::rv_policy::copy);
}

/// What a callback has written in such an array.
template <class T>
void copy_to(T* data, nb::handle array) {
  auto const from = nb::cast<nb::ndarray<T, nb::c_contig>>(array);
  std::copy_n(from.data(), from.size(), data);
}

}  // namespace metasolve::python
