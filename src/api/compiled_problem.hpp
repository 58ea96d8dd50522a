// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string_view>

#include "metasolve/detail/api/problem_calls_of.hpp"
#if defined(__CUDACC__)
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#else
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/serial/serial_exec.hpp"
#endif

/// User-defined problems, compiled by the program: .cpp files for CPUs, .cu files for CUDA devices, or for named
/// executors. Each file registers before main in a shared table, which the solvers read.
namespace metasolve::api {

/// The executor of this file's compiler. A template that uses it takes it as an argument, which gives it a different
/// symbol in each compiler's files.
#if defined(__CUDACC__)
using ThisExec = exec::CudaExec;
#else
using ThisExec = exec::CpuExec;
#endif

/// @throws DeviceError not compiled; by: what compiles it
template <class Functions>
Functions const& named_in(std::map<std::string_view, Functions> const& all, char const* problem,
                          std::string_view executor, char const* by) {
  auto const found = all.find(executor);
  if (found != all.end()) return found->second;
  throw DeviceError(std::string("problem ") + problem + " was not compiled for the executor \"" +
                    std::string(executor) + "\": name it to " + by +
                    " in a file of the program, for \"cpu\" a .cpp file, for \"cuda\" a .cu " +
                    "file, for another one with its class");
}

/// The compiled functions of P by executor name. Constructed at the first call, before main.
template <kernels::Problem P>
std::map<std::string_view, engine::ProblemFunctions<P, true, false>>& compiled_problems() {
  static std::map<std::string_view, engine::ProblemFunctions<P, true, false>> all;
  return all;
}

/// @throws DeviceError not compiled
template <kernels::Problem P>
engine::ProblemFunctions<P, true, false> const& compiled_for(std::string_view executor) {
  return named_in(compiled_problems<P>(), P::name, executor, "compile_problem");
}

template <class Exec, kernels::Problem P>
bool compile() {
  compiled_problems<P>()[Exec::executor_name] = engine::ProblemFunctions<P, true, false>::template on<Exec>();
  return true;
}

/// Initialised before main in a program that names it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled = compile<Exec, P>();

}  // namespace metasolve::api
