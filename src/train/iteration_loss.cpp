// SPDX-License-Identifier: Apache-2.0
#include "metasolve/iteration_loss.hpp"

#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/detail/train/loss_calls.hpp"
#include "metasolve/detail/train/own_configuration.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

void require(void const* pointer, char const* name) {
  if (pointer == nullptr) refuse_loss(std::string(name) + " is null");
}

}  // namespace

IterationLoss::IterationLoss(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
IterationLoss::IterationLoss(Executor const& executor, std::string const& configuration,
                             TrainingSettings const& settings, std::int64_t capacity) {
  auto config = config::parse(configuration, "configuration", settings, "setting");
  auto const& problem = problems::problem_of(config);
  problem.fit_to_data(config);
  auto own = problem.tasks(config);
  auto kind = own.train.kind;
  implementation_ =
      std::make_unique<Implementation>(executor, std::move(config), std::move(kind), std::move(own), capacity);
}
IterationLoss::IterationLoss(IterationLoss&&) noexcept = default;
IterationLoss& IterationLoss::operator=(IterationLoss&&) noexcept = default;
IterationLoss::~IterationLoss() = default;

std::int64_t IterationLoss::capacity() const noexcept { return implementation_->capacity(); }
std::int64_t IterationLoss::columns() const noexcept { return implementation_->columns(); }
std::int64_t IterationLoss::features() const noexcept { return implementation_->features(); }
std::int64_t IterationLoss::parameters() const noexcept { return implementation_->parameters(); }
std::string IterationLoss::description() const { return implementation_->description(); }

std::int64_t IterationLoss::tasks(TaskSet set) const {
  auto const* const own = implementation_->own(set);
  return own != nullptr ? own->count : 0;
}
void IterationLoss::rows(TaskSet set, std::int64_t first, std::int64_t n, double* rows) const {
  std::int64_t const count = tasks(set);
  if (first < 0 || n < 0 || first > count || n > count - first) {
    refuse_loss("tasks from " + std::to_string(first) + ", " + std::to_string(n) +
                " of them, asked for, but the set has " + std::to_string(count));
  }
  if (n == 0) return;
  require(rows, "rows");
  implementation_->own(set)->fill(first, n, rows);
}
void IterationLoss::features_of(std::int64_t n, double const* rows, double* features) const {
  if (n < 0) refuse_loss(std::to_string(n) + " tasks given");
  if (n == 0) return;
  require(rows, "rows");
  require(features, "features");
  implementation_->features_of(n, rows, features);
}

void IterationLoss::set_tasks(std::int64_t count, double const* rows) { implementation_->set_tasks(count, rows); }
void IterationLoss::own_parameters(double* parameters) const {
  require(parameters, "parameters");
  implementation_->own_parameters(parameters);
}

void IterationLoss::set_tolerance(double tolerance) {
  if (!(tolerance > 0) || !std::isfinite(tolerance)) {
    refuse_loss("the tolerance is " + std::to_string(tolerance) + ", expected a positive, finite number");
  }
  implementation_->set_tolerance(tolerance);
}
double IterationLoss::tolerance() const noexcept { return implementation_->tolerance(); }

void IterationLoss::evaluate(std::int64_t count, std::int32_t const* tasks, BatchView<double const> theta,
                             Results const& results) {
  implementation_->evaluate(count, tasks, theta, results);
}

namespace api {

IterationLoss iteration_loss(ProblemIdentity const& problem, Executor const& executor,
                             std::shared_ptr<void const> solver, TrainingSettings const& settings,
                             std::int64_t capacity) {
  auto const& known = problems::user_problem(problem.name, problem.type);
  auto config = train::own_configuration(problem.name, settings);
  auto kind = known.of_rows(std::move(solver), 0, {}).kind;
  return IterationLoss(std::make_unique<IterationLoss::Implementation>(executor, std::move(config), std::move(kind),
                                                                       std::nullopt, capacity));
}

}  // namespace api
}  // namespace metasolve
