// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/config/problem_keys.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/error.hpp"

namespace metasolve::config {
namespace {

/// Also validates configurations that were built in code: every value must be readable by its own key.
void check_ranges(RunConfig const& config, Origins const& origins) {
  RunConfig scratch;
  for (Field const& field : fields()) {
    if (auto const problem = field.set(scratch, field.get(config))) {
      throw InputError(origins.before({field.key}) + field.key + ": " + *problem + "; write, for example, " +
                       field.key + " = " + toml_value(field.get(RunConfig{})));
    }
  }
}

/// A key that the problem does not read is an error when it is set to a non-default value. Unknown problems are
/// reported elsewhere.
void check_belonging(RunConfig const& config, Origins const& origins) {
  RunConfig const defaults;
  for (Field const& field : fields()) {
    if (belongs(field, config.problem.name) || field.get(config) == field.get(defaults)) continue;
    refuse(origins, {field.key, "problem.name"},
           field.key + ": given " + toml_value(field.get(config)) + ", but it belongs to problem \"" +
               field.owners.front() + "\" and problem.name is \"" + config.problem.name + "\"; remove it");
  }
}

/// Rejects settings that the problem does not support.
void check_abilities(RunConfig const& config, ProblemKeys const& problem, Origins const& origins) {
  if (config.network.start == Start::tuned && !problem.has_tuned_constant()) {
    refuse(origins, {"network.start", "problem.name"},
           "network.start: given \"tuned\", expected \"drawn\" for " + problem.name() +
               ", which has no constant parameter to find");
  }
  if (config.solver.precision != Precision::double_precision && !problem.has_single_precision()) {
    refuse(origins, {"solver.precision", "problem.name"},
           "solver.precision: given \"float\", expected \"double\" for " + problem.name() +
               "; its residuals are beyond single precision");
  }
  if (config.optimizer.kind == Optimizer::levenberg_marquardt && !problem.has_second_order()) {
    refuse(origins, {"optimizer.kind", "problem.name"},
           "optimizer.kind: given \"levenberg_marquardt\", expected \"adam\" for " + problem.name() +
               "; its bounded parameters are no linear combination of the network's outputs");
  }
}

}  // namespace

std::string Origins::before(std::initializer_list<std::string> keys_at_fault) const {
  for (auto const& key : keys_at_fault) {
    if (auto const found = keys.find(key); found != keys.end()) return found->second + ": ";
  }
  return whole.empty() ? "" : whole + ": ";
}

void refuse(Origins const& origins, std::initializer_list<std::string> keys, std::string const& message) {
  throw InputError(origins.before(keys) + message);
}

void check(RunConfig const& config, Origins const& origins) {
  check_ranges(config, origins);

  check_belonging(config, origins);
  if (auto const* const problem = find_problem_keys(config.problem.name)) {
    check_abilities(config, *problem, origins);
    problem->check(config, origins);
  }
  if (config.loss.tolerance_start != 0.0 && config.loss.tolerance_start <= config.solver.tolerance) {
    refuse(origins, {"loss.tolerance_start", "solver.tolerance"},
           "loss.tolerance_start: given " + real_text(config.loss.tolerance_start) +
               ", expected more than solver.tolerance = " + real_text(config.solver.tolerance) +
               "; raise it, or write 0 to train at solver.tolerance throughout");
  }
  if (config.loss.cost != Cost::count && config.loss.kind == LossKind::measure) {
    refuse(origins, {"loss.cost", "loss.kind"},
           "loss.cost: given \"" + std::string(name_of(config.loss.cost)) +
               "\", expected \"count\" with loss.kind = \"measure\", which counts nothing");
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
