// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "metasolve/jacobi_solver.hpp"
#include "paper/two_task_theory.hpp"

/// Solves the two tasks of the paper's analysis with the engine's Jacobi: many task spaces, guesses and tolerances in
/// one batch.
namespace metasolve::paper {

/// A point at which to evaluate E[L_eps].
struct CountQuery {
  TwoTasks tasks;
  double w;          ///< the guess is w f
  double tolerance;  ///< eps, absolute
};

/// Iterations of both tasks until ||u^(m) - u|| <= eps.
struct TaskCounts {
  std::array<std::int32_t, 2> whole{};  ///< as counted by the engine
  /// The real number m with error eps (eq. 35): the last two measured errors, which enclose eps, interpolated
  /// in their logarithm. Exact, as each task's error is a geometric sequence.
  std::array<double, 2> relaxed{};

  [[nodiscard]] double expected_relaxed(double p) const { return p * relaxed[0] + (1 - p) * relaxed[1]; }
  [[nodiscard]] double expected_whole(double p) const { return p * whole[0] + (1 - p) * whole[1]; }
};

/// Solves of one size N, in double precision.
class TwoTaskMeasurement {
 public:
  TwoTaskMeasurement(Executor const& executor, int unknowns);

  /// [queries]. @throws Error a task did not converge: eps / c_i is too near the rounding error of its solution
  std::vector<TaskCounts> count(std::span<CountQuery const> queries);
  /// E[L_m] at each w, m = 0 to most: [w][most + 1].
  std::vector<double> losses(TwoTasks const& tasks, double p, std::span<double const> w, int most);

 private:
  /// One solve: f = c mu v, guess w f.
  struct Solve {
    int mode = 1;
    double mu = 0, amplitude = 1, w = 0;
    double tolerance = 0;  ///< relative to ||u|| = c, as measured by the engine
    std::int32_t max_iterations = 0;
  };
  struct Outcome {
    std::int32_t status = 0, iterations = 0;
    double measure = 0;  ///< of the last iterate, relative to ||u||
  };

  Solve solve_of(TwoTasks const& tasks, int task, double w, double tolerance, std::int32_t max_iterations) const;
  std::vector<Outcome> run(std::span<Solve const> solves);
  /// At most capacity solves. history [solves][limit + 1] on the host, with one limit for all; or null.
  void run_part(std::span<Solve const> solves, Outcome* outcomes, double* history);

  template <class T>
  struct Buffer {
    std::shared_ptr<void> memory;
    [[nodiscard]] T* data() const { return static_cast<T*>(memory.get()); }
  };
  template <class T>
  Buffer<T> allocate(std::int64_t items) const;

  Executor executor_;
  int unknowns_;
  std::vector<double> eigenvectors_;  ///< [modes][N], normalised
  JacobiSolver<double> solver_;
  Buffer<double> rhs_, solution_, guess_, tolerances_, measure_;
  Buffer<std::int32_t> limits_, status_, iterations_;
};

}  // namespace metasolve::paper
