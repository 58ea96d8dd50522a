// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "paper/models.hpp"
#include "paper/robertson_rows.hpp"
#include "tests/support/temporary_folder.hpp"

/// Table 1 and the study of widths at the smoke scale: tests the procedure, not the figures; and the origin of the
/// committed figures.
namespace metasolve::paper::reproduce_robertson_test {
namespace {

using problems::Learned;

/// A trajectory cache for this program only.
struct OwnCache {
  OwnCache() { ::setenv("METASOLVE_CACHE", folder.path().c_str(), 1); }
  test::TemporaryFolder folder;
} const own_cache;

Settings smoke(std::filesystem::path const& models, int seeds) {
  Settings s;
  s.scale = Scale::smoke;
  s.seeds = seeds;
  s.models = models;
  return s;
}

struct Published {
  std::string name;
  std::optional<double> figure;
};
/// The paper's Table 1, and rows beyond it.
std::vector<Published> const published_table1{{"base", 70.51},
                                              {"both, L_m, m=1", 199.20},
                                              {"both, L_m, m=5", 105.71},
                                              {"both, L_m, m=25", 114.43},
                                              {"both, L_m, m=125", 109.24},
                                              {"both, L_m, m=625", 190.56},
                                              {"ini, surrogate", 55.82},
                                              {"relax, surrogate", 14.38},
                                              {"both, surrogate", 9.51},
                                              {"best factor of each task, grid 0.02", std::nullopt}};

/// Of all files of the folder, by name: regenerated files have a new time.
std::map<std::string, std::filesystem::file_time_type> times(std::filesystem::path const& folder) {
  std::map<std::string, std::filesystem::file_time_type> all;
  for (auto const& file : std::filesystem::directory_iterator(folder)) {
    all[file.path().filename().string()] = file.last_write_time();
  }
  return all;
}

/// The report, repeated with its stored networks: nothing is trained, and the figures are the same.
Report made_twice(Report (*make)(Executor const&, Settings const&), std::filesystem::path const& models, int seeds,
                  std::size_t trainings) {
  auto const executor = Executor::cpu(2);
  int trained = 0;
  auto settings = smoke(models, seeds);
  settings.say = [&](std::string const& line) { trained += line.find(" trainings, ") != std::string::npos ? 1 : 0; };
  auto const report = make(executor, settings);
  EXPECT_EQ(trained, static_cast<int>(trainings));
  auto const kept = times(models);
  EXPECT_EQ(kept.size(), trainings);
  trained = 0;
  EXPECT_EQ(make(executor, settings).rows, report.rows);
  EXPECT_EQ(trained, 0);
  EXPECT_EQ(times(models), kept);
  return report;
}

TEST(RobertsonRows, DifferInTheLossAndWhatIsLearnedAlone) {
  auto const& rows = robertson_rows();
  auto const last = robertson_training(rows.back(), 1024, 3, Scale::full);
  EXPECT_EQ(last.loss.kind, kernels::LossKind::surrogate);
  for (auto const& row : rows) {
    auto c = robertson_training(row, 1024, 3, Scale::full);
    EXPECT_EQ(c.of<problems::RobertsonSettings>().learned, row.learned);
    EXPECT_EQ(c.loss.kind == kernels::LossKind::measure, row.iterations.has_value());
    if (row.iterations) {
      EXPECT_EQ(row.name, "both, L_m, m=" + std::to_string(*row.iterations));
      EXPECT_EQ(c.loss.iterations, *row.iterations);
      EXPECT_FALSE(c.loss.squared);
    }
    c.of<problems::RobertsonSettings>().learned = last.of<problems::RobertsonSettings>().learned;
    c.loss = last.loss;
    c.of<problems::FailureSettings>() = last.of<problems::FailureSettings>();
    EXPECT_EQ(c, last) << row.name;
  }
  EXPECT_EQ(last.problem.train_tasks, 250'000);
  EXPECT_EQ(last.problem.validation_tasks, 250'000);
  EXPECT_EQ(last.problem.test_tasks, 500'000);
  EXPECT_EQ(last.of<problems::RobertsonSettings>().steps, 100);
  EXPECT_EQ(last.of<problems::RobertsonSettings>().relaxation, 1.37);
  EXPECT_EQ(last.solver.tolerance, 1e-9);
  EXPECT_EQ(last.network.hidden, (std::vector<int>{1024, 1024}));
  EXPECT_EQ(last.training.seed, 3U);
  EXPECT_EQ(last.evaluation.tolerances, std::vector{1e-9});
}

TEST(ReproduceRobertson, Table1HasEveryPublishedCell) {
  test::TemporaryFolder const folder;
  auto const report = made_twice(table1, folder / "models", 2, 2 * 8);
  ASSERT_EQ(report.rows.size(), published_table1.size());
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    auto const& cell = report.rows[i];
    EXPECT_EQ(cell.name, published_table1[i].name);
    EXPECT_EQ(cell.published, published_table1[i].figure) << cell.name;
    EXPECT_EQ(cell.tolerance, 1e-9);
    EXPECT_FALSE(cell.p) << cell.name;
    EXPECT_TRUE(cell.mean > 1 && cell.mean <= 10000) << cell.name << ": " << cell.mean;
    EXPECT_EQ(cell.seeds, published_table1[i].figure ? 2 : 1) << cell.name;
    if (i == 0 || !cell.published) continue;
    auto const& by_seed = report.details["by_seed"][cell.name];
    ASSERT_EQ(by_seed.size(), 2U);
    EXPECT_NEAR((by_seed[0].get<double>() + by_seed[1].get<double>()) / 2, cell.mean, 1e-9);
    EXPECT_EQ(report.details["configs"][cell.name]["problem"]["name"], "robertson");
  }
  EXPECT_EQ(report.details["configs"].size(), 8U);
  EXPECT_EQ(report.details["configs"]["ini, surrogate"]["solver"]["learn"], "ini");
  // Each task's best factor of the grid is no worse than the best for all.
  EXPECT_LE(report.rows.back().mean, report.details["best_constant"]["mean_iterations"].get<double>());

  write_report(report, Scale::smoke, {}, folder / "out");
  auto const document = nlohmann::json::parse(test::TemporaryFolder::read(folder / "out" / "table1.json"));
  EXPECT_EQ(document["scale"], "smoke");
  ASSERT_EQ(document["rows"].size(), published_table1.size());
  EXPECT_EQ(document["rows"][8]["name"], "both, surrogate");
  EXPECT_EQ(document["rows"][8]["published"], 9.51);
  EXPECT_TRUE(document["rows"][9]["published"].is_null());
  EXPECT_EQ(std::ranges::count(test::TemporaryFolder::read(folder / "out" / "table1.csv"), '\n'), 11);
}

TEST(ReproduceRobertson, WidthsTimesEachNetwork) {
  test::TemporaryFolder const folder;
  auto const report = made_twice(widths, folder / "models", 1, 2);
  std::vector<std::string> names;
  for (auto const& cell : report.rows) {
    names.push_back(cell.name);
    EXPECT_TRUE(cell.mean > 1 && cell.mean <= 10000) << cell.name;
    EXPECT_EQ(cell.published, cell.name == "base" ? std::optional(70.51) : std::nullopt);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"width 8", "width 128", "base"}));
  auto const& all = report.details["widths"];
  ASSERT_EQ(all.size(), 2U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ("width " + all[i]["width"].dump(), names[i]);
    EXPECT_EQ(all[i]["mean_iterations"], report.rows[i].mean);
    EXPECT_GT(all[i]["microseconds_per_task"].get<double>(), 0);
    EXPECT_GT(all[i]["time_over_constant"].get<double>(), 0);
  }
  write_report(report, Scale::smoke, {}, folder / "out");
  auto const document = nlohmann::json::parse(test::TemporaryFolder::read(folder / "out" / "widths.json"));
  EXPECT_EQ(document["scale"], "smoke");
}

/// Both start from the same configuration: they share a trained network, and "base" is equal.
TEST(ReproduceRobertson, WidthsUsesTheTablesNetwork) {
  test::TemporaryFolder const folder;
  auto const executor = Executor::cpu(2);
  auto const& both = robertson_rows().back();
  auto const config = robertson_training(both, 8, 0, Scale::smoke);
  auto const model = trained(executor, smoke(folder.path(), 1), {config}).front();
  EXPECT_EQ(model.config, config);
  EXPECT_EQ(model.config.of<problems::RobertsonSettings>().learned, Learned::both);
  int trainings = 0;
  auto settings = smoke(folder.path(), 1);
  settings.say = [&](std::string const& line) { trainings += line.find(" trainings, ") != std::string::npos ? 1 : 0; };
  auto const report = widths(executor, settings);
  EXPECT_EQ(trainings, 1) << "of width 128 alone";
  EXPECT_EQ(report.rows.back().name, "base");
}

}  // namespace
}  // namespace metasolve::paper::reproduce_robertson_test
