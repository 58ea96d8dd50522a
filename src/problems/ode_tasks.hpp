// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "kernels/problems/ode_problem.hpp"
#include "src/integrate/ode_solver_on.hpp"

namespace metasolve::problems {

/// Implicit Euler steps of one system, on the host, made on demand in any order.
template <kernels::Ode O>
struct OdeTasks {
  std::int64_t count = 0;
  bool clamps = true;
  /// Tasks first ... first + n - 1: rows [n][ImplicitEuler::columns], the relaxation factor of the default parameters
  /// with them.
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

}  // namespace metasolve::problems
