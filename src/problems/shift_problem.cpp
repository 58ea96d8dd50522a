// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/shift_problem.hpp"

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;

ShiftSettings const& shift_settings(RunConfig const& c) { return c.of<ShiftSettings>(); }

TunedParameter const tuned_shift{.name = "shift",
                                 .key = "solver.shift",
                                 .grid = {1e-4, 1, 0.02},
                                 .below = 1e12,
                                 .is_shift = true,
                                 .least = 1e-12,
                                 .own = [](RunConfig const& c) -> std::optional<double> {
                                   if (shift_settings(c).scale != ShiftScale::absolute) return std::nullopt;
                                   return shift_settings(c).shift;
                                 }};

}  // namespace

IccgSettings iccg_settings(RunConfig const& c) {
  auto const& s = shift_settings(c);
  sparse::FillRule rule{s.fill_level, {}};
  if (s.fill_entries >= 0) rule.entries = s.fill_entries;
  return {s.preconditioner, rule, s.shift, s.batching, s.scale};
}

std::vector<config::Field> ShiftProblem::keys() const {
  using namespace config::make_field;
  using S = ShiftSettings;
  std::vector<config::Field> keys{
      choice(OwnPlace{&S::preconditioner},
             {"solver.preconditioner", "", sparse::one_of_preconditioners([](auto const& p) { return p.meaning; })}),
      choice(OwnPlace{&S::batching},
             {"solver.batching", "",
              "one team or SIMD lane per task, or all tasks as one block-diagonal system; auto: by size"}),
      choice(OwnPlace{&S::ordering},
             {"solver.ordering", "", "numbering of the unknowns: that of the mesh, or reverse Cuthill-McKee"}),
      integer(OwnPlace{&S::fill_level}, {0, 1'000'000},
              {"solver.fill_level", "", "level of fill that the incomplete factor keeps; with fill_entries -1"}),
      integer(
          OwnPlace{&S::fill_entries}, {-1, 1'000'000},
          {"solver.fill_entries", "entries",
           "entries of largest magnitude that a column of the factor keeps beyond the matrix's; -1: by fill_level"}),
      real(OwnPlace{&S::shift}, {0, 1e12},
           {"solver.shift", "", "constant shift alpha of the factored A + alpha I, the baseline"}),
      choice(OwnPlace{&S::scale}, {"solver.shift_scale", "",
                                   "unit of solver.shift; diagonal: alpha diag(A), raised until the factor exists"}),
      real(OwnPlace{&S::bias}, {-50, 50}, {"network.shift_bias", "", "initial bias of the output for the shift"}),
      choice(OwnPlace{&S::head},
             {"network.shift_head", "",
              "spacing of the shifts over the network's output: linear from 0, or logarithmic; left out, log for spd "
              "where shift_bias is left out too"})};
  for (auto& key : gradient_keys()) keys.push_back(std::move(key));
  return keys;
}

void ShiftProblem::check(RunConfig const& c, config::Origins const& origins) const {
  refuse_bias_of_tuned(c, origins, "network.shift_bias", shift_settings(c).bias != ShiftSettings{}.bias);
}

void ShiftProblem::shape(RunConfig const& c, network::MetaNetworkShape& s) const {
  constexpr double decades = 1e-8;  // logarithmic range; below it lies 0
  bool const by_logarithm = shift_settings(c).head == ShiftHead::logarithmic;
  double const highest = highest_shift(c);
  s.parameters = 1;
  s.head = {{.kind = by_logarithm ? kernels::HeadKind::logarithmic : kernels::HeadKind::interval,
             .output = 0,
             .low = by_logarithm ? decades * highest : 0,
             .high = highest,
             .raised = true}};
}

void ShiftProblem::initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                              std::vector<double>& weights) const {
  weights[static_cast<std::size_t>(layers.back().bias)] = shift_settings(c).bias;
}

void ShiftProblem::set_options(RunConfig const& c, engine::LearnerOptions& options) const {
  set_gradient(c, options);
  options.failure_slope = c.of<GradientSettings>().failure_weight;
}

model::Interface ShiftProblem::interface(RunConfig const& c) const {
  auto sides = model::spd_interface();
  sides.problem = name();
  sides.features = feature_list();
  auto& alpha = sides.parameters.front();
  alpha.low = 0;
  alpha.high = highest_shift(c);
  alpha.without = config::real_text(shift_settings(c).shift);
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  sides.head = as_configured.head;
  return sides;
}

std::string ShiftProblem::baseline(RunConfig const& c) const {
  bool const relative = shift_settings(c).scale == ShiftScale::diagonal;
  return "alpha = " + config::real_text(shift_settings(c).shift) + (relative ? " of the diagonal" : "");
}

TunedParameter const* ShiftProblem::tuned() const { return &tuned_shift; }

void ShiftProblem::require_shift(RunConfig const& c) {
  auto const kind = shift_settings(c).preconditioner;
  if (sparse::info_of(kind).factors) return;
  throw InputError("solver.preconditioner: given \"" + std::string(config::name_of(kind)) +
                   "\", which has no shift to choose; expected " +
                   sparse::one_of_preconditioners(
                       [](auto const& p) -> std::string { return p.factors ? '"' + std::string(p.name) + '"' : ""; }));
}

}  // namespace metasolve::problems
