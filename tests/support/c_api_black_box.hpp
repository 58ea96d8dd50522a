// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/black_box.h"
#include "tests/support/c_api_handles.hpp"

/// A black box from C that pretends to solve, and trainings of it.
namespace metasolve::test {

/// What the callback was given, and what it answers.
struct SeenByBox {
  std::int64_t calls = 0, tasks = 0;
  double tolerance = 0;
  std::int32_t limit = 0;
  bool had_history = false, had_seconds = false, statuses_were_zero = true;
  int answer = 0;
  metasolve_stop_flag* stop = nullptr;  ///< set in the 20th call
};

/// Pretended: 20 iterations where omega is the task's number a, more elsewhere; a measure that falls accordingly.
inline int solve_pretended(void* user, int64_t count, double const* tasks, double const* theta, double tolerance,
                           int32_t max_iterations, int32_t* iterations, double* history, double* seconds,
                           int32_t* status) {
  auto& seen = *static_cast<SeenByBox*>(user);
  ++seen.calls, seen.tasks += count, seen.tolerance = tolerance, seen.limit = max_iterations;
  seen.had_history = history != nullptr, seen.had_seconds = seconds != nullptr;
  if (seen.stop != nullptr && seen.calls == 20) metasolve_stop_flag_set(seen.stop, 1);
  for (std::int64_t t = 0; t < count; ++t) {
    seen.statuses_were_zero &= status[t] == 0;
    double const far = theta[t] - tasks[2 * t], cost = 20 + 150 * far * far;
    iterations[t] = static_cast<std::int32_t>(std::min<std::int64_t>(std::lround(cost), max_iterations));
    if (seconds != nullptr) seconds[t] = 1e-6 * cost;
    if (history == nullptr) continue;
    for (std::int32_t k = 0; k <= iterations[t]; ++k) {
      history[t * (std::int64_t{max_iterations} + 1) + k] = std::pow(tolerance, k / cost);
    }
  }
  return seen.answer;
}

inline char const* const box_columns[] = {"a", "b"};

struct CBlackBox {
  SeenByBox seen;
  metasolve_black_box_parameter omega = METASOLVE_BLACK_BOX_PARAMETER_DEFAULT;
  metasolve_black_box_options c = METASOLVE_BLACK_BOX_OPTIONS_DEFAULT;

  explicit CBlackBox(char const* name) {
    omega.name = "omega", omega.high = 2;
    c.name = name, c.columns = box_columns, c.column_count = 2;
    c.parameters = &omega, c.parameter_count = 1;
    c.solve = solve_pretended, c.user = &seen;
  }
  CBlackBox(CBlackBox const&) = delete;
  CBlackBox& operator=(CBlackBox const&) = delete;
  [[nodiscard]] auto box() const {
    metasolve_black_box* made = nullptr;
    EXPECT_EQ(metasolve_black_box_create(&c, &made), METASOLVE_CODE_OK) << metasolve_last_error();
    return std::unique_ptr<metasolve_black_box, void (*)(metasolve_black_box*)>(made, metasolve_black_box_release);
  }
};

inline std::vector<double> box_rows(double from, std::size_t n) {
  std::vector<double> made;
  for (std::size_t t = 0; t < n; ++t) {
    made.push_back(0.3 + 1.4 * std::fmod(from + 0.618034 * static_cast<double>(t), 1.0));
    made.push_back(1);
  }
  return made;
}

struct CTraining {
  std::vector<double> train = box_rows(0.1, 600), validation = box_rows(0.2, 200), test = box_rows(0.3, 100);
  std::vector<char const*> settings = {"training.epochs=8",
                                       "training.batch_size=50",
                                       "network.hidden=[8]",
                                       "optimizer.rate=0.02",
                                       "solver.max_iterations=500",
                                       "solver.tolerance=1e-4",
                                       "solver.gradient=\"difference\""};
  metasolve_task_sets sets = METASOLVE_TASK_SETS_DEFAULT;
  metasolve_training_options how = METASOLVE_TRAINING_OPTIONS_DEFAULT;
  metasolve_training_report report = METASOLVE_TRAINING_REPORT_DEFAULT;

  CTraining() {
    sets.train = train.data(), sets.validation = validation.data(), sets.test = test.data();
    sets.train_count = 600, sets.validation_count = 200, sets.test_count = 100;
  }
  CTraining(CTraining const&) = delete;
  CTraining& operator=(CTraining const&) = delete;
  int operator()(metasolve_black_box const* box, std::string const& run) {
    how.settings = settings.data(), how.setting_count = static_cast<std::int32_t>(settings.size());
    return metasolve_black_box_train(box, run.c_str(), &sets, &how, &report);
  }
};

}  // namespace metasolve::test
