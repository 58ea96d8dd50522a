// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "metasolve/detail/online/learner.hpp"

/// Online meta-solvers as safetensors: the arrays of Snapshot and the base of merges; options, clock and unit as JSON
/// in the metadata's "online".
namespace metasolve::online {

/// Atomic. Waits. @throws OutputError
void write_learner(std::filesystem::path const& file, Learner const& learner);
/// capacity: 0: as it was. @throws InputError missing, of another kind, or damaged
std::unique_ptr<Learner> read_learner(Executor const& executor, std::filesystem::path const& file,
                                      std::int64_t capacity);

}  // namespace metasolve::online
