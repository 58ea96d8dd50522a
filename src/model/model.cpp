// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/model/model.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/names.hpp"
#include "metasolve/error.hpp"

namespace metasolve::model {

namespace {

template <class Items>
std::string name_in(Items const& items, std::int64_t i) {
  for (auto const& item : items) {
    if (i < item.count) return item.count == 1 ? item.name : item.name + "[" + std::to_string(i) + "]";
    i -= item.count;
  }
  return {};
}

template <class Items>
std::int64_t counted(Items const& items) {
  std::int64_t sum = 0;
  for (auto const& item : items) sum += item.count;
  return sum;
}

std::string listed(std::span<double const> numbers) {
  std::string all;
  for (double const x : numbers) all += (all.empty() ? "" : ", ") + io::shortest(x);
  return '[' + all + ']';
}

std::string text(Feature const& f) { return '"' + f.name + '"' + (f.count == 1 ? "" : " x" + std::to_string(f.count)); }
std::string text(Parameter const& p) {
  return '"' + p.name + '"' + (p.count == 1 ? "" : " x" + std::to_string(p.count));
}
std::string text(kernels::HeadEntry const& e) {
  std::string made = std::string(io::name_of(e.kind));
  if (e.is_bounded()) made += " [" + io::shortest(e.low) + ", " + io::shortest(e.high) + "]";
  return made;
}

[[noreturn]] void reject(std::string const& who, std::string const& what) {
  throw InputError(who + ": " + what +
                   ": the file was edited, or the problem has changed since the model was trained; train it again");
}

/// kind: "feature" or "parameter".
template <class Items>
void require_same_items(std::string const& who, char const* kind, Items const& of_model, Items const& of_solver) {
  for (std::size_t i = 0; i < std::min(of_model.size(), of_solver.size()); ++i) {
    if (of_model[i].name == of_solver[i].name && of_model[i].count == of_solver[i].count) continue;
    reject(who, std::string(kind) + " " + std::to_string(i) + " is " + text(of_model[i]) + " in the model and " +
                    text(of_solver[i]) + " here");
  }
}

/// A parameter that the model leaves at the task's default may be anything here.
bool fits(kernels::HeadEntry const& of_model, kernels::HeadEntry const& of_solver) {
  if (of_model.kind == kernels::HeadKind::given) return true;
  if (of_model.kind != of_solver.kind) return false;
  if (of_model.kind == kernels::HeadKind::offset) return of_model.high == of_solver.high;
  return !of_model.is_bounded() || (of_model.low == of_solver.low && of_model.high == of_solver.high);
}

/// Whether the outputs of entries p and q are in the same order on both sides. Numbers of outputs differ where a model
/// leaves other parameters at the task's default.
bool in_same_order(kernels::HeadEntry const& p, kernels::HeadEntry const& q, kernels::HeadEntry const& solver_p,
                   kernels::HeadEntry const& solver_q) {
  using kernels::HeadKind;
  if (p.kind == HeadKind::given || q.kind == HeadKind::given) return true;
  return (p.output < q.output) == (solver_p.output < solver_q.output) &&
         (p.output == q.output) == (solver_p.output == solver_q.output);
}

void require_same_head(Model const& model, Interface const& solver, std::string const& who) {
  auto const& head = model.sides.head;
  if (solver.takes_any_head) {
    double const limit = solver.head_below;
    bool const fits = !head.empty() && std::ranges::all_of(head, [limit](kernels::HeadEntry const& e) {
      return e.kind == kernels::HeadKind::given || (e.is_bounded() && lowest_of(e) >= 0 && e.high < limit);
    });
    if (!fits) {
      reject(who, "the head of the model gives no bounded range from 0 or above" +
                      (std::isfinite(limit) ? " and below " + io::shortest(limit) : std::string()));
    }
    return;
  }
  if (head.size() != solver.head.size()) {
    reject(who, head.empty() ? "the parameters have no head in the model, and one here"
                             : "the parameters have a head in the model, and none here");
  }
  for (std::size_t p = 0; p < head.size(); ++p) {
    for (std::size_t q = 0; q < p; ++q) {
      if (in_same_order(head[p], head[q], solver.head[p], solver.head[q])) continue;
      reject(who, "the head takes outputs of the network in another order in the model than here");
    }
    if (fits(head[p], solver.head[p])) continue;
    reject(who, "parameter " + std::to_string(p) + ", \"" + name_of(solver.parameters, static_cast<std::int64_t>(p)) +
                    "\", is made by " + text(head[p]) + " in the model and by " + text(solver.head[p]) + " here");
  }
}

/// The last digits depend on the compiler and on vectorisation.
bool is_near(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return (std::isnan(a) && std::isnan(b)) || a == b;
  return std::abs(a - b) <= 1e-6 * (1 + std::max(std::abs(a), std::abs(b)));
}

}  // namespace

std::string name_of(std::vector<Feature> const& features, std::int64_t i) { return name_in(features, i); }
std::string name_of(std::vector<Parameter> const& parameters, std::int64_t i) { return name_in(parameters, i); }

std::span<double const> Interface::setting(std::string_view name) const {
  auto const found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? std::span<double const>{} : std::span<double const>(found->values);
}
std::int64_t Interface::feature_count() const { return counted(features); }
std::int64_t Interface::parameter_count() const { return counted(parameters); }

network::MetaNetworkShape shape_of(Model const& m) {
  network::MetaNetworkShape shape;
  static_cast<network::Architecture&>(shape) = m.network;
  shape.activation = m.activation;
  shape.output_gain = m.output_gain;
  shape.shift = m.shift;
  shape.scale = m.scale;
  shape.basis = m.basis;
  shape.parameters = static_cast<int>(m.sides.parameter_count());
  shape.head = m.sides.head;
  shape.adds_given = m.adds_given;
  return shape;
}

void require_fits(Model const& model, Interface const& solver, std::string const& who) {
  auto const& sides = model.sides;
  if (sides.problem != solver.problem) {
    throw InputError(who + " was trained for problem \"" + sides.problem + "\", and this solver's is \"" +
                     solver.problem + "\"");
  }
  if (sides.feature_count() != solver.feature_count() || sides.parameter_count() != solver.parameter_count()) {
    throw InputError(who + " takes " + std::to_string(sides.feature_count()) + " features and makes " +
                     std::to_string(sides.parameter_count()) + " parameters; this solver has " +
                     std::to_string(solver.feature_count()) + " and " + std::to_string(solver.parameter_count()) +
                     ": it was trained for another shape of the problem");
  }
  require_same_items(who, "feature", sides.features, solver.features);
  require_same_items(who, "parameter", sides.parameters, solver.parameters);
  require_same_head(model, solver, who);
  if (sides.probe.size() != solver.probe.size()) reject(who, "the model has other features of the probe task");
  for (auto const& here : solver.settings) {
    auto const there = sides.setting(here.name);
    if (there.empty() || std::ranges::equal(there, here.values, is_near)) continue;
    throw InputError(who + ": its training had other values of " + here.name + ", " + listed(there) +
                     "; here they are " + listed(here.values) +
                     ": set the solver up as in its training, or train it again");
  }
  for (std::size_t i = 0; i < solver.probe.size(); ++i) {
    if (is_near(sides.probe[i], solver.probe[i])) continue;
    reject(who, "feature " + std::to_string(i) + ", \"" + name_of(solver.features, static_cast<std::int64_t>(i)) +
                    "\", of a task that is always the same was " + io::shortest(sides.probe[i]) + " and is " +
                    io::shortest(solver.probe[i]));
  }
}

}  // namespace metasolve::model
