// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "paper/models.hpp"
#include "paper/poisson_rows.hpp"
#include "paper/test_counts.hpp"
#include "tests/support/temporary_folder.hpp"

/// Reproductions at the smoke scale: tests the procedure, not the figures; and the origin of the committed figures.
namespace metasolve::paper::reproduce_test {
namespace {

Settings smoke(std::filesystem::path const& models = {}) {
  Settings s;
  s.scale = Scale::smoke;
  s.seeds = 2;
  s.models = models;
  return s;
}

TEST(ShippedConfigurations, AreThoseOfThePaper) {
  auto const shipped = config::load(std::filesystem::path(METASOLVE_SOURCE_DIR) / "configs" / "poisson.toml");
  EXPECT_EQ(shipped.problem.name, "poisson");
  // scripts/run trains exactly one cell of Table 3.
  auto const& rows = trained_rows();
  auto const row = std::ranges::find(rows, "surrogate, eps=1e-6", &PoissonRow::name);
  EXPECT_EQ(shipped, poisson_training(*row, 0.01, 0, Scale::full));
  auto const adam = config::load(std::filesystem::path(METASOLVE_SOURCE_DIR) / "configs" / "poisson_adam.toml");
  EXPECT_EQ(adam, poisson_training_by_adam(*row, 0.01, 0, Scale::full));
}

TEST(Report, SpreadIsThatOfASample) {
  auto const cell = over_seeds("x", 0.5, 1e-2, {1, 2, 6}, 4);
  EXPECT_DOUBLE_EQ(cell.mean, 3);
  EXPECT_DOUBLE_EQ(cell.deviation, std::sqrt(7.0));
  EXPECT_EQ(cell.seeds, 3);
  EXPECT_EQ(over_seeds("x", {}, {}, {5}, {}).deviation, 0);
}

TEST(Report, IsWrittenAsJsonAndCsv) {
  test::TemporaryFolder const folder;
  Report const report{"name",
                      {over_seeds("a, b", 0.01, 1e-6, {1.5}, {}), over_seeds("c", {}, {}, {2, 4}, 3)},
                      nlohmann::ordered_json::object()};
  write_report(report, Scale::smoke, {{"who", "me"}}, folder / "new");
  auto const document = nlohmann::json::parse(test::TemporaryFolder::read(folder / "new" / "name.json"));
  EXPECT_EQ(document["scale"], "smoke");
  EXPECT_EQ(document["rows"][0]["name"], "a, b");
  EXPECT_EQ(document["rows"][0]["p"], 0.01);
  EXPECT_TRUE(document["rows"][0]["published"].is_null());
  EXPECT_EQ(document["rows"][1]["std"], std::sqrt(2.0));
  EXPECT_EQ(document["manifest"]["who"], "me");
  EXPECT_EQ(test::TemporaryFolder::read(folder / "new" / "name.csv"),
            "name,p,tolerance,mean,std,seeds,published\n\"a, b\",0.01,1e-06,1.5,0.0,1,\n\"c\",,,3.0," +
                document["rows"][1]["std"].dump() + ",2,3.0\n");
}

TEST(PoissonRows, SurrogateRowsDifferInToleranceAlone) {
  std::optional<config::RunConfig> first;
  for (auto const& row : trained_rows()) {
    if (!row.tolerance) continue;
    auto c = poisson_training(row, 0.01, 3, Scale::full);
    EXPECT_EQ(c.solver.tolerance, *row.tolerance);
    c.solver.tolerance = 1e-6;
    if (first) {
      EXPECT_EQ(c, *first) << row.name;
    }
    first = c;
  }
  EXPECT_EQ(first->problem.train_tasks, 1000);
  EXPECT_EQ(first->network.hidden, (std::vector<int>{15, 15}));
  EXPECT_EQ(first->network.activation, kernels::Activation::silu);
}

TEST(Reproduce, Table3HasEveryPublishedCell) {
  test::TemporaryFolder const folder;
  auto const executor = Executor::cpu(2);
  auto const report = table3(executor, smoke(folder.path()));
  std::vector<PoissonRow> rows{base_row()};
  rows.insert(rows.end(), trained_rows().begin(), trained_rows().end());
  for (auto const& row : rows) {
    for (std::size_t p = 0; p < 2; ++p) {
      for (std::size_t t = 0; t < 4; ++t) {
        auto const cell = std::ranges::find_if(report.rows, [&](Cell const& c) {
          return c.name == row.name && c.p == table3_hard_fractions[p] && c.tolerance == table3_tolerances[t];
        });
        ASSERT_NE(cell, report.rows.end()) << row.name;
        EXPECT_EQ(cell->published, row.published[4 * p + t]);
        EXPECT_EQ(cell->seeds, 2);
        EXPECT_TRUE(cell->mean > 0 && cell->mean <= 10000) << row.name;
      }
    }
  }
  EXPECT_NE(std::ranges::find(report.rows, std::string("surrogate, eps=1e-6, Adam"), &Cell::name), report.rows.end());
  // The figures reuse the table's trained networks, and show the table's figures.
  int trainings = 0;
  auto settings = smoke(folder.path());
  settings.say = [&](std::string const&) { ++trainings; };
  auto const bars = figure1(executor, settings);
  EXPECT_EQ(figure2(executor, settings).details["panels"].size(), 6U);
  EXPECT_EQ(trainings, 0);
  for (auto const& bar : bars.rows) {
    auto const same = std::ranges::find_if(
        report.rows, [&](Cell const& c) { return c.name == bar.name && c.p == bar.p && c.tolerance == bar.tolerance; });
    ASSERT_NE(same, report.rows.end()) << bar.name;
    EXPECT_EQ(*same, bar);
  }
}

TEST(Reproduce, ADamagedOrForeignModelIsMadeAgain) {
  test::TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  auto const settings = smoke(folder.path());
  std::vector const configs{poisson_training(trained_rows().back(), 0, 0, Scale::smoke)};
  auto const first = trained(executor, settings, configs).front();
  auto const file = std::filesystem::directory_iterator(folder.path())->path();
  folder.write(file.filename().string(), "damaged");
  auto const second = trained(executor, settings, configs).front();
  EXPECT_EQ(second.learner.weights, first.learner.weights);
  EXPECT_EQ(train::read_checkpoint(file).learner.weights, first.learner.weights);
}

TEST(TestCounts, MomentsAreThoseOfTheTasks) {
  auto const m = moments({1, 3, 3, 5});
  EXPECT_DOUBLE_EQ(m.mean, 3);
  EXPECT_DOUBLE_EQ(m.deviation, std::sqrt(2.0));
}

}  // namespace
}  // namespace metasolve::paper::reproduce_test
