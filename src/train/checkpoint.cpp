// SPDX-License-Identifier: Apache-2.0
#include "src/train/checkpoint.hpp"

#include <limits>

#include "metasolve/error.hpp"
#include "src/config/schema.hpp"
#include "src/io/json.hpp"
#include "src/io/safetensors.hpp"
#include "src/train/checkpoint_ranges.hpp"
#include "src/train/run_settings.hpp"

namespace metasolve::train {

namespace {

constexpr char format_name[] = "metasolve-checkpoint-1";

/// A network's numbers in its own precision: from and to doubles without loss.
class NetworkTensors {
 public:
  explicit NetworkTensors(config::RunConfig const& config)
      : single_(config.network.precision == engine::Precision::single_precision) {}

  [[nodiscard]] io::Tensor make(std::string const& name, std::vector<std::int64_t> const& shape,
                                std::span<double const> values) const {
    if (!single_) return io::make_tensor<double>(name, shape, values);
    std::vector<float> const converted(values.begin(), values.end());
    return io::make_tensor<float>(name, shape, converted);
  }
  void read(io::SafetensorsFile const& file, std::string const& name, std::vector<std::int64_t> const& shape,
            std::vector<double>& to) const {
    if (single_) {
      auto const values = file.view<float>(name, shape);
      to.insert(to.end(), values.begin(), values.end());
    } else {
      auto const values = file.view<double>(name, shape);
      to.insert(to.end(), values.begin(), values.end());
    }
  }

 private:
  bool single_;
};

std::string layer_name(std::size_t layer, char const* part) { return "layers." + std::to_string(layer) + "." + part; }

/// Scalars under a name.
io::Tensor scalars(std::string const& name, std::vector<double> const& values) {
  return io::make_tensor<double>(name, {static_cast<std::int64_t>(values.size())}, values);
}
io::Tensor integers(std::string const& name, std::vector<std::int64_t> const& values) {
  return io::make_tensor<std::int64_t>(name, {static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

engine::LearnerOptions learner_options(Checkpoint const& c) {
  auto options = learner_options(c.config, c.features);
  if (c.gives_own) std::ranges::fill(options.network.head, kernels::HeadEntry{});
  return options;
}

namespace {

constexpr char constants_name[] = "constants.figures";

std::vector<double> constants_of(Checkpoint const& c) {
  auto const& k = c.constants;
  return {k.own_iterations, k.is_tuned ? 1.0 : 0.0, k.value, k.tuned_iterations, c.gives_own ? 1.0 : 0.0};
}

/// Checkpoints of before have none.
void read_constants(io::SafetensorsFile const& file, Checkpoint& c) {
  auto const is_theirs = [](io::Tensor const& tensor) { return tensor.name == constants_name; };
  if (std::ranges::none_of(file.tensors, is_theirs)) return;
  auto const x = file.view<double>(constants_name, {5});
  c.constants = {true, x[0], x[1] != 0, x[2], x[3]};
  c.gives_own = x[4] != 0;
}

}  // namespace

void write_checkpoint(std::filesystem::path const& file, Checkpoint const& c) {
  auto const layers = network::layer_shapes(network_sizes(c.config));
  NetworkTensors const network(c.config);
  std::vector<io::Tensor> tensors;
  std::span<double const> const weights(c.learner.weights);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    auto const part = [&](std::int64_t at, std::int64_t n) {
      return weights.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
    };
    tensors.push_back(network.make(layer_name(l, "weight"), {layers[l].out, layers[l].in},
                                   part(layers[l].weight, layers[l].out * layers[l].in)));
    tensors.push_back(network.make(layer_name(l, "bias"), {layers[l].out}, part(layers[l].bias, layers[l].out)));
  }
  auto const count = static_cast<std::int64_t>(weights.size());
  if (c.config.optimizer.kind == engine::Optimizer::adam) {
    auto const moment = [&](std::vector<double> const& values) {
      return values.empty() ? std::vector<double>(static_cast<std::size_t>(count), 0.0) : values;
    };
    tensors.push_back(network.make("adam.first_moment", {count}, moment(c.learner.first_moment)));
    tensors.push_back(network.make("adam.second_moment", {count}, moment(c.learner.second_moment)));
  } else {
    tensors.push_back(scalars("levenberg_marquardt.damping", {c.learner.damping}));
  }
  tensors.push_back(scalars("features.shift", c.features.shift));
  tensors.push_back(scalars("features.scale", c.features.scale));
  auto const& clock = c.learner.clock;
  tensors.push_back(integers("clock.counters", {clock.position, clock.updates}));
  tensors.push_back(scalars("clock.sums", {clock.rate, clock.loss_sum, clock.iteration_sum}));
  tensors.push_back(integers("trainer.counters",
                             {c.epoch, c.has_best ? 1 : 0, c.best_epoch, static_cast<std::int64_t>(c.metrics_bytes),
                              c.schedule.seen ? 1 : 0, c.schedule.waited, c.schedule.reductions}));
  tensors.push_back(scalars("trainer.figures", {c.best_figure, c.best_iterations, c.schedule.best, c.seconds}));
  if (c.constants.known) tensors.push_back(scalars(constants_name, constants_of(c)));
  std::map<std::string, std::string> texts{{"format", format_name}, {"config", config::to_json(c.config).dump()}};
  if (!c.run.empty()) texts["run"] = c.run;
  if (!c.metrics_hash.empty()) texts["metrics_hash"] = c.metrics_hash;
  io::write_safetensors(file, tensors, texts);
}

Checkpoint read_checkpoint(std::filesystem::path const& path) {
  auto const file = io::read_safetensors(path);
  if (file.metadata_at("format") != format_name) {
    throw InputError(path.string() + ": format '" + file.metadata_at("format") + "' found, expected '" + format_name +
                     "'; the checkpoint was written by another version of metasolve");
  }
  Checkpoint c;
  c.config = config::from_json(io::parse_json(file.metadata_at("config"), path.string() + ": its configuration"),
                               path.string());
  if (problems::find_problem(c.config.problem.name) == nullptr)
    throw_unknown_problem(path.string(), c.config.problem.name);
  auto const text_or_none = [&](char const* key) {
    auto const found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  c.run = text_or_none("run");
  c.metrics_hash = text_or_none("metrics_hash");
  auto const layers = network::layer_shapes(network_sizes(c.config));
  NetworkTensors const network(c.config);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    network.read(file, layer_name(l, "weight"), {layers[l].out, layers[l].in}, c.learner.weights);
    network.read(file, layer_name(l, "bias"), {layers[l].out}, c.learner.weights);
  }
  std::int64_t const count = network::weight_count(layers);
  if (c.config.optimizer.kind == engine::Optimizer::adam) {
    network.read(file, "adam.first_moment", {count}, c.learner.first_moment);
    network.read(file, "adam.second_moment", {count}, c.learner.second_moment);
  } else {
    c.learner.damping = file.view<double>("levenberg_marquardt.damping", {1})[0];
  }
  auto const width = layers.front().in;
  auto const shift = file.view<double>("features.shift", {width});
  auto const scale = file.view<double>("features.scale", {width});
  c.features = {{shift.begin(), shift.end()}, {scale.begin(), scale.end()}};

  auto const counters = file.view<std::int64_t>("clock.counters", {2});
  auto const sums = file.view<double>("clock.sums", {3});
  c.learner.clock = {
      .position = counters[0], .updates = counters[1], .rate = sums[0], .loss_sum = sums[1], .iteration_sum = sums[2]};
  auto const t = file.view<std::int64_t>("trainer.counters", {7});
  auto const f = file.view<double>("trainer.figures", {4});
  // Before they are made narrower.
  require_within(path.string(), "its epoch", t[0], 0, c.config.training.epochs);
  require_within(path.string(), "its best epoch", t[2], 0, t[0]);
  require_within(path.string(), "its count of metrics' bytes", t[3], 0, std::numeric_limits<std::int64_t>::max());
  c.epoch = static_cast<int>(t[0]);
  c.has_best = t[1] != 0;
  c.best_epoch = static_cast<int>(t[2]);
  c.metrics_bytes = static_cast<std::uint64_t>(t[3]);
  c.schedule = {f[2], t[4] != 0, t[5], t[6]};
  c.best_figure = f[0];
  c.best_iterations = f[1];
  c.seconds = f[3];
  read_constants(file, c);
  require_ranges(c, path.string());
  return c;
}

}  // namespace metasolve::train
