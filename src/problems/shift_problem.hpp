// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/problems/iccg_variants.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/sparse/ordering_kind.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"

/// Shared by the problems whose parameter is the shift of ICCG, or omega of CG with SSOR.
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
  double omega = 1;                        ///< of ssor
  std::vector<std::string> variants = {};  ///< variant_of; empty: no choice
  engine::ChoiceGradient choice = engine::ChoiceGradient::mean;
  [[nodiscard]] bool has_omega() const { return preconditioner == PreconditionerKind::ssor; }
  bool operator==(ShiftSettings const&) const = default;
};

IccgSettings iccg_settings(config::RunConfig const& config);

class ShiftProblem : public Problem {
 public:
  [[nodiscard]] std::vector<config::Field> keys() const override;
  void check(config::RunConfig const& config, config::Origins const& origins) const override;

  [[nodiscard]] int outputs(config::RunConfig const& config) const override;
  /// With variants: their scores, and then the parameters of those that have one. Else one parameter: alpha between 0
  /// and highest_shift, spaced by network.shift_head; a breakdown raises the task's shift. Or omega between bounds
  /// within which nothing breaks down.
  void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const override;
  void initialise(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                  std::vector<double>& weights) const override;
  void set_options(config::RunConfig const& config, engine::LearnerOptions& options) const override;

  [[nodiscard]] model::Interface interface(config::RunConfig const& config) const override;
  [[nodiscard]] std::string baseline(config::RunConfig const& config) const override;
  [[nodiscard]] std::optional<DirectMethod> direct(config::RunConfig const& config) const override;
  [[nodiscard]] std::vector<FixedChoice> fixed_choices(config::RunConfig const& config) const override;
  [[nodiscard]] TunedParameter const* tuned() const override;
  [[nodiscard]] TunedParameter const* tuned_in(config::RunConfig const& config) const override;

 private:
  [[nodiscard]] model::Interface with_variants(config::RunConfig const& config, model::Interface sides) const;

 protected:
  [[nodiscard]] virtual std::vector<model::Feature> feature_list() const = 0;
  /// How the parameter of conjugate gradients with this preconditioner is predicted by an output.
  [[nodiscard]] kernels::HeadEntry head_entry(config::RunConfig const& config, bool has_omega, int output) const;
  /// Upper bound of the predicted shift.
  [[nodiscard]] virtual double highest_shift(config::RunConfig const& config) const = 0;
  /// @throws InputError the preconditioner has no parameter
  static void require_parameter(config::RunConfig const& config);
};

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<engine::ChoiceGradient> {
  static constexpr ChoiceTable<engine::ChoiceGradient, 2> table{
      {{engine::ChoiceGradient::mean, "mean"}, {engine::ChoiceGradient::score, "score"}}};
};
template <>
struct ChoiceNames<sparse::OrderingKind> {
  static constexpr ChoiceTable<sparse::OrderingKind, 2> table{
      {{sparse::OrderingKind::natural, "natural"}, {sparse::OrderingKind::rcm, "rcm"}}};
};
template <>
struct ChoiceNames<PreconditionerKind> {
  static constexpr auto table = [] {
    ChoiceTable<PreconditionerKind, sparse::configurable_preconditioners> names{};
    std::size_t i = 0;
    for (auto const& info : sparse::preconditioners) {
      if (!info.is_configurable) continue;
      names[i].first = info.kind;
      names[i++].second = info.name;
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
