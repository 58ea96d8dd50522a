// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/linear_solver.hpp"

namespace metasolve {

/// The implementation of LinearSolver by one family of methods (src/api/krylov_calls.hpp, the direct methods).
class LinearSolver::Implementation {
 public:
  virtual ~Implementation() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  [[nodiscard]] virtual Method method() const = 0;
  [[nodiscard]] virtual Ordering ordering() const = 0;
  [[nodiscard]] virtual std::int64_t factor_entries() const = 0;
  virtual void solve(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
                     Policy const& policy) = 0;
  virtual void solve_again(Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results) = 0;
  virtual void gradient(Tasks const& tasks, Gradient const& gradient, Stopping<double> const& stopping,
                        Results<double> const& results) = 0;
};

}  // namespace metasolve
