// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/integrate/online_steps.hpp"

#include <algorithm>
#include <filesystem>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/previous_iterations.hpp"

namespace metasolve::integrate {

namespace {

using Options = OnlineMetaSolver::Options;

constexpr char parameter_name[] = "relaxation";
/// Named after the system, so that what was learned for one is not taken for another's.
std::string feature_name(std::string const& problem) { return problem + ": iterations of the previous step"; }

/// The iterations of a set's previous step predict those of the next better than all else that an integration knows: h,
/// parameters, y, or one of them besides. What is best drifts with time, so little is remembered (docs/robertson.md).
Options options_of(IntegrationSetup const& setup, std::int64_t capacity) {
  constexpr double lowest = 1, highest = 1.9;
  return {
      .parameters = {{.name = parameter_name,
                      .low = std::min(lowest, setup.relaxation),
                      .high = std::max(highest, setup.relaxation),
                      .constant = setup.relaxation}},
      .features = {{.name = feature_name(setup.problem), .low = 2, .high = 1000, .is_logarithmic = true, .bins = 16}},
      .capacity = capacity,
      .memory = 2000,
      .first_limit = 5};
}

}  // namespace

OnlineSteps::OnlineSteps(Executor const& executor, IntegrationSetup const& setup, std::int64_t capacity)
    : executor_(executor),
      options_(options_of(setup, capacity)),
      state_(setup.online_state),
      feature_(executor.backend(), capacity) {
  executor_.backend().load<kernels::PreviousIterations>();
}

void OnlineSteps::restart() {
  std::error_code missing;
  if (state_.empty() || !std::filesystem::exists(state_, missing)) {
    meta_solver_.emplace(executor_, options_);
    return;
  }
  auto known = OnlineMetaSolver::load(executor_, state_, options_.capacity);
  auto const& of = known.options();
  bool const is_ours = of.parameters.size() == 1 && of.parameters[0].name == parameter_name &&
                       of.features.size() == 1 && of.features[0].name == options_.features[0].name;
  if (!is_ours) {
    throw InputError("--online-state: " + state_ +
                     " was learned for other tasks than the steps of this problem; name " + "another file");
  }
  if (of.parameters[0].constant != options_.parameters[0].constant) {
    throw InputError("--online-state: " + state_ + " was learned with --relaxation " +
                     std::to_string(of.parameters[0].constant) + "; give that, or name another file");
  }
  meta_solver_ = std::move(known);
}

Online OnlineSteps::look(std::int64_t count, std::int32_t const* iterations, std::int32_t const* limits) {
  executor_.backend().launch(1, count, kernels::PreviousIterations{iterations, limits, feature_.data()});
  return {&*meta_solver_, {feature_.data(), 1, 1}};
}

}  // namespace metasolve::integrate
