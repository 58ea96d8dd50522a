// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/cg_solver.hpp>
#include <metasolve/online_meta_solver.hpp>

#include <optional>
#include <vector>

#include "array.hpp"
#include "heat_equation.hpp"

namespace heat {

/// What is learned: omega of SSOR, from the coupling, which the program knows before each solve. constant: used until
/// something better is known.
metasolve::OnlineMetaSolver::Options learner_options(HeatEquation const& heat, int members, double constant,
                                                     std::uint64_t seed);

/// Simulations side by side. Each has its own state and begins at another time of the conductivity's and the source's
/// cycle; the systems of a step are solved in one call.
class Simulation {
 public:
  /// online: may be null; then omega is used throughout.
  Simulation(metasolve::Executor const& executor, HeatEquation const& heat, int members, double omega,
             metasolve::OnlineMetaSolver* online);

  /// One step of all members. Returns the iterations of all systems. @throws std::runtime_error one was not solved
  long advance();
  [[nodiscard]] double seconds() const { return seconds_; }  ///< in the solver's calls
  [[nodiscard]] double mean_temperature() const;             ///< over all points of all members

 private:
  metasolve::Executor executor_;
  HeatEquation const& heat_;
  int members_;
  double omega_;
  metasolve::OnlineMetaSolver* online_;
  metasolve::CgSolver solver_;
  std::vector<double> time_;                 ///< [members]
  Array<double> u_, next_;                   ///< [members][unknowns]
  Array<double> a_, b_;                      ///< [members][entries], [members][unknowns]
  Array<double> features_;                   ///< [members]
  Array<std::int32_t> status_, iterations_;  ///< [members]
  double seconds_ = 0;
};

}  // namespace heat
