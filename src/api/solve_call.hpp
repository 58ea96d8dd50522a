// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/online_call.hpp"
#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/engine/batch_solver.hpp"
#include "metasolve/types.hpp"

namespace metasolve::api {

template <class T>
kernels::BatchView<T> view(BatchView<T> const& v) {
  return {v.data, v.task_stride, v.item_stride};
}

/// Sets up inference before the solve, most_in_network tasks at a time. exec: the batch solver's.
template <class Scalar>
void predict_before(exec::Backend& exec, engine::BatchSolver<Scalar>& solver, MetaSolver const& meta_solver,
                    network::MetaNetworkShape const& shape, std::int64_t part,
                    typename engine::BatchSolver<Scalar>::InputsOf inputs) {
  solver.set_meta_solver(network::make_predictor<Scalar>(exec, shape, is_double(meta_solver), part), std::move(inputs),
                         part);
  solver.set_weights(weights_of(meta_solver));
}

/// What a call asks for, for kernels.
template <class Scalar>
kernels::LockstepArguments<Scalar> arguments_of(std::int64_t count, Stopping<Scalar> const& stopping,
                                                Results<Scalar> const& results) {
  kernels::LockstepArguments<Scalar> run;
  run.slots = count;
  run.tolerance = {stopping.tolerance.data, stopping.tolerance.stride, stopping.tolerance.value};
  run.max_iterations = {stopping.max_iterations.data, stopping.max_iterations.stride, stopping.max_iterations.value};
  run.status = results.status;
  run.iterations = results.iterations;
  run.measure = results.measure;
  run.solution = view(results.solution);
  run.history = view(results.history);
  return run;
}

/// A call of a public class with validated arguments, and tasks bound to the stage of `solver`; with policy.online also
/// the stage's proposal (bind_online). in_place: solutions
/// overwrite the initial values, so only for converged tasks.
template <class Scalar>
void solve_call(exec::Backend& exec, engine::BatchSolver<Scalar>& solver, std::int64_t count,
                Stopping<Scalar> const& stopping, Results<Scalar> const& results, Policy const& policy,
                bool in_place = false) {
  if (results.tally != nullptr) exec.zero(results.tally, sizeof(Tally));
  if (count == 0) return;
  auto run = arguments_of(count, stopping, results);
  run.confirms = true;
  run.only_converged = in_place;
  if (auto* const online = policy.online.meta_solver) {
    auto const proposal = choose(*online, count, policy.online.features);
    auto* origin = results.origin;
    solver.solve(run, proposal, origin, results.tally);
    return learn(*online, run.iterations, run.status, origin);
  }
  bool const predicts = solver.has_meta_solver() && policy.meta_solver;
  solver.solve(run, {predicts, true, policy.retry, policy.first_max_iterations}, results.origin, results.tally);
}

}  // namespace metasolve::api
