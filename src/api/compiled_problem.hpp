// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/api/problem_calls_on.hpp"
#include "src/problems/rows_on.hpp"
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

/// On one kind of executor. Null: no file of the program compiles it for that.
template <kernels::Problem P>
struct CompiledProblem {
  std::unique_ptr<ProblemCalls> (*make)(Executor const&, typename P::Solver const&, Setup const&) = nullptr;
  engine::TaskGroup<double> (*bind)(exec::Backend&, engine::Tasks const&, void const* solver,
                                    engine::StageLimits const&) = nullptr;
};
template <kernels::Problem P>
inline CompiledProblem<P> compiled_problem[2];  // by DeviceKind; before any initialiser runs they are null

/// @throws DeviceError there is none
template <kernels::Problem P>
CompiledProblem<P> const& compiled_for(DeviceKind kind) {
  auto const& found = compiled_problem<P>[static_cast<int>(kind)];
  if (found.make != nullptr) return found;
  throw DeviceError(std::string("problem ") + P::name + " was not compiled for " +
                    (kind == DeviceKind::cpu
                         ? "CPUs: name it to compile_problem in a .cpp file of the program"
                         : "CUDA devices: name it to compile_problem in a .cu file of the program"));
}

template <class Exec, kernels::Problem P>
bool compile(DeviceKind kind) {
  compiled_problem<P>[static_cast<int>(kind)] = {make_calls_on<Exec, P>, problems::bind_rows<Exec, P>};
  auto description = problems::described<P>();
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    return compiled_for<P>(exec.kind()).bind(exec, tasks, solver, limits);
  };
  problems::register_problem(std::move(description));
  return true;
}

/// Set before main in a program that names it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled = compile<Exec, P>(this_kind);

}  // namespace metasolve::api
