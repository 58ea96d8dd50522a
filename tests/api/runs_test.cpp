// SPDX-License-Identifier: Apache-2.0
#include "metasolve/runs.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/run_folder.hpp"
#include "tests/support/command.hpp"
#include "tests/support/expect_message.hpp"

/// Programs train, evaluate, tune and inspect as the command line does.
namespace metasolve::runs_test {
namespace {

using nlohmann::json;
using test::expect_message;
using test::TemporaryFolder;

constexpr char poisson[] = R"([problem]
name = "poisson"
unknowns = 8
train_tasks = 64
validation_tasks = 32
test_tasks = 32
[solver]
tolerance = 1e-2
[training]
epochs = 4
batch_size = 16
[evaluation]
tolerances = [1e-2, 1e-4]
)";

constexpr char robertson[] = R"([problem]
name = "robertson"
train_tasks = 200
validation_tasks = 100
test_tasks = 100
[solver]
learn = "both"
tolerance = 1e-6
max_iterations = 200
[network]
hidden = [4]
feature_scaling = "standard"
start = "tuned"
[training]
epochs = 3
batch_size = 50
[evaluation]
tolerances = [1e-6]
max_iterations = 200
)";

/// What a document says, without what differs from run to run.
json untimed(json document) {
  if (document.is_array()) {
    for (auto& member : document) member = untimed(member);
  }
  if (!document.is_object()) return document;
  for (auto const* key : {"seconds", "seconds_per_task", "timing", "time_ratio", "peak_memory_bytes", "fastest",
                          "best_by_seconds", "verdict"}) {
    document.erase(key);
  }
  for (auto& [key, member] : document.items()) member = untimed(member);
  return document;
}

/// The same of an evaluation, whose tuned constant is the fastest.
json evaluation(json document) {
  document = untimed(document);
  document.erase("tuned");
  for (auto& entry : document["tolerances"]) entry.erase("tuned");
  return document;
}

std::vector<std::string> keys_of(nlohmann::ordered_json const& document) {
  std::vector<std::string> keys;
  for (auto const& [key, member] : document.items()) keys.push_back(key);
  return keys;
}

class Runs : public ::testing::Test {
 protected:
  Runs() { ::setenv("METASOLVE_CACHE", "", 1); }  // also for the command line that is started here

  json train(std::string const& run, std::string const& configuration, TrainingSettings const& settings = {},
             TrainingControl const& control = {}) {
    return json::parse(train_run(executor_, folder_ / run, configuration, settings, control));
  }
  [[nodiscard]] train::Checkpoint last(std::string const& run) const {
    return train::read_checkpoint(train::RunFiles(folder_ / run).last());
  }
  [[nodiscard]] std::string path(std::string const& name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
  Executor executor_ = Executor::cpu(1);
};

TEST_F(Runs, TrainsWithProgressOfEachEpoch) {
  std::vector<TrainingProgress> seen;
  auto const document =
      train("run", poisson, {"training.seed=3"}, {.progress = [&](TrainingProgress const& p) { seen.push_back(p); }});
  EXPECT_EQ(document["run"], path("run"));
  EXPECT_EQ(document["finished"], true);
  EXPECT_EQ(document["epoch"], 4);
  ASSERT_EQ(seen.size(), 4U);
  for (int i = 0; i < 4; ++i) {
    auto const& p = seen[static_cast<std::size_t>(i)];
    EXPECT_EQ(p.epoch, i + 1);
    EXPECT_EQ(p.epochs, 4);
    EXPECT_TRUE(p.loss > 0 && p.validation_iterations > 0 && p.constant_iterations > 0 && p.tasks_per_second > 0);
  }
  EXPECT_EQ(seen.back().seconds_left, 0);
  EXPECT_EQ(document["best"]["iterations"], seen.back().best_iterations);
  EXPECT_EQ(last("run").config.training.seed, 3U);
}

/// The same weights, documents and errors as the command line.
TEST_F(Runs, AreThoseOfTheCommandLine) {
  for (auto const* const configuration : {poisson, robertson}) {
    auto const file = folder_.write("c.toml", configuration).string();
    std::filesystem::remove_all(folder_ / "here");
    std::filesystem::remove_all(folder_ / "there");
    auto const here = nlohmann::ordered_json::parse(train_run(executor_, folder_ / "here", configuration));
    auto const there =
        test::metasolve({"train", file, "--out", path("there"), "--device", "cpu", "--threads", "1", "--json"});
    ASSERT_EQ(there.status, 0) << there.err;
    EXPECT_EQ(keys_of(here), keys_of(nlohmann::ordered_json::parse(there.out)));
    auto named_here = there.json();
    named_here["run"] = path("here");
    EXPECT_EQ(untimed(json(here)), untimed(named_here));
    EXPECT_EQ(last("here").learner.weights, last("there").learner.weights);

    TrainingSettings const settings{"problem.test_tasks=20"};
    auto const evaluated =
        test::metasolve({"evaluate", path("here"), "--tasks", "20", "--device", "cpu", "--threads", "1", "--json"});
    auto const judged = evaluate_run(executor_, folder_ / "here", settings);
    EXPECT_EQ(evaluation(json::parse(judged)), evaluation(evaluated.json()));
    auto of_judged = nlohmann::ordered_json::parse(judged), of_evaluated = nlohmann::ordered_json::parse(evaluated.out);
    of_judged.erase("tuned");
    of_evaluated.erase("tuned");
    EXPECT_EQ(keys_of(of_judged), keys_of(of_evaluated));
    EXPECT_EQ(json::parse(judged)["tasks"], 20);

    // A document without times is the same to the byte.
    EXPECT_EQ(inspect_model(folder_ / "here"), test::metasolve({"inspect", path("here"), "--json"}).out);
    EXPECT_EQ(inspect_model(folder_ / "here/last.safetensors"),
              test::metasolve({"inspect", path("here") + "/last.safetensors", "--json"}).out);

    auto const dry = test::metasolve({"train", file, "--dry-run", "--device", "cpu", "--json"}).json();
    EXPECT_EQ(json::parse(resolved_configuration(configuration)), dry["config"]);
    EXPECT_EQ(json::parse(resolved_configuration(load_configuration(file))), dry["config"]);
  }
}

TEST_F(Runs, TuneAsTheCommandLine) {
  auto const file = folder_.write("c.toml", robertson).string();
  auto const there = test::metasolve(
      {"tune", file, "--from", "1", "--to", "1.4", "--spacing", "0.1", "--device", "cpu", "--threads", "1", "--json"});
  ASSERT_EQ(there.status, 0) << there.err;
  auto const here = tune_constant(executor_, robertson, {}, {.from = 1, .to = 1.4, .spacing = 0.1});
  EXPECT_EQ(untimed(json::parse(here)), untimed(there.json()));
  EXPECT_EQ(keys_of(nlohmann::ordered_json::parse(here)), keys_of(nlohmann::ordered_json::parse(there.out)));
  auto const by_time =
      json::parse(tune_constant(executor_, robertson, {}, {.from = 1, .to = 1.4, .spacing = 0.1, .by_seconds = true}));
  EXPECT_EQ(by_time["by"], "seconds");
  EXPECT_EQ(by_time["best"], by_time["best_by_seconds"]);
  expect_message<InputError>([&] { tune_constant(executor_, robertson, {}, {.from = 3}); },
                             {"relaxation factor", "from <= to < 2"});
  expect_message<InputError>([&] { tune_constant(executor_, poisson); }, {"poisson", "no constant parameter"});
}

/// A run that is stopped after each epoch equals an uninterrupted one.
TEST_F(Runs, GoOnBitForBit) {
  for (auto const* const configuration : {poisson, robertson}) {
    std::filesystem::remove_all(folder_ / "whole");
    std::filesystem::remove_all(folder_ / "stopped");
    train("whole", configuration);
    std::atomic<bool> stop{false};
    TrainingControl const control{
        .resume = true, .stop = &stop, .progress = [&](TrainingProgress const&) { stop = true; }};
    bool finished = false;
    int calls = 0;
    for (; calls < 20 && !finished; ++calls) {
      stop = false;
      // The run's own configuration once there is a run.
      finished = train("stopped", calls % 2 == 1 ? "" : configuration, {}, control)["finished"];
    }
    ASSERT_TRUE(finished);
    EXPECT_GT(calls, 1);
    EXPECT_EQ(last("stopped").learner.weights, last("whole").learner.weights);
    EXPECT_EQ(last("stopped").learner.second_moment, last("whole").learner.second_moment);
    EXPECT_EQ(last("stopped").best_figure, last("whole").best_figure);
    // Nothing is left to train.
    auto const before = test::contents(folder_.path());
    EXPECT_EQ(train("stopped", "", {}, {.resume = true})["finished"], true);
    EXPECT_EQ(test::contents(folder_.path()), before);
  }
}

TEST_F(Runs, CanBeResumedAfterAnExceptionOfACallback) {
  train("whole", poisson);
  auto const fail = [](TrainingProgress const& p) {
    if (p.epoch == 2) throw std::runtime_error("the caller's");
  };
  EXPECT_THROW(train("run", poisson, {"training.checkpoint_seconds=0"}, {.progress = fail}), std::runtime_error);
  EXPECT_EQ(train("run", "", {}, {.resume = true})["finished"], true);
  EXPECT_EQ(last("run").learner.weights, last("whole").learner.weights);
}

TEST_F(Runs, ErrorsNameTheCause) {
  expect_message<InputError>([&] { train("run", "[training]\nepoch = 3\n"); },
                             {"configuration:2", "training.epoch", "training.epochs"});
  expect_message<InputError>([&] { train("run", poisson, {"training.epochs=-1"}); },
                             {"setting training.epochs=-1", "expected"});
  expect_message<InputError>([&] { train("run", "[problem]\nname = \"absent\"\n"); }, {"absent", "robertson"});
  expect_message<InputError>([&] { train("run", ""); }, {path("run"), "configuration is empty"});
  expect_message<InputError>([&] { train("run", "", {}, {.resume = true}); }, {path("run"), "no run to resume"});
  expect_message<InputError>([&] { resolved_configuration("[solver]\ntolerance = 2\n"); }, {"solver.tolerance", "2"});
  expect_message<InputError>([&] { load_configuration(folder_ / "absent.toml"); }, {"absent.toml"});
  expect_message<InputError>([&] { evaluate_run(executor_, folder_ / "run"); }, {path("run"), "is not there"});
  expect_message<InputError>([&] { inspect_model(folder_ / "run"); }, {path("run")});
  EXPECT_TRUE(test::contents(folder_.path()).empty());  // nothing was written

  train("run", poisson);
  auto const before = test::contents(folder_.path());
  expect_message<InputError>([&] { train("run", poisson); },
                             {path("run"), "not overwritten", "TrainingControl::resume"});
  expect_message<InputError>([&] { train("run", poisson, {"training.seed=1"}, {.resume = true}); },
                             {"training.seed", "given 1", path("run")});
  expect_message<InputError>([&] { evaluate_run(executor_, folder_ / "run", {"network.hidden=[3]"}); },
                             {"network.hidden"});
  expect_message<InputError>([&] { evaluate_run(executor_, folder_ / "run", {"problem.test_task=3"}); },
                             {"setting problem.test_task=3", "problem.test_tasks"});
  EXPECT_EQ(test::contents(folder_.path()), before);
}

/// Notices reach the callback, and nothing is printed.
TEST_F(Runs, PrintNothing) {
  std::string told;
  auto const notice = [&](std::string const& text) { told += text + "\n"; };
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  folder_.write("cache", "a file where the trajectories' folder is wanted");
  ::setenv("METASOLVE_CACHE", (folder_ / "cache").c_str(), 1);
  train("run", robertson, {}, {.notice = notice});
  EXPECT_NE(told.find("not kept"), std::string::npos) << told;
  told.clear();
  std::filesystem::remove(folder_ / "run/best.safetensors");
  evaluate_run(executor_, folder_ / "run", {}, notice);
  EXPECT_NE(told.find("best.safetensors"), std::string::npos) << told;
  evaluate_run(executor_, folder_ / "run");
  tune_constant(executor_, robertson, {}, {.from = 1, .to = 1.2, .spacing = 0.1});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Relative paths are those of the current folder for a text, and of its folder for a file.
TEST_F(Runs, PathsDoNotDependOnTheCurrentFolderLater) {
  auto const text = "[problem]\nname = \"spd\"\nmatrices = \"tests/data/spd\"\n";
  auto const file = folder_.write("c.toml", text);
  expect_message<InputError>([&] { resolved_configuration(load_configuration(file)); }, {path("tests/data/spd")});
  expect_message<InputError>([&] { resolved_configuration(text); },
                             {(std::filesystem::current_path() / "tests/data/spd").string()});
}

TEST_F(Runs, InAnyThread) {
  train("whole", poisson);
  auto const in_thread = [&](std::string const& run) {
    return std::thread([this, run] {
      train_run(Executor::cpu(1), folder_ / run, poisson);
      evaluate_run(Executor::cpu(1), folder_ / run);
    });
  };
  auto one = in_thread("one"), two = in_thread("two");
  one.join();
  two.join();
  EXPECT_EQ(last("one").learner.weights, last("whole").learner.weights);
  EXPECT_EQ(last("two").learner.weights, last("whole").learner.weights);
}

}  // namespace
}  // namespace metasolve::runs_test
