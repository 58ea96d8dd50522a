// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/train/checkpoint.hpp"

namespace metasolve::train {

/// @throws InputError value is outside low ... high; what: its name, as in "its epoch is"
void require_within(std::string const& origin, char const* what, std::int64_t value, std::int64_t low,
                    std::int64_t high);

/// Rejects numbers that no training can produce: non-finite values, negative second moments, counters beyond the tasks
/// and epochs of the checkpoint's own configuration. A correct checksum does not exclude them.
/// @throws InputError names the number; origin: the file
void require_ranges(Checkpoint const& checkpoint, std::string const& origin);

}  // namespace metasolve::train
