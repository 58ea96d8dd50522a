// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/train/checkpoint.hpp"

namespace metasolve::train {

/// @throws InputError value is not within low ... high; what: its name, in "its epoch is"
void require_within(std::string const& origin, char const* what, std::int64_t value, std::int64_t low,
                    std::int64_t high);

/// Numbers that no training can have come to: what is not finite, second moments below 0, counters beyond the tasks and
/// epochs of the checkpoint's own configuration. A right checksum does not make them right.
/// @throws InputError names the number; origin: the file
void require_ranges(Checkpoint const& checkpoint, std::string const& origin);

}  // namespace metasolve::train
