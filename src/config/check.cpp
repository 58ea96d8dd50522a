// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/error.hpp"
#include "src/config/fields.hpp"
#include "src/config/schema.hpp"
#include "src/config/values.hpp"

namespace metasolve::config {
namespace {

/// Ranges hold for a configuration that was built in code too: every value has to be readable by its own key.
void check_ranges(RunConfig const& config, Origins const& origins) {
  RunConfig scratch;
  for (Field const& field : fields()) {
    if (auto const problem = field.set(scratch, field.get(config))) {
      throw InputError(origins.before({field.key}) + field.key + ": " + *problem + "; write, for example, " +
                       field.key + " = " + toml_value(field.get(RunConfig{})));
    }
  }
}

/// keys: those that do not fit each other, first the one that the message begins with.
[[noreturn]] void refuse(Origins const& origins, std::initializer_list<std::string> keys, std::string const& message) {
  throw InputError(origins.before(keys) + message);
}

bool is_problem(std::string const& name) {
  return name == "poisson" || name == "robertson" || name == "elasticity" || name == "spd";
}

/// Whose key it is: the names before the colon of its documentation, if they are problems'.
std::vector<std::string> owners(Field const& field) {
  std::vector<std::string> names;
  std::string list = field.doc.substr(0, std::min(field.doc.find(": "), field.doc.size()));
  for (std::size_t from = 0; from <= list.size();) {
    auto const end = std::min(list.find(", ", from), list.size());
    names.push_back(list.substr(from, end - from));
    if (!is_problem(names.back())) return {};
    from = end + 2;
  }
  return names;
}

/// A key that a problem does not read is a mistake where it was given a value of its own.
void check_belonging(RunConfig const& config, Origins const& origins) {
  // Whoever asks for a problem that is not known is told that.
  if (!is_problem(config.problem.name)) return;
  RunConfig const defaults;
  for (Field const& field : fields()) {
    auto const own = owners(field);
    bool const belongs = own.empty() || std::ranges::find(own, config.problem.name) != own.end();
    if (belongs || field.get(config) == field.get(defaults)) continue;
    refuse(origins, {field.key, "problem.name"},
           field.key + ": given " + toml_value(field.get(config)) + ", but it belongs to problem \"" + own.front() +
               "\" and problem.name is \"" + config.problem.name + "\"; remove it");
  }
}

}  // namespace

std::string Origins::before(std::initializer_list<std::string> keys_at_fault) const {
  for (auto const& key : keys_at_fault) {
    if (auto const found = keys.find(key); found != keys.end()) return found->second + ": ";
  }
  return whole.empty() ? "" : whole + ": ";
}

void check(RunConfig const& config, Origins const& origins) {
  check_ranges(config, origins);

  check_belonging(config, origins);

  if (config.solver.basis_size > config.problem.unknowns) {
    refuse(origins, {"solver.basis_size", "problem.unknowns"},
           "solver.basis_size: given " + std::to_string(config.solver.basis_size) +
               ", expected at most problem.unknowns = " + std::to_string(config.problem.unknowns) +
               "; lower it, or write 0 for as many as unknowns");
  }
  if (config.loss.tolerance_start != 0.0 && config.loss.tolerance_start <= config.solver.tolerance) {
    refuse(origins, {"loss.tolerance_start", "solver.tolerance"},
           "loss.tolerance_start: given " + real_text(config.loss.tolerance_start) +
               ", expected more than solver.tolerance = " + real_text(config.solver.tolerance) +
               "; raise it, or write 0 to train at solver.tolerance throughout");
  }
  if (config.network.start == Start::tuned) {
    if (config.problem.name == "poisson") {
      refuse(origins, {"network.start", "problem.name"},
             "network.start: given \"tuned\", expected \"drawn\" for poisson, which has no constant parameter to find");
    }
    NetworkConfig const defaults;
    auto const refuse_bias = [&](char const* key, double given, double by_default) {
      if (given == by_default) return;
      refuse(origins, {key, "network.start"},
             std::string(key) + ": given " + real_text(given) +
                 ", but with network.start = \"tuned\" the best constant parameter gives the bias; remove it, or "
                 "write network.start = \"drawn\"");
    };
    refuse_bias("network.shift_bias", config.network.shift_bias, defaults.shift_bias);
    refuse_bias("network.relaxation_bias", config.network.relaxation_bias, defaults.relaxation_bias);
  }
  auto const& milestones = config.schedule.milestones;
  auto const disorder = std::ranges::adjacent_find(milestones, std::greater_equal{});
  if (disorder != milestones.end()) {
    refuse(origins, {"schedule.milestones"},
           "schedule.milestones: given " + std::to_string(*disorder) + " before " + std::to_string(*(disorder + 1)) +
               ", expected strictly increasing epochs; sort them, each once");
  }
  if (config.schedule.kind == ScheduleKind::steps && milestones.empty()) {
    refuse(origins, {"schedule.milestones", "schedule.kind"},
           "schedule.milestones: given none, expected at least one with schedule.kind = \"steps\"; list the epochs at "
           "which the rate falls, or write schedule.kind = \"constant\"");
  }
  auto const& problem = config.problem.name;
  if (problem == "robertson" || problem == "elasticity" || problem == "spd") {
    if (config.solver.precision != Precision::double_precision) {
      refuse(origins, {"solver.precision", "problem.name"},
             "solver.precision: given \"float\", expected \"double\" for " + problem +
                 "; its residuals are beyond single precision");
    }
    if (config.optimizer.kind == Optimizer::levenberg_marquardt) {
      refuse(origins, {"optimizer.kind", "problem.name"},
             "optimizer.kind: given \"levenberg_marquardt\", expected \"adam\" for " + problem +
                 "; its bounded parameters are no linear combination of the network's outputs");
    }
  }
  if (config.optimizer.kind == Optimizer::levenberg_marquardt) {
    bool const wide = config.network.precision == Precision::double_precision &&
                      config.solver.precision == Precision::double_precision;
    if (!wide) {
      bool const network = config.network.precision != Precision::double_precision;
      refuse(origins, {network ? "network.precision" : "solver.precision", "optimizer.kind"},
             "optimizer.kind: given \"levenberg_marquardt\" with a precision of \"float\", expected "
             "network.precision and solver.precision \"double\"; its matrices need the digits");
    }
    if (config.loss.value != LossValue::soft) {
      refuse(origins, {"loss.value", "optimizer.kind"},
             "loss.value: given \"count\", expected \"soft\" with optimizer.kind = \"levenberg_marquardt\"; "
             "its steps are accepted by the loss, which has to change with the weights");
    }
  }
  if (config.schedule.minimum_rate > config.optimizer.rate) {
    refuse(origins, {"schedule.minimum_rate", "optimizer.rate"},
           "schedule.minimum_rate: given " + real_text(config.schedule.minimum_rate) +
               ", expected at most optimizer.rate = " + real_text(config.optimizer.rate) + "; lower it");
  }
}

}  // namespace metasolve::config
