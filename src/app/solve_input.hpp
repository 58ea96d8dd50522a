// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "src/app/solve_command.hpp"
#include "src/train/checkpoint.hpp"

namespace metasolve::app {

/// Tasks that are solved together.
struct SolvePart {
  problems::AnyTasks tasks;
  std::vector<std::int64_t> numbers;  ///< of the tasks, as the caller knows them
};

/// What `solve` works on.
struct SolveInput {
  std::vector<SolvePart> parts;
  train::Checkpoint model;  ///< without a model: a network that is not asked
  bool has_model = false;
  std::vector<problems::SpdFolder::Broken> broken = {};  ///< what cannot be solved, and why
  std::int64_t right_sides = -1;                         ///< of a folder of matrices: how many have a file of their own
};

/// All tasks together, numbered from 0, as the matrices of a folder are.
SolveInput solve_input(problems::AnyTasks tasks, train::Checkpoint model, bool has_model);

/// Reads the file of tasks by the problem's columns, and the model, if there is one, and sees that they belong
/// together.
/// @throws InputError
SolveInput read_solve_input(SolveOptions const& options, std::filesystem::path const& model_file);

}  // namespace metasolve::app
