// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "metasolve/detail/train/run_folder.hpp"
#include "metasolve/meta_solver.hpp"
#include "tests/support/command.hpp"
#include "tests/support/expect_message.hpp"

/// A run with missing, damaged or replaced files: errors are reported immediately, and the run continues.
namespace metasolve::mended_run_test {
namespace {

namespace fs = std::filesystem;
using test::CommandResult;
using test::metasolve;
using test::TemporaryFolder;

constexpr char const* config = METASOLVE_SOURCE_DIR "/configs/robertson.toml";

class MendedRun : public ::testing::Test {
 protected:
  static std::vector<std::string> train(std::string const& run) {
    return {"train",     config,
            "--out",     run,
            "--device",  "cpu",
            "--threads", "1",
            "--set",     "problem.train_tasks=1500",
            "--set",     "problem.validation_tasks=100",
            "--set",     "training.epochs=6",
            "--set",     "training.batch_size=50",
            "--set",     "training.checkpoint_seconds=0",
            "--set",     "training.seed=" + std::to_string(seed_)};
  }
  static inline int seed_ = 5;
  static void SetUpTestSuite() {
    whole_ = std::make_unique<TemporaryFolder>();
    // The best lies within the run, and the last epoch also improves on the constant; for which seed depends on the
    // build's
    // rounding.
    auto const is_fit = [] {
      auto const best = train::read_checkpoint(*whole_ / "run/best.safetensors").best_epoch;
      std::istringstream log(TemporaryFolder::read(*whole_ / "run/metrics.jsonl"));
      std::string line, last;
      while (std::getline(log, line)) last = line;
      auto const end = nlohmann::json::parse(last);
      return 0 < best && best < 6 && end["validation_iterations"] < end["constant_iterations"];
    };
    for (seed_ = 5; seed_ < 25; ++seed_) {
      fs::remove_all(*whole_ / "run");
      auto const result = metasolve(train((*whole_ / "run").string()));
      ASSERT_EQ(result.status, 0) << result.err;
      if (is_fit()) return;
    }
    FAIL() << "no seed has its best within the run";
  }
  static void TearDownTestSuite() { whole_.reset(); }

  void SetUp() override { fs::copy(*whole_ / "run", folder_ / "run"); }

  [[nodiscard]] std::string run() const { return (folder_ / "run").string(); }
  [[nodiscard]] fs::path file(std::string const& name) const { return folder_ / "run" / name; }
  [[nodiscard]] std::string read(std::string const& name) const { return TemporaryFolder::read(file(name)); }

  CommandResult resume() const {
    return metasolve({"train", "--resume", "--out", run(), "--device", "cpu", "--threads", "1"});
  }
  /// Resumes, and prints all of this on stderr.
  void expect_goes_on(std::vector<std::string> const& parts) const {
    auto const result = resume();
    EXPECT_EQ(result.status, 0) << result.err;
    for (auto const& part : parts) EXPECT_NE(result.err.find(part), std::string::npos) << part << " in\n" << result.err;
    EXPECT_TRUE(fs::exists(file("best.safetensors")));
    auto const again = resume();
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_NE(again.out.find("nothing was left to train"), std::string::npos) << again.out << again.err;
  }
  /// Equal to an uninterrupted run.
  void expect_same(std::string const& name) const {
    auto const ours = train::read_checkpoint(file(name)), theirs = train::read_checkpoint(*whole_ / "run" / name);
    EXPECT_EQ(ours.learner.weights, theirs.learner.weights) << name;
    EXPECT_EQ(ours.learner.second_moment, theirs.learner.second_moment) << name;
    EXPECT_EQ(ours.best_figure, theirs.best_figure) << name;
    EXPECT_EQ(ours.best_epoch, theirs.best_epoch) << name;
    EXPECT_EQ(ours.epoch, theirs.epoch) << name;
  }
  void flip(std::string const& name) const {
    auto bytes = read(name);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    folder_.write("run/" + name, bytes);
  }
  /// Epochs of metrics.jsonl, each line of which must be JSON.
  [[nodiscard]] std::vector<int> epochs() const {
    std::vector<int> found;
    std::ifstream lines(file("metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      auto const entry = nlohmann::json::parse(line, nullptr, false);
      EXPECT_TRUE(entry.is_object()) << line;
      if (entry.is_object()) found.push_back(entry["epoch"]);
    }
    return found;
  }
  static std::vector<int> up_to(int last, int first = 1) {
    std::vector<int> all;
    for (int i = first; i <= last; ++i) all.push_back(i);
    return all;
  }

  static inline std::unique_ptr<TemporaryFolder> whole_;
  TemporaryFolder folder_;
};

TEST_F(MendedRun, KilledBeforeItsFirstCheckpointBeginsAgain) {
  for (auto const* name : {"last.safetensors", "best.safetensors", "metrics.jsonl"}) fs::remove(file(name));
  auto const before = test::contents(folder_.path());
  auto const begun = metasolve(train(run()));
  EXPECT_EQ(begun.status, 2);
  EXPECT_NE(begun.err.find("metasolve train --resume --out " + run()), std::string::npos) << begun.err;
  EXPECT_EQ(test::contents(folder_.path()), before);
  expect_goes_on({"no checkpoint", "begins again", "manifest.json"});
  expect_same("last.safetensors");
  expect_same("best.safetensors");
  EXPECT_EQ(epochs(), up_to(6));
}

TEST_F(MendedRun, WithoutItsLastCheckpointGoesOnFromTheBest) {
  fs::remove(file("last.safetensors"));
  expect_goes_on({"last.safetensors: is missing", "goes on from best.safetensors"});
  expect_same("last.safetensors");
  expect_same("best.safetensors");
  flip("last.safetensors");
  expect_goes_on({"last.safetensors", "kept as last.safetensors.damaged", "goes on from best.safetensors"});
  expect_same("last.safetensors");
  EXPECT_TRUE(fs::exists(file("last.safetensors.damaged")));
  EXPECT_EQ(epochs(), up_to(6));
}

TEST_F(MendedRun, FindsALostBestAgain) {
  auto const last = train::read_checkpoint(file("last.safetensors"));
  ASSERT_TRUE(last.has_best);
  auto const expect_best_of_last = [&] {
    auto const best = train::read_checkpoint(file("best.safetensors"));
    EXPECT_EQ(best.learner.weights, last.learner.weights);
    EXPECT_EQ(best.best_epoch, 6);
    auto const log = read("metrics.jsonl");
    auto const line = nlohmann::json::parse(log.substr(log.rfind('\n', log.size() - 2) + 1));
    EXPECT_EQ(best.best_iterations, line["validation_iterations"]);
    EXPECT_EQ(train::read_checkpoint(file("last.safetensors")).learner.weights, last.learner.weights);
  };
  fs::remove(file("best.safetensors"));
  expect_goes_on({"best.safetensors: is missing", "found again"});
  expect_best_of_last();
  flip("best.safetensors");
  expect_goes_on({"best.safetensors", "kept as best.safetensors.damaged", "found again"});
  expect_best_of_last();
  // From another run of the same problem.
  auto other = train(run() + "2");
  other.insert(other.end(), {"--set", "training.seed=9"});
  ASSERT_EQ(metasolve(other).status, 0);
  fs::copy_file(run() + "2/best.safetensors", file("best.safetensors"), fs::copy_options::overwrite_existing);
  expect_goes_on({"best.safetensors: is not this run's", "found again"});
  expect_best_of_last();
  EXPECT_EQ(read("best.safetensors.other"), TemporaryFolder::read(run() + "2/best.safetensors"));
  // A last checkpoint of another run is not resumed.
  fs::copy_file(run() + "2/last.safetensors", file("last.safetensors"), fs::copy_options::overwrite_existing);
  auto const refused = resume();
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("last.safetensors: is a checkpoint of another run"), std::string::npos) << refused.err;
}

TEST_F(MendedRun, WeightsDoNotHangOnTheLog) {
  auto const log = read("metrics.jsonl");
  auto const line = log.find('\n') + 1;
  fs::remove(file("metrics.jsonl"));
  expect_goes_on({"metrics.jsonl: is missing"});
  EXPECT_EQ(epochs(), up_to(0));
  fs::remove(file("last.safetensors"));  // falls back to the best
  auto const best = train::read_checkpoint(file("best.safetensors")).best_epoch;
  folder_.write("run/metrics.jsonl", log.substr(0, line + 7));
  expect_goes_on({"metrics.jsonl: is shorter", "1 line of"});
  auto expected = up_to(6, best + 1);
  expected.insert(expected.begin(), 1);
  EXPECT_EQ(epochs(), expected);
  for (auto const& [text, kept] :
       {std::pair{"no JSON\n" + log, up_to(6)}, {std::string(200000, '[') + "\n", up_to(0)}}) {
    folder_.write("run/metrics.jsonl", text);
    expect_goes_on({"metrics.jsonl: is damaged", "metrics.jsonl.damaged"});
    EXPECT_EQ(epochs(), kept);
  }
  fs::remove(file("metrics.jsonl"));
  fs::create_directory(file("metrics.jsonl"));
  expect_goes_on({"metrics.jsonl: is no regular file"});
  expect_same("last.safetensors");
  expect_same("best.safetensors");
}

TEST_F(MendedRun, TellsThatTheLogWasChanged) {
  auto log = read("metrics.jsonl");
  auto const digit = log.find("\"loss\":") + 7;
  log[digit] = log[digit] == '1' ? '2' : '1';
  folder_.write("run/metrics.jsonl", log);
  auto const result = resume();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("metrics.jsonl: was changed"), std::string::npos) << result.err;
  EXPECT_EQ(read("metrics.jsonl"), log);
}

TEST_F(MendedRun, ADamagedManifestIsReplaced) {
  auto const manifest = read("manifest.json");
  auto flipped = manifest;
  flipped[flipped.find("\"seed\": 5") + 8] = '1';
  for (auto const& text : {manifest.substr(0, manifest.size() / 2), flipped, std::string(), std::string("[]"),
                           R"({"resumes": 1, "a": )" + std::string(200000, '[') + std::string(200000, ']') + "}"}) {
    folder_.write("run/manifest.json", text);
    expect_goes_on({"manifest.json: is damaged", "kept as manifest.json.damaged"});
  }
  EXPECT_TRUE(fs::exists(file("manifest.json.damaged-5")));
  fs::remove(file("manifest.json"));
  expect_goes_on({"manifest.json: is missing"});
  // The count of resumes saturates at the end of its range.
  for (auto const& [given, expected] :
       {std::pair{"3", std::int64_t{4}}, {"9223372036854775807", INT64_MAX}, {"18446744073709551615", INT64_MAX}}) {
    folder_.write("run/manifest.json", std::string("{\"finished\": false, \"resumes\": ") + given + "}");
    EXPECT_EQ(resume().status, 0);
    EXPECT_EQ(nlohmann::json::parse(read("manifest.json"))["resumes"].get<std::int64_t>(), expected);
  }
}

TEST_F(MendedRun, RemovesItsOwnTemporariesAlone) {
  for (auto const* ours : {".last.safetensors.123.4.tmp", ".metrics.jsonl.99.0.tmp", ".manifest.json.1.2.tmp"}) {
    folder_.write(std::string("run/") + ours, "x");
  }
  std::vector<std::string> const others{".last.safetensors.a.tmp", ".notes.1.2.tmp", "last.safetensors.1.2.tmp"};
  for (auto const& name : others) folder_.write("run/" + name, "x");
  fs::remove(file("best.safetensors"));
  ASSERT_EQ(resume().status, 0);
  std::vector<std::string> left;
  for (auto const& entry : fs::directory_iterator(run())) {
    if (entry.path().extension() == ".tmp") left.push_back(entry.path().filename().string());
  }
  std::ranges::sort(left);
  EXPECT_EQ(left, others);
}

TEST_F(MendedRun, IsEvaluatedByItsLastCheckpointWhereThereIsNoBest) {
  flip("best.safetensors");
  auto const evaluate = [&] { return metasolve({"evaluate", run(), "--device", "cpu", "--tasks", "5"}); };
  auto damaged = evaluate();
  EXPECT_EQ(damaged.status, 0) << damaged.err;
  EXPECT_NE(damaged.err.find("taken instead: model.safetensors"), std::string::npos) << damaged.err;
  fs::remove(file("model.safetensors"));
  damaged = evaluate();
  EXPECT_EQ(damaged.status, 0) << damaged.err;
  EXPECT_NE(damaged.err.find("taken instead: last.safetensors, of epoch 6"), std::string::npos) << damaged.err;
  fs::remove(file("best.safetensors"));
  auto const missing = evaluate();
  EXPECT_EQ(missing.status, 0) << missing.err;
  EXPECT_NE(missing.err.find("no checkpoint best.safetensors"), std::string::npos) << missing.err;
  test::expect_message<InputError>([&] { [[maybe_unused]] auto const model = MetaSolver::load(run()); },
                                   {"has no best.safetensors", "last.safetensors"});
}

/// Files removed during training are rewritten with the next checkpoint, and reported.
TEST_F(MendedRun, WritesAgainWhatIsTakenAwayWhileItTrains) {
  auto long_run = train(run() + "3");
  long_run.insert(long_run.end(), {"--set", "training.epochs=1000000"});
  test::Command training(test::metasolve_arguments(long_run));
  std::vector<std::string> const names{"last.safetensors", "metrics.jsonl", "manifest.json"};
  auto const all = [&] {
    return std::ranges::all_of(names, [&](auto const& name) { return fs::exists(run() + "3/" + name); });
  };
  ASSERT_TRUE(test::eventually([&] { return fs::exists(run() + "3/best.safetensors"); }));
  for (auto const& name : names) fs::remove(run() + "3/" + name);
  ASSERT_TRUE(test::eventually(all));
  training.send(SIGTERM);
  auto const result = training.wait();
  EXPECT_EQ(result.status, 143);
  for (auto const& name : {"metrics.jsonl", "manifest.json"}) {
    EXPECT_NE(result.err.find(std::string(name) + ": was removed while"), std::string::npos) << result.err;
  }
  fs::remove_all(run());
  fs::rename(run() + "3", run());
  auto const found = epochs();
  EXPECT_EQ(found, up_to(static_cast<int>(found.size())));
  EXPECT_TRUE(train::find_run(train::RunFiles(run()), {}).notices.empty());
}

}  // namespace
}  // namespace metasolve::mended_run_test
