// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/support/c_api_black_box.hpp"
#include "tests/support/temporary_folder.hpp"

/// Errors of black boxes from C, with their texts.
namespace metasolve::c_api_black_box_errors_test {
namespace {

using test::box_columns, test::CBlackBox, test::CTraining, test::TemporaryFolder;

void expect_invalid(int code, std::string const& part) {
  test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
}

TEST(CApiBlackBox, AnotherReturnThanZeroEndsTheTraining) {
  TemporaryFolder const folder;
  for (int const answer : {-37, 37}) {
    CBlackBox options("c_box_fails");
    options.seen.answer = answer;
    CTraining training;
    test::expect_failure(training(options.box().get(), (folder.path() / std::to_string(answer)).string()),
                         METASOLVE_CODE_CALLBACK_FAILED,
                         "black box \"c_box_fails\": its solve returned " + std::to_string(answer));
    EXPECT_EQ(options.seen.calls, 1);
  }
}

TEST(CApiBlackBox, WrongOptionsAreNamed) {
  auto const refused = [](std::string const& part, auto&& change) {
    CBlackBox options("c_box_wrong");
    change(options);
    metasolve_black_box* box = reinterpret_cast<metasolve_black_box*>(&options);
    expect_invalid(metasolve_black_box_create(&options.c, &box), part);
    EXPECT_EQ(box, nullptr);
  };
  refused("options.name is null", [](CBlackBox& o) { o.c.name = nullptr; });
  refused("options.solve is null", [](CBlackBox& o) { o.c.solve = nullptr; });
  refused("options.columns is null", [](CBlackBox& o) { o.c.columns = nullptr; });
  refused("options.hidden: -1 of them", [](CBlackBox& o) { o.c.hidden_count = -1; });
  refused("options.parameters is null", [](CBlackBox& o) { o.c.parameters = nullptr; });
  refused("has no parameters", [](CBlackBox& o) { o.c.parameter_count = 0; });
  refused("options.parameters[0].name is null", [](CBlackBox& o) { o.omega.name = nullptr; });
  refused("options.parameters[0].size is 8", [](CBlackBox& o) { o.omega.size = 8; });
  refused("options.size is 0", [](CBlackBox& o) { o.c.size = 0; });
  refused("parameter \"omega\": kind is 5", [](CBlackBox& o) { o.omega.kind = 5; });
  refused("options.cost is 3", [](CBlackBox& o) { o.c.cost = 3; });
  // Texts of the library, from names that must have reached it.
  static char const* const unknown[] = {"c", "d"};
  refused("by_logarithm: \"c\"", [](CBlackBox& o) { o.c.by_logarithm = unknown, o.c.by_logarithm_count = 1; });
  refused("hidden: \"c\"", [](CBlackBox& o) { o.c.hidden = unknown, o.c.hidden_count = 1; });
  refused("reference: 2 columns", [](CBlackBox& o) { o.c.reference = box_columns, o.c.reference_count = 2; });
  refused("scale above 0", [](CBlackBox& o) { o.omega.kind = METASOLVE_PARAMETER_REAL, o.omega.scale = 0; });
  refused("low < high", [](CBlackBox& o) { o.omega.high = 0; });
  static char const* const unnamed[] = {"a", nullptr};
  refused("options.columns[1] is null", [](CBlackBox& o) { o.c.columns = unnamed; });
  CBlackBox options("c_box_wrong");
  expect_invalid(metasolve_black_box_create(&options.c, nullptr), "box is null");
  metasolve_black_box* box = nullptr;
  expect_invalid(metasolve_black_box_create(nullptr, &box), "options is null");
}

TEST(CApiBlackBox, WrongTrainingsAreNamedBeforeAnythingRuns) {
  TemporaryFolder const folder;
  auto const run = (folder.path() / "run").string();
  CBlackBox options("c_box_of_wrong_trainings");
  auto const box = options.box();
  auto const refused = [&](std::string const& part, auto&& change) {
    CTraining training;
    change(training);
    expect_invalid(training(box.get(), run), part);
  };
  refused("tasks.validation is null", [](CTraining& t) { t.sets.validation = nullptr; });
  refused("tasks.train_count is 600", [](CTraining& t) { t.settings.push_back("problem.train_tasks=601"); });
  refused("options.settings[0] is null", [](CTraining& t) { t.settings[0] = nullptr; });
  refused("no_such_key", [](CTraining& t) { t.settings[0] = "training.no_such_key=1"; });
  refused("tasks.size is 1", [](CTraining& t) { t.sets.size = 1; });
  refused("options.size is 1", [](CTraining& t) { t.how.size = 1; });
  refused("report.size is 1", [](CTraining& t) { t.report.size = 1; });
  EXPECT_EQ(options.seen.calls, 0);
  CTraining training;
  expect_invalid(metasolve_black_box_train(nullptr, "run", &training.sets, nullptr, nullptr), "box is null");
  expect_invalid(metasolve_black_box_train(box.get(), nullptr, &training.sets, nullptr, nullptr), "run is null");
  expect_invalid(metasolve_black_box_train(box.get(), "run", nullptr, nullptr, nullptr), "tasks is null");
  expect_invalid(metasolve_black_box_evaluate(nullptr, "run", &training.sets, nullptr, nullptr), "box is null");
  expect_invalid(metasolve_black_box_evaluate(box.get(), nullptr, &training.sets, nullptr, nullptr), "run is null");
  expect_invalid(metasolve_black_box_evaluate(box.get(), "run", nullptr, nullptr, nullptr), "tasks is null");
  expect_invalid(metasolve_black_box_evaluate(box.get(), run.c_str(), &training.sets, nullptr, nullptr), run);
}

}  // namespace
}  // namespace metasolve::c_api_black_box_errors_test
