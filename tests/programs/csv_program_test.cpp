// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/error.hpp"
#include "tests/programs/pool_support.hpp"
#include "tests/support/expect_message.hpp"

namespace metasolve::test::csv_program_test {

using programs::ProgramPool;
using programs::ProgramSettings;

ProgramSettings csv(std::string command) {
  auto settings = one_column(std::move(command));
  settings.wire = programs::Wire::csv;
  return settings;
}

/// One batch of tasks what = 0, 1, ... with omega the same.
std::vector<std::int32_t> solved(ProgramSettings const& settings, std::int64_t count,
                                 std::vector<std::int32_t>* status = nullptr) {
  ProgramPool pool(settings);
  io::NoticesTo const nobody(nullptr);
  ProbeBatch batch(count, counted(ProbeBatch::at(count)), counted(ProbeBatch::at(count)));
  pool.solve(batch.probes);
  if (status) *status = batch.status;
  return batch.iterations;
}

TEST(CsvProgram, ReadsAndWritesFiles) {
  TemporaryFolder const folder;
  auto const script = folder.write("solve.sh",
                                   "{ read header; echo iterations,status\n"
                                   "while IFS=, read what omega tolerance limit; do\n"
                                   "  echo $((what + omega + limit)),$((what % 2))\ndone; } < \"$1\" > \"$2\"\n");
  std::vector<std::int32_t> status;
  for (std::string const end : {"", " {in} {out}"}) {
    EXPECT_EQ(solved(csv("sh " + script.string() + end), 5, &status),
              (std::vector<std::int32_t>{100, 102, 104, 106, 108}));
    EXPECT_EQ(status, (std::vector<std::int32_t>{0, 1, 1, 1, 1}));
  }
}

TEST(CsvProgram, TakesOneTaskByOptionsAndPrintsItsCount) {
  EXPECT_EQ(solved(csv("echo residual 0.5; echo took {what} iterations, omega {omega}"), 4),
            (std::vector<std::int32_t>{0, 1, 2, 3}));
  auto settings =
      csv("echo Linear solve converged due to CONVERGED_RTOL iterations {omega}; echo done in 3 s with ${HOME:+4}");
  settings.iterations_pattern = "converged due to \\w+ iterations (\\d+)";
  EXPECT_EQ(solved(settings, 4), (std::vector<std::int32_t>{0, 1, 2, 3}));
}

TEST(CsvProgram, WithoutACountHasBrokenDown) {
  auto settings =
      csv("if [ {what} = 1 ]; then echo did not converge due to DIVERGED_ITS iterations 9; else echo "
          "solve converged due to RTOL iterations {omega}; fi");
  settings.iterations_pattern = "solve converged due to \\w+ iterations (\\d+)";
  std::vector<std::int32_t> status;
  EXPECT_EQ(solved(settings, 3, &status), (std::vector<std::int32_t>{0, 0, 2}));
  EXPECT_EQ(status, (std::vector<std::int32_t>{0, 3, 0}));
}

TEST(CsvProgram, FaultsAreTheTasks) {
  TemporaryFolder const folder;
  auto const script = folder.write("solve.sh",
                                   "{ read header; echo iterations\n"
                                   "while IFS=, read what omega rest; do\n"
                                   "  case $what in 1) exit 2;; 3) echo many;; 4) exec sleep 60;; 5) echo 1; echo 1;;\n"
                                   "  6) echo -1;; 7) echo 1.5;; 8) echo inf;; *) echo $omega;; esac\n"
                                   "done; } < \"$1\" > \"$2\"\n");
  auto settings = csv("sh " + script.string());
  settings.time_limit = 0.3;
  std::vector<std::int32_t> status;
  EXPECT_EQ(solved(settings, 11, &status), (std::vector<std::int32_t>{0, 0, 2, 0, 100, 0, 0, 0, 0, 9, 10}));
  EXPECT_EQ(status, (std::vector<std::int32_t>{0, 3, 0, 3, 1, 3, 3, 3, 3, 0, 0}));
}

TEST(CsvProgram, LeavesNoFiles) {
  TemporaryFolder const folder;
  auto const settings = csv("TMP={in}; cp $TMP " + (folder / "copy").string() + "; dirname $TMP > " +
                            (folder / "where").string() + "; echo 3; echo {what} > /dev/null");
  EXPECT_EQ(solved(settings, 1), (std::vector<std::int32_t>{3}));
  auto where = TemporaryFolder::read(folder / "where");
  where.pop_back();
  EXPECT_FALSE(std::filesystem::exists(where)) << where;
  EXPECT_EQ(TemporaryFolder::read(folder / "copy"), "what,omega,tolerance,max_iterations\n0,0,1e-06,100\n");
}

TEST(CsvProgram, NamesOfOptionsAreOneWord) {
  auto settings = csv("set -- {pc}; echo $#; [ \"$1\" = \"it's; 7\" ] && echo 42; : {what}");
  settings.parameters = {{"pc", 0, 1, ParameterKind::choice, 0, 1, {"icc", "it's; 7"}}};
  ProgramPool pool(settings);
  ProbeBatch batch(1, {0}, {1});
  pool.solve(batch.probes);
  EXPECT_EQ(batch.iterations[0], 42);
}

TEST(CsvProgram, MistakesAreNamed) {
  expect_message<InputError>([] { ProgramPool(csv("solve {what}")); }, {"{omega}", "{in}"});
  auto settings = csv("solve");
  settings.cost = BlackBoxCost::history;
  expect_message<InputError>([&] { ProgramPool{settings}; }, {"problem.cost", "json"});
  settings = csv("solve");
  settings.iterations_pattern = "iterations (";
  expect_message<InputError>([&] { ProgramPool{settings}; }, {"problem.iterations_pattern", "regular expression"});
  settings.iterations_pattern = "iterations [0-9]+";
  expect_message<InputError>([&] { ProgramPool{settings}; }, {"problem.iterations_pattern", "0 groups"});
  settings = csv("");
  expect_message<InputError>([&] { ProgramPool{settings}; }, {"problem.command: not given"});
  settings = csv("solve");
  settings.columns = {"tolerance"};
  expect_message<InputError>([&] { ProgramPool{settings}; }, {"\"tolerance\"", "another name"});
  expect_message<InputError>([] { solved(csv("metasolve-no-such-program"), 3); }, {"127", "not found"});
  expect_message<InputError>([] { solved(csv("true"), 3); }, {"left no file"});
}

}  // namespace metasolve::test::csv_program_test
