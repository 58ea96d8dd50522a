// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/io/csv.hpp"
#include "tests/support/command.hpp"

/// A solver that is a program, on the command line: training, tuning, evaluation, solving, and users' mistakes.
namespace metasolve::program_cli_test {
namespace {

using namespace test;
Words const cpu{"--device", "cpu", "--threads", "2"};

class ProgramCli : public ::testing::Test {
 protected:
  ProgramCli() {
    // The count is least, 10, at omega = a; no count for large a.
    write_solver("  return int(round(10 + 100 * abs(omega - a))) if a < 2 else 1 / 0\n");
  }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  void write_solver(std::string const& body, std::string const& first = "") const {
    static_cast<void>(folder_.write("solver.py", "import json, sys\n" + first + "\ndef solve(a, b, omega):\n" + body +
                                                     "for line in sys.stdin:\n"
                                                     "  request = json.loads(line)\n"
                                                     "  counts = [solve(**task) for task in request['tasks']]\n"
                                                     "  print(json.dumps({'id': request['id'], 'iterations': "
                                                     "counts}), flush=True)\n"));
  }
  /// A configuration whose section [problem] ends with these lines.
  [[nodiscard]] std::string configuration(std::string const& problem) const {
    return folder_
        .write("mine.toml", "[problem]\nname = \"program\"\n" + problem +
                                "\n[solver]\nmax_iterations = 1000\n"
                                "[network]\nhidden = [8]\nfeature_scaling = \"standard\"\n"
                                "[optimizer]\nrate = 0.02\n"
                                "[training]\nepochs = 30\nbatch_size = 16\n"
                                "[evaluation]\ntolerances = [1e-6]\nmax_iterations = 1000\n")
        .string();
  }
  static std::string drawn() {
    return "folder = \".\"\ncommand = \"exec python3 -S -E solver.py\"\nprocesses = 2\n"
           "columns = [\"a = uniform(0.3, 1.7)\", \"b = log_uniform(1e-2, 1e2)\"]\nby_logarithm = [\"b\"]\n"
           "parameters = [\"omega = interval(0, 2, 1)\"]\n"
           "train_tasks = 64\nvalidation_tasks = 16\ntest_tasks = 32\n";
  }
  void refuse(Words const& arguments, Words const& parts) const {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.out << result.err;
    for (auto const& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
    }
  }
  void refuse_training(std::string const& problem, Words const& parts) const {
    refuse({"train", configuration(problem), "--out", at("refused")}, parts);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "refused/metrics.csv"));
  }
  static void replace(std::string& text, std::string const& what, std::string const& by) {
    auto const place = text.find(what);
    ASSERT_NE(place, std::string::npos) << what;
    text.replace(place, what.size(), by);
  }

  TemporaryFolder folder_;
};

TEST_F(ProgramCli, IsTrainedTunedEvaluatedAndSolves) {
  auto const file = configuration(drawn());
  auto const trained = metasolve(Words{"train", file, "--out", at("run")} + cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;

  auto const evaluated = metasolve(Words{"evaluate", at("run"), "--json"} + cpu);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;

  auto const tasks = folder_.write("tasks.csv", "b,note,a\n1,x,0.5\n2,y,1.5\n1,z,3\n").string();
  auto const solve = Words{"solve", "--problem", "program", "--tasks", tasks, "--out", at("out.csv"), "--json"} + cpu;
  auto const solved = metasolve(solve + Words{"--model", at("run")});
  EXPECT_EQ(solved.status, 3) << "one task breaks down\n" << solved.err;
  EXPECT_NE(solved.err.find("columns not used: note"), std::string::npos) << solved.err;
  EXPECT_NE(solved.err.find("ZeroDivisionError"), std::string::npos) << solved.err;
  auto const with = io::read_columns(at("out.csv"), {"task", "iterations"});
  ASSERT_EQ(with.rows, 3);
  // The constant, 1, takes 60 for either.
  EXPECT_TRUE(with.values[1] < 45 && with.values[3] < 45) << with.values[1] << " " << with.values[3];
  EXPECT_EQ(solved.json()["status"]["breakdown"], 1);

  static_cast<void>(folder_.write("zero.csv", "b,a\n1,0.5\n0,1.5\n"));
  refuse({"solve", "--problem", "program", "--tasks", at("zero.csv"), "--out", at("out.csv"), "--model", at("run")},
         {"zero.csv: row 2", "\"b\"", "above 0"});

  auto const without = metasolve(
      solve + Words{"--set", "problem.command=\"exec python3 -S -E " + at("solver.py") + "\"", "--set",
                    "problem.columns=[\"a\", \"b\"]", "--set", "problem.parameters=[\"omega = interval(0, 2, 1)\"]"});
  EXPECT_EQ(without.status, 3) << without.err;
  auto const constant = io::read_columns(at("out.csv"), {"task", "iterations"});
  EXPECT_EQ(constant.values[1], 60);
  EXPECT_EQ(constant.values[3], 60);

  auto const tuned = metasolve(Words{"tune", file, "--json"} + cpu);
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  EXPECT_NE(tuned.out.find("omega"), std::string::npos) << tuned.out;
  auto const inspected = metasolve({"inspect", at("run")});
  ASSERT_EQ(inspected.status, 0) << inspected.err;
  for (auto const* const part : {"omega", "log10 of b", "program"}) {
    EXPECT_NE(inspected.out.find(part), std::string::npos) << inspected.out;
  }
}

TEST_F(ProgramCli, IsListedWithItsKeys) {
  auto const problems = metasolve({"problems"});
  ASSERT_EQ(problems.status, 0) << problems.err;
  EXPECT_NE(problems.out.find("\nprogram\n  the configuration declares"), std::string::npos) << problems.out;
  auto const keys = metasolve({"keys"});
  ASSERT_EQ(keys.status, 0) << keys.err;
  for (auto const* const key : {"problem.command", "problem.parameters", "problem.time_limit", "list of texts"}) {
    EXPECT_NE(keys.out.find(key), std::string::npos) << key;
  }
}

TEST_F(ProgramCli, SharesOutTheRowsOfAFile) {
  std::string rows = "a,b\n";
  for (int i = 0; i < 40; ++i) rows += std::to_string(0.3 + 0.03 * i) + ",1\n";
  static_cast<void>(folder_.write("tasks.csv", rows));
  auto const trained = metasolve(
      Words{"train",
            configuration("folder = \".\"\ncommand = \"exec python3 -S -E solver.py\"\nprocesses = 2\n"
                          "tasks = \"tasks.csv\"\ncolumns = [\"a\", \"b\"]\nparameters = [\"omega = interval(0, 2)\"]"),
            "--out", at("run"), "--set", "training.epochs=2"} +
      cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.err.find("holds 40 rows"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("are 32, 4, 4"), std::string::npos) << trained.err;
  refuse({"train", at("mine.toml"), "--out", at("more"), "--set", "problem.train_tasks=50"},
         {"tasks.csv holds 40 rows"});
}

TEST_F(ProgramCli, ChoosesBetweenOptionsByOptionsOfTheCommand) {
  // With jacobi where a is large, else icc.
  auto const trained = metasolve(
      Words{"train",
            configuration("protocol = \"csv\"\nprocesses = 2\n"
                          "command = \"case {pc}{a} in icc1*|jacobi0*) echo slow 80 it;; *) echo took 20;; esac\"\n"
                          "iterations_pattern = \"(?:slow|took) (\\\\d+)\"\n"
                          "columns = [\"a = integers(0, 1)\"]\nparameters = [\"pc = choice(icc, jacobi)\"]\n"
                          "train_tasks = 16\nvalidation_tasks = 8\ntest_tasks = 8\ncache = \"costs.bin\"\n"),
            "--out", at("run")} +
      cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "costs.bin"));
  auto const evaluated = metasolve(Words{"evaluate", at("run"), "--json"} + cpu);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
}

TEST_F(ProgramCli, NamesTheMistakesOfANewUser) {
  auto const without = [](std::string const& what, std::string const& by = "") {
    auto text = drawn();
    replace(text, what, by);
    return text;
  };
  refuse_training(without("command = \"exec python3 -S -E solver.py\"\n"), {"problem.command: not given"});
  refuse_training(
      without("columns = [\"a = uniform(0.3, 1.7)\", \"b = log_uniform(1e-2, 1e2)\"]\nby_logarithm = [\"b\"]\n"),
      {"problem.columns: not given"});
  refuse_training(without("parameters = [\"omega = interval(0, 2, 1)\"]\n"), {"problem.parameters: not given"});
  refuse_training(without("solver.py", "sover.py"), {"problem.command", "sover.py", "No such file"});
  refuse_training(without("uniform(0.3, 1.7)", "unifrom(0.3, 1.7)"),
                  {"mine.toml", "problem.columns", "nearest is uniform"});
  refuse_training(without("a = uniform(0.3, 1.7)", "a"),
                  {"problem.columns: \"a\" has no distribution", "problem.tasks"});
  refuse_training(without("[\"b\"]", "[\"c\"]"), {"mine.toml", "by_logarithm", "\"c\""});
  refuse_training(without("folder = \".\"", "folder = \"nowhere\""), {"problem.folder", "nowhere"});
  refuse_training(without("[\"a = uniform", "[3, \"a = uniform"), {"problem.columns", "entry 1 of the list", "a text"});
  refuse_training(drawn() + "tasks = \"nothing.csv\"\n", {"problem.columns", "has a distribution"});
  static_cast<void>(folder_.write("tasks.csv", "a,c\n1,2\n"));
  std::string const from_file =
      "folder = \".\"\ncommand = \"exec python3 -S -E solver.py\"\ncolumns = [\"a\", \"b\"]\n"
      "parameters = [\"omega = interval(0, 2)\"]\ntasks = \"tasks.csv\"\n";
  refuse_training(from_file, {"tasks.csv", "lacks b"});
  refuse({"train", configuration(drawn()), "--out", at("refused"), "--set", "solver.gradient=adjoint"},
         {"solver.gradient", "no derivatives"});

  write_solver("  return 5\n", "print('Reading the mesh')");
  refuse_training(drawn(), {"problem.command", "not JSON", "Reading the mesh"});
  write_solver("  raise Exception('out of ideas')\n");
  refuse_training(drawn(), {"problem.command", "exited with status 1", "out of ideas"});
}

}  // namespace
}  // namespace metasolve::program_cli_test
