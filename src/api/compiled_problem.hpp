// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string_view>

#include "src/api/problem_calls_of.hpp"
#include "src/problems/bind_rows.hpp"
#if defined(__CUDACC__)
#include "src/exec/cuda/cuda_exec.cuh"
#else
#include "src/exec/cpu/cpu_exec.hpp"
#include "src/exec/serial/serial_exec.hpp"
#endif

/// A program's own problem, compiled by the program: its .cpp files for CPUs, its .cu files for CUDA devices, or for
/// executors that it names. Each says so before main, in a table that all of them share; whoever solves looks there.
namespace metasolve::api {

/// The executor that this file's compiler compiles for. A template that names it has it as an argument, and so another
/// symbol in each compiler's files.
#if defined(__CUDACC__)
using ThisExec = exec::CudaExec;
#else
using ThisExec = exec::CpuExec;
#endif

/// What is compiled of P, by the executor's name. Made at the first call, which comes before main.
template <kernels::Problem P>
std::map<std::string_view, engine::ProblemFunctions<P, true>>& compiled_problems() {
  static std::map<std::string_view, engine::ProblemFunctions<P, true>> all;
  return all;
}

/// @throws DeviceError there is none
template <kernels::Problem P>
engine::ProblemFunctions<P, true> const& compiled_for(std::string_view executor) {
  auto const found = compiled_problems<P>().find(executor);
  if (found != compiled_problems<P>().end()) return found->second;
  throw DeviceError(std::string("problem ") + P::name + " was not compiled for the executor \"" +
                    std::string(executor) +
                    "\": name it to compile_problem in a file of the program, for \"cpu\" a .cpp " +
                    "file, for \"cuda\" a .cu file, for another one with its class");
}

template <class Exec, kernels::Problem P>
bool compile() {
  compiled_problems<P>()[Exec::executor_name] = engine::ProblemFunctions<P, true>::template on<Exec>();
  auto description = problems::described<P>();
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    return problems::bind_rows<P>(exec, compiled_for<P>(exec.name()), tasks, solver, limits);
  };
  problems::register_problem(std::move(description));
  return true;
}

/// Set before main in a program that names it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled = compile<Exec, P>();

}  // namespace metasolve::api
