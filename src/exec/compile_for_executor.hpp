// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/compiled.hpp"
#include "metasolve/detail/exec/executor_type.hpp"
#include "metasolve/detail/exec/launches.hpp"

/// Instantiations, only for the files that cmake/MetasolveCompiled.cmake generates.
namespace metasolve::exec {
template <class Functions, class Exec>
Functions functions_on() {
  static_assert(ExecutorType<Exec>);
  static_assert(Exec::executor_name == name_of<Exec>);
  return Functions::template on<Exec>();
}
}  // namespace metasolve::exec
