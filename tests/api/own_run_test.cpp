// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/run_folder.hpp"
#include "metasolve/train_problem.hpp"
#include "tests/support/command.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/own_solver.hpp"
#include "tests/support/sanitized.hpp"

/// A run of a user-defined problem is a normal run: manifest, lock, resuming and evaluation.
namespace metasolve::own_run_test {
namespace {

using Problem = test::SquareRootProblem;
using test::expect_message;
using test::TemporaryFolder;

/// a between 0.01 and 100, r and the guess of the constant method.
void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to) {
  for (std::int64_t t = first; t < first + n; ++t, to += 3) {
    double const share = std::fmod(0.618034 * static_cast<double>(t + 1) + 0.1 * static_cast<double>(set), 1.0);
    to[0] = std::pow(10.0, 4 * share - 2);
    to[1] = 0.8;
    to[2] = 1.0;
  }
}

TrainingSettings settings(int epochs) {
  return {"problem.train_tasks=256", "problem.validation_tasks=64", "problem.test_tasks=64",
          "training.batch_size=32",  "solver.max_iterations=60",    "training.epochs=" + std::to_string(epochs)};
}

std::atomic<bool> stop{false};  // a signal handler can only access globals

class OwnRun : public ::testing::Test {
 protected:
  TrainingReport train(std::string const& run, int epochs, TrainingControl const& control = {}) {
    return train_meta_solver<Problem>(executor_, folder_ / run, rows, settings(epochs), {}, control);
  }
  [[nodiscard]] train::Checkpoint last(std::string const& run) const {
    return train::read_checkpoint(train::RunFiles(folder_ / run).last());
  }
  [[nodiscard]] nlohmann::json manifest(std::string const& run) const {
    return nlohmann::json::parse(TemporaryFolder::read(folder_ / run / "manifest.json"));
  }

  TemporaryFolder folder_;
  Executor executor_ = Executor::cpu(1);
};

TEST_F(OwnRun, IsNeverOverwritten) {
  auto const report = train("run", 2);
  EXPECT_TRUE(report.finished);
  EXPECT_GT(report.constant_iterations, 0);
  auto const written = manifest("run");
  EXPECT_EQ(written["finished"], true);
  EXPECT_EQ(written["config"]["problem"]["name"], "square_root");
  EXPECT_FALSE(written["argv"].empty());
  auto const before = test::contents(folder_.path());
  expect_message<InputError>([&] { train("run", 2); },
                             {(folder_ / "run").string(), "not overwritten", "TrainingControl::resume"});
  expect_message<InputError>([&] { train("run", 3, {.resume = true}); }, {"training.epochs", "3", "2"});
  // Nothing is left to train: it is evaluated again.
  auto const again = train("run", 2, {.resume = true});
  EXPECT_EQ(again.iterations, report.iterations);
  EXPECT_EQ(test::contents(folder_.path()), before);
}

/// A run that is stopped repeatedly equals an uninterrupted one.
TEST_F(OwnRun, GoesOnBitForBit) {
  if (test::is_sanitized) GTEST_SKIP() << "a minute there; Runs.GoOnBitForBit runs";
  constexpr int epochs = 6;
  auto const whole = train("whole", epochs);
  std::signal(SIGALRM, [](int) { stop = true; });
  bool finished = false;
  int calls = 0;
  for (; calls < 1000 && !finished; ++calls) {
    // A little later each time, from set-up on.
    stop = false;
    ::ualarm(static_cast<useconds_t>(2000 * (calls + 1)), 0);
    auto const report = train("stopped", epochs, {.resume = true, .stop = &stop});
    ::ualarm(0, 0);
    finished = report.finished;
    EXPECT_TRUE(finished ? report.iterations == whole.iterations : std::isnan(report.iterations));
  }
  ASSERT_TRUE(finished);
  EXPECT_GT(calls, 1);
  EXPECT_EQ(last("stopped").learner.weights, last("whole").learner.weights);
  EXPECT_EQ(last("stopped").learner.second_moment, last("whole").learner.second_moment);
  EXPECT_EQ(last("stopped").best_figure, last("whole").best_figure);
  EXPECT_EQ(manifest("stopped")["resumes"], calls - 1);
}

TEST_F(OwnRun, IsEvaluatedByTheProgramThatMadeIt) {
  auto const trained = train("run", 3);
  auto const judged = evaluate_meta_solver<Problem>(executor_, folder_ / "run", rows);
  EXPECT_EQ(judged.iterations, trained.iterations);
  EXPECT_EQ(judged.constant_iterations, trained.constant_iterations);
  EXPECT_EQ(judged.converged, trained.converged);
  auto const loose = evaluate_meta_solver<Problem>(executor_, folder_ / "run", rows,
                                                   {"evaluation.tolerances=[1e-2]", "problem.test_tasks=16"});
  EXPECT_LT(loose.constant_iterations, judged.constant_iterations);
  expect_message<InputError>(
      [&] { evaluate_meta_solver<Problem>(executor_, folder_ / "run", rows, {"network.hidden=[3]"}); },
      {"network.hidden"});
  expect_message<InputError>([&] { evaluate_meta_solver<Problem>(executor_, folder_ / "absent", rows); }, {"absent"});
}

TEST_F(OwnRun, TellsWhatIsLost) {
  auto const trained = train("run", 2);
  std::filesystem::remove(folder_ / "run/metrics.jsonl");
  std::filesystem::remove(folder_ / "run/manifest.json");
  std::string told;
  auto const again = train("run", 2, {.resume = true, .notice = [&](std::string const& n) { told += n + "\n"; }});
  EXPECT_EQ(again.iterations, trained.iterations);
  EXPECT_NE(told.find("metrics.jsonl: is missing"), std::string::npos) << told;
  EXPECT_NE(told.find("manifest.json: is missing"), std::string::npos) << told;
}

TEST_F(OwnRun, KeepsOthersOutOfItsFolder) {
  std::filesystem::create_directory(folder_ / "run");
  train::FolderLock const lock(folder_ / "run");
  expect_message<InputError>([&] { train("run", 1); }, {(folder_ / "run").string(), "is training into this folder"});
}

/// The command line does not know the problem, and reports that it belongs to another program.
TEST_F(OwnRun, IsAnothersForTheCommandLine) {
  train("run", 1);
  auto const run = (folder_ / "run").string();
  auto const tasks = folder_.write("tasks.csv", "f1\n1\n").string();
  auto const refuses = [&](std::vector<std::string> const& arguments) {
    auto const result = test::metasolve(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    for (auto const* part : {"square_root", "made by another program", "evaluate it there"}) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    }
  };
  auto const before = test::contents(folder_.path());
  refuses({"train", "--resume", "--out", run});
  refuses({"evaluate", run});
  refuses({"evaluate", run + "/last.safetensors"});
  refuses({"solve", "--tasks", tasks, "--model", run, "--out", (folder_ / "out.csv").string()});
  EXPECT_EQ(test::contents(folder_.path()), before);
  for (auto const* name : {"last.safetensors", "best.safetensors"}) std::filesystem::remove(folder_ / "run" / name);
  refuses({"train", "--resume", "--out", run});  // before its first checkpoint
}

}  // namespace
}  // namespace metasolve::own_run_test
