// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cxxabi.h>
#include <dlfcn.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

#include <exception>
#include <utility>

/// The GIL, also in daemon threads while the interpreter ends: before Python 3.14 it ends a thread that asks for the
/// GIL then, by unwinding its stack, which C++ cannot be left by. Such a thread waits here for the process's end.
namespace metasolve::python {

namespace nb = nanobind;

/// Found by name: the stable ABI of Python 3.12 has no such function, and later versions renamed it.
inline bool interpreter_ends() {
  using Function = int();
  static auto* const function = [] {
    void* const renamed = dlsym(RTLD_DEFAULT, "Py_IsFinalizing");
    return reinterpret_cast<Function*>(renamed != nullptr ? renamed : dlsym(RTLD_DEFAULT, "_Py_IsFinalizing"));
  }();
  return function != nullptr && function() != 0;
}

/// The unwinding may begin below a function that is noexcept, as nanobind's that make arrays are: they call Python,
/// which gives the GIL to another thread at times. The runtime then terminates the program before or_wait_for_end can
/// catch it. From this call on such a thread waits instead. Call it once.
inline void wait_where_unwinding_would_terminate() {
  static std::terminate_handler const others = std::get_terminate();
  std::set_terminate([] {
    bool const is_unwound_by_python = interpreter_ends() && gettid() != getpid() && std::current_exception() == nullptr;
    while (is_unwound_by_python) pause();
    others();
  });
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
