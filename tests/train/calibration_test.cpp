// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/calibration.hpp"

#include <gtest/gtest.h>

#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "tests/support/temporary_folder.hpp"

/// Prices measured on this machine, and their file.
namespace metasolve::calibration_test {
namespace {

using engine::Precision;
using train::calibrated;
using train::PriceCache;

engine::Tasks poisson(int unknowns) {
  return problems::sampled_poisson({.unknowns = unknowns}, 4000, 0, random::Stream::train_tasks);
}

struct Calibration : testing::Test {
  test::TemporaryFolder folder;
  std::vector<std::string> notices;
  PriceCache cache{(folder / "cache").string(), [this](std::string const& line) { notices.push_back(line); }};
  Executor executor = Executor::cpu(1);
};

TEST_F(Calibration, PricesAreKeptAndFound) {
  auto const first = calibrated(executor, poisson(16), Precision::double_precision, cache);
  EXPECT_FALSE(first.was_known);
  EXPECT_GT(first.price.start, 0);
  EXPECT_GT(first.price.step, 0);
  auto const second = calibrated(executor, poisson(16), Precision::double_precision, cache);
  EXPECT_TRUE(second.was_known);
  EXPECT_EQ(second.price, first.price);
  EXPECT_FALSE(calibrated(executor, poisson(16), Precision::single_precision, cache).was_known);
  EXPECT_FALSE(calibrated(executor, poisson(17), Precision::double_precision, cache).was_known);
  EXPECT_FALSE(calibrated(Executor::cpu(2), poisson(16), Precision::double_precision, cache).was_known);
  EXPECT_FALSE(calibrated(executor, poisson(16), Precision::double_precision, cache, true).was_known);
  EXPECT_EQ(cache.all().size(), 4u);
  EXPECT_TRUE(notices.empty()) << notices.front();
}

TEST_F(Calibration, AnIterationOfALargerSystemCostsMore) {
  auto const small = calibrated(executor, poisson(16), Precision::double_precision, cache).price;
  auto const large = calibrated(executor, poisson(256), Precision::double_precision, cache).price;
  EXPECT_GT(large.step, 4 * small.step);
}

TEST_F(Calibration, ADirectMethodHasASetUp) {
  auto tasks = poisson(64);
  tasks.kind = std::make_shared<problems::PoissonKind>(64, kernels::Measure::relative_residual, true);
  EXPECT_GT(calibrated(executor, tasks, Precision::double_precision, cache).price.start, 0);
  auto const newton =
      problems::robertson_by_newton(problems::sampled_robertson({}, 500, 0, random::Stream::train_tasks, {}), true);
  EXPECT_GT(calibrated(executor, newton, Precision::double_precision, cache).price.step, 0);
}

TEST_F(Calibration, ADamagedFileIsReportedAndReplaced) {
  for (std::string const content : {"{", "[]", "{\"format\": \"another\"}", "{\"format\": \"metasolve prices 1\"}",
                                    "{\"format\": \"metasolve prices 1\", \"prices\": [{\"machine\": 3}]}"}) {
    std::filesystem::create_directories(folder / "cache");
    folder.write("cache/prices.json", content);
    notices.clear();
    EXPECT_FALSE(calibrated(executor, poisson(16), Precision::double_precision, cache).was_known);
    ASSERT_EQ(notices.size(), 1u) << content;
    EXPECT_NE(notices[0].find("prices.json"), std::string::npos) << notices[0];
    EXPECT_NE(notices[0].find("measured anew"), std::string::npos) << notices[0];
    EXPECT_TRUE(calibrated(executor, poisson(16), Precision::double_precision, cache).was_known);
    EXPECT_EQ(notices.size(), 1u);
  }
}

TEST_F(Calibration, PricesOfOtherMachinesAreKeptAndNotUsed) {
  calibrated(executor, poisson(16), Precision::double_precision, cache);
  auto other = cache.all().front();
  other.key.machine = "another";
  other.price.start *= 2;
  cache.keep(other);
  EXPECT_EQ(cache.all().size(), 2u);
  auto const found = calibrated(executor, poisson(16), Precision::double_precision, cache);
  EXPECT_TRUE(found.was_known);
  EXPECT_NE(found.price, other.price);
}

TEST_F(Calibration, WithoutAFolderNothingIsKept) {
  PriceCache const none{""};
  EXPECT_FALSE(calibrated(executor, poisson(16), Precision::double_precision, none).was_known);
  EXPECT_FALSE(calibrated(executor, poisson(16), Precision::double_precision, none).was_known);
  EXPECT_TRUE(none.file().empty());
}

}  // namespace
}  // namespace metasolve::calibration_test
