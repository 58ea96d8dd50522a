// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/problems/spd_folder.hpp"
#include "metasolve/detail/sparse/ordering_kind.hpp"

namespace metasolve::problems {

/// Part of a configuration (RunConfig::of).
struct SpdSettings {
  std::string matrices;  ///< folder
  double highest_shift = 1;
  bool operator==(SpdSettings const&) const = default;
};

/// Symmetric positive definite systems of one pattern. Rows: values [entries + unknowns], right-hand side [unknowns].
class SpdKind final : public IccgKind {
 public:
  static constexpr char const* problem = model::spd_name;

  /// systems: their common pattern, in the order of solving.
  SpdKind(std::shared_ptr<sparse::SymmetricStructure const> systems, IccgSettings settings)
      : IccgKind(std::move(settings)), structure(std::move(systems)) {}

  [[nodiscard]] std::int64_t values() const { return structure->entries() + structure->unknowns; }
  [[nodiscard]] std::int64_t width() const override { return values() + structure->unknowns; }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;

  std::shared_ptr<sparse::SymmetricStructure const> const structure;

 private:
  [[nodiscard]] sparse::SymmetricStructure const& systems() const override { return *structure; }
  [[nodiscard]] std::shared_ptr<engine::TaskKind const> with(IccgSettings settings) const override {
    return std::make_shared<SpdKind>(structure, std::move(settings));
  }
};

/// Systems on a pattern that contains theirs.
struct SpdGroup {
  std::vector<std::size_t> members;      ///< indices of systems
  sparse::SymmetricStructure structure;  ///< in the systems' original numbering
};

/// Groups systems with equal patterns, so that each is solved as if alone.
std::vector<SpdGroup> grouped(std::vector<SpdSystem> const& systems);

/// All systems, on the union of their patterns; for training, where one network learns from all of them. Each may lack
/// up to an eighth of it: entries that cancel, not a different mesh. systems: at least one.
/// @throws InputError they have different patterns
SpdGroup all_together(std::vector<SpdSystem> const& systems);

/// New number i is old number result[i].
sparse::Ordering order_of(SpdGroup const& group, sparse::OrderingKind ordering);

/// The systems of one group, renumbered in its order. Copies the systems.
engine::Tasks given_spd(std::vector<SpdSystem> const& systems, SpdGroup const& group, sparse::Ordering const& order,
                        IccgSettings const& settings);

}  // namespace metasolve::problems
