// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/meta_solver.hpp"

/// Batches of trajectories through implicit Euler steps, by several methods for each step's equations.
namespace metasolve::integrate {

enum class Method {
  newton_sor,   ///< with the set-up's relaxation factor, from y_prev
  newton,       ///< Gaussian elimination, from y_prev
  meta_solver,  ///< Newton-SOR with what the set-up's meta-solver chooses
};

/// What can be tried where a step's equations were not solved.
enum class Remedy {
  constant,       ///< the constant relaxation factor in the place of what a meta-solver chose
  newton,         ///< Newton's method on the same equations
  smaller_steps,  ///< the step in halves, and these, until each part is solved: another, finer state
};
/// By value.
inline constexpr std::array<char const*, 3> remedy_names{"constant", "newton", "smaller-steps"};

struct IntegrationSetup {
  std::string problem;
  std::vector<double> parameters;  ///< [sets][parameters]
  std::vector<double> initial;     ///< [sets][size]
  double relaxation = 1.37;        ///< of Newton-SOR without a meta-solver; Newton's own is 1
  bool clamps = false;
  double tolerance = 1e-9;
  int max_iterations = 10000;
  std::vector<Remedy> remedies{};  ///< in the order in which they are tried
  std::optional<MetaSolver> meta_solver{};
};

}  // namespace metasolve::integrate
