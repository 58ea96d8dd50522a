// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "built_for.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"

/// What is compiled once for each kind of executor, and called without knowing which.
namespace metasolve::exec {

class CpuExec;
class CudaExec;

/// Functions: a struct of pointers to functions, with a member
///   template <class Exec> static Functions on();
/// that the header which declares the struct leaves undefined. It is defined in a header of its own, whose name ends in
/// _on.hpp; METASOLVE_COMPILED (cmake/MetasolveCompiled.cmake) names the two, and each kind of executor's compiler
/// instantiates it.
/// @throws DeviceError the library was built without that kind; no executor of it can be opened then
template <class Functions>
Functions functions_for(DeviceKind kind) {
  if (kind == DeviceKind::cpu) return Functions::template on<CpuExec>();
  if constexpr (built_with_cuda) return Functions::template on<CudaExec>();
  throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed");
}

}  // namespace metasolve::exec
