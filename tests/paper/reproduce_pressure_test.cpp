// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "paper/pressure_rows.hpp"
#include "paper/reproductions.hpp"
#include "tests/support/temporary_folder.hpp"

/// The table of guesses for the pressure at the smoke scale: the procedure, and that guesses help.
namespace metasolve::reproduce_pressure_test {
namespace {

using namespace paper;

TEST(ReproducePressure, HasARowForEachGuessAndAccuracy) {
  test::TemporaryFolder const folder;
  Settings settings;
  settings.scale = Scale::smoke;
  settings.seeds = 1;
  settings.models = folder.path();
  auto const report = pressure(Executor::cpu(2), settings);
  auto const row = [&](std::string const& name) -> Cell const* {
    auto const found = std::ranges::find(report.rows, name, &Cell::name);
    return found == report.rows.end() ? nullptr : &*found;
  };
  for (std::string const name : {"zero, 1e-3", "SOL_5, 1e-3", "cheap, 1e-2", "cycle, not trained, 1e-1",
                                 "MIC(0.97), zero, 1e-3", "sparse Cholesky, 1e-3"}) {
    auto const* const cell = row(name);
    ASSERT_NE(cell, nullptr) << name;
    ASSERT_TRUE(cell->cost) << name;
    EXPECT_EQ(cell->cost->failed, 0) << name;
    EXPECT_TRUE(cell->cost->seconds_per_task > 0) << name;
  }
  EXPECT_EQ(*row("SOL_5, 1e-3")->published, 29.59);
  EXPECT_LT(row("cheap, 1e-3")->mean, 0.7 * row("zero, 1e-3")->mean);
  EXPECT_TRUE(report.details["cosine_transform_seconds_per_task"] > 0.0);
}

}  // namespace
}  // namespace metasolve::reproduce_pressure_test
