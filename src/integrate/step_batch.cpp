// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/integrate/step_batch.hpp"

#include "metasolve/detail/model/model.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/anderson_steps.hpp"

namespace metasolve::integrate {

namespace {

bool is_for_accelerated_sweeps(MetaSolver const& meta_solver) {
  auto const& parameters = meta_solver.model().sides.parameters;
  return !parameters.empty() && parameters.front().name == kernels::accelerated_relaxation;
}

ImplicitEulerSolver::Method method_of(IntegrationSetup const& setup, Method method) {
  if (method == Method::newton) return ImplicitEulerSolver::Method::newton;
  bool const accelerates = method == Method::meta_solver && is_for_accelerated_sweeps(*setup.meta_solver);
  return accelerates ? ImplicitEulerSolver::Method::anderson_sor : ImplicitEulerSolver::Method::newton_sor;
}

ImplicitEulerSolver solver_of(Executor const& executor, IntegrationSetup const& setup, Method method,
                              std::int64_t capacity) {
  bool const chooses = method == Method::meta_solver;
  if (chooses && !setup.meta_solver) throw InputError("integrate: no meta-solver was given");
  return {executor,
          {.name = setup.problem, .clamps = setup.clamps, .method = method_of(setup, method)},
          {.capacity = capacity, .meta_solver = chooses ? setup.meta_solver : std::nullopt}};
}

}  // namespace

StepBatch::StepBatch(Executor const& executor, IntegrationSetup const& setup, Method method, std::int64_t capacity,
                     bool retries)
    : executor_(executor),
      solver_(solver_of(executor, setup, method, capacity)),
      tolerance_(setup.tolerance),
      relaxation_(method_of(setup, method) == ImplicitEulerSolver::Method::newton_sor ? setup.relaxation : 1),
      max_iterations_(setup.max_iterations),
      retries_(retries) {
  auto& backend = executor_.backend();
  if (solver_.parameters() > 0) parameters_ = {backend, capacity * solver_.parameters()};
  states_ = {backend, capacity * solver_.unknowns()};
  limits_ = {backend, capacity};
  iterations_ = {backend, capacity};
  status_ = {backend, capacity};
  if (retries) origin_ = {backend, capacity};
  counts_ = {backend, 1};
  if (method == Method::online) online_.emplace(executor_, setup, capacity);
}

void StepBatch::set(std::span<double const> parameters, std::span<double const> y) {
  count_ = static_cast<std::int64_t>(y.size()) / solver_.unknowns();
  if (!parameters.empty()) parameters_.upload(parameters.data(), static_cast<std::int64_t>(parameters.size()));
  states_.upload(y.data(), static_cast<std::int64_t>(y.size()));
  std::vector<std::int32_t> const limits(static_cast<std::size_t>(count_), max_iterations_);
  limits_.upload(limits.data(), count_);
  counts_.zero();
  if (!online_) return;
  iterations_.zero();
  online_->restart();
}

void StepBatch::put_state(std::int64_t set, std::span<double const> y) {
  states_.upload(y.data(), solver_.unknowns(), set * solver_.unknowns());
}

void StepBatch::end(std::int64_t set) {
  std::int32_t const none = 0;
  limits_.upload(&none, 1, set);
}

void StepBatch::step(double t, double h) {
  int const n = solver_.unknowns(), p = solver_.parameters();
  auto* const counts = counts_.data();
  auto const online = online_ ? online_->look(count_, iterations_.data(), limits_.data()) : Online{};
  solver_.solve({.count = count_,
                 .previous = {states_.data(), n, 1},
                 .parameters = {parameters_.data(), p, 1},
                 .step = h,
                 .time = t,
                 .relaxation = relaxation_},
                {.tolerance = tolerance_, .max_iterations = {limits_.data(), 1}},
                {.status = status_.data(),
                 .iterations = iterations_.data(),
                 .solution = {states_.data(), n, 1},
                 .origin = origin_.data(),
                 .tally = retries_ ? &counts->tally : nullptr},
                {.retry = retries_, .online = online});
  auto& backend = executor_.backend();
  backend.add_sum(iterations_.data(), count_, &counts->iterations);
  backend.add_sum(status_.data(), count_, &counts->statuses);
}

StepBatch::Counts StepBatch::counts() const {
  Counts counts;
  counts_.download(&counts, 1);
  return counts;
}

std::vector<Status> StepBatch::statuses() const {
  std::vector<Status> status(static_cast<std::size_t>(count_));
  executor_.download(status.data(), status_.data(), status.size() * sizeof(Status));
  return status;
}

std::vector<Origin> StepBatch::origins() const {
  std::vector<Origin> origin(static_cast<std::size_t>(retries_ ? count_ : 0));
  if (retries_) origin_.download(origin.data(), count_);
  return origin;
}

std::vector<double> StepBatch::states() const {
  std::vector<double> y(static_cast<std::size_t>(count_ * solver_.unknowns()));
  states_.download(y.data(), static_cast<std::int64_t>(y.size()));
  return y;
}

std::vector<double> StepBatch::state(std::int64_t set) const {
  std::vector<double> y(static_cast<std::size_t>(solver_.unknowns()));
  states_.download(y.data(), solver_.unknowns(), set * solver_.unknowns());
  return y;
}

}  // namespace metasolve::integrate
