// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

/// `metasolve calibrate`, and what `doctor` says of it.
namespace metasolve::calibrate_cli_test {
namespace {

using namespace test;

class CalibrateCli : public ::testing::Test {
 protected:
  CalibrateCli() { ::setenv("METASOLVE_CACHE", folder_.path().c_str(), 1); }
  ~CalibrateCli() override { ::unsetenv("METASOLVE_CACHE"); }
  test::TemporaryFolder folder_;
  Words const poisson_{
      "calibrate", std::string(METASOLVE_SOURCE_DIR) + "/configs/poisson.toml", "--device", "cpu", "--threads", "1"};
};

TEST_F(CalibrateCli, MeasuresOnceAndIsToldByDoctor) {
  auto const before = metasolve({"doctor"});
  EXPECT_NE(before.out.find("calibration: no prices of this machine"), std::string::npos) << before.out;
  auto const first = metasolve(poisson_ + Words{"--json"});
  ASSERT_EQ(first.status, 0) << first.err;
  auto const stages = first.json()["stages"];
  ASSERT_EQ(stages.size(), 2U);
  for (auto const& stage : stages) {
    EXPECT_EQ(stage["was_known"], false);
    EXPECT_GT(stage["start_ns"].get<double>(), 0);
  }
  EXPECT_EQ(stages[1]["method"], "elimination");
  auto const second = metasolve(poisson_ + Words{"--json"}).json()["stages"];
  EXPECT_EQ(second[0]["was_known"], true);
  EXPECT_EQ(second[0]["step_ns"], stages[0]["step_ns"]);
  EXPECT_EQ(metasolve(poisson_ + Words{"--json", "--again"}).json()["stages"][0]["was_known"], false);
  auto const after = metasolve({"doctor"});
  EXPECT_NE(after.out.find("calibration: 2 prices of this machine in " + folder_.path().string()), std::string::npos)
      << after.out;
  EXPECT_EQ(metasolve({"doctor", "--json"}).json()["calibration"]["prices"], 2);
}

TEST_F(CalibrateCli, SaysThatADamagedFileIsMeasuredAnew) {
  static_cast<void>(folder_.write("prices.json", "no prices"));
  auto const result = metasolve(poisson_);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("prices.json"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("measured anew"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find(", elimination"), std::string::npos) << result.out;
}

TEST_F(CalibrateCli, RefusesWhatCannotBeMeasured) {
  EXPECT_EQ(metasolve({"calibrate", (folder_ / "none.toml").string()}).status, 2);
}

}  // namespace
}  // namespace metasolve::calibrate_cli_test
