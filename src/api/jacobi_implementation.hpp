// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/jacobi_solver.hpp"
#include "src/exec/backend.hpp"

namespace metasolve {

/// What a JacobiSolver is made of, behind the executor's kind and the operator.
template <class Real>
class JacobiSolver<Real>::Implementation {
 public:
  virtual ~Implementation() = default;
  virtual void solve(Tasks const& tasks, Stopping const& stopping, Results const& results, Policy const& policy) = 0;
};

namespace api {

struct JacobiOptions {
  int unknowns = 0;
  Measure measure = Measure::relative_error;
  bool sparse = false;
  std::span<std::int32_t const> row_begin, column;  ///< with sparse
};

/// In instantiate_cpu.cpp and instantiate_cuda.cu.
template <class Real>
using JacobiImplementation = std::unique_ptr<typename JacobiSolver<Real>::Implementation>;
JacobiImplementation<float> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, Setup const& setup,
                                            float);
JacobiImplementation<double> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, Setup const& setup,
                                             double);
JacobiImplementation<float> make_jacobi_cuda(Executor const& executor, JacobiOptions const& options, Setup const& setup,
                                             float);
JacobiImplementation<double> make_jacobi_cuda(Executor const& executor, JacobiOptions const& options,
                                              Setup const& setup, double);

}  // namespace api
}  // namespace metasolve
