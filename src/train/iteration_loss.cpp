// SPDX-License-Identifier: Apache-2.0
#include "metasolve/iteration_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/engine/training/learner_parts.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/detail/train/own_configuration.hpp"
#include "metasolve/detail/train/setup.hpp"

namespace metasolve {

namespace {

[[noreturn]] void refuse(std::string const& what) { throw InputError("IterationLoss: " + what); }

void require(void const* pointer, char const* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is null");
}

/// In memory: indices of tasks are 32-bit numbers.
std::int64_t checked_capacity(std::int64_t capacity) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (capacity >= 1 && capacity <= most) return capacity;
  refuse("capacity is " + std::to_string(capacity) + ", expected 1 task to " + std::to_string(most));
}

config::RunConfig checked(config::RunConfig config) {
  if (config.solver.precision == engine::Precision::double_precision) return config;
  throw InputError(
      "solver.precision: given \"float\", but the loss is computed in \"double\" alone; remove it, or write "
      "solver.precision = \"double\"");
}

}  // namespace

class IterationLoss::Implementation {
 public:
  /// own: the problem's task sets; none: it has no tasks of its own.
  Implementation(Executor executor, config::RunConfig config, std::shared_ptr<engine::TaskKind const> kind,
                 std::optional<problems::Splits> own, std::int64_t most)
      : capacity_(checked_capacity(most)),
        executor_(std::move(executor)),
        exec_(executor_.backend()),
        config_(std::move(config)),
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

  [[nodiscard]] std::int64_t capacity() const { return capacity_; }
  [[nodiscard]] std::int64_t columns() const { return kind_->width(); }
  [[nodiscard]] std::int64_t features() const { return sides_.feature_count(); }
  [[nodiscard]] std::int64_t parameters() const { return parameters_; }
  [[nodiscard]] double tolerance() const { return tolerance_; }
  void set_tolerance(double tolerance) { tolerance_ = tolerance; }
  [[nodiscard]] std::string description() const;
  /// Null: the problem has no tasks of its own.
  [[nodiscard]] engine::Tasks const* own(TaskSet set) const {
    if (!own_) return nullptr;
    return set == TaskSet::train ? &own_->train : set == TaskSet::validation ? &own_->validation : &own_->test;
  }
  void features_of(std::int64_t n, double const* rows, double* to) const { kind_->features_of(rows, n, to); }

  void set_tasks(std::int64_t count, double const* rows) {
    require_numbers(count, rows);
    group_ = {};  // before the others are allocated
    group_ = kind_->bind(exec_,
                         {count, kind_,
                          [rows, width = columns()](std::int64_t first, std::int64_t n, double* to) {
                            std::copy_n(rows + first * width, n * width, to);
                          }},
                         {.capacity = capacity_,
                          .tape_bytes = std::max<std::int64_t>(1, options_.memory / 2),
                          .max_iterations = options_.max_iterations,
                          .gradient = options_.gradient,
                          .difference = options_.difference});
    auto const& own = group_.default_parameters;
    if (own && own.task_stride != 0 && given_.size() == 0) {
      std::vector<kernels::HeadEntry> const head(static_cast<std::size_t>(parameters_));
      gathered_ = exec::Buffer<double>(exec_, capacity_ * parameters_);
      given_ = exec::uploaded(exec_, head);
    }
    exec_.synchronize();
  }

  void own_parameters(double* to) const {
    if (group_.count == 0) refuse("no tasks are set; call set_tasks first");
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

  void evaluate(std::int64_t count, std::int32_t const* tasks, BatchView<double const> theta, Results const& results) {
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
    run.theta_bar ? group_.solver->differentiate(run) : group_.solver->solve(run);
  }

 private:
  /// As in training's last epoch: the sigmoid is centred at the tolerance itself.
  [[nodiscard]] double stopping_tolerance() const {
    return config_.loss.kind == kernels::LossKind::measure ? 0 : config_.loss.margin * tolerance_;
  }

  void require_numbers(std::int64_t count, double const* rows) const;
  void check(std::int64_t count, std::int32_t const* tasks, BatchView<double const> const& theta,
             Results const& results);

  /// The tasks' own parameters by slot; null: zeros.
  [[nodiscard]] kernels::BatchView<double const> own_of(std::int64_t count, std::int32_t const* tasks) {
    auto const& own = group_.default_parameters;
    if (tasks == nullptr || !own || own.task_stride == 0) return own;
    exec_.launch(1, count,
                 kernels::ApplyHead<double, double>{0, parameters_, given_.data(), own, tasks, 0, nullptr,
                                                    gathered_.data()});
    return {gathered_.data(), parameters_, 1};
  }

  std::int64_t capacity_;
  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  config::RunConfig config_;
  std::shared_ptr<engine::TaskKind const> kind_;
  std::optional<problems::Splits> own_;
  model::Interface sides_;
  std::int64_t parameters_;
  double tolerance_;  ///< solver.tolerance, or the caller's
  engine::LearnerOptions options_;
  api::Arguments arguments_;
  engine::RunArrays<double> run_;  ///< for the loss's settings; results are in the caller's memory
  engine::TaskGroup<double> group_;
  exec::Buffer<kernels::HeadEntry> given_;  ///< [parameters] a head that passes the tasks' own on
  exec::Buffer<double> gathered_;           ///< [capacity][parameters]
};

std::string IterationLoss::Implementation::description() const {
  auto const sides = model::to_json(sides_);
  auto const& loss = config_.loss;
  auto const size_of = [&](TaskSet set) { return own(set) != nullptr ? own(set)->count : 0; };
  nlohmann::ordered_json const all{
      {"problem", sides["problem"]},
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
    refuse(std::to_string(count) + " tasks given, expected 1 to the capacity, " + std::to_string(capacity_));
  }
  require(rows, "rows");
  auto const* const end = rows + count * columns();
  auto const* const bad = std::find_if(rows, end, [](double x) { return std::isnan(x); });
  if (bad == end) return;
  auto const column = (bad - rows) % columns();
  auto const names = kind_->column_names();
  refuse("column " + std::to_string(column) +
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

IterationLoss::IterationLoss(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
IterationLoss::IterationLoss(Executor const& executor, std::string const& configuration,
                             TrainingSettings const& settings, std::int64_t capacity) {
  auto config = checked(config::parse(configuration, "configuration", settings, "setting"));
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
    refuse("tasks from " + std::to_string(first) + ", " + std::to_string(n) + " of them, asked for, but the set has " +
           std::to_string(count));
  }
  if (n == 0) return;
  require(rows, "rows");
  implementation_->own(set)->fill(first, n, rows);
}
void IterationLoss::features_of(std::int64_t n, double const* rows, double* features) const {
  if (n < 0) refuse(std::to_string(n) + " tasks given");
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
    refuse("the tolerance is " + std::to_string(tolerance) + ", expected a positive, finite number");
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
  auto config = checked(train::own_configuration(problem.name, settings));
  auto kind = known.of_rows(std::move(solver), 0, {}).kind;
  return IterationLoss(std::make_unique<IterationLoss::Implementation>(executor, std::move(config), std::move(kind),
                                                                      std::nullopt, capacity));
}

}  // namespace api
}  // namespace metasolve
