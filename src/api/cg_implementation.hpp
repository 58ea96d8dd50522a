// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/cg_solver.hpp"
#include "src/sparse/caller_pattern.hpp"

namespace metasolve {

/// What a CgSolver is made of, behind the executor's kind and the preconditioner.
class CgSolver::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  virtual void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) = 0;
};

namespace api {

/// In instantiate_cg_cpu.cpp and instantiate_cg_cuda.cu. entries: of the caller's pattern.
using CgImplementation = std::unique_ptr<CgSolver::Implementation>;
struct CgPattern {
  sparse::CallerPattern pattern;
  std::int64_t entries = 0;
};
CgImplementation make_cg_cpu(Executor const& executor, CgPattern const& pattern, CgSolver::Options const& options,
                             Setup const& setup);
CgImplementation make_cg_cuda(Executor const& executor, CgPattern const& pattern, CgSolver::Options const& options,
                              Setup const& setup);

}  // namespace api
}  // namespace metasolve
