// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "metasolve/black_box.h"
#include "metasolve/black_box.hpp"
#include "metasolve/detail/api/c_api.hpp"

/// Black boxes for C.

namespace c_api = metasolve::c_api;
using metasolve::BlackBox;
using metasolve::BlackBoxCost;
using metasolve::InputError;
using metasolve::ParameterKind;
using metasolve::TaskSet;
using metasolve::TrainingReport;

static_assert(METASOLVE_PARAMETER_INTERVAL == static_cast<int>(ParameterKind::interval) &&
              METASOLVE_PARAMETER_LOGARITHMIC == static_cast<int>(ParameterKind::logarithmic) &&
              METASOLVE_PARAMETER_REAL == static_cast<int>(ParameterKind::real) &&
              METASOLVE_PARAMETER_INTEGER == static_cast<int>(ParameterKind::integer) &&
              METASOLVE_PARAMETER_CHOICE == static_cast<int>(ParameterKind::choice));
static_assert(METASOLVE_BLACK_BOX_COST_ITERATIONS == static_cast<int>(BlackBoxCost::iterations) &&
              METASOLVE_BLACK_BOX_COST_HISTORY == static_cast<int>(BlackBoxCost::history) &&
              METASOLVE_BLACK_BOX_COST_SECONDS == static_cast<int>(BlackBoxCost::seconds));
// No padding at the ends: a version that has grown is told by its size.
static_assert(sizeof(metasolve_black_box_parameter) ==
              offsetof(metasolve_black_box_parameter, kind) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_black_box_options) == offsetof(metasolve_black_box_options, user) + sizeof(void*));
static_assert(sizeof(metasolve_task_sets) == offsetof(metasolve_task_sets, test_count) + sizeof(std::int64_t));
static_assert(sizeof(metasolve_training_options) ==
              offsetof(metasolve_training_options, resume) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_training_report) ==
              offsetof(metasolve_training_report, gives_constant) + sizeof(std::int32_t));
static_assert(std::atomic<bool>::is_always_lock_free);  // in a signal handler

struct metasolve_black_box {
  BlackBox box;
};
struct metasolve_stop_flag {
  std::atomic<bool> value = false;
};

namespace {

std::vector<std::string> texts_of(std::string const& name, char const* const* first, std::int32_t count) {
  if (count < 0) throw InputError(name + ": " + std::to_string(count) + " of them, expected 0 or more");
  std::vector<std::string> texts;
  if (count > 0) c_api::required(name.c_str(), first);
  texts.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    texts.emplace_back(&c_api::required((name + "[" + std::to_string(i) + "]").c_str(), first[i]));
  }
  return texts;
}

metasolve::BlackBoxParameter parameter_of(metasolve_black_box_parameter const& p) {
  auto const of = "parameter \"" + std::string(p.name) + "\": ";
  return {.name = p.name,
          .low = p.low,
          .high = p.high,
          .kind = c_api::one_of((of + "kind").c_str(), p.kind, ParameterKind::choice,
                                "METASOLVE_PARAMETER_INTERVAL (0) to METASOLVE_PARAMETER_CHOICE (4)"),
          .constant = p.constant,
          .scale = p.scale,
          .options = texts_of(of + "options", p.options, p.option_count)};
}

BlackBox box_of(metasolve_black_box_options const* given) {
  auto const o = c_api::sized<metasolve_black_box_options>("options", c_api::required("options", given),
                                                           METASOLVE_BLACK_BOX_OPTIONS_DEFAULT);
  BlackBox box;
  box.name = &c_api::required("options.name", o.name);
  box.columns = texts_of("options.columns", o.columns, o.column_count);
  for (auto const& p : c_api::elements_of<metasolve_black_box_parameter>(
           "options.parameter", o.parameters, o.parameter_count, METASOLVE_BLACK_BOX_PARAMETER_DEFAULT)) {
    box.parameters.push_back(parameter_of(p));
  }
  box.by_logarithm = texts_of("options.by_logarithm", o.by_logarithm, o.by_logarithm_count);
  box.hidden = texts_of("options.hidden", o.hidden, o.hidden_count);
  box.reference = texts_of("options.reference", o.reference, o.reference_count);
  box.cost = c_api::one_of("options.cost", o.cost, BlackBoxCost::seconds,
                           "METASOLVE_BLACK_BOX_COST_ITERATIONS (0), METASOLVE_BLACK_BOX_COST_HISTORY (1) or "
                           "METASOLVE_BLACK_BOX_COST_SECONDS (2)");
  if (o.cache != nullptr) box.cache = o.cache;
  if (o.solve == nullptr) throw InputError("options.solve is null");
  box.solve = [solve = o.solve, user = o.user, name = box.name](metasolve::Probes const& p) {
    int const answer = solve(user, p.count, p.tasks, p.theta, p.tolerance, p.max_iterations, p.iterations, p.history,
                             p.seconds, p.status);
    if (answer == 0) return;
    throw c_api::CallbackError("black box \"" + name + "\": its solve returned " + std::to_string(answer) +
                               ", where 0 means that it has solved; a task that cannot be solved has a status");
  };
  validate(box);
  return box;
}

/// The caller's arrays, which must stay during the call.
class Sets {
 public:
  /// @throws InputError a set is null or its count negative
  Sets(BlackBox const& box, metasolve_task_sets const* given)
      : sets_(c_api::sized<metasolve_task_sets>("tasks", c_api::required("tasks", given), METASOLVE_TASK_SETS_DEFAULT)),
        columns_(static_cast<std::int64_t>(box.columns.size())) {
    for (auto const set : {TaskSet::train, TaskSet::validation, TaskSet::test}) {
      auto const [name, rows, count] = of(set);
      if (count < 0) throw InputError(name + "_count is " + std::to_string(count) + ", expected 0 or more");
      if (count > 0) c_api::required(name.c_str(), rows);
    }
  }

  void operator()(TaskSet set, std::int64_t first, std::int64_t n, double* to) const {
    auto const [name, rows, count] = of(set);
    if (first + n > count) {
      throw InputError(name + "_count is " + std::to_string(count) + ", but the settings ask for " +
                       std::to_string(first + n) + " tasks");
    }
    std::copy_n(rows + first * columns_, n * columns_, to);
  }

  [[nodiscard]] static std::string setting(char const* set, std::int64_t count) {
    return std::string("problem.") + set + "_tasks=" + std::to_string(count);
  }
  [[nodiscard]] metasolve::TrainingSettings settings() const {
    return {setting("train", sets_.train_count), setting("validation", sets_.validation_count),
            setting("test", sets_.test_count)};
  }
  [[nodiscard]] metasolve::TrainingSettings test_settings() const { return {setting("test", sets_.test_count)}; }

 private:
  struct Set {
    std::string name;
    double const* rows;
    std::int64_t count;
  };
  [[nodiscard]] Set of(TaskSet set) const {
    switch (set) {
      case TaskSet::train:
        return {"tasks.train", sets_.train, sets_.train_count};
      case TaskSet::validation:
        return {"tasks.validation", sets_.validation, sets_.validation_count};
      case TaskSet::test:
        break;
    }
    return {"tasks.test", sets_.test, sets_.test_count};
  }

  metasolve_task_sets sets_;
  std::int64_t columns_;
};

metasolve_training_options options_of(metasolve_training_options const* given) {
  return c_api::sized_or_default<metasolve_training_options>("options", given, METASOLVE_TRAINING_OPTIONS_DEFAULT);
}

metasolve::Executor executor_of(metasolve_training_options const& o) {
  return o.executor != nullptr ? o.executor->executor : metasolve::Executor::cpu(0);
}

/// sizes: of the sets, which the caller's settings may reduce.
metasolve::TrainingSettings settings_of(metasolve_training_options const& o, metasolve::TrainingSettings sizes) {
  std::ranges::move(texts_of("options.settings", o.settings, o.setting_count), std::back_inserter(sizes));
  return sizes;
}

void write(metasolve_training_report* to, TrainingReport const& r) {
  if (to == nullptr) return;
  metasolve_training_report report = METASOLVE_TRAINING_REPORT_DEFAULT;
  report.constant_iterations = r.constant_iterations;
  report.iterations = r.iterations;
  report.converged = r.converged;
  report.time_ratio = r.time_ratio;
  report.seconds = r.seconds;
  report.tuned = r.tuned.value_or(0);
  report.tuned_iterations = r.tuned_iterations;
  report.tuned_time_ratio = r.tuned_time_ratio;
  report.tasks = r.tasks;
  report.failed = r.failed;
  report.constant_failed = r.constant_failed;
  report.tuned_failed = r.tuned_failed;
  report.has_tuned = r.tuned.has_value() ? 1 : 0;
  report.finished = r.finished ? 1 : 0;
  report.was_finished = r.was_finished ? 1 : 0;
  report.gives_constant = r.gives_constant ? 1 : 0;
  c_api::write_sized("report", *to, report);
}

/// Before hours of training, not after.
void require_writable(metasolve_training_report const* to) {
  if (to != nullptr) c_api::sized<metasolve_training_report>("report", *to, METASOLVE_TRAINING_REPORT_DEFAULT);
}

}  // namespace

int metasolve_stop_flag_create(metasolve_stop_flag** flag) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("flag", flag);
    made = new metasolve_stop_flag;
  });
}

void metasolve_stop_flag_set(metasolve_stop_flag* flag, int stop) {
  if (flag != nullptr) flag->value = stop != 0;
}

void metasolve_stop_flag_release(metasolve_stop_flag* flag) { delete flag; }

int metasolve_black_box_create(metasolve_black_box_options const* options, metasolve_black_box** box) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("box", box);
    made = new metasolve_black_box{box_of(options)};
  });
}

void metasolve_black_box_release(metasolve_black_box* box) { delete box; }

int metasolve_black_box_train(metasolve_black_box const* box, char const* run, metasolve_task_sets const* tasks,
                              metasolve_training_options const* options, metasolve_training_report* report) {
  return c_api::guarded([&] {
    auto const& b = c_api::required("box", box).box;
    c_api::required("run", run);
    Sets const sets(b, tasks);
    auto const o = options_of(options);
    require_writable(report);
    metasolve::TrainingControl control{.resume = o.resume != 0};
    if (o.stop != nullptr) control.stop = &o.stop->value;
    if (o.notice != nullptr) control.notice = [&o](std::string const& text) { o.notice(o.user, text.c_str()); };
    auto const settings = settings_of(o, sets.settings());
    write(report, train_black_box(executor_of(o), run, b, sets, settings, control));
  });
}

int metasolve_black_box_evaluate(metasolve_black_box const* box, char const* run, metasolve_task_sets const* tasks,
                                 metasolve_training_options const* options, metasolve_training_report* report) {
  return c_api::guarded([&] {
    auto const& b = c_api::required("box", box).box;
    c_api::required("run", run);
    Sets const sets(b, tasks);
    auto const o = options_of(options);
    require_writable(report);
    auto const settings = settings_of(o, sets.test_settings());
    write(report, evaluate_black_box(executor_of(o), run, b, sets, settings));
  });
}

int metasolve_black_box_predict(metasolve_black_box const* box, metasolve_meta_solver const* meta_solver, int64_t count,
                                double const* tasks, double* theta) {
  return c_api::guarded([&] {
    auto const& b = c_api::required("box", box).box;
    auto const& model = c_api::required("meta_solver", meta_solver).meta_solver;
    if (count < 0) throw InputError("count is " + std::to_string(count) + ", expected 0 or more");
    if (count > 0) c_api::required("tasks", tasks), c_api::required("theta", theta);
    predict_parameters(b, model, count, tasks, theta);
  });
}
