// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "paper/beam_rows.hpp"
#include "paper/models.hpp"
#include "tests/support/temporary_folder.hpp"

/// Table 2 at the smoke scale: tests the procedure, not the figures.
namespace metasolve::paper::reproduce_beam_test {
namespace {

struct Published {
  std::string name;
  double mean, converged;
};
std::vector<Published> const published{{"base", 115.26, 0.864},       {"best", 44.53, 1.0},
                                       {"L_m, m=1", 204.93, 0.394},   {"L_m, m=5", 183.90, 0.626},
                                       {"L_m, m=25", 193.80, 0.410},  {"L_m, m=125", 77.08, 1.0},
                                       {"L_m, m=243", 201.65, 0.420}, {"surrogate", 52.02, 0.999}};

TEST(BeamRows, DifferInTheLossAndTheFillAlone) {
  auto const last = beam_training(beam_rows().back(), beam_fills().front(), 2, Scale::full);
  for (auto const& fill : beam_fills()) {
    for (auto const& row : beam_rows()) {
      auto c = beam_training(row, fill, 2, Scale::full);
      EXPECT_EQ(c.loss.kind == kernels::LossKind::measure, row.iterations.has_value());
      EXPECT_EQ(row.name, row.iterations ? "L_m, m=" + std::to_string(*row.iterations) : "surrogate");
      c.loss = last.loss;
      c.of<problems::ShiftSettings>().fill_level = last.of<problems::ShiftSettings>().fill_level;
      c.of<problems::ShiftSettings>().fill_entries = last.of<problems::ShiftSettings>().fill_entries;
      EXPECT_EQ(c, last);
    }
  }
  EXPECT_EQ(last.of<problems::ElasticitySettings>().cells, (std::vector<int>{8, 2, 2}));
  EXPECT_EQ(last.problem.train_tasks, 1000);
  EXPECT_EQ(last.network.hidden, (std::vector<int>{128, 128}));
  EXPECT_EQ(last.training.epochs, 200);
  EXPECT_EQ(last.solver.max_iterations, 243);
}

TEST(ReproduceBeam, Table2HasEveryPublishedCell) {
  test::TemporaryFolder const folder;
  Settings settings;
  settings.scale = Scale::smoke;
  settings.seeds = 1;
  settings.models = folder / "models";
  auto const report = table2(Executor::cpu(2), settings);
  ASSERT_EQ(report.rows.size(), 2 * published.size());
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    auto const& cell = report.rows[i];
    auto const& expected = published[i % published.size()];
    EXPECT_EQ(cell.name, expected.name);
    EXPECT_EQ(cell.published, expected.mean);
    EXPECT_EQ(cell.published_converged, expected.converged);
    EXPECT_EQ(cell.preconditioner, i < published.size() ? "fill_entries=5" : "fill_level=2");
    ASSERT_TRUE(cell.converged);
    EXPECT_TRUE(*cell.converged >= 0 && *cell.converged <= 1);
    EXPECT_TRUE(cell.mean > 1 && cell.mean <= 243) << cell.name << ": " << cell.mean;
    if (cell.name == "base" || cell.name == "best") continue;
    EXPECT_GE(cell.mean, report.rows[i / published.size() * published.size() + 1].mean - 2) << "better than the best";
  }
  write_report(report, Scale::smoke, {}, folder / "out");
  auto const document = nlohmann::json::parse(test::TemporaryFolder::read(folder / "out" / "table2.json"));
  EXPECT_EQ(document["rows"][7]["name"], "surrogate");
  EXPECT_EQ(document["rows"][7]["preconditioner"], "fill_entries=5");
  EXPECT_EQ(document["rows"][7]["published_converged"], 0.999);
  EXPECT_GT(document["details"]["fill_level=2"]["base_shifts"][0].get<double>(), 0);
  EXPECT_EQ(std::ranges::count(test::TemporaryFolder::read(folder / "out" / "table2.csv"), '\n'), 17);
  EXPECT_NE(report_text(report).find("fill_level=2: surrogate"), std::string::npos);
}

}  // namespace
}  // namespace metasolve::paper::reproduce_beam_test
