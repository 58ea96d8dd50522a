// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "built_for.hpp"
#include "metasolve/error.hpp"
#include "src/exec/backend.hpp"

/// What is compiled once for each kind of executor, and called without knowing which.
namespace metasolve::exec {

class CpuExec;
class CudaExec;

/// What the struct of pointers to functions is on one kind of executor. Undefined here, so that whoever calls it leaves
/// Functions::on to the files that cmake/MetasolveCompiled.cmake writes, also where its definition is in sight.
template <class Functions, class Exec>
Functions functions_on();

/// Functions: a struct of pointers to functions, with a member
///   template <class Exec> static Functions on();
/// that a header whose name ends in _on.hpp defines; METASOLVE_COMPILED (cmake/MetasolveCompiled.cmake) names the two,
/// and each kind of executor's compiler instantiates it.
/// @throws DeviceError the library was built without that kind; no executor of it can be opened then
template <class Functions>
Functions functions_for(Backend const& backend) {
  if (backend.kind() == DeviceKind::cpu) return functions_on<Functions, CpuExec>();
  if constexpr (built_with_cuda) return functions_on<Functions, CudaExec>();
  throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed");
}

}  // namespace metasolve::exec
