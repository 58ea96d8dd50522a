// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/shift_problem.hpp"

#include <algorithm>

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

/// Of the network and of `tune`: at the ends themselves, 0 and 2, the preconditioner is singular.
constexpr double lowest_omega = 0.05, highest_omega = 1.95, omega_limit = 2;

TunedParameter const tuned_omega{
    .name = "omega",
    .key = "solver.omega",
    .grid = {lowest_omega, highest_omega, 0.1},
    .below = omega_limit,
    .least = 0,
    .own = [](RunConfig const& c) -> std::optional<double> { return shift_settings(c).omega; }};

}  // namespace

IccgSettings iccg_settings(RunConfig const& c) {
  auto const& s = shift_settings(c);
  sparse::FillRule rule{s.fill_level, {}};
  if (s.fill_entries >= 0) rule.entries = s.fill_entries;
  return {s.preconditioner, rule, s.shift, s.batching, s.scale, s.omega};
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
      real(OwnPlace{&S::omega}, {0, omega_limit, open, open},
           {"solver.omega", "", "constant relaxation factor of preconditioner ssor, the baseline"}),
      choice(OwnPlace{&S::head},
             {"network.shift_head", "",
              "spacing of the shifts over the network's output: linear from 0, or logarithmic; left out, log for spd "
              "where shift_bias is left out too"})};
  for (auto& key : gradient_keys()) keys.push_back(std::move(key));
  return keys;
}

void ShiftProblem::check(RunConfig const& c, config::Origins const& origins) const {
  auto const& s = shift_settings(c);
  if (s.omega != ShiftSettings{}.omega && !s.has_omega()) {
    config::refuse(origins, {"solver.omega", "solver.preconditioner"},
                   "solver.omega: given " + config::real_text(s.omega) + ", but solver.preconditioner is \"" +
                       std::string(config::name_of(s.preconditioner)) +
                       "\", which has none; remove it, or write solver.preconditioner = \"ssor\"");
  }
  check_gradient(c, origins, {.is_tangent = true});
  auto const gradient = c.of<GradientSettings>().kind;
  if (s.has_omega() && gradient != engine::Gradient::difference && gradient != engine::Gradient::automatic) {
    config::refuse(origins, {"solver.gradient", "solver.preconditioner"},
                   "solver.gradient: given \"" + std::string(config::name_of(gradient)) +
                       "\", but preconditioner \"ssor\" has \"difference\" alone; write solver.gradient = "
                       "\"difference\"");
  }
  refuse_bias_of_tuned(c, origins, "network.shift_bias", shift_settings(c).bias != ShiftSettings{}.bias);
}

void ShiftProblem::shape(RunConfig const& c, network::MetaNetworkShape& s) const {
  s.parameters = 1;
  if (shift_settings(c).has_omega()) {
    s.head = {{.kind = kernels::HeadKind::interval, .output = 0, .low = lowest_omega, .high = highest_omega}};
    return;
  }
  constexpr double decades = 1e-8;  // logarithmic range; below it lies 0
  bool const by_logarithm = shift_settings(c).head == ShiftHead::logarithmic;
  double const highest = highest_shift(c);
  s.head = {{.kind = by_logarithm ? kernels::HeadKind::logarithmic : kernels::HeadKind::interval,
             .output = 0,
             .low = by_logarithm ? decades * highest : 0,
             .high = highest,
             .raised = true}};
}

void ShiftProblem::initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                              std::vector<double>& weights) const {
  auto const& s = shift_settings(c);
  double bias = s.bias;
  if (s.has_omega()) {  // begins at the constant
    network::MetaNetworkShape as_configured;
    shape(c, as_configured);
    constexpr double most = 3;  // beyond this the sigmoid is flat
    bias = std::clamp(as_configured.head.front().output_for(s.omega), -most, most);
  }
  weights[static_cast<std::size_t>(layers.back().bias)] = bias;
}

void ShiftProblem::set_options(RunConfig const& c, engine::LearnerOptions& options) const {
  set_gradient(c, engine::Gradient::difference, options);
  if (shift_settings(c).has_omega()) {  // nothing breaks down within its bounds
    options.difference.below = omega_limit;
    return;
  }
  options.failure_slope = c.of<GradientSettings>().failure_weight;
}

model::Interface ShiftProblem::interface(RunConfig const& c) const {
  bool const has_omega = shift_settings(c).has_omega();
  auto sides = has_omega ? model::ssor_interface() : model::spd_interface();
  sides.problem = name();
  sides.features = feature_list();
  auto& parameter = sides.parameters.front();
  parameter.low = has_omega ? lowest_omega : 0;
  parameter.high = has_omega ? highest_omega : highest_shift(c);
  parameter.without = config::real_text(has_omega ? shift_settings(c).omega : shift_settings(c).shift);
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  sides.head = as_configured.head;
  return sides;
}

std::string ShiftProblem::baseline(RunConfig const& c) const {
  if (shift_settings(c).has_omega()) return "omega = " + config::real_text(shift_settings(c).omega);
  bool const relative = shift_settings(c).scale == ShiftScale::diagonal;
  return "alpha = " + config::real_text(shift_settings(c).shift) + (relative ? " of the diagonal" : "");
}

std::optional<DirectMethod> ShiftProblem::direct(RunConfig const& c) const {
  auto const test = tasks(c).test;
  auto const& kind = dynamic_cast<IccgKind const&>(*test.kind);
  return DirectMethod{"sparse Cholesky", kind.with_method(test, SpdMethod::cholesky)};
}

TunedParameter const* ShiftProblem::tuned() const { return &tuned_shift; }
TunedParameter const* ShiftProblem::tuned_in(RunConfig const& c) const {
  return shift_settings(c).has_omega() ? &tuned_omega : &tuned_shift;
}

void ShiftProblem::require_parameter(RunConfig const& c) {
  auto const kind = shift_settings(c).preconditioner;
  auto const has_one = [](auto const& p) { return p.factors || p.kind == PreconditionerKind::ssor; };
  if (has_one(sparse::info_of(kind))) return;
  throw InputError("solver.preconditioner: given \"" + std::string(config::name_of(kind)) +
                   "\", which has no parameter to choose; expected " +
                   sparse::one_of_preconditioners([&](auto const& p) -> std::string {
                     return has_one(p) ? '"' + std::string(p.name) + '"' : "";
                   }));
}

}  // namespace metasolve::problems
