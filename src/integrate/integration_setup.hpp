// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/meta_solver.hpp"

/// Integrates batches of trajectories by implicit Euler, with several methods for the equations of a step.
namespace metasolve::integrate {

enum class Method {
  newton_sor,   ///< with the setup's relaxation factor, from y_prev
  newton,       ///< Gaussian elimination, from y_prev
  meta_solver,  ///< Newton-SOR with parameters predicted by the setup's meta-solver
  online,       ///< Newton-SOR with the factor chosen by a meta-solver that learns from these steps
};

/// Fallbacks for a step whose equations were not solved.
enum class Remedy {
  constant,       ///< the constant relaxation factor instead of the predicted one
  newton,         ///< Newton's method on the same equations
  smaller_steps,  ///< halves the step recursively until each part is solved: a different, more accurate state
};
/// Indexed by value.
inline constexpr std::array<char const*, 3> remedy_names{"constant", "newton", "smaller-steps"};

struct IntegrationSetup {
  std::string problem;
  std::vector<double> parameters;  ///< [sets][parameters]
  std::vector<double> initial;     ///< [sets][size]
  double relaxation = 1.37;        ///< for Newton-SOR without a meta-solver; Newton and accelerated sweeps use 1
  bool clamps = false;
  double tolerance = 1e-9;
  int max_iterations = 10000;
  std::vector<Remedy> remedies{};  ///< in the order of attempts
  std::optional<MetaSolver> meta_solver{};
  std::string online_state{};  ///< file with which Method::online begins, if it exists; empty: without knowledge
};

}  // namespace metasolve::integrate
