// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cxxabi.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

#include <utility>

/// The GIL, also in daemon threads while the interpreter ends: before Python 3.14 it ends a thread that asks for the GIL
/// then, by unwinding its stack, which C++ cannot be left by. Such a thread waits here for the process's end.
namespace metasolve::python {

namespace nb = nanobind;

inline bool interpreter_ends() {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

/// Calls a function, which may ask for the GIL.
template <class Function>
decltype(auto) or_wait_for_end(Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (abi::__forced_unwind const&) {
    while (true) pause();
  }
}

/// The GIL is released during its lifetime.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased() {
    or_wait_for_end([&] { PyEval_RestoreThread(state_); });
  }
  GilReleased(GilReleased const&) = delete;
  GilReleased& operator=(GilReleased const&) = delete;

 private:
  PyThreadState* state_;
};

/// Calls a function with the GIL held, from a thread that has released it.
template <class Function>
void with_gil(Function&& function) {
  auto const state = or_wait_for_end([] { return PyGILState_Ensure(); });
  struct Held {
    PyGILState_STATE state;
    ~Held() { PyGILState_Release(state); }
  } const held{state};
  or_wait_for_end(function);
}

}  // namespace metasolve::python
