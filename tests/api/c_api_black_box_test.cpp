// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/black_box.hpp"
#include "tests/support/c_api_black_box.hpp"
#include "tests/support/temporary_folder.hpp"

/// Black boxes from C.
namespace metasolve::c_api_black_box_test {
namespace {

using test::box_columns, test::CBlackBox, test::CTraining, test::TemporaryFolder;

void expect_invalid(int code, std::string const& part) {
  test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
}

TEST(CApiBlackBox, IsTrainedEvaluatedAndPredicts) {
  TemporaryFolder const folder;
  auto const run = (folder.path() / "run").string();
  CBlackBox options("c_box");
  auto const box = options.box();
  CTraining training;
  auto& report = training.report;
  ASSERT_EQ(training(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_EQ(report.has_tuned, 1);
  EXPECT_NEAR(report.tuned, 1.0, 0.15);
  EXPECT_LT(report.tuned_iterations, report.constant_iterations);
  EXPECT_LT(report.iterations, 0.8 * report.tuned_iterations);
  EXPECT_EQ(report.finished, 1);
  EXPECT_EQ(report.was_finished, 0);
  EXPECT_EQ(report.gives_constant, 0);
  EXPECT_EQ(report.failed + report.constant_failed + report.tuned_failed, 0);
  EXPECT_EQ(report.converged, 1);
  EXPECT_GT(report.seconds, 0);
  auto const& seen = options.seen;
  EXPECT_EQ(seen.tolerance, 1e-4);
  EXPECT_EQ(seen.limit, 500);
  EXPECT_FALSE(seen.had_history || seen.had_seconds);
  EXPECT_TRUE(seen.statuses_were_zero);

  metasolve_meta_solver* model = nullptr;
  ASSERT_EQ(metasolve_meta_solver_load(run.c_str(), &model), METASOLVE_CODE_OK) << metasolve_last_error();
  std::vector<double> theta(100, -1);
  ASSERT_EQ(metasolve_black_box_predict(box.get(), model, 100, training.test.data(), theta.data()), METASOLVE_CODE_OK);
  double sum = 0, first_half = 0;
  for (std::size_t t = 0; t < 100; ++t) {
    if (t == 50) first_half = sum;
    double const far = theta[t] - training.test[2 * t];
    sum += static_cast<double>(std::lround(20 + 150 * far * far));
  }
  EXPECT_NEAR(sum / 100, report.iterations, 1e-9);
  expect_invalid(metasolve_black_box_predict(box.get(), model, -1, training.test.data(), theta.data()), "count is -1");
  expect_invalid(metasolve_black_box_predict(box.get(), model, 1, nullptr, theta.data()), "tasks is null");
  expect_invalid(metasolve_black_box_predict(box.get(), model, 1, theta.data(), nullptr), "theta is null");
  expect_invalid(metasolve_black_box_predict(box.get(), nullptr, 1, theta.data(), theta.data()), "meta_solver is null");
  EXPECT_EQ(metasolve_black_box_predict(box.get(), model, 0, nullptr, nullptr), METASOLVE_CODE_OK);
  CBlackBox other("c_box_other");
  expect_invalid(metasolve_black_box_predict(other.box().get(), model, 1, theta.data(), theta.data()), "c_box");
  metasolve_meta_solver_release(model);

  // The other sets are not read.
  metasolve_task_sets only = METASOLVE_TASK_SETS_DEFAULT;
  only.test = training.test.data(), only.test_count = 50;
  metasolve_training_report again = METASOLVE_TRAINING_REPORT_DEFAULT;
  ASSERT_EQ(metasolve_black_box_evaluate(box.get(), run.c_str(), &only, nullptr, &again), METASOLVE_CODE_OK)
      << metasolve_last_error();
  EXPECT_EQ(again.tasks, 50);
  EXPECT_NEAR(again.iterations, first_half / 50, 1e-9);
  expect_invalid(training(box.get(), run), "resume");
  training.how.resume = 1;
  ASSERT_EQ(training(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_EQ(report.was_finished, 1);
}

TEST(CApiBlackBox, StopsAndIsResumedToTheSameBits) {
  TemporaryFolder const folder;
  CBlackBox options("c_box_stopped");
  auto const box = options.box();
  CTraining plain, stopped;
  ASSERT_EQ(plain(box.get(), (folder.path() / "plain").string()), METASOLVE_CODE_OK) << metasolve_last_error();
  ASSERT_EQ(metasolve_stop_flag_create(&options.seen.stop), METASOLVE_CODE_OK);
  stopped.how.stop = options.seen.stop;
  options.seen.calls = 0;
  auto const run = (folder.path() / "stopped").string();
  ASSERT_EQ(stopped(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_EQ(stopped.report.finished, 0);
  EXPECT_TRUE(std::isnan(stopped.report.iterations));
  metasolve_stop_flag_set(options.seen.stop, 0);
  stopped.how.resume = 1;
  ASSERT_EQ(stopped(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_EQ(stopped.report.finished, 1);
  EXPECT_EQ(stopped.report.iterations, plain.report.iterations);
  metasolve_stop_flag_release(options.seen.stop);
  metasolve_stop_flag_release(nullptr);
  metasolve_stop_flag_set(nullptr, 1);
  expect_invalid(metasolve_stop_flag_create(nullptr), "flag is null");
}

TEST(CApiBlackBox, GivesHistoriesAndSecondsWhereTheCostNeedsThem) {
  TemporaryFolder const folder;
  CBlackBox history("c_box_history"), seconds("c_box_seconds");
  history.c.cost = METASOLVE_BLACK_BOX_COST_HISTORY;
  seconds.c.cost = METASOLVE_BLACK_BOX_COST_SECONDS;
  for (auto* const options : {&history, &seconds}) {
    CTraining training;
    ASSERT_EQ(training(options->box().get(), (folder.path() / options->c.name).string()), METASOLVE_CODE_OK)
        << metasolve_last_error();
    EXPECT_EQ(options->seen.had_history, options == &history);
    EXPECT_EQ(options->seen.had_seconds, options == &seconds);
    EXPECT_LT(training.report.iterations, 0.8 * training.report.tuned_iterations) << options->c.name;
  }
}

TEST(CApiBlackBox, ParametersOfEveryKindReachTheSolver) {
  TemporaryFolder const folder;
  struct All {
    bool right = true;
    double constant[5] = {0.25, 0.5, 3, 12, 1};
  } all;
  char const* const options[] = {"icc", "jacobi", "none"};
  metasolve_black_box_parameter parameters[5];
  for (auto& p : parameters) p = METASOLVE_BLACK_BOX_PARAMETER_DEFAULT;
  char const* const names[] = {"omega", "shift", "guess", "restart", "preconditioner"};
  for (int i = 0; i < 5; ++i) {
    parameters[i].name = names[i], parameters[i].kind = i, parameters[i].constant = all.constant[i];
  }
  parameters[1].low = 1e-3;
  parameters[3].low = 5, parameters[3].high = 50;
  parameters[4].options = options, parameters[4].option_count = 3;
  metasolve_black_box_options c = METASOLVE_BLACK_BOX_OPTIONS_DEFAULT;
  c.name = "c_box_of_all_kinds", c.columns = box_columns, c.column_count = 2;
  c.hidden = box_columns + 1, c.hidden_count = 1;
  c.parameters = parameters, c.parameter_count = 5;
  auto const cache = (folder.path() / "costs").string();
  c.cache = cache.c_str();
  c.user = &all;
  c.solve = [](void* user, int64_t count, double const*, double const* theta, double, int32_t, int32_t* iterations,
               double*, double*, int32_t*) {
    for (std::int64_t t = 0; t < count; ++t, theta += 5) {
      bool const right = theta[0] >= 0 && theta[0] <= 1 && theta[1] >= 0 && theta[1] <= 1 && std::isfinite(theta[2]) &&
                         theta[3] >= 5 && theta[3] <= 50 && std::round(theta[3]) == theta[3] &&
                         (theta[4] == 0 || theta[4] == 1 || theta[4] == 2);
      static_cast<All*>(user)->right &= right;
      iterations[t] = 10 + static_cast<std::int32_t>(theta[4]);
    }
    return 0;
  };
  metasolve_black_box* box = nullptr;
  ASSERT_EQ(metasolve_black_box_create(&c, &box), METASOLVE_CODE_OK) << metasolve_last_error();
  CTraining training;
  training.settings = {"training.epochs=2", "solver.max_iterations=100", "training.batch_size=50"};
  ASSERT_EQ(training(box, (folder.path() / "run").string()), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_TRUE(all.right);
  EXPECT_EQ(training.report.constant_iterations, 11) << "the constant option is that of index 1";
  EXPECT_TRUE(std::filesystem::exists(cache));
  metasolve_black_box_release(box);
  metasolve_black_box_release(nullptr);
}

TEST(CApiBlackBox, NoticesReachTheCaller) {
  TemporaryFolder const folder;
  auto const run = (folder.path() / "run").string();
  CBlackBox options("c_box_notices");
  auto const box = options.box();
  CTraining training;
  ASSERT_EQ(training(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  std::filesystem::remove(folder.path() / "run" / "metrics.jsonl");
  std::string heard;
  training.how.resume = 1;
  training.how.user = &heard;
  training.how.notice = [](void* user, char const* text) { *static_cast<std::string*>(user) += text; };
  ASSERT_EQ(training(box.get(), run), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_NE(heard.find("metrics.jsonl"), std::string::npos) << heard;
}

TEST(CApiBlackBox, LayoutsAndDefaultsStay) {
  // Compiled programs, and metasolve_black_box.f90, contain these numbers.
  EXPECT_EQ(sizeof(metasolve_black_box_parameter), 64u);
  EXPECT_EQ(sizeof(metasolve_black_box_options), 104u);
  EXPECT_EQ(sizeof(metasolve_task_sets), 56u);
  EXPECT_EQ(sizeof(metasolve_training_options), 56u);
  EXPECT_EQ(sizeof(metasolve_training_report), 120u);
  metasolve_black_box_parameter const c = METASOLVE_BLACK_BOX_PARAMETER_DEFAULT;
  BlackBoxParameter const of_class;
  EXPECT_EQ(c.low, of_class.low);
  EXPECT_EQ(c.high, of_class.high);
  EXPECT_EQ(c.constant, of_class.constant);
  EXPECT_EQ(c.scale, of_class.scale);
  EXPECT_EQ(c.kind, static_cast<int>(of_class.kind));
  metasolve_black_box_options const options = METASOLVE_BLACK_BOX_OPTIONS_DEFAULT;
  EXPECT_EQ(options.cost, static_cast<int>(BlackBox().cost));
}

}  // namespace
}  // namespace metasolve::c_api_black_box_test
