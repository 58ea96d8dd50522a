// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace metasolve::sparse {

/// Validates contiguous right-hand sides f [tasks][unknowns] of tasks with a relative measure.
/// @throws InputError a non-finite number or a row of zeros; row_name(row) names it
void require_usable_poisson(std::span<double const> rhs, int unknowns,
                            std::function<std::string(std::int64_t)> const& row_name);

}  // namespace metasolve::sparse
