// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "src/app/solve_command.hpp"
#include "src/train/checkpoint.hpp"

namespace metasolve::app {

/// What `solve` works on.
struct SolveInput {
  problems::AnyTasks tasks;
  train::Checkpoint model;  ///< without a model: a network that is not asked
  bool has_model = false;
};

/// Reads the file of tasks by the problem's columns, and the model, if there is one, and sees that they belong
/// together.
/// @throws InputError
SolveInput read_solve_input(SolveOptions const& options, std::filesystem::path const& model_file);

}  // namespace metasolve::app
