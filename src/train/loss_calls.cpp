// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/loss_calls.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/kernels/network/batch_bodies.hpp"

namespace metasolve {

void refuse_loss(std::string const& what) { throw InputError("IterationLoss: " + what); }

namespace {

/// Indices of tasks are 32-bit numbers.
std::int64_t checked(std::int64_t capacity) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (capacity >= 1 && capacity <= most) return capacity;
  refuse_loss("capacity is " + std::to_string(capacity) + ", expected 1 task to " + std::to_string(most));
}

config::RunConfig checked(config::RunConfig config) {
  if (config.solver.precision == engine::Precision::double_precision) return config;
  throw InputError(
      "solver.precision: given \"float\", but the loss is computed in \"double\" alone; remove it, or write "
      "solver.precision = \"double\"");
}

}  // namespace

IterationLoss::Implementation::Implementation(Executor executor, config::RunConfig config,
                                              std::shared_ptr<engine::TaskKind const> kind,
                                              std::optional<problems::Splits> own, std::int64_t capacity)
    : capacity_(checked(capacity)),
      executor_(std::move(executor)),
      exec_(executor_.backend()),
      config_(checked(std::move(config))),
      kind_(std::move(kind)),
      own_(std::move(own)),
      sides_(problems::problem_of(config_).interface(config_)),
      parameters_(sides_.parameter_count()),
      tolerance_(config_.solver.tolerance),
      options_(train::learner_options(config_, {})),
      arguments_(exec_, {}),
      run_(exec_, 0) {
  run_.set_gain(options_.gain);
}

std::string IterationLoss::Implementation::description() const {
  auto const sides = model::to_json(sides_);
  auto const& loss = config_.loss;
  auto const size_of = [&](TaskSet set) { return own(set) != nullptr ? own(set)->count : 0; };
  nlohmann::ordered_json const all{{"problem", sides["problem"]},
                                   {"columns", columns()},
                                   {"column_names", kind_->column_names()},
                                   {"features", sides["features"]},
                                   {"parameters", sides["parameters"]},
                                   {"head", sides["head"]},
                                   {"tolerance", tolerance_},
                                   {"max_iterations", options_.max_iterations},
                                   {"loss",
                                    {{"kind", io::name_of(loss.kind)},
                                     {"scale", io::name_of(loss.scale)},
                                     {"value", io::name_of(loss.value)},
                                     {"gain", loss.gain},
                                     {"margin", loss.margin}}},
                                   {"gradient", io::name_of(options_.gradient)},
                                   {"tasks",
                                    {{"train", size_of(TaskSet::train)},
                                     {"validation", size_of(TaskSet::validation)},
                                     {"test", size_of(TaskSet::test)}}}};
  return io::document_text(all);
}

void IterationLoss::Implementation::require_numbers(std::int64_t count, double const* rows) const {
  if (count < 1 || count > capacity_) {
    refuse_loss(std::to_string(count) + " tasks given, expected 1 to the capacity, " + std::to_string(capacity_));
  }
  if (rows == nullptr) refuse_loss("rows is null");
  auto const* const end = rows + count * columns();
  auto const* const bad = std::find_if(rows, end, [](double x) { return std::isnan(x); });
  if (bad == end) return;
  auto const column = (bad - rows) % columns();
  auto const names = kind_->column_names();
  refuse_loss("column " + std::to_string(column) +
              (names.empty() ? "" : " (" + names[static_cast<std::size_t>(column)] + ")") + " of task " +
              std::to_string((bad - rows) / columns()) + " is not a number; give all " + std::to_string(columns()) +
              " numbers of each task");
}

void IterationLoss::Implementation::check(std::int64_t count, std::int32_t const* tasks,
                                          BatchView<double const> const& theta, Results const& results) {
  if (group_.count == 0) api::reject("no tasks are set; call set_tasks first");
  api::check_count(count, tasks != nullptr ? capacity_ : group_.count);
  arguments_.begin(count);
  if (results.gradient.data != nullptr && theta.data == nullptr) {
    api::reject("theta is null, and results.gradient is asked for; give both, or neither");
  }
  arguments_.reads("tasks", tasks);
  arguments_.reads("theta", theta, parameters_);
  arguments_.writes("results.loss", results.loss);
  arguments_.writes("results.iterations", results.iterations);
  arguments_.writes("results.status", results.status);
  arguments_.writes("results.measure", results.measure);
  arguments_.writes("results.gradient", results.gradient, parameters_);
  arguments_.finish();
  if (tasks == nullptr || !exec_.memory_is_host()) return;
  for (std::int64_t i = 0; i < count; ++i) {
    if (tasks[i] >= 0 && tasks[i] < group_.count) continue;
    api::reject("tasks[" + std::to_string(i) + "] is " + std::to_string(tasks[i]) + ", expected 0 to " +
                std::to_string(group_.count - 1) + ", the last task set");
  }
}

void IterationLoss::Implementation::set_tasks(std::int64_t count, double const* rows) {
  require_numbers(count, rows);
  group_ = {};  // before the others are allocated
  auto group = kind_->bind(exec_,
                           {count, kind_,
                            [rows, width = columns()](std::int64_t first, std::int64_t n, double* to) {
                              std::copy_n(rows + first * width, n * width, to);
                            }},
                           {.capacity = capacity_,
                            .confirms = false,
                            .tape_bytes = std::max<std::int64_t>(1, options_.memory / 2),
                            .max_iterations = options_.max_iterations,
                            .gradient = options_.gradient,
                            .difference = options_.difference});
  last_count_ = exec::Buffer<std::int32_t>(exec_, count);
  auto const& own = group.default_parameters;
  if (own && own.task_stride != 0 && given_.size() == 0) {
    std::vector<kernels::HeadEntry> const head(static_cast<std::size_t>(parameters_));
    gathered_ = exec::Buffer<double>(exec_, capacity_ * parameters_);
    given_ = exec::uploaded(exec_, head);
  }
  if (options_.regroup && first_.size() == 0) allocate();
  exec_.synchronize();
  group_ = std::move(group);
}

void IterationLoss::Implementation::allocate() {
  for (auto* buffer : {&slot_order_, &key_, &iterations_}) *buffer = exec::Buffer<std::int32_t>(exec_, capacity_);
  exec_.reserve_sort(capacity_);
  exec_.sort_by_key(key_.data(), slot_order_.data(), capacity_);  // on the host the first call allocates
  std::vector<std::int32_t> first(static_cast<std::size_t>(capacity_));
  std::iota(first.begin(), first.end(), 0);
  first_ = exec::uploaded(exec_, first);
}

void IterationLoss::Implementation::own_parameters(double* to) const {
  if (group_.count == 0) refuse_loss("no tasks are set; call set_tasks first");
  auto const& own = group_.default_parameters;
  std::fill(to, to + group_.count * parameters_, 0.0);
  if (!own) return;
  std::int64_t const span = (group_.count - 1) * own.task_stride + (parameters_ - 1) * own.item_stride + 1;
  std::vector<double> all(static_cast<std::size_t>(span));
  exec_.download(all.data(), own.data, all.size() * sizeof(double));
  kernels::BatchView<double const> const here{all.data(), own.task_stride, own.item_stride};
  for (std::int64_t t = 0; t < group_.count; ++t) {
    for (int p = 0; p < parameters_; ++p) *to++ = here(t, p);
  }
}

void IterationLoss::Implementation::evaluate(std::int64_t count, std::int32_t const* tasks,
                                             BatchView<double const> const& theta, Results const& results) {
  check(count, tasks, theta, results);
  if (count == 0) return;
  auto run = run_.arguments(options_, {stopping_tolerance(), options_.max_iterations});
  run.slots = count;
  run.task_of_slot = tasks;
  run.theta = theta.data != nullptr ? api::view(theta) : own_of(count, tasks);
  run.loss = results.loss;
  run.iterations = results.iterations;
  run.status = results.status;
  run.measure = results.measure;
  run.theta_bar = api::view(results.gradient);
  run.theta_bar ? differentiate(run) : group_.solver->solve(run);
}

kernels::BatchView<double const> IterationLoss::Implementation::own_of(std::int64_t count, std::int32_t const* tasks) {
  auto const& own = group_.default_parameters;
  if (tasks == nullptr || !own || own.task_stride == 0) return own;
  exec_.launch(
      1, count,
      kernels::ApplyHead<double, double>{0, parameters_, given_.data(), own, tasks, 0, nullptr, gathered_.data()});
  return {gathered_.data(), parameters_, 1};
}

void IterationLoss::Implementation::differentiate(Arguments& run) {
  if (!options_.regroup) return group_.solver->differentiate(run);
  auto const* const tasks = run.task_of_slot != nullptr ? run.task_of_slot : first_.data();
  if (run.iterations == nullptr) run.iterations = iterations_.data();
  exec_.launch(1, run.slots, kernels::ExpectedCount{tasks, last_count_.data(), key_.data(), slot_order_.data()});
  exec_.sort_by_key(key_.data(), slot_order_.data(), run.slots);
  run.slot_order = slot_order_.data();
  group_.solver->differentiate(run);
  if (!exec_.memory_is_host()) {
    // Of a task that is there repeatedly, any count.
    exec_.launch(1, run.slots, kernels::RememberCount{tasks, run.iterations, last_count_.data()});
    return;
  }
  for (std::int64_t s = 0; s < run.slots; ++s) last_count_.data()[tasks[s]] = run.iterations[s];
}

}  // namespace metasolve
