// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/detail/problems/problem.hpp"

/// A user's tasks, shared out over training, validation and test.
namespace metasolve::problems {

/// Where they are.
struct GivenTasks {
  std::string place;  ///< the file or folder
  std::string noun;   ///< "matrices"
  std::int64_t count = 0;
};

/// Where there are fewer tasks than by default, sets the counts that are defaults to shares of 8:1:1. Returns what was
/// set, one sentence; empty: nothing.
std::string share_out(config::RunConfig& config, GivenTasks const& given);

/// The order in which they are shared out, determined by the seed. @throws InputError there are fewer than configured
std::vector<std::size_t> shared_order(config::RunConfig const& config, GivenTasks const& given);

/// The first tasks are for training, the next for validation, then for test.
Splits shared_out(config::RunConfig const& config, engine::Tasks const& all);

}  // namespace metasolve::problems
