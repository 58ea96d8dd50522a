// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/tasks.hpp"

namespace metasolve::paper {

/// Seconds in which one thread solves a pressure system of a closed box without obstacles directly, by cosine
/// transforms along both axes as products with dense matrices: the mean over the tasks. @throws Error a solution is
/// wrong
double seconds_of_cosine_transforms(engine::Tasks const& tasks);

}  // namespace metasolve::paper
