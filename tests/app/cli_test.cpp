// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/csv.hpp"
#include "tests/support/command.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/sanitized.hpp"

namespace metasolve::cli_test {
namespace {

using test::CommandResult;
using test::metasolve;
using test::TemporaryFolder;

std::string const reference = METASOLVE_SOURCE_DIR "/tests/data/poisson.csv";
std::string const main_config = METASOLVE_SOURCE_DIR "/configs/poisson.toml";

/// Trains a few epochs on few tasks.
CommandResult train_little(std::filesystem::path const& out, std::vector<std::string> more = {}) {
  std::vector<std::string> all{"train", main_config, "--out", out.string(), "--device", "cpu"};
  for (std::string const set : {"training.epochs=3", "problem.train_tasks=64", "problem.validation_tasks=64"}) {
    all.insert(all.end(), {"--set", set});
  }
  all.insert(all.end(), more.begin(), more.end());
  return metasolve(all);
}

void expect_reference_counts(std::vector<std::string> const& device) {
  TemporaryFolder const folder;
  auto const out = (folder / "out.csv").string();
  for (std::string const tolerance : {"1e-2", "1e-4", "1e-6", "1e-8"}) {
    std::vector<std::string> all{"solve",       "--problem", "poisson", "--tasks", reference,
                                 "--tolerance", tolerance,   "--out",   out};
    all.insert(all.end(), device.begin(), device.end());
    auto const result = metasolve(all);
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("100 converged"), std::string::npos) << result.out;
    EXPECT_NE(result.err.find("not used: k_1e-2, k_1e-4"), std::string::npos) << result.err;
    auto const expected = io::read_columns(reference, {"k_" + tolerance});
    auto const found = io::read_columns(out, {"iterations", "task", "measure"});
    ASSERT_EQ(found.rows, 100);
    EXPECT_EQ(found.header, (std::vector<std::string>{"task", "status", "iterations", "measure"}));
    for (std::size_t row = 0; row < 100; ++row) {
      EXPECT_EQ(found.values[3 * row], expected.values[row]) << "task " << row << " at " << tolerance;
      EXPECT_EQ(found.values[3 * row + 1], static_cast<double>(row));
      EXPECT_LE(found.values[3 * row + 2], std::stod(tolerance));
    }
  }
}

TEST(Solve, GivesTheReferenceCountsOnOneThread) { expect_reference_counts({"--device", "cpu", "--threads", "1"}); }
TEST(Solve, GivesTheReferenceCountsOnTwoThreads) { expect_reference_counts({"--device", "cpu", "--threads", "2"}); }
TEST(Solve, GivesTheReferenceCountsOnCuda) {
  if (auto const why = test::reason_to_skip("cuda"); !why.empty()) GTEST_SKIP() << why;
  expect_reference_counts({"--device", "cuda"});
}

TEST(Solve, FindsColumnsInAnyOrder) {
  TemporaryFolder const folder;
  auto const solve = [&](std::string const& name, std::string const& text) {
    auto const tasks = folder.write(name + ".csv", text).string();
    auto const out = (folder / (name + ".out")).string();
    auto const result = metasolve({"solve", "--tasks", tasks, "--tolerance", "1e-3", "--out", out, "--device", "cpu"});
    EXPECT_EQ(result.status, 0) << result.err;
    return TemporaryFolder::read(out);
  };
  auto const plain = solve("plain", "f1,f2,f3\n1,2,3\n-1,0,0.5\n");
  EXPECT_EQ(solve("mixed", "f3,note,f1,f2,g5\n3,x,1,2,9\n0.5,y,-1,0,9\n"), plain);
  EXPECT_EQ(std::ranges::count(plain, '\n'), 3);
}

TEST(Solve, NamesHowATaskEnded) {
  TemporaryFolder const folder;
  auto const out = (folder / "out.csv").string();
  auto const result = metasolve({"solve", "--tasks", reference, "--out", out, "--max-iterations", "10", "--measure",
                                 "relative-residual", "--json", "--device", "cpu"});
  ASSERT_EQ(result.status, 3) << result.err;
  auto const document = result.json();
  EXPECT_EQ(document["exit"], 3);
  EXPECT_EQ(document["tasks"], 100);
  EXPECT_EQ(document["status"]["converged"].get<int>() + document["status"]["iteration_limit"].get<int>(), 100);
  EXPECT_NE(TemporaryFolder::read(out).find("\n1,iteration_limit,10,"), std::string::npos);
}

TEST(Train, WritesARunThatCanBeEvaluatedAndSolvedWith) {
  TemporaryFolder const folder;
  auto const run = (folder / "run").string();
  auto const trained = train_little(run, {"--json"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const document = trained.json();
  EXPECT_EQ(document["finished"], true);
  EXPECT_EQ(document["epoch"], 3);
  EXPECT_GT(document["peak_memory_bytes"].get<double>(), 1e6);
  EXPECT_NE(trained.err.find("epoch 1/3"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("epoch 3/3"), std::string::npos) << trained.err;

  auto const manifest = nlohmann::json::parse(TemporaryFolder::read(folder / "run/manifest.json"));
  EXPECT_EQ(manifest["finished"], true);
  EXPECT_EQ(manifest["config"]["training"]["epochs"], 3);
  EXPECT_EQ(manifest["best"]["iterations"], document["best"]["iterations"]);
  for (auto const* key : {"argv", "version", "commit", "compiler", "flags", "device", "seed", "started", "platform",
                          "seconds", "peak_memory_bytes", "resumes"}) {
    EXPECT_TRUE(manifest.contains(key)) << key;
  }

  auto const evaluated = metasolve({"evaluate", run, "--json", "--tasks", "70", "--device", "cpu"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  auto const evaluation = evaluated.json();
  EXPECT_EQ(evaluation["tasks"], 70);
  EXPECT_EQ(evaluation["baseline"], "zero guess");
  ASSERT_EQ(evaluation["tolerances"].size(), 4U);
  for (auto const& entry : evaluation["tolerances"]) {
    EXPECT_EQ(entry["meta"]["histogram"]["edges"], entry["baseline"]["histogram"]["edges"]);
    for (auto const* side : {"meta", "baseline"}) {
      auto const& figures = entry[side];
      EXPECT_EQ(figures["status"]["converged"], 70);
      EXPECT_EQ(figures["converged_share"], 1.0);
      EXPECT_LE(figures["minimum"].get<double>(), figures["quantiles"]["0.05"].get<double>());
      EXPECT_LE(figures["quantiles"]["0.95"].get<double>(), figures["maximum"].get<double>());
      int total = 0;
      for (auto const& count : figures["histogram"]["counts"]) total += count.get<int>();
      EXPECT_EQ(total, 70);
    }
  }
  EXPECT_GE(evaluation["timing"]["repetitions"].get<int>(), 5);
  EXPECT_GT(evaluation["timing"]["ratio"].get<double>(), 0);
  // 4 unknowns are eliminated in less time than a network takes.
  EXPECT_EQ(evaluation["timing"]["ways"].back()["name"], "elimination");
  EXPECT_EQ(evaluation["timing"]["ways"].back()["iterations"]["mean"], 0);
  EXPECT_EQ(evaluation["verdict"]["pays"], false);
  EXPECT_EQ(evaluation["verdict"]["best_alternative"], "the direct method (elimination)");
  auto const table = metasolve({"evaluate", run + "/last.safetensors", "--tasks", "5", "--device", "cpu"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("meta-solver"), std::string::npos);

  auto const out = (folder / "out.csv").string();
  auto const solved = metasolve({"solve", "--tasks", reference, "--model", run, "--out", out, "--device", "cpu"});
  EXPECT_EQ(solved.status, 0) << solved.err;
  EXPECT_EQ(io::read_columns(out, {"iterations"}).rows, 100);
}

TEST(Train, DryRunPrintsAConfigurationAndWritesNothing) {
  TemporaryFolder const folder;
  auto const result = train_little(folder / "run", {"--dry-run"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
  auto const again = folder.write("again.toml", result.out).string();
  auto const other = metasolve({"train", again, "--out", (folder / "run").string(), "--dry-run", "--device", "cpu"});
  EXPECT_EQ(other.out.substr(0, other.out.find("# memory")), result.out.substr(0, result.out.find("# memory")));
}

/// Compares the memory predicted by --dry-run with that of the training.
void expect_foretold(std::vector<std::string> const& overrides) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer takes most of the memory";
  TemporaryFolder const folder;
  std::vector<std::string> all{"train", main_config, "--json", "--device", "cpu", "--out", (folder / "run").string()};
  for (auto const& text : overrides) all.insert(all.end(), {"--set", text});
  auto const trained = metasolve(all);
  ASSERT_EQ(trained.status, 0) << trained.err;
  all.push_back("--dry-run");
  auto const foretold = metasolve(all);
  ASSERT_EQ(foretold.status, 0) << foretold.err;
  auto const peak = trained.json()["peak_memory_bytes"].get<double>();
  auto const expected = foretold.json()["memory"]["peak_bytes"].get<double>();
  EXPECT_NEAR(expected / peak, 1, 0.1) << "foretold " << expected << ", taken " << peak;
}

TEST(Memory, IsForetoldForTheDefault) { expect_foretold({"training.epochs=3"}); }
TEST(Memory, IsForetoldForManyTasks) {
  expect_foretold({"optimizer.kind=adam", "training.epochs=2", "training.batch_size=4096", "problem.train_tasks=50000",
                   "network.hidden=[256,256]"});
}
TEST(Memory, IsForetoldForALargeNetwork) {
  expect_foretold(
      {"optimizer.kind=adam", "training.epochs=2", "problem.train_tasks=256", "network.hidden=[1024,1024]"});
}

TEST(Doctor, TellsTheBuildAndTheDevice) {
  auto const text = metasolve({"doctor"});
  EXPECT_EQ(text.status, 0) << text.err;
  for (std::string const part :
       {"metasolve: ", "compiler: ", "BLAS: OpenBLAS", "CUDA toolkit: ", "--device auto uses"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << text.out;
  }
  auto const document = metasolve({"doctor", "--json", "--device", "cpu"}).json();
  EXPECT_GE(document["cpu"]["compiled_simd_bits"].get<int>(), 128);
  EXPECT_NE(document["device"]["use"].get<std::string>().find("CPU"), std::string::npos);
  for (auto const& executor : test::executor_names()) EXPECT_TRUE(document.contains(executor)) << executor;
}

TEST(Keys, AreATable) {
  auto const result = metasolve({"keys"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.starts_with("| key |"));
  EXPECT_NE(result.out.find("`solver.tolerance`"), std::string::npos);
}

TEST(Cli, TellsItsVersion) {
  auto const result = metasolve({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.starts_with("metasolve "));
}

TEST(Cli, ProblemsTellWhatTheyBring) {
  auto const result = metasolve({"problems"});
  EXPECT_EQ(result.status, 0);
  for (std::string const part :
       {"robertson\n", "relaxation factor: 1 to 2; the task's own", "key solver.shift", "problem.cells",
        "initial guess u_0, 16 numbers: any; 0", "options of `solve`: --relaxation", "--fill-level"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << '\n' << result.out;
  }
}

}  // namespace
}  // namespace metasolve::cli_test
