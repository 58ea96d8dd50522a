// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/problems/task_columns.hpp"
#include "metasolve/detail/programs/settings.hpp"

namespace metasolve::problems {

/// Part of a configuration (RunConfig::of): a black box that is a program.
struct ProgramKeys {
  std::string command, folder;
  programs::Wire protocol = programs::Wire::json;
  std::string iterations_pattern;
  int processes = 0;
  double time_limit = 60;
  std::vector<std::string> columns, parameters;  ///< declarations (task_columns.hpp)
  std::vector<std::string> by_logarithm, hidden, reference;
  std::string tasks;  ///< file
  BlackBoxCost cost = BlackBoxCost::iterations;
  std::string cache;  ///< file
  bool operator==(ProgramKeys const&) const = default;
};

std::vector<config::Field> program_keys();

/// Values of keys that were not given: those of a problem of a program's own (train/own_configuration.cpp), for solves
/// that take longer than ours. given: as for Problem::settle.
void settle_training(config::RunConfig& config, std::function<bool(std::string const& key)> const& given);

/// @throws InputError
std::vector<TaskColumn> columns_of(ProgramKeys const& keys);

/// The box without its solve. @throws InputError a declaration cannot be read, or they do not fit each other
BlackBox declared_box(ProgramKeys const& keys);

/// A box whose processes start when it is first called, and end with its last copy. @throws InputError as declared_box,
/// and as programs::ProgramPool
BlackBox program_box(ProgramKeys const& keys);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<BlackBoxCost> {
  static constexpr ChoiceTable<BlackBoxCost, 3> table{{{BlackBoxCost::iterations, "iterations"},
                                                       {BlackBoxCost::history, "history"},
                                                       {BlackBoxCost::seconds, "seconds"}}};
};

}  // namespace metasolve::io
