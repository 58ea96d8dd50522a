// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "paper/multigrid_rows.hpp"
#include "paper/reproductions.hpp"
#include "tests/support/temporary_folder.hpp"

/// The table of multigrid at the smoke scale: tests the procedure, not the figures.
namespace metasolve::reproduce_multigrid_test {
namespace {

using namespace paper;

TEST(ReproduceMultigrid, HasARowForEachSmootherAndRival) {
  test::TemporaryFolder const folder;
  Settings settings;
  settings.scale = Scale::smoke;
  settings.seeds = 2;
  settings.models = folder.path();
  auto const report = multigrid(Executor::cpu(2), settings);
  auto const row = [&](std::string const& name) -> Cell const* {
    auto const found = std::ranges::find(report.rows, name, &Cell::name);
    return found == report.rows.end() ? nullptr : &*found;
  };
  for (std::string const of : {"distribution n=15, ", "jumps n=15, "}) {
    for (std::string const name : {"jacobi 0.64", "zebra x and y", "chebyshev, best constant", "IC(0)-CG"}) {
      auto const* const cell = row(of + name);
      ASSERT_NE(cell, nullptr) << of << name;
      ASSERT_TRUE(cell->cost) << name;
      EXPECT_TRUE(cell->mean > 1 && cell->mean <= cell->cost->largest) << name << ' ' << cell->mean;
      EXPECT_EQ(cell->cost->failed, 0) << name;
      EXPECT_TRUE(cell->cost->seconds_per_task > 0) << name;
      EXPECT_EQ(cell->cost->flops.has_value(), name != "IC(0)-CG") << name;
    }
    EXPECT_EQ(row(of + "sparse Cholesky")->cost->failed, 0);
  }
  auto const* const learned = row("distribution n=15, learned lines");
  ASSERT_NE(learned, nullptr);
  EXPECT_EQ(learned->seeds, 2);
  EXPECT_EQ(learned->cost->failed, 0);
  EXPECT_TRUE(learned->mean < row("distribution n=15, jacobi 0.64")->mean);
}

TEST(ReproduceMultigrid, TrainsOnSmallGridsAndSolvesOnLargeOnes) {
  for (auto const coefficients : {problems::DiffusionCoefficients::constant, problems::DiffusionCoefficients::jumps}) {
    for (auto const& learned : learned_rows(coefficients, Scale::full)) {
      auto const c = multigrid_training(coefficients, learned, 1, Scale::full);
      EXPECT_EQ(c.of<problems::DiffusionSettings>().points, 31);
      EXPECT_EQ(c.of<problems::DiffusionSettings>().coefficients, coefficients);
      EXPECT_EQ(c.training.seed, 1U);
      EXPECT_EQ(c.loss.kind == config::LossKind::measure, learned.last > 0);
      problems::DiffusionKind const kind(c.of<problems::DiffusionSettings>());  // its smoother fits
      EXPECT_EQ(c.of<problems::DiffusionSettings>().conjugate_gradients, !learned.stationary);
    }
  }
}

}  // namespace
}  // namespace metasolve::reproduce_multigrid_test
