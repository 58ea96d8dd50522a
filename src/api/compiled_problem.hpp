// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/api/problem_calls_on.hpp"
#include "src/problems/bind_problem.hpp"
#include "src/problems/foreign_tasks.hpp"
#if defined(__CUDACC__)
#include "src/exec/cuda_exec.cuh"
#else
#include "src/exec/cpu_exec.hpp"
#endif

namespace metasolve::train {
void register_problem(problems::ForeignProblem const& problem);  // foreign_setup.hpp
}

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
  engine::TaskGroup<double> (*bind)(exec::Backend&, problems::ForeignTasks const&,
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

template <kernels::Problem P>
kernels::Columns<double, P::columns> columns_of_rows(double const* rows) {
  return kernels::Columns<double, P::columns>::of_rows(rows, P::columns);
}

/// For messages: what P calls its columns and features, and where it calls them nothing their numbers.
template <kernels::Problem P>
std::string column_name(int c) {
  if constexpr (requires { P::column_name(c); }) return P::column_name(c);
  return "column " + std::to_string(c);
}
template <kernels::Problem P>
std::string feature_name(int f) {
  if constexpr (requires { P::feature_name(f); }) return P::feature_name(f);
  return "feature " + std::to_string(f);
}

template <class Exec, kernels::Problem P>
engine::TaskGroup<double> bind_foreign(exec::Backend& exec, problems::ForeignTasks const& tasks,
                                       engine::StageLimits const& limits) {
  problems::ProblemRows<P> const rows{tasks.count, P::columns, tasks.fill, columns_of_rows<P>,
                                      !problems::parameters_are_neighbours<P>()};
  auto const* const solver = static_cast<typename P::Solver const*>(tasks.solver.get());
  return problems::bind_problem<Exec, P>(dynamic_cast<Exec&>(exec), rows,
                                         solver != nullptr ? *solver : typename P::Solver{}, limits);
}

template <class Exec, kernels::Problem P>
bool compile(DeviceKind kind) {
  compiled_problem<P>[static_cast<int>(kind)] = {make_calls_on<Exec, P>, bind_foreign<Exec, P>};
  auto const head = P::head();
  std::vector<int> parameter_columns;
  for (int p = 0; p < P::parameters; ++p) parameter_columns.push_back(P::parameter_column(p));
  std::vector<std::string> column_names, feature_names;
  for (int c = 0; c < P::columns; ++c) column_names.push_back(column_name<P>(c));
  for (int f = 0; f < P::features; ++f) feature_names.push_back(feature_name<P>(f));
  train::register_problem(
      {P::name,
       typeid(P),
       P::columns,
       P::features,
       P::outputs,
       {head.begin(), head.end()},
       std::move(parameter_columns),
       std::move(column_names),
       std::move(feature_names),
       [](exec::Backend& exec, problems::ForeignTasks const& tasks, engine::StageLimits const& limits) {
         return compiled_for<P>(exec.kind()).bind(exec, tasks, limits);
       },
       [](double const* rows, std::int64_t n, double* features) {
         kernels::ProblemFeatures<P> const body{columns_of_rows<P>(rows), features};
         for (std::int64_t t = 0; t < n; ++t) body.template operator()<double>(0, t);
       }});
  return true;
}

/// Set before main in a program that names it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled = compile<Exec, P>(this_kind);

}  // namespace metasolve::api
