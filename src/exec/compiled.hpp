// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "compiled/executor_list.hpp"
#include "metasolve/error.hpp"
#include "src/exec/backend.hpp"

/// What is compiled once for each executor, and called without knowing which.
namespace metasolve::exec {

/// What the struct of pointers to functions is on one executor. Undefined here, so that whoever calls it leaves
/// Functions::on to those files, also where its definition is in sight.
template <class Functions, class Exec>
Functions functions_on();

/// The entry of a list of executors that bears the name.
template <class Functions, class... Execs>
Functions functions_named(std::string_view name, Executors<Execs...>) {
  Functions (*found)() = nullptr;
  ((name_of<Execs> == name ? static_cast<void>(found = &functions_on<Functions, Execs>) : void()), ...);
  if (found == nullptr) throw DeviceError("built without the executor \"" + std::string(name) + "\"");
  return found();
}

/// Functions: a struct of pointers to functions, with a member
///   template <class Exec> static Functions on();
/// src/compiled.cmake names it, and each executor's compiler instantiates it in a file that
/// cmake/MetasolveCompiled.cmake writes.
/// @throws DeviceError the executor is none of those that this was built for
template <class Functions>
Functions functions_for(Backend const& backend) {
  return functions_named<Functions>(backend.name(), AllExecutors{});
}

}  // namespace metasolve::exec
