// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace metasolve::sparse {
/// Converts a nonnegative index for the standard library's containers.
constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
}  // namespace metasolve::sparse
