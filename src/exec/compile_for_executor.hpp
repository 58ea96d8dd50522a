// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/exec/compiled.hpp"
#include "src/exec/executor_type.hpp"
#include "src/exec/launches.hpp"

/// For the files that cmake/MetasolveCompiled.cmake writes alone: what they instantiate.
namespace metasolve::exec {
template <class Functions, class Exec>
Functions functions_on() {
  static_assert(ExecutorType<Exec>);
  static_assert(Exec::executor_name == name_of<Exec>);
  return Functions::template on<Exec>();
}
}  // namespace metasolve::exec
