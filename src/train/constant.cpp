// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/constant.hpp"

#include <algorithm>

#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/quick_tuning.hpp"

namespace metasolve::train {

namespace {

using kernels::HeadEntry;
using kernels::HeadKind;

std::vector<HeadEntry> head_of(config::RunConfig const& config) {
  network::MetaNetworkShape shape;
  problems::problem_of(config).shape(config, shape);
  return shape.head;
}

/// The entry of the tunable parameter; null: the network has no output for it.
HeadEntry const* tuned_entry(config::RunConfig const& config, std::vector<HeadEntry> const& head) {
  bool const is_learned = !head.empty() && head.front().is_bounded() && head.front().output >= 0;
  return problems::problem_of(config).tuned_in(config) != nullptr && is_learned ? &head.front() : nullptr;
}

double& bias(std::vector<network::LayerShape> const& layers, std::int32_t output, std::vector<double>& weights) {
  return weights[static_cast<std::size_t>(layers.back().bias + output)];
}

/// Weights of a network that predicts `value` for every task, with the tasks' own guesses; empty: this head cannot.
std::optional<std::vector<double>> weights_for(config::RunConfig const& config, std::optional<double> value) {
  auto const layers = network::layer_shapes(architecture(config));
  std::vector<double> weights(static_cast<std::size_t>(network::weight_count(layers)), 0.0);
  auto const head = head_of(config);
  for (auto const& entry : head) {
    if (!entry.is_bounded() || entry.output < 0) continue;  // 0 is the task's own value
    bool const lies_in = &entry == &head.front() && value &&
                         *value >= (entry.kind == HeadKind::interval ? entry.low : 0) && *value <= entry.high;
    if (!lies_in) return std::nullopt;
    bias(layers, entry.output, weights) = entry.output_for(*value);
  }
  return weights;
}

/// A value that a network gives to all tasks, and weights with which it does: of the tuned parameter; or of a choice
/// the index of a variant.
struct GivenToAll {
  double value;
  std::vector<double> weights;
};

std::vector<GivenToAll> candidates(config::RunConfig const& config, std::optional<double> tuned) {
  std::vector<GivenToAll> all;
  auto const choices = problems::problem_of(config).fixed_choices(config);
  if (choices.empty()) {
    if (auto weights = tuned ? weights_for(config, tuned) : std::nullopt) all.push_back({*tuned, std::move(*weights)});
    return all;
  }
  // Parameters are those that training begins at.
  auto const layers = network::layer_shapes(architecture(config));
  auto const first = initial_weights(config);
  std::vector<double> constant(first.size(), 0.0);
  for (auto const& entry : head_of(config)) {
    if (!entry.is_bounded()) continue;
    bias(layers, entry.output, constant) = first[static_cast<std::size_t>(layers.back().bias + entry.output)];
  }
  for (std::size_t v = 0; v < choices.size(); ++v) {
    all.push_back({static_cast<double>(v), constant});
    bias(layers, static_cast<std::int32_t>(v), all.back().weights) = 1;  // its score
  }
  return all;
}

}  // namespace

std::optional<double> tuned_constant(Executor const& executor, config::RunConfig const& config,
                                     engine::Tasks const& train) {
  if (config.network.start != config::Start::tuned) return std::nullopt;
  auto const head = head_of(config);
  auto const* const entry = tuned_entry(config, head);
  if (entry == nullptr) return std::nullopt;
  auto const& parameter = *problems::problem_of(config).tuned_in(config);
  double const low = entry->kind == HeadKind::interval ? entry->low : 0;
  return quickly_tuned(executor, config, parameter, train, low, entry->high);
}

std::vector<double> first_weights(config::RunConfig const& config, std::optional<double> tuned, int member) {
  auto weights = initial_weights(config, member);
  if (!tuned) return weights;
  auto const layers = network::layer_shapes(architecture(config));
  auto const head = head_of(config);
  for (auto const& entry : head) {
    bool const is_tuned = &entry == &head.front();
    if (entry.output < 0 || !(is_tuned || entry.kind == HeadKind::factor)) continue;
    auto const row = weights.begin() + layers.back().weight + entry.output * layers.back().in;
    std::fill(row, row + layers.back().in, 0.0);
    // Beyond this the sigmoid is so flat that training could not recover.
    constexpr double most = 6;
    bias(layers, entry.output, weights) = is_tuned ? std::clamp(entry.output_for(*tuned), -most, most) : 0;
  }
  return weights;
}

Checkpoint best_constant(engine::Learner& learner, std::optional<double> tuned, Checkpoint& state) {
  auto const& config = state.config;
  auto const members = static_cast<std::size_t>(learner.members());
  std::vector<engine::SolveLimits> const limits(members, {config.solver.tolerance, config.solver.max_iterations});
  auto const iterations = [&](engine::Parameters parameters) {
    auto const totals = learner.validate(limits, false, parameters).front();
    return totals.iterations / static_cast<double>(totals.tasks);
  };
  auto& c = state.constants;
  c.known = true;
  c.own_iterations = iterations(engine::Parameters::given);
  std::vector<double> tuned_weights;
  for (auto& candidate : candidates(config, tuned)) {
    auto learns = state.learner;
    learns.weights = candidate.weights;
    learner.restore(std::vector<engine::LearnerState>(members, learns));
    double const found = iterations(engine::Parameters::meta_solver);
    if (c.is_tuned && !(found < c.tuned_iterations)) continue;
    c.is_tuned = true;
    c.value = candidate.value;
    c.tuned_iterations = found;
    tuned_weights = std::move(candidate.weights);
  }
  state.has_best = true;
  state.best_iterations = state.best_figure = c.iterations();
  state.best_epoch = 0;
  Checkpoint best = state;
  if (c.tuned_is_best()) {
    best.learner.weights = tuned_weights;
    return best;
  }
  // Weights that predict the tasks' own parameters, if possible; else the network is not used.
  auto const* const parameter = problems::problem_of(config).tuned_in(config);
  auto const own = parameter != nullptr && parameter->own ? parameter->own(config) : std::nullopt;
  auto const own_weights = weights_for(config, own);
  best.gives_own = !own_weights;
  best.learner.weights = own_weights.value_or(std::vector<double>(state.learner.weights.size(), 0.0));
  return best;
}

std::string constant_name(config::RunConfig const& config, Constants const& constants) {
  auto const& problem = problems::problem_of(config);
  if (auto const choices = problem.fixed_choices(config); !choices.empty()) {
    auto const variant = constants.tuned_is_best() ? static_cast<std::size_t>(constants.value) : 0;
    return "the variant \"" + choices.at(variant).name + "\"";
  }
  auto const* const parameter = problem.tuned_in(config);
  auto value = parameter != nullptr && parameter->own ? parameter->own(config) : std::nullopt;
  if (constants.tuned_is_best()) value = constants.value;
  if (!value) {
    auto const baseline = problem.baseline(config);
    return (parameter == nullptr && !baseline.starts_with("the ") ? "the " : "") + baseline;
  }
  return "the constant " + parameter->name + " " + config::real_text(*value);
}

engine::Tasks with_best_constant(Constants const& constants, engine::Tasks tasks) {
  if (!constants.tuned_is_best()) return tasks;
  if (auto const variants = tasks.kind->variants(); !variants.empty()) {
    tasks.kind = variants.at(static_cast<std::size_t>(constants.value));
    return tasks;
  }
  return with_parameter(tasks, constants.value, engine::ParameterOrigin::predicted);
}

}  // namespace metasolve::train
