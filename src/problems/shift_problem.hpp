// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/sparse/ordering_kind.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"

/// Shared by the problems whose parameter is the shift of ICCG.
namespace metasolve::problems {

enum class ShiftHead { linear, logarithmic };

/// Part of a configuration (RunConfig::of).
struct ShiftSettings {
  PreconditionerKind preconditioner = PreconditionerKind::incomplete_cholesky;
  Batching batching = Batching::automatic;
  sparse::OrderingKind ordering = sparse::OrderingKind::rcm;
  int fill_level = 0;
  int fill_entries = sparse::trained_fill_entries;  ///< -1: by fill_level
  double shift = 0.036;
  ShiftScale scale = ShiftScale::absolute;  ///< of `shift` only: predicted shifts are absolute
  double bias = -2.0;                       ///< initial bias of the shift's output
  ShiftHead head = ShiftHead::linear;
  bool operator==(ShiftSettings const&) const = default;
};

IccgSettings iccg_settings(config::RunConfig const& config);

class ShiftProblem : public Problem {
 public:
  [[nodiscard]] std::vector<config::Field> keys() const override;
  void check(config::RunConfig const& config, config::Origins const& origins) const override;

  [[nodiscard]] int outputs(config::RunConfig const&) const override { return 1; }
  /// alpha between 0 and highest_shift, spaced by network.shift_head; a breakdown raises the task's shift.
  void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const override;
  void initialise(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                  std::vector<double>& weights) const override;
  void set_options(config::RunConfig const& config, engine::LearnerOptions& options) const override;

  [[nodiscard]] model::Interface interface(config::RunConfig const& config) const override;
  [[nodiscard]] std::string baseline(config::RunConfig const& config) const override;
  [[nodiscard]] TunedParameter const* tuned() const override;

 protected:
  [[nodiscard]] virtual std::vector<model::Feature> feature_list() const = 0;
  /// Upper bound of the predicted shift.
  [[nodiscard]] virtual double highest_shift(config::RunConfig const& config) const = 0;
  /// @throws InputError the preconditioner has no shift
  static void require_shift(config::RunConfig const& config);
};

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<sparse::OrderingKind> {
  static constexpr ChoiceTable<sparse::OrderingKind, 2> table{
      {{sparse::OrderingKind::natural, "natural"}, {sparse::OrderingKind::rcm, "rcm"}}};
};
template <>
struct ChoiceNames<PreconditionerKind> {
  static constexpr auto table = [] {
    ChoiceTable<PreconditionerKind, sparse::configurable_preconditioners> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i].first = sparse::preconditioners[i].kind;
      names[i].second = sparse::preconditioners[i].name;
    }
    return names;
  }();
};
template <>
struct ChoiceNames<problems::ShiftScale> {
  static constexpr ChoiceTable<problems::ShiftScale, 2> table{
      {{problems::ShiftScale::absolute, "absolute"}, {problems::ShiftScale::diagonal, "diagonal"}}};
};
template <>
struct ChoiceNames<problems::Batching> {
  static constexpr ChoiceTable<problems::Batching, 3> table{{{problems::Batching::automatic, "auto"},
                                                             {problems::Batching::lockstep, "lockstep"},
                                                             {problems::Batching::block_diagonal, "block-diagonal"}}};
};
template <>
struct ChoiceNames<problems::ShiftHead> {
  static constexpr ChoiceTable<problems::ShiftHead, 2> table{
      {{problems::ShiftHead::linear, "linear"}, {problems::ShiftHead::logarithmic, "log"}}};
};

}  // namespace metasolve::io
