// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/command.hpp"

/// `tune` of the penalties of quadratic programs, on the command line.
namespace metasolve::qp_tune_cli_test {
namespace {

using namespace test;

class QpTuneCli : public ::testing::Test {
 protected:
  QpTuneCli() {
    config_ =
        folder_
            .write(
                "small.toml",
                "[problem]\nname = \"qp\"\nfamily = \"quadcopter_condensed\"\nsize = 2\ntrain_tasks = 64\n"
                "validation_tasks = 30\ntest_tasks = 10\n[solver]\ntolerance = 1e-3\nmax_iterations = 300\n"
                "[training]\nepochs = 20\nbatch_size = 32\n[evaluation]\ntolerances = [1e-3]\nmax_iterations = 300\n")
            .string();
  }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  static CommandResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), METASOLVE_BINARY);
    arguments.emplace_back("--threads=1");
    return Command(arguments).wait();
  }

  TemporaryFolder folder_;
  std::string config_;
};

TEST_F(QpTuneCli, WritesARunAndAConfiguration) {
  auto const tuned = run({"tune", config_, "--out", at("run"), "--budget", "20s", "--json"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  auto const document = tuned.json();
  EXPECT_EQ(document["finished"], true);
  EXPECT_LT(document["after"]["mean"].get<double>(), document["before"]["mean"].get<double>());
  EXPECT_EQ(document["constants"].size(), 8 + 6 + 1);
  EXPECT_NE(tuned.err.find("found by gradient"), std::string::npos) << tuned.err;

  auto const evaluated = run({"evaluate", at("run"), "--json"});
  EXPECT_EQ(evaluated.status, 0) << evaluated.err;
  auto const trained = run({"train", document["configuration"], "--out", at("next"), "--set", "training.epochs=1",
                            "--set", "network.chooses=penalties", "--json"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  // It begins at the constants found.
  EXPECT_NEAR(trained.json()["constant"]["iterations"].get<double>(), document["after"]["mean"].get<double>(), 1e-9);
}

TEST_F(QpTuneCli, FindsTheNumbersOfASmoother) {
  auto const config =
      folder_
          .write("diffusion.toml",
                 "[problem]\nname = \"diffusion\"\npoints = 7\ntrain_tasks = 480\nvalidation_tasks = 60\n"
                 "test_tasks = 20\n[solver]\nsmoother = \"two-stencils\"\ntolerance = 1e-6\nmax_iterations = 24\n"
                 "weights = [0.2, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 0, 0]\n[training]\nepochs = 4\nbatch_size = 48\n"
                 "[evaluation]\ntolerances = [1e-6]\nmax_iterations = 300\n")
          .string();
  auto const tuned = run({"tune", config, "--out", at("smoother"), "--budget", "20s", "--json"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  auto const document = tuned.json();
  EXPECT_LT(document["after"]["mean"].get<double>(), 0.9 * document["before"]["mean"].get<double>());
  ASSERT_EQ(document["constants"].size(), 12);
  auto const trained =
      run({"train", document["configuration"], "--out", at("next"), "--set", "training.epochs=1", "--json"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NEAR(trained.json()["constant"]["iterations"].get<double>(), document["after"]["mean"].get<double>(), 1e-9);
}

TEST_F(QpTuneCli, SaysWhatDoesNotFit) {
  auto const refused = [&](std::vector<std::string> const& more, std::string const& part) {
    std::vector<std::string> arguments = {"tune", config_, "--out", at("run")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto const result = run(arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  };
  refused({"--from", "1"}, "leave --from out");
  refused({"--by", "seconds"}, "leave --by seconds out");
  refused({"--budget", "soon"}, "--budget");
  refused({"--set", "problem.family=knapsack"}, "knapsack");
  refused({"--set", "problem.family=lasso", "--set", "problem.size=1"}, "problem.size");
  refused({"--set", "solver.rho=[1, 2, 3]"}, "solver.rho");
}

}  // namespace
}  // namespace metasolve::qp_tune_cli_test
