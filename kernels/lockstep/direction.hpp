// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/mixed.hpp"

/// Directions in the space of a solver's parameters along which lockstep_tangent differentiates: of(task)(p) is entry
/// p of task's direction, the same on each member.
namespace metasolve::kernels {

/// That of a solver with one parameter.
struct OnlyParameter {
  struct Entries {
    METASOLVE_HD int operator()(int) const { return 1; }
  };
  METASOLVE_HD static Entries of(std::int64_t) { return {}; }
};

/// Entries of -1 and 1, independent and equally probable: their products have mean 0, and slope times direction has
/// the gradient as its mean (docs/adjoints/forward.md). They depend on the seed, the update, the task and the entry
/// alone.
struct RandomDirection {
  std::uint64_t seed = 0;
  /// The optimiser's updates so far. In the executor's memory, where a recorded step finds the current value; null: 0.
  std::int64_t const* updates = nullptr;

  struct Entries {
    std::uint64_t bits;
    METASOLVE_HD int operator()(int p) const { return mixed(bits + static_cast<std::uint64_t>(p)) >> 63 != 0 ? 1 : -1; }
  };
  METASOLVE_HD Entries of(std::int64_t task) const {
    std::int64_t const update = updates != nullptr ? *updates : 0;
    return {mixed(seed, static_cast<std::uint64_t>(update), static_cast<std::uint64_t>(task))};
  }
};

}  // namespace metasolve::kernels
