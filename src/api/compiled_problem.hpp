// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/api/problem_calls_of.hpp"
#include "src/problems/bind_rows.hpp"
#if defined(__CUDACC__)
#include "src/exec/cuda/cuda_exec.cuh"
#else
#include "src/exec/cpu/cpu_exec.hpp"
#endif

/// A program's own problem, compiled by the program: its .cpp files for CPUs, its .cu files for CUDA devices. Each says
/// so before main, in a table that all of them share; whoever solves looks there.
namespace metasolve::api {

/// The executor that this file's compiler compiles for. A template that names it has it as an argument, and so another
/// symbol in each compiler's files.
#if defined(__CUDACC__)
using ThisExec = exec::CudaExec;
inline constexpr DeviceKind this_kind = DeviceKind::cuda;
#else
using ThisExec = exec::CpuExec;
inline constexpr DeviceKind this_kind = DeviceKind::cpu;
#endif

/// What is compiled of P on one kind of executor; null: no file of the program compiles it for that.
template <kernels::Problem P>
using CompiledProblem = engine::ProblemFunctions<P, true> const*;
template <kernels::Problem P>
inline CompiledProblem<P> compiled_problem[2];  // by DeviceKind; before any initialiser runs they are null

/// @throws DeviceError there is none
template <kernels::Problem P>
engine::ProblemFunctions<P, true> const& compiled_for(DeviceKind kind) {
  auto const* const found = compiled_problem<P>[static_cast<int>(kind)];
  if (found != nullptr) return *found;
  throw DeviceError(std::string("problem ") + P::name + " was not compiled for " +
                    (kind == DeviceKind::cpu
                         ? "CPUs: name it to compile_problem in a .cpp file of the program"
                         : "CUDA devices: name it to compile_problem in a .cu file of the program"));
}

template <class Exec, kernels::Problem P>
bool compile(DeviceKind kind) {
  static auto const functions = engine::ProblemFunctions<P, true>::template on<Exec>();
  compiled_problem<P>[static_cast<int>(kind)] = &functions;
  auto description = problems::described<P>();
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    return problems::bind_rows<P>(exec, compiled_for<P>(exec.kind()), tasks, solver, limits);
  };
  problems::register_problem(std::move(description));
  return true;
}

/// Set before main in a program that names it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled = compile<Exec, P>(this_kind);

}  // namespace metasolve::api
