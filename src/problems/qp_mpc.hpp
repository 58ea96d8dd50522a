// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/condense.hpp"
#include "metasolve/detail/problems/qp_matrix.hpp"

/// Linear model predictive control as a quadratic program, with the states as unknowns or eliminated.
namespace metasolve::problems {

/// Minimises half the sum over stages of (x - x_r)'Q(x - x_r) + u'R u, where x_{k+1} = A x_k + B u_k and x, u are
/// within bounds. Matrices are by rows.
struct LinearMpc {
  int states = 0, inputs = 0, horizon = 0;
  bool keeps_zeros = false;                                ///< of A, B and the last weight in the pattern
  std::vector<double> a{}, b{};                            ///< [states, states], [states, inputs]
  std::vector<double> q{}, r{};                            ///< the diagonals of Q [states] and R [inputs]
  std::vector<double> q_end{};                             ///< [states, states] of the last stage
  std::vector<double> x_min{}, x_max{}, u_min{}, u_max{};  ///< may be infinite

  [[nodiscard]] int all_states() const { return (horizon + 1) * states; }
  [[nodiscard]] int all_inputs() const { return horizon * inputs; }
  /// next: [states] A x + B u; not the same memory as x.
  void step(double const* x, double const* u, double* next) const;
  /// y: [states] Q x of a stage.
  void weigh(int stage, double const* x, double* y) const;
};

/// Unknowns: states of all stages, then inputs. Rows: x_0 and dynamics (with -x_{k+1}), then each unknown's bounds.
struct FullMpc {
  explicit FullMpc(LinearMpc const& mpc);
  /// x_0, x_r: [states]; q, l, u: of the program.
  void vectors(LinearMpc const& mpc, double const* x_0, double const* x_r, double* q, double* l, double* u) const;

  QpMatrix p, a;  ///< p: the lower triangle
};

/// Unknowns: inputs (metasolve::CondensedMpc).
struct CondensedForm {
  explicit CondensedForm(LinearMpc const& mpc);
  /// As above. The constraint on x_0 itself is left out: no input changes it.
  void vectors(LinearMpc const& mpc, double const* x_0, double const* x_r, double* q, double* l, double* u) const;

 private:
  metasolve::CondensedMpc mpc_;

 public:
  QpMatrix p, a;  ///< p: the lower triangle
};

}  // namespace metasolve::problems
