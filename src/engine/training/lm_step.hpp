// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/exec/training/cholesky.hpp"
#include "metasolve/detail/network/training/gauss_newton.hpp"
#include "metasolve/kernels/network/levenberg_marquardt.hpp"

/// The data flow of second-order training, on one screen: the counterpart of pipeline.hpp's train_step. Calls are
/// ordered on the executor's stream, allocate nothing and do not wait.
namespace metasolve::engine {

/// Slots are [members][tasks]: slot m * tasks + t is task t of member m. The network's Q outputs are coefficients c,
/// and theta = c times the Q directions.
struct LmState {
  network::MlpBatch& mlp;
  network::GaussNewton& gauss_newton;
  exec::Cholesky& cholesky;
  TaskGroup<double>& tasks;
  kernels::LmSettings settings;
  kernels::LmMember* member;  ///< [members]
  double* weights;            ///< [members][n]
  double const* direction;    ///< [Q][parameters]
  std::int64_t parameters;
  double* theta;                                        ///< [parameters][slots]
  double *gradient_of_output, *gauss_newton_of_output;  ///< [Q][slots], [Q * Q][slots]
  double* bar;                                          ///< [Q][slots]
  double *gradient, *step, *second;                     ///< [members][n]
  double *matrix, *factor;                              ///< [members][n][n]
  double *largest, *current, *candidate_loss;           ///< [members], [members], [candidates][members]
  double* candidates;                                   ///< [candidates][members][n]
  double const* ones;                                   ///< [tasks]
  std::int32_t* info;                                   ///< [members]
  kernels::LockstepArguments<double> run;               ///< tolerance, limit, surrogate, result arrays
};

/// The MLP's output -> theta, one product per member.
inline void predict(exec::Backend& ex, LmState const& s, network::MlpBatch& mlp) {
  ex.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                             .m = s.parameters,
                             .n = mlp.tasks(),
                             .k = mlp.layers().back().out,
                             .a = s.direction,
                             .lda = s.parameters,
                             .b = mlp.output(),
                             .ldb = mlp.pitch(),
                             .c = s.theta,
                             .ldc = mlp.pitch(),
                             .batch = mlp.members(),
                             .stride_b = mlp.tasks(),
                             .stride_c = mlp.tasks()});
}

/// losses [slots] -> mean per member.
inline void mean_losses(exec::Backend& ex, LmState const& s, double* to) {
  ex.gemm(exec::Gemm<double>{.m = 1,
                             .n = 1,
                             .k = s.mlp.tasks(),
                             .alpha = 1 / static_cast<double>(s.mlp.tasks()),
                             .a = s.run.loss,
                             .lda = s.mlp.tasks(),
                             .b = s.ones,
                             .ldb = 1,
                             .c = to,
                             .ldc = 1,
                             .batch = s.mlp.members(),
                             .stride_a = s.mlp.tasks(),
                             .stride_c = 1});
}

/// One step per member: damped Gauss-Newton with geodesic acceleration (Transtrum and Sethna, arXiv:1201.5885).
/// Minimises by iteratively reweighted least squares: the curvature is that of sum_k (dloss/dL_k / L_k) ||r_k||^2 / 2
/// with fixed weights (kernels/lockstep/gauss_newton.hpp), and a step is accepted only if the true loss falls.
inline void lm_step(exec::Backend& ex, LmState const& s) {
  std::int64_t const members = s.mlp.members(), n = s.mlp.weights(), slots = s.mlp.pitch();
  std::int64_t const outputs = s.mlp.layers().back().out;
  auto run = s.run;
  run.slots = slots;
  run.theta = {s.theta, 1, slots};
  run.weight = 1 / static_cast<double>(s.mlp.tasks());

  s.mlp.forward(s.weights, true);  // features -> c -> theta
  predict(ex, s, s.mlp);
  s.tasks.solver->gauss_newton(run, {.directions = static_cast<int>(outputs),  // theta -> loss, dloss/dc, d2loss/dc2
                                     .direction = s.direction,
                                     .gradient = {s.gradient_of_output, 1, slots},
                                     .matrix = {s.gauss_newton_of_output, 1, slots}});
  mean_losses(ex, s, s.current);
  s.mlp.gradient(s.weights, s.gradient_of_output, s.gradient);
  s.gauss_newton.assemble(s.weights, s.gauss_newton_of_output, s.matrix);
  ex.launch(1, members, kernels::LargestDiagonal{n, s.matrix, s.largest});

  auto const bytes = static_cast<std::size_t>(members * n) * sizeof(double);
  exec::SymmetricBatch const factors{s.factor, n, members};
  for (int trial = 0; trial < kernels::LmSettings::trials; ++trial) {
    ex.copy(s.factor, s.matrix, bytes * static_cast<std::size_t>(n));
    ex.launch(members, n, kernels::Damp{n, s.settings.factor(trial), s.member, s.largest, s.factor});
    s.cholesky.factor(factors, s.info);
    ex.copy(s.step, s.gradient, bytes);
    s.cholesky.solve(factors, s.step, s.info);
    ex.launch(members, n, kernels::StepOf{n, s.info, s.step});

    // The output curves away from the step's straight line: this is the second-order correction.
    s.mlp.second_derivative(s.weights, s.step);
    ex.launch(outputs * members, s.mlp.tasks(),
              kernels::ApplyGaussNewton{s.mlp.rows(), outputs, s.gauss_newton_of_output, s.mlp.output(), s.bar});
    s.mlp.gradient(s.weights, s.bar, s.second);
    s.cholesky.solve(factors, s.second, s.info);
    ex.launch(members, n, kernels::StepOf{n, s.info, s.second});
    double* const pair = s.candidates + 2 * trial * members * n;
    ex.launch(members, n, kernels::Candidates{n, s.weights, s.step, s.second, pair, pair + members * n});
  }

  run.status = run.iterations = nullptr;  // keep their values from before the step
  run.measure = nullptr;
  for (int c = 0; c < kernels::LmSettings::candidates; ++c) {
    s.mlp.forward(s.candidates + c * members * n, false);
    predict(ex, s, s.mlp);
    s.tasks.solver->solve(run);
    mean_losses(ex, s, s.candidate_loss + c * members);
  }
  ex.launch(1, members, kernels::ChooseCandidate{s.settings, members, s.current, s.candidate_loss, s.member});
  ex.launch(members, n, kernels::TakeCandidate{members, n, s.member, s.candidates, s.weights});
}

}  // namespace metasolve::engine
