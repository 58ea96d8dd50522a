// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/row_problem.hpp"

#include <algorithm>
#include <limits>

#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

std::optional<TunedParameter> tuned_of(RowDescription const& problem) {
  if (problem.head.empty() || !problem.head.front().is_bounded()) return std::nullopt;
  auto const& head = problem.head.front();
  TunedParameter t;
  t.name = problem.column_names[static_cast<std::size_t>(problem.parameter_columns.front())];
  t.below = head.high;
  t.is_shift = head.kind == kernels::HeadKind::logarithmic;
  if (t.is_shift) {
    t.grid = {1e-4 * head.high, 0.5 * head.high, 0.1};
  } else {
    t.least = head.low;
    double const spacing = (head.high - head.low) / 50;
    t.grid = {head.low + spacing, head.high - spacing, spacing};
  }
  return t;
}

namespace {

/// @throws InputError a column was not written
void fill_rows(RowDescription const& problem, TaskRows const& rows, TaskSet set, std::int64_t first, std::int64_t n,
               double* to) {
  std::int64_t const count = n * problem.columns;
  std::fill(to, to + count, std::numeric_limits<double>::quiet_NaN());
  rows(set, first, n, to);
  auto const* const missing = std::find_if(to, to + count, [](double x) { return std::isnan(x); });
  if (missing == to + count) return;
  auto const* const row = to + (missing - to) / problem.columns * problem.columns;
  std::string names;
  for (int c = 0; c < problem.columns; ++c) {
    if (!std::isnan(row[c])) continue;
    names += (names.empty() ? "" : ", ") + std::to_string(c) + " (" +
             problem.column_names[static_cast<std::size_t>(c)] + ")";
  }
  char const* const sets[] = {"training", "validation", "test"};
  throw InputError("train: problem \"" + problem.name + "\": the rows leave columns of " + sets[static_cast<int>(set)] +
                   " task " + std::to_string(first + (row - to) / problem.columns) + " unwritten, or write NaN: " +
                   names + "; write all " + std::to_string(problem.columns) + " numbers of each task");
}

}  // namespace

engine::TaskGroup<double> RowKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                        engine::StageLimits const& limits) const {
  return problem->bind(exec, tasks, solver.get(), limits);
}

void RowKind::features_of(double const* rows, std::int64_t n, double* features) const {
  problem->features_of(rows, n, features);
}

engine::Tasks RowKind::with_parameter(engine::Tasks tasks, double value, engine::ParameterOrigin) const {
  tasks.fill = [fill = tasks.fill, column = problem->parameter_columns.front(), width = problem->columns, value](
                   std::int64_t first, std::int64_t n, double* rows) {
    fill(first, n, rows);
    for (std::int64_t i = 0; i < n; ++i) rows[i * width + column] = value;
  };
  return tasks;
}

engine::Tasks row_tasks(std::shared_ptr<RowDescription const> problem, std::shared_ptr<void const> solver,
                        std::int64_t count, std::function<void(std::int64_t, std::int64_t, double*)> fill) {
  return {count, std::make_shared<RowKind>(std::move(problem), std::move(solver)), std::move(fill)};
}

RowProblem::RowProblem(std::shared_ptr<RowDescription const> description)
    : description_(std::move(description)), tuned_(tuned_of(*description_)) {}

std::vector<config::Field> RowProblem::keys() const {
  auto keys = gradient_keys();
  keys.push_back(failure_slope_key());
  return keys;
}

void RowProblem::check(config::RunConfig const& c, config::Origins const& origins) const {
  check_gradient(c, origins, description_->gradients);
}

std::uint64_t RowProblem::host_bytes(config::RunConfig const& c) const {
  auto const most = std::max(c.problem.train_tasks, c.problem.validation_tasks);
  return static_cast<std::uint64_t>(std::min<std::int64_t>(most, 65536)) *
         static_cast<std::uint64_t>(description_->columns) * sizeof(double);
}

void RowProblem::shape(config::RunConfig const&, network::MetaNetworkShape& shape) const {
  shape.parameters = static_cast<int>(description_->head.size());
  shape.head = description_->head;
}

void RowProblem::set_options(config::RunConfig const& c, engine::LearnerOptions& options) const {
  set_gradient(c, description_->gradients.usual(), options);
  // The result of a fixed number of iterations is not a failure.
  bool const can_fail = c.loss.kind != config::LossKind::measure;
  options.failure_slope = can_fail ? c.of<FailureSettings>().slope : 0;
}

model::Interface RowProblem::interface(config::RunConfig const& c) const {
  auto sides = description_->sides;
  network::MetaNetworkShape as_configured;
  shape(c, as_configured);
  sides.head = as_configured.head;
  return sides;
}

std::string RowProblem::baseline(config::RunConfig const&) const { return "the tasks' own parameters"; }

engine::Tasks RowProblem::of_rows(std::shared_ptr<void const> solver, std::int64_t count,
                                  std::function<void(std::int64_t, std::int64_t, double*)> fill) const {
  return row_tasks(description_, std::move(solver), count, std::move(fill));
}

Splits UserProblem::tasks(config::RunConfig const& c) const {
  std::shared_ptr<Data const> data;
  {
    std::lock_guard const lock(mutex_);
    data = data_;
  }
  if (!data) {
    throw InputError("problem \"" + name() + "\": its tasks are known only while the program that brings it trains it");
  }
  auto const of = [&](TaskSet set, std::int64_t count) {
    return of_rows(data->solver, count, [this, data, set](std::int64_t first, std::int64_t n, double* to) {
      fill_rows(description(), data->rows, set, first, n, to);
    });
  };
  auto const& p = c.problem;
  return {of(TaskSet::train, p.train_tasks), of(TaskSet::validation, p.validation_tasks),
          of(TaskSet::test, p.test_tasks)};
}

void UserProblem::set_data(std::shared_ptr<Data const> data) const {
  std::lock_guard const lock(mutex_);
  if (data && data_) {
    throw InputError("train: problem \"" + name() + "\" is being trained; one training of a problem at a time");
  }
  data_ = std::move(data);
}

UserProblem::Lent::Lent(UserProblem const& problem, Data data) : problem_(problem) {
  problem_.set_data(std::make_shared<Data const>(std::move(data)));
}
UserProblem::Lent::~Lent() { problem_.set_data(nullptr); }

void register_problem(RowDescription description) {
  add_problem(std::make_unique<UserProblem const>(std::move(description)));
}

UserProblem const& user_problem(std::string const& name, std::type_index type) {
  auto const* const found = find_problem(name);
  if (found == nullptr) {
    throw InputError("train: problem \"" + name + "\" is not known in this program; ProblemSolver makes it known");
  }
  auto const* const users = dynamic_cast<UserProblem const*>(found);
  if (users == nullptr) {
    throw InputError("train: problem \"" + name + "\" has the name of one of the library's own; give it another");
  }
  if (users->description().type != type) {
    throw InputError("train: two problems of this program are named \"" + name + "\"; give one another name");
  }
  return *users;
}

}  // namespace metasolve::problems
