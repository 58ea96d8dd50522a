// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/online/online_file.hpp"

#include <nlohmann/json.hpp>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/error.hpp"

namespace metasolve::online {

namespace {

using nlohmann::ordered_json;
constexpr char format[] = "metasolve-online-1";

ordered_json document_of(Learner const& learner, kernels::OnlineClock const& clock) {
  auto const& o = learner.options();
  ordered_json parameters = ordered_json::array(), features = ordered_json::array();
  for (auto const& p : o.parameters) {
    parameters.push_back({{"name", p.name},
                          {"low", p.low},
                          {"high", p.high},
                          {"constant", p.constant},
                          {"is_logarithmic", p.is_logarithmic},
                          {"values", p.values},
                          {"iteration_cost", p.iteration_cost}});
  }
  for (auto const& f : o.features) {
    features.push_back(
        {{"name", f.name}, {"low", f.low}, {"high", f.high}, {"is_logarithmic", f.is_logarithmic}, {"bins", f.bins}});
  }
  ordered_json document{{"parameters", parameters},
                        {"features", features},
                        {"capacity", o.capacity},
                        {"estimator", static_cast<int>(o.estimator)},
                        {"exploration", static_cast<int>(o.exploration)},
                        {"memory", o.memory},
                        {"constant_share", o.constant_share},
                        {"first_limit", o.first_limit},
                        {"most_loss", o.most_loss},
                        {"seed", o.seed},
                        {"cost_unit", o.cost_unit},
                        {"unit", learner.unit()},
                        {"clock",
                         {{"calls", clock.calls},
                          {"updates", clock.updates},
                          {"draws", clock.draws},
                          {"warm", clock.warm},
                          {"first_scale", clock.first_scale},
                          {"debt", clock.debt},
                          {"variance", clock.variance},
                          {"mean_constant", clock.mean_constant},
                          {"remembered", clock.remembered},
                          {"log_kept", clock.log_kept}}}};
  if (auto const& policy = learner.policy()) {
    ordered_json head = ordered_json::array();
    for (auto const& e : policy->head) {
      head.push_back({{"kind", static_cast<int>(e.kind)}, {"output", e.output}, {"low", e.low}, {"high", e.high}});
    }
    document["policy"] = {{"sizes", policy->sizes},
                          {"activation", static_cast<int>(policy->activation)},
                          {"head", head},
                          {"shift", policy->shift},
                          {"scale", policy->scale}};
  }
  return document;
}

/// Weights: zeros, replaced by the state.
std::optional<PolicyShape> policy_of(nlohmann::json const& document) {
  if (!document.contains("policy")) return {};
  auto const& j = document.at("policy");
  PolicyShape shape;
  shape.sizes = j.at("sizes").get<std::vector<std::int64_t>>();
  if (shape.sizes.size() < 2 || shape.sizes.size() > 16) throw InputError("the network has no layers, or too many");
  for (auto const size : shape.sizes) {
    if (size < 1 || size > 4096) throw InputError("a layer's size is out of range");
  }
  int const activation = j.at("activation");
  if (activation < 0 || activation > static_cast<int>(kernels::Activation::tanh)) {
    throw InputError("the activation is out of range");
  }
  shape.activation = static_cast<kernels::Activation>(activation);
  for (auto const& e : j.at("head")) {
    kernels::HeadEntry entry{.output = e.at("output"), .low = e.at("low"), .high = e.at("high")};
    entry.kind = static_cast<kernels::HeadKind>(e.at("kind").get<int>());
    if (!entry.is_bounded() || entry.output < 0 || entry.output >= shape.sizes.back()) {
      throw InputError("the head is out of range");
    }
    shape.head.push_back(entry);
  }
  shape.shift = j.at("shift").get<std::vector<double>>();
  shape.scale = j.at("scale").get<std::vector<double>>();
  auto const inputs = static_cast<std::size_t>(shape.sizes.front());
  if (shape.shift.size() != shape.scale.size() || (!shape.shift.empty() && shape.shift.size() != inputs)) {
    throw InputError("the scaling of the features has another size than the network's input");
  }
  shape.weights.assign(static_cast<std::size_t>(network::weight_count(network::layer_shapes(shape.sizes))), 0.0);
  return shape;
}

Options options_of(nlohmann::json const& j) {
  Options o;
  for (auto const& p : j.at("parameters")) {
    o.parameters.push_back({.name = p.at("name"),
                            .low = p.at("low"),
                            .high = p.at("high"),
                            .constant = p.at("constant"),
                            .is_logarithmic = p.at("is_logarithmic"),
                            .values = p.at("values"),
                            .iteration_cost = p.at("iteration_cost")});
  }
  for (auto const& f : j.at("features")) {
    o.features.push_back({.name = f.at("name"),
                          .low = f.at("low"),
                          .high = f.at("high"),
                          .is_logarithmic = f.at("is_logarithmic"),
                          .bins = f.at("bins")});
  }
  o.capacity = j.at("capacity");
  o.estimator = static_cast<OnlineMetaSolver::Estimator>(j.at("estimator").get<int>());
  o.exploration = static_cast<OnlineMetaSolver::Exploration>(j.at("exploration").get<int>());
  o.memory = j.at("memory");
  o.constant_share = j.at("constant_share");
  o.first_limit = j.at("first_limit");
  o.most_loss = j.at("most_loss");
  o.seed = j.at("seed");
  o.cost_unit = j.at("cost_unit");
  return o;
}

kernels::OnlineClock clock_of(nlohmann::json const& j) {
  kernels::OnlineClock c;
  c.calls = j.at("calls");
  c.updates = j.at("updates");
  c.draws = j.at("draws");
  c.warm = j.at("warm");
  c.first_scale = j.at("first_scale");
  c.debt = j.at("debt");
  c.variance = j.at("variance");
  c.mean_constant = j.at("mean_constant");
  c.remembered = j.at("remembered");
  c.log_kept = j.at("log_kept");
  if (c.draws < 0 || c.draws > kernels::most_online_draws) throw InputError("the clock's draws are out of range");
  return c;
}

template <class T>
io::Tensor tensor(char const* name, std::vector<T> const& values) {
  return io::make_tensor<T>(name, {static_cast<std::int64_t>(values.size())}, values);
}
template <class T>
std::vector<T> values_in(io::SafetensorsFile const& file, char const* name) {
  auto const& t = file.at(name);
  auto const view = file.view<T>(name, t.shape);
  return {view.begin(), view.end()};
}

}  // namespace

void write_learner(std::filesystem::path const& file, Learner const& learner) {
  auto const s = learner.snapshot();
  std::vector<io::Tensor> const tensors{
      tensor("sums", s.sums),         tensor("estimates", s.estimates), tensor("values", s.values),
      tensor("base", learner.base()), tensor("counters", s.counters),   tensor("arms", s.arms),
      tensor("best", s.best),         tensor("limits", s.limits),       tensor("proposer", s.proposer)};
  io::write_safetensors(file, tensors, {{"format", format}, {"online", document_of(learner, s.clock).dump()}});
}

std::unique_ptr<Learner> read_learner(Executor const& executor, std::filesystem::path const& path,
                                      std::int64_t capacity) {
  auto const file = io::read_safetensors(path);
  auto const found = file.metadata.find("format");
  if (found == file.metadata.end() || found->second != format) {
    throw InputError(path.string() + ": not the state of an OnlineMetaSolver (format \"" + format + "\")");
  }
  try {
    auto const document = nlohmann::json::parse(file.metadata_at("online"));
    auto options = options_of(document);
    if (capacity != 0) options.capacity = capacity;
    options = checked(options);
    auto const policy = policy_of(document);
    if (policy &&
        (policy->head.size() != options.parameters.size() ||
         policy->sizes.front() != std::max<std::int64_t>(1, static_cast<std::int64_t>(options.features.size())))) {
      throw InputError("the network has another number of features or parameters");
    }
    auto learner = std::make_unique<Learner>(executor, options, policy);
    Snapshot s;
    s.sums = values_in<double>(file, "sums");
    s.estimates = values_in<double>(file, "estimates");
    s.values = values_in<double>(file, "values");
    s.proposer = values_in<double>(file, "proposer");
    s.counters = values_in<std::int64_t>(file, "counters");
    s.arms = values_in<std::int32_t>(file, "arms");
    s.best = values_in<std::int32_t>(file, "best");
    s.limits = values_in<double>(file, "limits");
    s.clock = clock_of(document.at("clock"));
    int arms = 1;
    for (auto const& p : options.parameters) arms *= p.values;
    for (auto const* of : {&s.arms, &s.best}) {
      for (auto const arm : *of) {
        if (arm < 0 || arm >= arms) throw InputError("an arm is out of range");
      }
    }
    learner->restore(s);
    auto base = values_in<double>(file, "base");
    if (!base.empty() && base.size() != s.sums.size()) throw InputError("the base has another size than the sums");
    learner->set_base(std::move(base));
    learner->set_unit(document.at("unit"));
    return learner;
  } catch (nlohmann::json::exception const& e) {
    throw InputError(path.string() + ": " + e.what());
  } catch (InputError const& e) {
    throw InputError(path.string() + ": " + e.what());
  }
}

}  // namespace metasolve::online
