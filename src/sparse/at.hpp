// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace metasolve::sparse {
/// An index that is not negative, as the standard library's containers take it.
constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
}  // namespace metasolve::sparse
