// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <random>
#include <sstream>

#include "metasolve/detail/train/trainer.hpp"
#include "tests/support/command.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/sanitized.hpp"

/// After any interruption, a training's weights and figures equal those of an uninterrupted run bit for bit.
namespace metasolve::resume_test {
namespace {

using test::Command;
using test::metasolve;
using test::TemporaryFolder;
using train::Checkpoint;
using train::RunFiles;

std::vector<std::uint64_t> bits(std::vector<double> const& values) {
  std::vector<std::uint64_t> result;
  for (double const x : values) result.push_back(std::bit_cast<std::uint64_t>(x));
  return result;
}

/// Compares everything except elapsed times.
void expect_equal(Checkpoint const& a, Checkpoint const& b) {
  EXPECT_EQ(bits(a.learner.weights), bits(b.learner.weights));
  EXPECT_EQ(bits(a.learner.first_moment), bits(b.learner.first_moment));
  EXPECT_EQ(bits(a.learner.second_moment), bits(b.learner.second_moment));
  EXPECT_EQ(bits(a.features.shift), bits(b.features.shift));
  EXPECT_EQ(bits(a.features.scale), bits(b.features.scale));
  EXPECT_EQ(bits({a.learner.damping}), bits({b.learner.damping}));
  auto const &c = a.learner.clock, &d = b.learner.clock;
  EXPECT_EQ(c.position, d.position);
  EXPECT_EQ(c.updates, d.updates);
  EXPECT_EQ(bits({c.rate, c.loss_sum, c.iteration_sum}), bits({d.rate, d.loss_sum, d.iteration_sum}));
  EXPECT_EQ(bits({a.schedule.best}), bits({b.schedule.best}));
  EXPECT_EQ(a.schedule.waited, b.schedule.waited);
  EXPECT_EQ(a.schedule.reductions, b.schedule.reductions);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(bits({a.best_figure, a.best_iterations}), bits({b.best_figure, b.best_iterations}));
}

/// metrics.jsonl without the times.
std::vector<std::string> metrics(RunFiles const& run) {
  std::vector<std::string> lines;
  std::istringstream text(TemporaryFolder::read(run.metrics()));
  for (std::string line; std::getline(text, line);) {
    auto entry = nlohmann::json::parse(line);
    EXPECT_EQ(entry.erase("seconds"), 1U);
    lines.push_back(entry.dump());
  }
  return lines;
}

class Resume : public ::testing::Test {
 protected:
  /// Enough epochs for a signal to arrive during training.
  void write_config(int epochs, std::string const& optimizer = "rate = 0.01", bool is_small = false) {
    if (test::is_sanitized) epochs = std::max(20, epochs / 10);
    epochs_ = epochs;
    // A rate that depends on validation, and scaled features: state that a resumed run must restore.
    config_ =
        folder_
            .write("job.toml",
                   "[problem]\ntrain_tasks = 200\nvalidation_tasks = 100\n" +
                       std::string(is_small ? "unknowns = 6\n[network]\nhidden = [8]\n" : "[network]\n") +
                       "feature_scaling = \"standard\"\n[loss]\nscale = \"log\"\ntolerance_start = 1.0\n[optimizer]\n" +
                       optimizer +
                       "\n[schedule]\nkind = \"plateau\"\npatience = 2\n[training]\nbatch_size = 32\nepochs = " +
                       std::to_string(epochs))
            .string();
  }

  void SetUp() override { write_config(100); }

  [[nodiscard]] RunFiles files(std::string const& name) const { return RunFiles(folder_ / name); }

  [[nodiscard]] std::vector<std::string> begin(std::string const& name, std::string const& seconds) const {
    return test::metasolve_arguments({"train", config_, "--out", (folder_ / name).string(), "--device", device_,
                                      "--threads", "1", "--set", "training.checkpoint_seconds=" + seconds});
  }
  [[nodiscard]] std::vector<std::string> resume(std::string const& name) const {
    return test::metasolve_arguments(
        {"train", "--resume", "--out", (folder_ / name).string(), "--device", device_, "--threads", "1"});
  }
  [[nodiscard]] bool has_checkpoint(std::string const& name) const {
    return std::filesystem::exists(files(name).last());
  }

  void expect_same_run(std::string const& a, std::string const& b) const {
    expect_equal(train::read_checkpoint(files(a).last()), train::read_checkpoint(files(b).last()));
    expect_equal(train::read_checkpoint(files(a).best()), train::read_checkpoint(files(b).best()));
    auto const lines = metrics(files(b));
    EXPECT_EQ(metrics(files(a)), lines);
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(epochs_));
  }

  /// Kills the training at random moments, resumes until it ends, and compares with an uninterrupted one.
  void expect_kills_leave_no_trace(std::string const& seconds, unsigned seed) {
    auto const whole = Command(begin("whole", seconds)).wait();
    ASSERT_EQ(whole.status, 0) << whole.err;
    std::mt19937 random(seed);
    int killed = 0;
    for (int start = 0; start < 100; ++start) {
      Command training(has_checkpoint("killed") ? resume("killed") : begin("killed", seconds));
      ASSERT_TRUE(test::eventually([&] { return has_checkpoint("killed") || training.ended(); }));
      std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 40));
      if (killed < 10 && !training.ended()) {
        training.send(SIGKILL);
        if (training.wait().status == 128 + SIGKILL) ++killed;
        continue;
      }
      auto const result = training.wait();
      ASSERT_EQ(result.status, 0) << result.err;
      break;
    }
    EXPECT_GE(killed, 1);
    expect_same_run("whole", "killed");
    auto const manifest = nlohmann::json::parse(TemporaryFolder::read(files("killed").manifest()));
    EXPECT_GE(manifest["resumes"].get<int>(), 1);
    EXPECT_EQ(manifest["finished"], true);
  }

  /// Stops the training by a signal, once within its first epochs, and resumes it to the end.
  void expect_stop_leaves_no_trace(int signal, std::string const& seconds) {
    ASSERT_EQ(Command(begin("whole", seconds)).wait().status, 0);
    Command training(begin("stopped", seconds));
    ASSERT_TRUE(test::eventually(
        [&] { return !TemporaryFolder::read(files("stopped").metrics()).empty() || training.ended(); }));
    training.send(signal);
    auto const stopped = training.wait();
    ASSERT_EQ(stopped.status, 128 + signal) << stopped.err;
    EXPECT_NE(stopped.out.find("metasolve train --resume --out " + (folder_ / "stopped").string()), std::string::npos)
        << stopped.out;
    auto const resumed = Command(resume("stopped")).wait();
    ASSERT_EQ(resumed.status, 0) << resumed.err;
    expect_same_run("whole", "stopped");
  }

  TemporaryFolder folder_;
  std::string config_, device_ = "cpu";
  int epochs_ = 0;
};

TEST_F(Resume, AfterKillsWithACheckpointEveryEpoch) { expect_kills_leave_no_trace("0", 1); }
TEST_F(Resume, AfterKillsWithCheckpointsWithinEpochs) {
  write_config(200);
  expect_kills_leave_no_trace("0.01", 2);
}
TEST_F(Resume, AfterKillsWithRareCheckpoints) {
  write_config(400);
  expect_kills_leave_no_trace("0.05", 3);
}
TEST_F(Resume, OfSecondOrderStepsAfterKills) {
  if (test::is_sanitized) GTEST_SKIP() << "a minute there; kills of first-order steps run";
  write_config(40, "kind = \"levenberg_marquardt\"");
  expect_kills_leave_no_trace("0", 4);
}
TEST_F(Resume, AfterAnInterrupt) { expect_stop_leaves_no_trace(SIGINT, "0"); }
TEST_F(Resume, AfterAnInterruptBetweenCheckpoints) {
  write_config(400);
  expect_stop_leaves_no_trace(SIGINT, "1000");
}
TEST_F(Resume, AfterARequestToEnd) {
  write_config(400);
  expect_stop_leaves_no_trace(SIGTERM, "1000");
}

/// Small jobs: the device may be an emulated one.
class ResumeOnADevice : public Resume {
 protected:
  void SetUp() override {
    device_ = "cuda";
    if (auto const reason = test::reason_to_skip(device_); !reason.empty()) GTEST_SKIP() << reason;
  }
};
TEST_F(ResumeOnADevice, AfterAnInterrupt) {
  write_config(60, "rate = 0.01", true);
  expect_stop_leaves_no_trace(SIGINT, "0");
}
TEST_F(ResumeOnADevice, OfSecondOrderStepsAfterAnInterrupt) {
  write_config(30, "kind = \"levenberg_marquardt\"", true);
  expect_stop_leaves_no_trace(SIGINT, "0");
}

TEST_F(Resume, OfAFinishedRunSaysSo) {
  ASSERT_EQ(Command(begin("run", "10")).wait().status, 0);
  auto const before = test::contents(folder_.path());
  auto const result = Command(resume("run")).wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("had finished"), std::string::npos) << result.out;
  EXPECT_EQ(test::contents(folder_.path()), before);
}

TEST_F(Resume, AllowsWhatLeavesTheWeightsAlone) {
  ASSERT_EQ(Command(begin("whole", "10")).wait().status, 0);
  Command training(begin("run", "0"));
  ASSERT_TRUE(test::eventually([&] { return has_checkpoint("run"); }));
  training.send(SIGINT);
  ASSERT_EQ(training.wait().status, 130);
  auto const resumed =
      metasolve({"train", config_, "--resume", "--out", (folder_ / "run").string(), "--device", "cpu", "--threads", "2",
                 "--set", "training.checkpoint_seconds=3", "--set", "evaluation.tolerances=[0.1]"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  expect_same_run("whole", "run");
}

TEST_F(Resume, OneProcessAtATime) {
  write_config(1'000'000);  // it must outlast the start of a second process, however busy the machine is
  Command training(begin("run", "0"));
  ASSERT_TRUE(test::eventually([&] { return has_checkpoint("run"); }));
  auto const second = Command(resume("run")).wait();
  training.send(SIGKILL);
  EXPECT_EQ(second.status, 2) << second.err;
  EXPECT_NE(second.err.find("another process"), std::string::npos) << second.err;
}

}  // namespace
}  // namespace metasolve::resume_test
