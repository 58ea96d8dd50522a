// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "metasolve/implicit_euler_solver.hpp"

namespace metasolve::api {

/// ImplicitEulerSolver::gradient of one system, for any executor.
class StepGradient {
 public:
  virtual ~StepGradient() = default;
  /// columns: in the layout of kernels::ImplicitEuler::Row. Everything must be validated; count > 0.
  virtual void run(std::int64_t count, Column<double> const* columns, ImplicitEulerSolver::Gradient const& gradient,
                   std::int32_t* status) = 0;
};

/// For a named system.
std::unique_ptr<StepGradient> make_step_gradient(Executor const& executor, std::string const& system,
                                                 Setup const& setup);

}  // namespace metasolve::api
