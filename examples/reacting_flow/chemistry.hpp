// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/implicit_euler_solver.hpp>
#include <metasolve/online_meta_solver.hpp>
#include <optional>
#include <string>

#include "loops.hpp"

namespace flow {

enum class Method { constant, newton, meta_solver, online };
std::string name_of(Method method);

struct ChemistrySettings {
  double relaxation = 1.37;        ///< the best constant factor, by `metasolve tune`
  double tolerance = 1e-9;         ///< on ||g||_2
  int max_iterations = 10000;      ///< sweeps per attempt, or Newton iterations
  int first_max_iterations = 500;  ///< sweeps after which a cell falls back from the meta-solver to the constant factor
  std::string model;               ///< for Method::meta_solver
  int merge_every = 5;             ///< steps after which processes share what Method::online has learned; 0: never
};

struct ChemistryTotals {
  double seconds = 0;  ///< of the slowest process in each step
  long long tasks = 0, iterations = 0, failed = 0, retried = 0, replaced = 0;
};

/// One implicit Euler step of the chemistry in every cell of a slab, in place.
class Chemistry {
 public:
  Chemistry(metasolve::Executor const& executor, Loops& loops, Slab const& slab, Method method,
            ChemistrySettings const& settings);
  /// y, c: [species][plane], in memory accessible to the executor. Collective; synchronizes.
  void advance(double* y, double const* c, double h);
  /// Of all processes. Collective.
  [[nodiscard]] ChemistryTotals totals() const;

 private:
  void solve(double* y, double const* c, double h);
  void learn_from_others();

  metasolve::Executor executor_;
  Loops& loops_;
  Method method_;
  ChemistrySettings settings_;
  Slab slab_;
  long cells_;
  long long steps_ = 0;
  std::optional<metasolve::ImplicitEulerSolver> solver_;
  std::optional<metasolve::OnlineMetaSolver> online_;
  std::shared_ptr<void> iterations_, status_, tally_, feature_;
  ChemistryTotals totals_;
};

}  // namespace flow
