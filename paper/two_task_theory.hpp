// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

/// Closed forms of the paper's analysis with two tasks (sections 2.2.2 and 3.1.1, appendix B), as pure functions.
/// docs/theory.md derives the deviations from the printed text.
namespace metasolve::paper {

/// The task space: A u = f_i with A = tridiag(-1, 2, -1) and f_i = c_i mu_i v_i, where A v_i = mu_i v_i and
/// ||v_i|| = 1, so that ||u_i|| = c_i; tau_1 has probability p. The solver is Jacobi's method with the guess w f_i: the
/// error after m iterations is c_i |w mu_i - 1| lambda_i^m. Tolerances are absolute: ||u^(m) - u|| <= eps.
/// Index 0 is the paper's tau_1, the difficult task, and 1 its tau_2.
struct TwoTasks {
  int unknowns = 16;                      ///< N
  std::array<int, 2> mode{1, 2};          ///< k_1 < k_2 <= N / 2 of the two eigenpairs, from 1; then lambda_2 > 0
  std::array<double, 2> amplitude{1, 1};  ///< c_i > 0

  [[nodiscard]] double mu(int task) const;      ///< 2 - 2 cos(k pi / (N + 1)) (lemma B.1)
  [[nodiscard]] double lambda(int task) const;  ///< cos(k pi / (N + 1)), of Jacobi's iteration matrix (lemma B.1)

  bool operator==(TwoTasks const&) const = default;
};

/// E[L_m] at w (eq. 18).
double expected_loss(TwoTasks const& tasks, double p, double w, int m);
/// w_m (eq. 19): the minimiser of E[L_m].
double loss_minimiser(TwoTasks const& tasks, double p, int m);

/// L_eps of one task at w in iterations, a real number (eq. 35).
double relaxed_count(TwoTasks const& tasks, int task, double w, double tolerance);
/// E[L_eps] at w in relaxed iterations (eq. 29).
double expected_count(TwoTasks const& tasks, double p, double w, double tolerance);

/// E[L_eps] at w in whole iterations, as a solver counts: each task's count rounded up.
double expected_whole_count(TwoTasks const& tasks, double p, double w, double tolerance);

/// The bound of proposition B.3: from this tolerance on, one w solves both tasks without iterations.
double largest_tolerance(TwoTasks const& tasks);
/// w_eps,1 (task 0) or w_eps,2 (task 1) (eq. 31), for eps below largest_tolerance: the guess nearest to the other
/// task's solution that needs no iterations for this one.
double candidate(TwoTasks const& tasks, int task, double tolerance);
/// p_eps (eq. 32) with c_1 and c_2 exchanged in the two logarithms, for eps below largest_tolerance: there the two
/// candidates are equally good.
double critical_probability(TwoTasks const& tasks, double tolerance);
/// Eq. 32 as printed; correct only for c_1 = c_2.
double critical_probability_as_printed(TwoTasks const& tasks, double tolerance);
/// p_0 (eq. 34).
double critical_probability_limit(TwoTasks const& tasks);
/// w_eps (eq. 30): the minimiser of E[L_eps]; at p = p_eps the second of the two candidates.
double count_minimiser(TwoTasks const& tasks, double p, double tolerance);
/// w_max of appendix B: the maximiser of E[L_eps] between the two candidates, for any eps.
double count_maximiser(TwoTasks const& tasks, double p);

/// The task space at the end of the proof of proposition 3.1; as p -> 0 training with E[L_m] becomes ever harder:
/// c_1 ~ p^-2, c_2 ~ p^-1. shape: N and the modes; its amplitudes do not matter. 0 < p < 1.
TwoTasks adverse_tasks(TwoTasks const& shape, double p, double delta);
/// Infimum of E[L_eps] over w_0 <= w < 1 / mu_1, relaxed, for eps below largest_tolerance: a lower bound of
/// E[L_eps(w_m)] for any m.
double infimum_over_loss_minimisers(TwoTasks const& tasks, double p, double tolerance);
/// The lower bound of eq. 41 for E[L_eps(w_m)] / E[L_eps(w_delta)], any m, where w_delta = w_delta,2; eps <= delta.
double ratio_bound(TwoTasks const& tasks, double p, double tolerance, double delta);

}  // namespace metasolve::paper
