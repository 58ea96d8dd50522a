// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "choosers.hpp"
#include "examples/heat_equation/heat_equation.hpp"
#include "metasolve/cg_solver.hpp"

namespace metasolve::bench::online {

inline constexpr double tolerance = 1e-8;  ///< relative, of each step's system
inline constexpr int most_iterations = 10000;

/// Steps of a simulation, and what a learner is told of each.
struct Course {
  heat::HeatEquation const* heat;
  std::vector<double> times;     ///< [steps] at which each begins
  std::vector<double> features;  ///< [steps]
};

/// The reference problem: `steps` of them from time 0. The feature is 1 + coupling.
Course reference(heat::HeatEquation const& heat, int steps);

using Counts = std::vector<std::int32_t>;  ///< iterations of each step

/// Solves systems of many simulations in one call, each from a state of its own. As each task's result depends on that
/// task alone, counts are those of calls of one task.
class Lanes {
 public:
  Lanes(heat::HeatEquation const& heat, PreconditionerKind preconditioner, int count);

  [[nodiscard]] int count() const { return count_; }
  void assemble(int lane, double time);
  /// omega, limits: [count]. Afterwards `iterations` holds each lane's count and `converged` whether it is solved.
  void solve(double const* omega, std::int32_t const* limits);
  /// One lane again, from the same guess.
  void solve_again(int lane, double omega);
  /// The solution of lane `from` becomes the state of lane `to`.
  void accept(int from, int to);
  [[nodiscard]] std::int32_t iterations(int lane) const { return iterations_[static_cast<std::size_t>(lane)]; }
  [[nodiscard]] bool converged(int lane) const { return status_[static_cast<std::size_t>(lane)] == 0; }
  [[nodiscard]] double const* values() const { return a_.data(); }
  [[nodiscard]] double const* rhs() const { return b_.data(); }
  [[nodiscard]] double const* state() const { return u_.data(); }

 private:
  void run(int first, int count, Column<double> omega, Column<std::int32_t> limits);
  heat::HeatEquation const& heat_;
  int count_;
  CgSolver solver_;
  std::vector<double> u_, next_, a_, b_;
  std::vector<std::int32_t> status_, iterations_;
};

/// With each of the omegas throughout; without a preconditioner these are ignored. [omegas]
std::vector<Counts> with_constants(Course const& course, std::vector<double> const& omegas,
                                   PreconditionerKind preconditioner = PreconditionerKind::ssor);

/// The least of the grid in each step, found by trying all.
struct Best {
  Counts counts;
  std::vector<double> low, high;  ///< [steps] the range of omegas that need as few
};
Best best_of_each(Course const& course, std::vector<double> const& omegas);

/// One simulation for each chooser; what a chooser's first limit ends is solved again with its constant. [choosers]
std::vector<Counts> with_choosers(Course const& course, std::vector<std::unique_ptr<Chooser>> const& choosers);

}  // namespace metasolve::bench::online
