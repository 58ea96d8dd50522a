// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metasolve/pattern.hpp"

namespace metasolve {

/// A linear model predictive control problem over N steps, from a state x_0 towards references r_0 ... r_N:
///     minimise 1/2 sum_{k=0}^{N-1} [(x_k - r_k)'Q (x_k - r_k) + u_k'R u_k] + 1/2 (x_N - r_N)'Q_N (x_N - r_N)
///     subject to x_{k+1} = A x_k + B u_k,  u_lower <= u_k <= u_upper,  x_lower <= x_k <= x_upper for k = 1 ... N.
/// Matrices are dense, by rows. Views of host memory.
struct MpcProblem {
  int states = 0, inputs = 0, horizon = 0;             ///< nx, nu, N
  std::span<double const> a, b;                        ///< [nx][nx], [nx][nu]
  std::span<double const> q, r;                        ///< [nx][nx], [nu][nu], symmetric
  std::span<double const> q_end = {};                  ///< Q_N [nx][nx]; empty: Q
  std::span<double const> u_lower = {}, u_upper = {};  ///< [nu]; may be infinite; empty: no bounds
  std::span<double const> x_lower = {}, x_upper = {};  ///< [nx] likewise
};

/// The same problem in the inputs u_0 ... u_{N-1} alone: the states are eliminated ("condensing"). It is a quadratic
/// program for QpSolver, minimise v'H v / 2 + g'v subject to l <= C v <= u, whose g, l and u are linear in x_0 and the
/// references, for batches on any executor by their maps, or on the host by `task`. n = N nu variables; rows: all
/// inputs, if they have bounds, then at each step from 1 on the states that have.
class CondensedMpc {
 public:
  /// Host code, N^2 products of matrices. @throws InputError names the array of another length, a matrix that is not
  /// symmetric or not finite, a lower bound above the upper one, a size below 1, or sizes that are too large
  explicit CondensedMpc(MpcProblem const& problem);

  [[nodiscard]] int states() const noexcept { return nx_; }              ///< nx
  [[nodiscard]] int inputs() const noexcept { return nu_; }              ///< nu
  [[nodiscard]] int horizon() const noexcept { return steps_; }          ///< N
  [[nodiscard]] int variables() const noexcept { return steps_ * nu_; }  ///< n
  [[nodiscard]] int rows() const noexcept {                              ///< of C
    return input_rows() + steps_ * static_cast<int>(bounded_.size());
  }
  [[nodiscard]] std::span<std::int32_t const> bounded_states() const noexcept { return bounded_; }  ///< ascending

  /// H, the lower triangle; valid as long as this object.
  [[nodiscard]] Pattern h_pattern() const noexcept { return {h_row_ptrs_, h_col_idxs_}; }
  [[nodiscard]] std::span<double const> h_values() const noexcept { return h_values_; }  ///< in the order of h_pattern
  /// C.
  [[nodiscard]] Pattern c_pattern() const noexcept { return {c_row_ptrs_, c_col_idxs_}; }
  [[nodiscard]] std::span<double const> c_values() const noexcept { return c_values_; }  ///< in the order of c_pattern
  [[nodiscard]] std::span<double const> lower() const noexcept { return lower_; }        ///< l [rows] for x_0 = 0
  [[nodiscard]] std::span<double const> upper() const noexcept { return upper_; }        ///< u [rows] for x_0 = 0
  /// g = g_of_state x_0 - g_of_references [r_0; ...; r_N], by rows: [n][nx].
  [[nodiscard]] std::span<double const> g_of_state() const noexcept { return g_of_state_; }
  /// Likewise, [n][(N + 1) nx].
  [[nodiscard]] std::span<double const> g_of_references() const noexcept { return g_of_references_; }
  /// l = lower - offset x_0, u = upper - offset x_0, by rows: [rows][nx].
  [[nodiscard]] std::span<double const> offset() const noexcept { return offset_; }

  /// The numbers of one task: g [n], l [rows], u [rows] from x_0 [nx] and references [(N + 1) nx], or [nx]: the same at
  /// each step. @throws InputError an array of another length
  void task(std::span<double const> x0, std::span<double const> references, std::span<double> g, std::span<double> l,
            std::span<double> u) const;

  /// Back to the whole problem, in the form of OSQP's examples: variables [x_0 ... x_N; u_0 ... u_{N-1}]. Dynamics and
  /// stationarity hold to rounding, the rest as well as in the condensed solution.
  struct Expanded {
    std::vector<double> x;         ///< [(N + 1) nx]
    std::vector<double> dynamics;  ///< multipliers [(N + 1) nx] of -x_0 = -x_0, A x_k + B u_k - x_{k+1} = 0
    std::vector<double> x_bounds;  ///< multipliers [(N + 1) nx] of the states' bounds
    std::vector<double> u_bounds;  ///< multipliers [N nu] of the inputs' bounds: -(R u_k + B'dynamics_{k+1})
  };
  /// solution [n + rows]: v, then the multipliers y. @throws InputError an array of another length
  [[nodiscard]] Expanded expand(std::span<double const> x0, std::span<double const> references,
                                std::span<double const> solution) const;

  /// QpSolver::Options::shift_x and shift_y for the next step of a receding horizon: u_{k+1} in place of u_k, the last
  /// one twice; likewise the multipliers.
  [[nodiscard]] std::vector<std::int32_t> shift_x() const;
  [[nodiscard]] std::vector<std::int32_t> shift_y() const;  ///< likewise

 private:
  [[nodiscard]] int input_rows() const noexcept { return has_input_bounds_ ? steps_ * nu_ : 0; }
  [[nodiscard]] double reference(std::span<double const> references, int step, int state) const;
  void require(std::span<double const> x0, std::span<double const> references) const;
  void make_objective(std::vector<std::vector<double>> const& powers,
                      std::vector<std::vector<double>> const& responses);
  void make_rows(std::vector<std::vector<double>> const& powers, std::vector<std::vector<double>> const& responses);

  int nx_, nu_, steps_;
  bool has_input_bounds_ = false;
  std::vector<double> a_, b_, q_, q_end_, r_;
  std::vector<std::int32_t> bounded_;
  std::vector<std::int32_t> h_row_ptrs_, h_col_idxs_, c_row_ptrs_, c_col_idxs_;
  std::vector<double> h_values_, c_values_, lower_, upper_, g_of_state_, g_of_references_, offset_;
};

}  // namespace metasolve
