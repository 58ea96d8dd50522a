// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "src/problems/iccg_settings.hpp"
#include "src/problems/spd_folder.hpp"
#include "src/sparse/ordering_kind.hpp"

namespace metasolve::problems {

/// Symmetric positive definite systems of one pattern, on the host.
struct SpdTasks {
  std::int64_t count = 0;
  std::shared_ptr<sparse::SymmetricStructure const>
      structure;  ///< of all of them, in the order in which they are solved
  IccgSettings iccg;
  /// Systems first ... first + n - 1: values [n][entries + unknowns], right sides [n][unknowns].
  std::function<void(std::int64_t first, std::int64_t n, double* values, double* right)> fill;
};

/// Systems on one pattern, which holds theirs.
struct SpdGroup {
  std::vector<std::size_t> members;      ///< indices of systems
  sparse::SymmetricStructure structure;  ///< in the systems' own numbers
};

/// Systems go together where their patterns are equal, so that each is solved as it is alone.
std::vector<SpdGroup> grouped(std::vector<SpdSystem> const& systems);

/// All systems, on the union of their patterns; for training, where one network learns from all of them. Each may lack
/// an eighth of it: entries that cancel, not those of another mesh. systems: at least one.
/// @throws InputError they have different patterns
SpdGroup all_together(std::vector<SpdSystem> const& systems);

/// The systems of one group, renumbered by `ordering`. They are copied.
SpdTasks given_spd(std::vector<SpdSystem> const& systems, SpdGroup const& group, sparse::OrderingKind ordering,
                   IccgSettings const& settings);

}  // namespace metasolve::problems
