// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/black_box/guess_box.hpp"
#include "examples/black_box/petsc_box.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/problems/elasticity.hpp"

/// What main.cpp measures, for scripts/black-box-figures.
namespace metasolve::bench::black_box {

/// A row of the results.
struct Figure {
  std::string name;
  double mean = 0;          ///< iterations over the test tasks; a failure counts as the limit
  std::int64_t solves = 0;  ///< that training took
  double seconds = 0;       ///< of training
};
/// One line of JSON, flushed.
void print(Figure const& figure);

/// The paper's beams by PETSc's cg + icc and by our own solver: numbered by the mesh, fill of level 2, from zero, to a
/// relative residual of 1e-6 within as many iterations as unknowns.
inline constexpr double beam_tolerance = 1e-6;
inline constexpr int beam_limit = 243, beam_level = 2;
/// The tasks of `problem.name = "elasticity"`, for our solver.
engine::Tasks beams_of(std::uint64_t seed, random::Stream stream, std::int64_t count);
/// Prints counts of both solvers at several shifts.
void agreement(::black_box::PetscIcc& solver, std::int64_t count);

/// Trains through PETSc alone, with the tasks and the network of configs/elasticity.toml.
void train_beams(::black_box::PetscIcc& solver, std::filesystem::path const& run, std::uint64_t seed,
                 TrainingSettings settings);
/// Counts of both solvers with the shifts that a run predicts for the test tasks; also a run of `metasolve train` with
/// the problem "elasticity".
void compare_beams(::black_box::PetscIcc& solver, std::filesystem::path const& run, std::uint64_t seed,
                   std::int64_t count);

/// From zero, and from a guess that is linear in the right-hand side, fitted to the solutions of the training tasks.
void guess_baselines(GuessSetting const& setting, GuessSolver& solver);
/// Trains a guess through the black box.
void train_guesses(GuessSetting const& setting, GuessSolver& solver, std::filesystem::path const& run,
                   TrainingSettings const& settings);

}  // namespace metasolve::bench::black_box
