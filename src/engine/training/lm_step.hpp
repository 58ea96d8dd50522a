// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/engine/training/lm_block.hpp"
#include "metasolve/detail/engine/training/shared_sum.hpp"
#include "metasolve/detail/exec/training/cholesky.hpp"
#include "metasolve/kernels/network/levenberg_marquardt.hpp"

/// The data flow of second-order training, on one screen: the counterpart of pipeline.hpp's train_step. Calls are
/// ordered on the executor's stream, allocate nothing and, without ranks, do not wait.
namespace metasolve::engine {

struct LmState {
  std::vector<std::unique_ptr<LmBlock>>& blocks;  ///< this rank's
  SharedSum<double>&model, &second_sum,
      &losses;  ///< over blocks and ranks: [members][n * n + n + 1], gradients, losses
  exec::Cholesky& cholesky;
  kernels::LmSettings settings;
  std::int64_t members, n, tasks;       ///< tasks: a member's, on all ranks
  kernels::LmMember* member;            ///< [members]
  double* weights;                      ///< [members][n]
  double const* direction;              ///< [Q][parameters]
  double *matrix, *gradient, *current;  ///< [members][n][n], [members][n], [members]: one array
  double *step, *second, *factor;       ///< [members][n], the same, [members][n][n]
  double *largest, *candidate_loss;     ///< [members], [candidates][members]
  double* candidates;                   ///< [candidates][members][n]
  std::int32_t* info;                   ///< [members]
};

/// The arguments of a run over a block. With results the block keeps counts and measures.
inline kernels::LockstepArguments<double> run_of(LmBlock& block, LearnerOptions const& options, std::int64_t tasks,
                                                 bool with_results) {
  auto run = block.results().arguments(options, {0, options.max_iterations});
  run.tolerance = {block.tolerances(), 1};
  run.slots = block.mlp().pitch();
  run.theta = block.theta();
  run.weight = 1 / static_cast<double>(tasks);
  if (with_results) return run;
  run.status = run.iterations = nullptr;
  run.measure = nullptr;
  return run;
}

/// One step per member: damped Gauss-Newton with geodesic acceleration (Transtrum and Sethna, arXiv:1201.5885).
/// Minimises by iteratively reweighted least squares: the curvature is that of sum_k (dloss/dL_k / L_k) ||r_k||^2 / 2
/// with fixed weights (kernels/lockstep/gauss_newton.hpp), and a step is accepted only if the true loss falls.
inline void lm_step(exec::Backend& ex, LearnerOptions const& options, LmState const& s) {
  std::int64_t const members = s.members, n = s.n;
  auto const mean = 1 / static_cast<double>(s.tasks);

  for (std::size_t b = 0; b < s.blocks.size(); ++b) {
    auto& block = *s.blocks[b];
    double* const to = s.model.row(static_cast<std::int64_t>(b));
    block.predict(s.weights, s.direction, true);                              // features -> c -> theta
    block.differentiate(run_of(block, options, s.tasks, true), s.direction);  // -> loss, dloss/dc, d2loss/dc2
    block.assemble(s.weights, to + members * n * n, to);                      // -> gradient, matrix
    block.sum_losses(mean, to + members * n * (n + 1));
  }
  s.model.finish(s.matrix, nullptr);
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
    for (std::size_t b = 0; b < s.blocks.size(); ++b) {
      s.blocks[b]->second_order(s.weights, s.step, s.second_sum.row(static_cast<std::int64_t>(b)));
    }
    s.second_sum.finish(s.second, nullptr);
    s.cholesky.solve(factors, s.second, s.info);
    ex.launch(members, n, kernels::StepOf{n, s.info, s.second});
    double* const pair = s.candidates + 2 * trial * members * n;
    ex.launch(members, n, kernels::Candidates{n, s.weights, s.step, s.second, pair, pair + members * n});
  }

  for (std::size_t b = 0; b < s.blocks.size(); ++b) {
    auto& block = *s.blocks[b];
    double* const to = s.losses.row(static_cast<std::int64_t>(b));
    for (int c = 0; c < kernels::LmSettings::candidates; ++c) {
      block.predict(s.candidates + c * members * n, s.direction, false);
      block.solver().solve(run_of(block, options, s.tasks, false));  // counts are those before the step
      block.sum_losses(mean, to + c * members);
    }
  }
  s.losses.finish(s.candidate_loss, nullptr);
  ex.launch(1, members, kernels::ChooseCandidate{s.settings, members, s.current, s.candidate_loss, s.member});
  ex.launch(members, n, kernels::TakeCandidate{members, n, s.member, s.candidates, s.weights});
}

}  // namespace metasolve::engine
