// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/iteration_loss.hpp"
#include "metasolve/problem_solver.hpp"
#include "metasolve/training.hpp"
// Templates compiled in the user's program, as in problem_solver.hpp. Link metasolve::train and metasolve::kernels.
#include "metasolve/detail/train/compiled_training.hpp"

namespace metasolve {

/// Compiles P for solving and for training: for CPUs in a .cpp file, for CUDA devices in a .cu file. Using
/// train_meta_solver<P> in a file does the same. See compile_problem for the rest.
template <kernels::Problem P, class Exec = api::ThisExec>
bool compile_training() {
  return compile_problem<P, Exec>() && api::is_compiled_for_training<Exec, P>;
}

/// Trains a meta-solver for problem P, solved by `solver`. Training starts at the best constant value of P's first
/// parameter, if that has its own range (kernels/problems/problem.hpp), and keeps no weights that take more iterations
/// on the validation tasks than the best constant: if no epoch is better, the meta-solver predicts that constant
/// (TrainingReport::gives_constant). rows: every column of each task. run: a folder, created if needed, for
/// checkpoints, metrics.jsonl, manifest.json and the meta-solver, as `metasolve train` writes them; MetaSolver::load
/// reads it in any program compiled with P. An existing run is never overwritten: control.resume continues it, with the
/// same settings, tasks and solver. Synchronizes; may be killed at any moment.
/// @throws InputError an unknown setting or one out of range, or one that differs from the existing run's; columns that
///         `rows` leaves unwritten (names them); a feature that is not finite; a folder that holds a run, or in which
///         another training runs; another training of P in progress, or another problem of P's name; OutputError;
///         DeviceError; std::bad_alloc
template <kernels::Problem P, class Exec = api::ThisExec>
TrainingReport train_meta_solver(Executor const& executor, std::filesystem::path const& run, TaskRows const& rows,
                                 TrainingSettings const& settings = {}, typename P::Solver const& solver = {},
                                 TrainingControl const& control = {}) {
  compile_training<P, Exec>();
  return api::train_problem({P::name, typeid(P)}, executor, run,
                            {rows, std::make_shared<typename P::Solver const>(solver)}, settings, control);
}

/// Compares the meta-solver of a run (its folder: the best checkpoint, else the last) with the rows' own parameters, on
/// the test tasks. settings: "problem.test_tasks=1000", "evaluation.tolerances=[1e-6]" (the first tolerance is
/// reported), "evaluation.max_iterations=500"; the network's settings are the run's. Synchronizes; writes nothing.
/// @throws InputError no such run, or one of another problem; a setting as above; otherwise as train_meta_solver
template <kernels::Problem P, class Exec = api::ThisExec>
TrainingReport evaluate_meta_solver(Executor const& executor, std::filesystem::path const& run, TaskRows const& rows,
                                    TrainingSettings const& settings = {}, typename P::Solver const& solver = {}) {
  compile_training<P, Exec>();
  return api::evaluate_problem({P::name, typeid(P)}, executor, run,
                               {rows, std::make_shared<typename P::Solver const>(solver)}, settings);
}

/// The training loss of tasks of P by their solver parameters, for a network of the caller's own. settings: as
/// train_meta_solver. P has no task sets: IterationLoss::tasks is 0, and set_tasks takes rows with all of P's columns.
/// @throws InputError an unknown setting or one out of range; the capacity; another problem of P's name
template <kernels::Problem P, class Exec = api::ThisExec>
IterationLoss iteration_loss(Executor const& executor, TrainingSettings const& settings, std::int64_t capacity,
                             typename P::Solver const& solver = {}) {
  compile_training<P, Exec>();
  return api::iteration_loss({P::name, typeid(P)}, executor, std::make_shared<typename P::Solver const>(solver),
                             settings, capacity);
}

}  // namespace metasolve
