// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/exec/cpu_exec.hpp"
#include "src/problems/bind_problem.hpp"
#include "src/problems/foreign_tasks.hpp"
#if defined(__CUDACC__)
#include "src/exec/cuda_exec.cuh"
#endif

/// Makes a program's own problem known to training and to checkpoints.
namespace metasolve::train {
void register_problem(problems::ForeignProblem const& problem);  // foreign_setup.hpp
}

namespace metasolve::api {

template <kernels::Problem P>
kernels::Columns<double, P::columns> columns_of_rows(double const* rows) {
  return kernels::Columns<double, P::columns>::of_rows(rows, P::columns);
}

template <kernels::Problem P>
engine::TaskGroup<double> bind_foreign(exec::Backend& exec, problems::ForeignTasks const& tasks,
                                       engine::StageLimits const& limits) {
  problems::ProblemRows<P> const rows{tasks.count, P::columns, tasks.fill, columns_of_rows<P>};
  if (auto* const cpu = dynamic_cast<exec::CpuExec*>(&exec)) {
    return problems::bind_problem<exec::CpuExec, P>(*cpu, rows, {}, limits);
  }
#if defined(__CUDACC__)
  return problems::bind_problem<exec::CudaExec, P>(dynamic_cast<exec::CudaExec&>(exec), rows, {}, limits);
#else
  throw DeviceError(std::string("problem ") + P::name + " was compiled for the CPU alone; compile it by nvcc");
#endif
}

template <kernels::Problem P>
bool register_problem() {
  auto const head = P::head();
  train::register_problem({P::name,
                           P::columns,
                           P::features,
                           P::outputs,
                           {head.begin(), head.end()},
                           bind_foreign<P>,
                           [](double const* rows, std::int64_t n, double* features) {
                             kernels::ProblemFeatures<P> const body{columns_of_rows<P>(rows), features};
                             for (std::int64_t t = 0; t < n; ++t) body.template operator()<double>(0, t);
                           }});
  return true;
}

/// Before main, in a program that names it.
template <kernels::Problem P>
inline bool const is_registered = register_problem<P>();

}  // namespace metasolve::api
