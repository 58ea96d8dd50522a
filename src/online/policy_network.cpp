// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/online/policy_network.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/online/policy_network.hpp"

namespace metasolve::online {

namespace {

constexpr std::int64_t hidden = 16;
/// Tasks that pass through the network at a time; the gradient is that of a call's first ones.
constexpr std::int64_t most_rows = 1 << 14;

class PolicyNetwork final : public Proposer {
 public:
  PolicyNetwork(Shared const& shared, PolicyShape const& shape)
      : shared_(shared),
        exec_(*shared.exec),
        outputs_(static_cast<int>(shape.sizes.back())),
        rows_(std::min(shared.capacity, most_rows)),
        mlp_(exec_, shape.sizes, shape.activation, rows_, true),
        head_(exec::uploaded(exec_, shape.head)),
        shift_(exec::uploaded(exec_, shape.shift)),
        scale_(exec::uploaded(exec_, shape.scale)),
        moments_(exec_, 2 * mlp_.weights().size()),
        clock_(exec_, 1) {
    network::write_all(mlp_.weights(), shape.weights);
    mlp_.gradient().zero();
    exec_.load<kernels::PolicyFeatures>();
    exec_.load<kernels::ChooseByNetwork>();
    exec_.load<kernels::ScoreGradient>();
    exec_.load<kernels::CountPolicyTasks>();
    exec_.load<kernels::StepPolicy>();
  }

  void choose(Choice const& c) override {
    // The first part last: its activations stay for the gradient.
    for (std::int64_t first = (c.count - 1) / rows_ * rows_; first >= 0; first -= rows_) {
      std::int64_t const rows = std::min(rows_, c.count - first);
      exec_.launch(1, rows,
                   kernels::PolicyFeatures{shared_.grid, c.features, first, shift_.size() > 0 ? shift_.data() : nullptr,
                                           scale_.data(), mlp_.input()});
      mlp_.forward(0, rows);
      exec_.launch(1, rows,
                   kernels::ChooseByNetwork{shared_.grid, shared_.settings.seed, shared_.clock, head_.data(), outputs_,
                                            first, mlp_.output(), c.chosen, c.limits, c.cell, shared_.estimates});
    }
  }

  void learn(Choice const& c, double const* units) override {
    std::int64_t const rows = std::min(rows_, c.count), weights = mlp_.weights().size();
    exec_.launch(1, rows,
                 kernels::ScoreGradient{shared_.grid, shared_.settings.seed, shared_.clock, shared_.sums, units,
                                        c.limits, mlp_.output(), outputs_, c.cell, mlp_.output_bar()});
    mlp_.backward(rows);
    exec_.launch(1, 1, kernels::CountPolicyTasks{clock_.data(), static_cast<double>(rows)});
    exec_.launch(1, weights,
                 kernels::StepPolicy{clock_.data(), mlp_.weights().data(), mlp_.gradient().data(), moments_.data(),
                                     moments_.data() + weights});
  }

  /// Weights, gradient, moments, clock.
  [[nodiscard]] std::vector<double> state() const override {
    auto all = network::read_all(mlp_.weights());
    for (exec::Buffer<double> const* more : {&std::as_const(mlp_.gradient()), &moments_}) {
      auto const values = network::read_all(*more);
      all.insert(all.end(), values.begin(), values.end());
    }
    kernels::PolicyClock clock;
    clock_.download(&clock, 1);
    all.insert(all.end(), {clock.tasks, static_cast<double>(clock.steps), static_cast<double>(clock.is_due),
                           clock.correction1, clock.correction2});
    return all;
  }
  void restore(std::vector<double> const& all) override {
    auto const weights = mlp_.weights().size();
    mlp_.weights().upload(all.data(), weights);
    mlp_.gradient().upload(all.data() + weights, weights);
    moments_.upload(all.data() + 2 * weights, 2 * weights);
    double const* const c = all.data() + 4 * weights;
    kernels::PolicyClock const clock{c[0], static_cast<std::int64_t>(c[1]), static_cast<std::int32_t>(c[2]), 0, c[3],
                                     c[4]};
    clock_.upload(&clock, 1);
  }
  [[nodiscard]] std::vector<double> averaged() const override { return network::read_all(mlp_.weights()); }
  void set_averaged(std::span<double const> values) override {
    network::write_all(mlp_.weights(), {values.begin(), values.end()});
  }

 private:
  Shared shared_;
  exec::Backend& exec_;
  int outputs_;
  std::int64_t rows_;
  mutable network::Mlp<double> mlp_;
  exec::Buffer<kernels::HeadEntry> head_;
  exec::Buffer<double> shift_, scale_;
  exec::Buffer<double> moments_;
  exec::Buffer<kernels::PolicyClock> clock_;
};

PolicyShape from_nothing(Options const& o, kernels::OnlineGrid const& grid) {
  PolicyShape shape;
  shape.sizes = {std::max(1, grid.features), hidden, grid.parameters};
  std::int32_t output = 0;
  for (auto const& p : o.parameters) {
    using Kind = kernels::HeadKind;
    // The logarithmic head begins at 0, evenly in the logarithm above `low`.
    shape.head.push_back({.kind = p.is_logarithmic ? Kind::logarithmic : Kind::interval,
                          .output = output++,
                          .low = p.low,
                          .high = p.high});
  }
  auto const layers = network::layer_shapes(shape.sizes);
  shape.weights.assign(static_cast<std::size_t>(network::weight_count(layers)), 0.0);
  random::Draws const draws(o.seed, random::Stream::weights, 0);
  for (std::int64_t i = 0; i < layers[0].in * layers[0].out; ++i) {
    shape.weights[static_cast<std::size_t>(layers[0].weight + i)] =
        draws.normal(static_cast<std::uint64_t>(i)) / std::sqrt(static_cast<double>(layers[0].in));
  }
  for (std::size_t p = 0; p < o.parameters.size(); ++p) {  // the constants, whatever the features
    double const z = shape.head[p].output_for(o.parameters[p].constant);
    shape.weights[static_cast<std::size_t>(layers[1].bias) + p] = std::clamp(z, -3.0, 3.0);
  }
  return shape;
}

template <class Items>
std::string names_of(std::vector<Items> const& items, std::int64_t count) {
  std::string names;
  for (std::int64_t i = 0; i < count; ++i) names += (i == 0 ? "" : ", ") + model::name_of(items, i);
  return names;
}

/// Parameters that the model leaves at the task's own value are not chosen.
PolicyShape from_model(Options const& o, model::Model const& m) {
  auto const refuse = [](std::string const& what) { throw InputError("OnlineMetaSolver: the prior " + what); };
  PolicyShape shape;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < m.sides.head.size(); ++i) {
    if (m.sides.head[i].kind == kernels::HeadKind::given) continue;
    shape.head.push_back(m.sides.head[i]);
    names.push_back(model::name_of(m.sides.parameters, static_cast<std::int64_t>(i)));
  }
  auto const chosen = m.sides.head.empty() ? static_cast<std::size_t>(m.sides.parameter_count()) : shape.head.size();
  if (chosen != o.parameters.size() || m.sides.head.empty()) {
    refuse("chooses " + std::to_string(chosen) +
           " parameters, each of them with a range or not; "
           "expected exactly the " +
           std::to_string(o.parameters.size()) + " that are given, each with a range");
  }
  for (std::size_t p = 0; p < shape.head.size(); ++p) {
    auto const& e = shape.head[p];
    auto const& of = o.parameters[p];
    if (!e.is_bounded()) refuse("has \"" + names[p] + "\" without a range of its own");
    if (of.high != e.high || (of.low != e.low && of.low != model::lowest_of(e))) {
      refuse("has \"" + names[p] + "\" in a range from " + io::shortest(e.low) + " to " + io::shortest(e.high) +
             ", and \"" + of.name + "\" is given from " + io::shortest(of.low) + " to " + io::shortest(of.high) +
             "; give the prior's range");
    }
  }
  if (static_cast<std::size_t>(m.network.features()) != o.features.size()) {
    refuse("has " + std::to_string(m.network.features()) + " features (" +
           names_of(m.sides.features, m.network.features()) + "), and " + std::to_string(o.features.size()) +
           " are given; give the prior's, in its order");
  }
  shape.sizes = m.network.sizes;
  shape.activation = m.activation;
  shape.shift = m.shift;
  shape.scale = m.scale;
  shape.weights = m.weights;
  return shape;
}

}  // namespace

PolicyShape policy_shape(Options const& options, kernels::OnlineGrid const& grid) {
  return options.prior ? from_model(options, options.prior->model()) : from_nothing(options, grid);
}

std::unique_ptr<Proposer> make_policy_network(Shared const& shared, PolicyShape const& shape) {
  return std::make_unique<PolicyNetwork>(shared, shape);
}

}  // namespace metasolve::online
