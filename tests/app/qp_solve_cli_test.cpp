// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/command.hpp"
#include "tests/support/qp_reference.hpp"

/// `solve` of a user's quadratic programs, on the command line.
namespace metasolve::qp_solve_cli_test {
namespace {

using namespace test;

struct QpSolveCli : ::testing::Test {
  static std::string programs(std::string const& name) {
    return std::string(METASOLVE_SOURCE_DIR) + "/tests/data/qp/" + name + ".npz";
  }
  CommandResult solve(std::vector<std::string> const& more) {
    std::vector<std::string> arguments = {METASOLVE_BINARY, "solve",       "--problem=qp",
                                          "--out",          at("out.csv"), "--threads=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Command(arguments).wait();
  }
  CommandResult train(std::string const& from, std::vector<std::string> const& more = {}) {
    auto const config = folder_.write(
        "own.toml", "[problem]\nname = \"qp\"\nqp_folder = \"" + from +
                        "\"\n[network]\nhidden = [4]\n[solver]\ntolerance = 1e-3\nmax_iterations = 300\n[training]\n"
                        "epochs = 2\n[evaluation]\ntolerances = [1e-3]\n");
    std::vector<std::string> arguments = {METASOLVE_BINARY, "train",   config.string(),
                                          "--out",          at("run"), "--threads=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Command(arguments).wait();
  }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  /// The lines of a file, cut at commas, without the heading.
  [[nodiscard]] std::vector<std::vector<std::string>> table(std::string const& name) const {
    std::ifstream file(at(name));
    std::vector<std::vector<std::string>> rows;
    std::string line, cell;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::istringstream cells(line);
      rows.emplace_back();
      while (std::getline(cells, cell, ',')) rows.back().push_back(cell);
    }
    return rows;
  }

  TemporaryFolder folder_;
};

TEST_F(QpSolveCli, AgreesWithOtherPrograms) {
  auto const solved = solve(
      {"--programs", programs("random"), "--tolerance=1e-9", "--max-iterations=20000", "--solutions", at("x.csv")});
  ASSERT_EQ(solved.status, 0) << solved.err;
  auto const reference = qp_reference("random");
  auto const rows = table("x.csv");
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(reference.tasks));
  auto const n = static_cast<std::size_t>(reference.n);
  for (std::size_t t = 0; t < rows.size(); ++t) {
    ASSERT_EQ(rows[t].size(), 1 + n + static_cast<std::size_t>(reference.m));
    for (std::size_t j = 0; j < n; ++j) {
      EXPECT_NEAR(std::stod(rows[t][1 + j]), reference.x[t * n + j], 1e-6) << "task " << t << ", x " << j;
    }
  }
}

TEST_F(QpSolveCli, SaysWhichProgramsHaveNoSolution) {
  for (std::string const name : {"primal_infeasible", "dual_infeasible"}) {
    auto const solved = solve({"--programs", programs(name), "--max-iterations=20000", "--set", "solver.rho=[1]"});
    EXPECT_EQ(solved.status, 3) << solved.err;
    for (auto const& row : table("out.csv")) EXPECT_EQ(row.at(1), name);
  }
}

TEST_F(QpSolveCli, TakesAMetaSolverOfSuchPrograms) {
  auto const trained = train(programs("quadcopter"));
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const solved = solve({"--programs", programs("quadcopter"), "--model", at("run"), "--tolerance=1e-6"});
  EXPECT_EQ(solved.status, 0) << solved.err;
  EXPECT_EQ(table("out.csv").size(), 12u);

  auto const others = solve({"--programs", programs("random"), "--model", at("run")});
  EXPECT_EQ(others.status, 2);
  EXPECT_NE(others.err.find("random.npz"), std::string::npos) << others.err;
}

/// That the programs are away is not the fault of the run, whose files are kept.
TEST_F(QpSolveCli, SaysThatTheProgramsOfARunAreAway) {
  std::filesystem::copy_file(programs("quadcopter"), at("own.npz"));
  ASSERT_EQ(train(at("own.npz")).status, 0);
  std::filesystem::rename(at("own.npz"), at("elsewhere.npz"));
  for (auto const& ended : {Command({METASOLVE_BINARY, "evaluate", at("run")}).wait(),
                            train(at("own.npz"), {"--resume", "--set", "training.epochs=3"})}) {
    EXPECT_EQ(ended.status, 2);
    EXPECT_NE(ended.err.find("own.npz"), std::string::npos) << ended.err;
    EXPECT_EQ(ended.err.find("restore"), std::string::npos) << ended.err;
  }
  std::filesystem::copy_file(programs("random"), at("own.npz"));  // others
  auto const others = Command({METASOLVE_BINARY, "evaluate", at("run")}).wait();
  EXPECT_EQ(others.status, 2);
  EXPECT_NE(others.err.find("problem.qp_folder " + at("own.npz")), std::string::npos) << others.err;
  EXPECT_EQ(others.err.find("restore"), std::string::npos) << others.err;
  std::filesystem::remove(at("own.npz"));
  std::filesystem::rename(at("elsewhere.npz"), at("own.npz"));
  EXPECT_EQ(Command({METASOLVE_BINARY, "evaluate", at("run")}).wait().status, 0);
}

TEST_F(QpSolveCli, NeverWritesOverItsPrograms) {
  std::filesystem::copy_file(programs("random"), at("programs.npz"));
  auto const size = std::filesystem::file_size(at("programs.npz"));
  for (auto const& given : {at("programs.npz"), folder_.path().string()}) {
    auto const solved =
        Command({METASOLVE_BINARY, "solve", "--problem=qp", "--programs", given, "--out", at("programs.npz")}).wait();
    EXPECT_EQ(solved.status, 2);
    EXPECT_NE(solved.err.find("--programs"), std::string::npos) << solved.err;
  }
  EXPECT_EQ(std::filesystem::file_size(at("programs.npz")), size);
}

TEST_F(QpSolveCli, SaysWhatIsMissing) {
  auto const without = solve({});
  EXPECT_EQ(without.status, 2);
  EXPECT_NE(without.err.find("--programs"), std::string::npos) << without.err;
  auto const nowhere = solve({"--programs", at("nowhere")});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_NE(nowhere.err.find("nowhere"), std::string::npos) << nowhere.err;
}

}  // namespace
}  // namespace metasolve::qp_solve_cli_test
