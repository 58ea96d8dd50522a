// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/shift_problem.hpp"

#include <algorithm>

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/lockstep/choice.hpp"

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
constexpr double lowest_omega = 0.05, highest_omega = 1.95;

TunedParameter const tuned_omega{
    .name = "omega",
    .key = "solver.omega",
    .grid = {lowest_omega, highest_omega, 0.1},
    .below = omega_limit,
    .least = 0,
    .own = [](RunConfig const& c) -> std::optional<double> { return shift_settings(c).omega; }};

void check_variants(RunConfig const& c, config::Origins const& origins) {
  auto const& names = shift_settings(c).variants;
  if (names.empty()) return;
  auto const stop = [&](std::string const& key, std::string const& message) {
    config::refuse(origins, {key, "solver.variants"}, message);
  };
  try {
    iccg_settings(c);
  } catch (InputError const& error) {
    stop("solver.variants", error.what());
  }
  auto sorted = names;
  std::ranges::sort(sorted);
  auto const twice = std::ranges::adjacent_find(sorted);
  if (names.size() < 2 || twice != sorted.end()) {
    stop("solver.variants",
         "solver.variants: expected 2 or more, each once; " +
             (twice != sorted.end() ? "\"" + *twice + "\" is given twice" : "given \"" + names.front() + "\" alone"));
  }
  if (c.loss.cost == engine::Cost::count) {
    stop("loss.cost",
         "loss.cost: given \"count\", but iterations of different variants do not cost the same; write loss.cost = "
         "\"time\" or \"flops\"");
  }
  if (shift_settings(c).scale != ShiftScale::absolute) {
    stop("solver.shift_scale", "solver.shift_scale: given \"diagonal\", expected \"absolute\" with solver.variants");
  }
}

}  // namespace

IccgSettings iccg_settings(RunConfig const& c) {
  auto const& s = shift_settings(c);
  sparse::FillRule rule{s.fill_level, {}};
  if (s.fill_entries >= 0) rule.entries = s.fill_entries;
  IccgSettings settings{s.preconditioner, rule, s.shift, s.batching, s.scale, s.omega};
  auto const base = settings;
  for (auto const& name : s.variants) settings.variants.push_back(variant_of(name, base));
  return settings;
}

std::vector<config::Field> ShiftProblem::keys() const {
  using namespace config::make_field;
  using S = ShiftSettings;
  std::vector<config::Field> keys{
      choice(OwnPlace{&S::preconditioner},
             {"solver.preconditioner", "", sparse::one_of_preconditioners([](auto const& p) { return p.meaning; })}),
      texts(OwnPlace{&S::variants}, Length{0, std::size_t{kernels::most_variants}},
            {"solver.variants", "",
             "what a network chooses among for each task, by loss.cost, each once: " + variants_text() +
                 "; empty: no choice"}),
      choice(OwnPlace{&S::choice},
             {"solver.choice", "",
              "gradient of a choice: the mean over all variants, each of which is solved; or the score function of one "
              "that is drawn"}),
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
  for (auto& key : keys) key.is_fixed = key.is_fixed || key.key == "solver.variants";
  for (auto& key : gradient_keys()) keys.push_back(std::move(key));
  return keys;
}

void ShiftProblem::check(RunConfig const& c, config::Origins const& origins) const {
  auto const& s = shift_settings(c);
  bool const takes_omega = s.has_omega() || std::ranges::count(s.variants, "ssor") > 0;
  if (s.omega != ShiftSettings{}.omega && !takes_omega) {
    config::refuse(origins, {"solver.omega", "solver.preconditioner"},
                   "solver.omega: given " + config::real_text(s.omega) + ", but solver.preconditioner is \"" +
                       std::string(config::name_of(s.preconditioner)) +
                       "\", which has none; remove it, or write solver.preconditioner = \"ssor\"");
  }
  check_variants(c, origins);
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

int ShiftProblem::outputs(RunConfig const& c) const {
  return static_cast<int>(default_parameters_of(iccg_settings(c)).size());
}

void ShiftProblem::shape(RunConfig const& c, network::MetaNetworkShape& s) const {
  auto const settings = iccg_settings(c);
  s.head.clear();
  int output = 0;
  for (; output < static_cast<int>(settings.variants.size()); ++output) {
    s.head.push_back({.kind = kernels::HeadKind::offset, .output = output});
  }
  for (auto const& variant : settings.variants) {
    if (!has_parameter(variant)) continue;
    s.head.push_back(head_entry(c, variant.preconditioner == PreconditionerKind::ssor, output++));
  }
  if (settings.variants.empty()) s.head = {head_entry(c, shift_settings(c).has_omega(), 0)};
  s.parameters = static_cast<int>(s.head.size());
}

kernels::HeadEntry ShiftProblem::head_entry(RunConfig const& c, bool has_omega, int output) const {
  if (has_omega) {
    return {.kind = kernels::HeadKind::interval, .output = output, .low = lowest_omega, .high = highest_omega};
  }
  constexpr double decades = 1e-8;  // logarithmic range; below it lies 0
  bool const by_logarithm = shift_settings(c).head == ShiftHead::logarithmic;
  double const highest = highest_shift(c);
  return {.kind = by_logarithm ? kernels::HeadKind::logarithmic : kernels::HeadKind::interval,
          .output = output,
          .low = by_logarithm ? decades * highest : 0,
          .high = highest,
          .raised = true};
}

void ShiftProblem::initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                              std::vector<double>& weights) const {
  auto const& s = shift_settings(c);
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  for (auto const& entry : as_configured.head) {
    if (!entry.is_bounded()) continue;  // a score
    constexpr double most = 3;          // beyond this the sigmoid is flat
    // omega begins at the constant.
    double const bias = entry.raised ? s.bias : std::clamp(entry.output_for(s.omega), -most, most);
    weights[static_cast<std::size_t>(layers.back().bias + entry.output)] = bias;
  }
}

void ShiftProblem::set_options(RunConfig const& c, engine::LearnerOptions& options) const {
  set_gradient(c, engine::Gradient::difference, options);
  options.choice = shift_settings(c).choice;
  if (!shift_settings(c).variants.empty()) return;  // each has its own penalty (engine::Variant)
  if (shift_settings(c).has_omega()) {              // nothing breaks down within its bounds
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
  if (!shift_settings(c).variants.empty()) return with_variants(c, std::move(sides));
  auto& parameter = sides.parameters.front();
  parameter.low = has_omega ? lowest_omega : 0;
  parameter.high = has_omega ? highest_omega : highest_shift(c);
  parameter.without = config::real_text(has_omega ? shift_settings(c).omega : shift_settings(c).shift);
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  sides.head = as_configured.head;
  return sides;
}

model::Interface ShiftProblem::with_variants(RunConfig const& c, model::Interface sides) const {
  sides.parameters.clear();
  sides.takes_any_head = false;
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  sides.head = as_configured.head;
  auto const settings = iccg_settings(c);
  for (auto const& variant : settings.variants) {
    sides.parameters.push_back({.name = "score of " + variant.name, .unit = {}, .without = "0"});
  }
  for (auto const& variant : settings.variants) {
    if (!has_parameter(variant)) continue;
    bool const omega = variant.preconditioner == PreconditionerKind::ssor;
    auto const& entry = sides.head[sides.parameters.size()];
    sides.parameters.push_back(
        {.name = std::string(omega ? model::omega_name : model::shift_name) + (omega ? "" : ", " + variant.name),
         .unit = omega ? "" : "as A",
         .low = model::lowest_of(entry),
         .high = entry.high,
         .without = config::real_text(variant.default_parameter())});
  }
  return sides;
}

std::string ShiftProblem::baseline(RunConfig const& c) const {
  if (auto const& names = shift_settings(c).variants; !names.empty()) return names.front() + " (the first variant)";
  if (shift_settings(c).has_omega()) return "omega = " + config::real_text(shift_settings(c).omega);
  bool const relative = shift_settings(c).scale == ShiftScale::diagonal;
  return "alpha = " + config::real_text(shift_settings(c).shift) + (relative ? " of the diagonal" : "");
}

std::optional<DirectMethod> ShiftProblem::direct(RunConfig const& c) const {
  auto const choices = fixed_choices(c);
  if (std::ranges::any_of(choices, &FixedChoice::is_direct)) return std::nullopt;  // it is one of them
  auto const test = tasks(c).test;
  auto const& kind = dynamic_cast<IccgKind const&>(*test.kind);
  return DirectMethod{"sparse Cholesky", kind.with_method(test, SpdMethod::cholesky)};
}

std::vector<FixedChoice> ShiftProblem::fixed_choices(RunConfig const& c) const {
  std::vector<FixedChoice> all;
  auto const settings = iccg_settings(c);
  for (auto const& variant : settings.variants) {
    bool const omega = variant.preconditioner == PreconditionerKind::ssor;
    all.push_back({variant.name,
                   !has_parameter(variant) ? nullptr
                   : omega                 ? &tuned_omega
                                           : &tuned_shift,
                   variant.method == SpdMethod::cholesky});
  }
  return all;
}

TunedParameter const* ShiftProblem::tuned() const { return &tuned_shift; }
TunedParameter const* ShiftProblem::tuned_in(RunConfig const& c) const {
  if (!shift_settings(c).variants.empty()) return nullptr;
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
