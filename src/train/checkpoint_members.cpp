// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/checkpoint_members.hpp"

#include <algorithm>

#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/train/checkpoint_ranges.hpp"

namespace metasolve::train {

namespace {

using engine::LearnerState;

std::string prefix_of(std::size_t member) { return "members." + std::to_string(member) + '.'; }

void add_learner(config::RunConfig const& config, std::string const& prefix, LearnerState const& state,
                 std::vector<io::Tensor>& tensors) {
  model::NetworkTensors const network(config.network.precision);
  auto const count = static_cast<std::int64_t>(state.weights.size());
  if (config.optimizer.kind == engine::Optimizer::adam) {
    auto const moment = [&](std::vector<double> const& values) {
      return values.empty() ? std::vector<double>(static_cast<std::size_t>(count), 0.0) : values;
    };
    tensors.push_back(network.make(prefix + "adam.first_moment", {count}, moment(state.first_moment)));
    tensors.push_back(network.make(prefix + "adam.second_moment", {count}, moment(state.second_moment)));
  } else {
    tensors.push_back(scalars(prefix + "levenberg_marquardt.damping", {state.damping}));
  }
  if (!state.gradient.empty()) tensors.push_back(scalars(prefix + "gradient.state", state.gradient));
  auto const& clock = state.clock;
  tensors.push_back(integers(prefix + "clock.counters", {clock.position, clock.updates}));
  tensors.push_back(scalars(prefix + "clock.sums", {clock.rate, clock.loss_sum, clock.iteration_sum}));
}

void read_learner(io::SafetensorsFile const& file, config::RunConfig const& config, std::string const& prefix,
                  LearnerState& to) {
  model::NetworkTensors const network(config.network.precision);
  auto const count = static_cast<std::int64_t>(to.weights.size());
  if (config.optimizer.kind == engine::Optimizer::adam) {
    network.read(file, prefix + "adam.first_moment", {count}, to.first_moment);
    network.read(file, prefix + "adam.second_moment", {count}, to.second_moment);
  } else {
    to.damping = file.view<double>(prefix + "levenberg_marquardt.damping", {1})[0];
  }
  auto const counters = file.view<std::int64_t>(prefix + "clock.counters", {2});
  auto const sums = file.view<double>(prefix + "clock.sums", {3});
  to.clock = {
      .position = counters[0], .updates = counters[1], .rate = sums[0], .loss_sum = sums[1], .iteration_sum = sums[2]};
  // Only estimated gradients have learned something.
  auto const gradient = prefix + "gradient.state";
  if (!holds(file, gradient)) return;
  auto const state = file.view<double>(gradient, file.at(gradient).shape);
  to.gradient = {state.begin(), state.end()};
}

}  // namespace

io::Tensor scalars(std::string const& name, std::vector<double> const& values) {
  return io::make_tensor<double>(name, {static_cast<std::int64_t>(values.size())}, values);
}
io::Tensor integers(std::string const& name, std::vector<std::int64_t> const& values) {
  return io::make_tensor<std::int64_t>(name, {static_cast<std::int64_t>(values.size())}, values);
}

bool holds(io::SafetensorsFile const& file, std::string_view name) {
  return std::ranges::any_of(file.tensors, [name](io::Tensor const& tensor) { return tensor.name == name; });
}

void add_own_learner(Checkpoint const& c, std::vector<io::Tensor>& tensors) {
  add_learner(c.config, "", c.learner, tensors);
}

void add_other_members(Checkpoint const& c, std::vector<io::Tensor>& tensors) {
  if (c.others.empty()) return;
  model::NetworkTensors const network(c.config.network.precision);
  tensors.push_back(integers("trainer.member", {c.member}));
  for (std::size_t i = 0; i < c.others.size(); ++i) {
    auto const& [learner, schedule] = c.others[i];
    auto const prefix = prefix_of(i < static_cast<std::size_t>(c.member) ? i : i + 1);
    tensors.push_back(
        network.make(prefix + "weights", {static_cast<std::int64_t>(learner.weights.size())}, learner.weights));
    add_learner(c.config, prefix, learner, tensors);
    tensors.push_back(
        integers(prefix + "schedule.counters", {schedule.seen ? 1 : 0, schedule.waited, schedule.reductions}));
    tensors.push_back(scalars(prefix + "schedule.best", {schedule.best}));
  }
}

void read_own_learner(io::SafetensorsFile const& file, Checkpoint& to) {
  read_learner(file, to.config, "", to.learner);
}

void read_other_members(io::SafetensorsFile const& file, std::string const& origin, Checkpoint& to) {
  int const members = to.config.training.members;
  if (members == 1) return;
  auto const member = file.view<std::int64_t>("trainer.member", {1})[0];
  require_within(origin, "the member of its model", member, 0, members - 1);
  to.member = static_cast<int>(member);
  model::NetworkTensors const network(to.config.network.precision);
  auto const count = static_cast<std::int64_t>(to.learner.weights.size());
  for (int m = 0; m < members; ++m) {
    if (m == to.member) continue;
    auto const prefix = prefix_of(static_cast<std::size_t>(m));
    MemberState state;
    network.read(file, prefix + "weights", {count}, state.learner.weights);
    read_learner(file, to.config, prefix, state.learner);
    auto const counters = file.view<std::int64_t>(prefix + "schedule.counters", {3});
    state.schedule = {file.view<double>(prefix + "schedule.best", {1})[0], counters[0] != 0, counters[1], counters[2]};
    to.others.push_back(std::move(state));
  }
}

}  // namespace metasolve::train
