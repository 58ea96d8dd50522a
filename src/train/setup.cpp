// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/setup.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

/// Raises the hidden layers' biases and compensates in the next layer's at the mean input 0: the network's output there
/// is unchanged.
void lift_biases(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                 std::vector<double>& weights) {
  auto const at = [&](std::int64_t i) -> double& { return weights[static_cast<std::size_t>(i)]; };
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    auto const& next = layers[l + 1];
    for (std::int64_t i = 0; i < layers[l].biases; ++i) {
      at(layers[l].bias + i) += config.network.initial_bias;
      double const lifted = kernels::activate(config.network.activation, config.network.initial_bias);
      for (std::int64_t a = 0; a < next.out; ++a) at(next.bias + a) -= at(next.weight + a * next.in + i) * lifted;
    }
  }
}

/// A non-finite feature would make its scale NaN, and every parameter with it.
/// @throws InputError
void require_finite(config::RunConfig const& config, std::int64_t task, double const* x, std::size_t width) {
  auto const* const bad = std::find_if(x, x + width, [](double value) { return !std::isfinite(value); });
  if (bad == x + width) return;
  auto const index = static_cast<std::size_t>(bad - x);
  auto const name =
      model::name_of(problems::problem_of(config).interface(config).features, static_cast<std::int64_t>(index));
  throw InputError("problem \"" + config.problem.name + "\": feature " + std::to_string(index) +
                   (name.empty() ? "" : " (" + name + ")") + " of training task " + std::to_string(task) + " is " +
                   (std::isnan(*bad) ? "not a number" : "infinite") +
                   "; a logarithm needs numbers above 0: change the tasks, or what the problem gives as features");
}

}  // namespace

FeatureScale feature_scale(config::RunConfig const& config, engine::Tasks const& train) {
  auto const width = static_cast<std::size_t>(architecture(config).features());
  double const gain = config.network.feature_gain;
  FeatureScale result{std::vector<double>(width, 0.0), std::vector<double>(width, gain)};
  if (config.network.feature_scaling == config::FeatureScaling::none) return result;
  constexpr std::int64_t part = 4096;
  std::vector<double> features(static_cast<std::size_t>(part) * width), squares(width, 0.0);
  // Mean and squared deviations by Welford's update: one pass, no cancellation.
  for (std::int64_t t = 0; t < train.count; ++t) {
    if (t % part == 0) engine::features_of(train, t, std::min(part, train.count - t), features.data());
    double const* const x = features.data() + static_cast<std::size_t>(t % part) * width;
    require_finite(config, t, x, width);
    for (std::size_t j = 0; j < width; ++j) {
      double const before = x[j] - result.shift[j];
      result.shift[j] += before / static_cast<double>(t + 1);
      squares[j] += before * (x[j] - result.shift[j]);
    }
  }
  for (std::size_t j = 0; j < width; ++j) {
    double const deviation = std::sqrt(squares[j] / static_cast<double>(train.count));
    if (deviation > 0) result.scale[j] = gain / deviation;
  }
  return result;
}

network::Architecture architecture(config::RunConfig const& config) {
  auto const& problem = problems::problem_of(config);
  network::Architecture network{{problem.features(config)}, problem.grid_network(config)};
  auto const& hidden = config.network.hidden;
  if (!network.grid) network.sizes.insert(network.sizes.end(), hidden.begin(), hidden.end());
  network.sizes.push_back(problem.outputs(config));
  return network;
}

engine::LearnerOptions learner_options(config::RunConfig const& config, FeatureScale const& features) {
  bool const conventional = config.loss.kind == kernels::LossKind::measure;
  auto const& o = config.optimizer;
  network::MetaNetworkShape network;
  static_cast<network::Architecture&>(network) = architecture(config);
  network.activation = config.network.activation;
  network.shift = features.shift;
  network.scale = features.scale;
  auto const& problem = problems::problem_of(config);
  problem.shape(config, network);
  engine::LearnerOptions options;
  options.network = std::move(network);
  options.network_precision = config.network.precision;
  options.solver_precision = config.solver.precision;
  options.optimizer = o.kind;
  options.adam = {o.beta1, o.beta2, o.epsilon, o.weight_decay, o.clip_norm};
  options.lm.initial = o.damping;
  options.surrogate = {config.loss.kind, config.loss.scale, config.loss.value, config.loss.squared,
                       1 / config.loss.margin};
  options.gain = config.loss.gain;
  options.costs_by_solver = config.loss.cost != engine::Cost::count;
  options.task_clip = config.loss.task_clip;
  options.max_iterations = conventional ? config.loss.iterations : config.solver.max_iterations;
  options.batch = config.problem.train_tasks;
  if (o.kind == engine::Optimizer::adam) {
    options.batch = std::min<std::int64_t>(options.batch, config.training.batch_size);
  }
  options.memory = config.resources.memory_bytes;
  options.estimator.seed = config.training.seed;
  options.regroup = config.training.regroup;
  options.reproducible = config.training.reproducible;
  options.costly = options.network.grid || problem.has_costly_tasks();
  problem.set_options(config, options);
  return options;
}

std::vector<double> initial_weights(config::RunConfig const& config, int member) {
  auto const network = architecture(config);
  auto const layers = network::layer_shapes(network);
  auto const& gains = config.training.member_gains;
  double const gain = config.network.initial_gain * gains[static_cast<std::size_t>(member) % gains.size()];
  std::vector<double> weights;
  for (auto const& layer : layers) {
    double const bound = gain / std::sqrt(static_cast<double>(layer.in));
    for (std::int64_t i = 0; i < layer.numbers(); ++i) {
      random::Draws const draws(config.training.seed, random::Stream::weights, weights.size());
      weights.push_back(bound * (2 * draws.uniform(static_cast<std::uint64_t>(member)) - 1));
    }
  }
  if (network.grid) network::set_grid_start(*network.grid, weights);
  if (config.network.initial_bias != 0) lift_biases(config, layers, weights);
  problems::problem_of(config).initialise(config, layers, weights);
  return weights;
}

std::unique_ptr<engine::Learner> make_learner(Executor const& executor, config::RunConfig const& config,
                                              FeatureScale const& features, problems::Splits const& splits,
                                              std::vector<engine::Price> const& prices) {
  auto options = learner_options(config, features);
  options.prices = prices;
  options.members = config.training.members;
  options.memory *= options.members;  // it was set for one
  auto const for_each = [&](engine::Tasks const& tasks) {
    return options.members == 1
               ? tasks
               : engine::concatenated(std::vector<engine::Tasks>(static_cast<std::size_t>(options.members), tasks));
  };
  return engine::make_learner(executor, options, {for_each(splits.train), for_each(splits.validation)});
}

std::size_t planned_bytes(Executor const& executor, config::RunConfig const& config) {
  auto const splits = problems::problem_of(config).tasks(config);
  auto const width = static_cast<std::size_t>(architecture(config).features());
  FeatureScale const features{std::vector<double>(width), std::vector<double>(width)};
  std::vector<engine::Price> const prices(
      config.loss.cost == engine::Cost::count ? 0 : splits.train.kind->variants().size());
  exec::Planning const planning(executor.backend());
  auto const learner = make_learner(executor, config, features, splits, prices);
  return planning.bytes();
}

}  // namespace metasolve::train
