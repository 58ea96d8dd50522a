// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/plugin.hpp"
#include "tests/support/command.hpp"

/// Unusable input is rejected with exit status 2 and a message that names it, and changes no file.
namespace metasolve::bad_input_test {
namespace {

namespace fs = std::filesystem;
using test::CommandResult;
using test::contents;
using test::metasolve;
using test::TemporaryFolder;

std::string const main_config = METASOLVE_SOURCE_DIR "/configs/poisson.toml";

class BadInput : public ::testing::Test {
 protected:
  void expect_refused(CommandResult const& result, std::vector<std::string> const& parts) {
    EXPECT_EQ(result.status, 2) << result.out << result.err;
    EXPECT_NE(result.err.find("metasolve: "), std::string::npos) << result.err;
    for (auto const& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "\nlacks " << part;
  }
  /// Expects that the command is rejected, and that every file of the test's folder is unchanged.
  void refuse(std::vector<std::string> const& arguments, std::vector<std::string> const& parts) {
    auto const before = contents(folder_.path());
    expect_refused(metasolve(arguments), parts);
    EXPECT_EQ(contents(folder_.path()), before) << "a refused command changed files";
  }

  /// A trained run of this name.
  std::string trained(std::string const& name, std::string const& unknowns = "16") {
    auto const run = (folder_ / name).string();
    auto const result = metasolve({"train", main_config, "--out", run, "--device", "cpu", "--set", "training.epochs=2",
                                   "--set", "problem.train_tasks=32", "--set", "problem.validation_tasks=32", "--set",
                                   "problem.unknowns=" + unknowns});
    EXPECT_EQ(result.status, 0) << result.err;
    return run;
  }

  /// Runs `solve` on this text, with an existing older result.
  void refuse_tasks(std::string const& text, std::vector<std::string> const& parts,
                    std::vector<std::string> const& more = {"--device", "cpu"}) {
    auto const tasks = folder_.write("tasks.csv", text).string();
    std::vector<std::string> all{"solve", "--tasks", tasks, "--out", folder_.write("out.csv", "old\n").string()};
    all.insert(all.end(), more.begin(), more.end());
    refuse(all, parts);
  }

  void refuse_config(std::string const& text, std::vector<std::string> const& parts) {
    auto const config = folder_.write("job.toml", text).string();
    refuse({"train", config, "--out", (folder_ / "run").string(), "--device", "cpu"}, parts);
  }

  TemporaryFolder folder_;
};

TEST_F(BadInput, Configuration) {
  refuse_config("[solver]\ntolerence = 1e-3\n", {"job.toml:2", "solver.tolerence", "nearest", "solver.tolerance"});
  refuse_config("[training]\nepochs = \"many\"\n", {"job.toml:2", "training.epochs", "\"many\"", "integer"});
  refuse_config("[network]\nactivation = \"silo\"\n", {"network.activation", "\"silu\""});
  refuse_config("[solver]\ntolerance = 2.0\n", {"solver.tolerance", "2"});
  refuse_config("[problem]\nname = \"heat\"\n", {"heat", "poisson"});
  refuse_config("[solver\n", {"job.toml:1", "TOML"});
  refuse({"train", (folder_ / "absent.toml").string()}, {"absent.toml"});
  refuse({"train", main_config, "--out", (folder_ / "run").string(), "--set", "training.epoch=3"}, {"training.epochs"});
  refuse({"train"}, {"configuration"});
  refuse({"train", main_config, "--out", (folder_ / "run").string(), "--set", "network.hidden=[3000,3000]"},
         {"levenberg_marquardt", "resources.memory"});
}

TEST_F(BadInput, Tasks) {
  refuse_tasks("", {"tasks.csv", "empty"});
  refuse_tasks("f1,f2\n", {"tasks.csv", "no rows"});
  refuse_tasks("g1,g2\n1,2\n", {"tasks.csv", "f1"});
  refuse_tasks("f1,f2\n1,2\n3\n", {"tasks.csv:3", "1 cells"});
  refuse_tasks("f1,f2\n1,2\n3,x\n", {"tasks.csv:3", "f2", "\"x\""});
  refuse_tasks("f1,f2\n1,nan\n", {"tasks.csv:2", "f2", "not finite"});
  refuse_tasks("f1,f2\ninf,1\n", {"tasks.csv:2", "f1", "not finite"});
  refuse_tasks("f1,f2\n1,1\n0,-0\n", {"tasks.csv: row 2", "zero"});
  refuse_tasks("f1,f2,f1\n1,1,1\n", {"tasks.csv:1", "f1", "more than once"});
  refuse({"solve", "--tasks", (folder_ / "absent.csv").string(), "--out", (folder_ / "o").string()}, {"absent.csv"});
}

TEST_F(BadInput, OptionsOfSolve) {
  std::string const good = "f1,f2\n1,2\n";
  refuse_tasks(good, {"heat", "poisson"}, {"--problem", "heat"});
  refuse_tasks(good, {"--tolerance", "0"}, {"--tolerance", "0"});
  refuse_tasks(good, {"--tolerance"}, {"--tolerance", "nan"});
  refuse_tasks(good, {"--max-iterations", "-1"}, {"--max-iterations", "-1"});
  refuse_tasks(good, {"resources.thread", "nearest"}, {"--set", "resources.thread=1"});
  refuse_tasks(good, {"gpu", "cuda:N"}, {"--device", "gpu"});
  auto const tasks = folder_.write("tasks.csv", good).string();
  refuse({"solve", "--tasks", tasks, "--out", tasks}, {"--out", "tasks.csv"});
  refuse({"solve", "--tasks", tasks, "--out", (folder_ / "no/such/out.csv").string(), "--device", "cpu"},
         {"no/such/out.csv", "No such file"});
}

TEST_F(BadInput, CommandLine) {
  for (std::vector<std::string> const& arguments : {std::vector<std::string>{"--no-such-option"},
                                                    {"trian"},
                                                    {},
                                                    {"train", "--no-such-option"},
                                                    {"solve", "--tolerance", "x"},
                                                    {"evaluate", ".", "--checkpoint", "first"}}) {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_FALSE(result.err.empty());
  }
}

TEST_F(BadInput, ModelForAnotherProblemSize) {
  auto const run = trained("run", "4");
  refuse_tasks("f1,f2,f3\n1,2,3\n", {"tasks.csv", "3 unknowns", run, "4"}, {"--model", run});
  refuse({"evaluate", run, "--set", "problem.unknowns=8"}, {"problem.unknowns", "8", "4"});
  refuse({"evaluate", run, "--set", "network.hidden=[7]"}, {"network.hidden"});
}

TEST_F(BadInput, DamagedCheckpoint) {
  auto const run = trained("run");
  fs::remove(run + "/model.safetensors");  // it would be taken instead
  auto const whole = TemporaryFolder::read(run + "/last.safetensors");
  auto flipped = whole;
  flipped[whole.size() - 100] = static_cast<char>(flipped[whole.size() - 100] ^ 1);
  auto renamed = whole;
  renamed.replace(renamed.find("metasolve-checkpoint-2"), 22, "metasolve-checkpoint-9");
  for (auto const& bytes : {whole.substr(0, whole.size() / 2), whole.substr(0, 5), std::string{}, flipped, renamed}) {
    for (auto const* name : {"run/last.safetensors", "run/best.safetensors"}) folder_.write(name, bytes);
    refuse({"evaluate", run, "--device", "cpu"}, {run + "/best.safetensors"});
    refuse({"train", "--resume", "--out", run, "--device", "cpu"}, {run + "/last.safetensors"});
    refuse_tasks("f1\n1\n", {run + "/best.safetensors"}, {"--model", run});
  }
  refuse({"evaluate", (folder_ / "absent").string()}, {"absent"});
  fs::remove(run + "/best.safetensors");
  refuse({"evaluate", run}, {"best.safetensors"});
}

TEST_F(BadInput, FolderOfAnotherRun) {
  auto const run = trained("run");
  refuse({"train", main_config, "--out", run, "--device", "cpu"}, {run, "another run", "--resume"});
  fs::remove(run + "/manifest.json");
  refuse({"train", main_config, "--out", run, "--device", "cpu"}, {run, "last.safetensors"});
  fs::create_directory(folder_ / "begun");
  folder_.write("begun/manifest.json", "{}");
  refuse({"train", main_config, "--out", (folder_ / "begun").string(), "--device", "cpu"}, {"manifest.json", "remove"});
  refuse({"train", "--resume", "--out", (folder_ / "begun").string()}, {"begun", "no checkpoint"});
  refuse({"train", "--resume", "--out", (folder_ / "absent").string()}, {"absent", "no checkpoint"});
  auto const file = folder_.write("file", "x").string();
  refuse({"train", main_config, "--out", file, "--device", "cpu"}, {file});
}

TEST_F(BadInput, ResumeWithAnotherConfiguration) {
  auto const run = trained("run");
  refuse({"train", main_config, "--resume", "--out", run}, {"problem.train_tasks", "1000", "32"});
  refuse({"train", "--resume", "--out", run, "--set", "optimizer.rate=1e-4"}, {"optimizer.rate", "1e-04"});
}

TEST_F(BadInput, FullDisk) {
  auto const tasks = folder_.write(
      "tasks.csv", "f1,f2\n" + [] {
        std::string rows;
        for (int i = 0; i < 200; ++i) rows += "1,2\n";
        return rows;
      }());
  auto const out = folder_.write("out.csv", "old\n");
  auto before = contents(folder_.path());
  expect_refused(
      test::metasolve_on_full_disk(1, {"solve", "--tasks", tasks.string(), "--out", out.string(), "--device", "cpu"}),
      {out.string(), "File too large"});
  EXPECT_EQ(contents(folder_.path()), before);

  // A run that cannot write its first checkpoint leaves no files that would prevent a restart.
  auto const run = (folder_ / "run").string();
  std::vector<std::string> const train{"train",    main_config,
                                       "--out",    run,
                                       "--device", "cpu",
                                       "--set",    "training.epochs=2",
                                       "--set",    "problem.train_tasks=32"};
  expect_refused(test::metasolve_on_full_disk(8, train), {".safetensors", "File too large"});
  fs::remove(run);  // an empty folder
  EXPECT_EQ(contents(folder_.path()), before);

  // The program's own result, to a device that is always full.
  auto const full = test::Command({"/bin/bash", "-c", "\"$0\" keys > /dev/full", METASOLVE_BINARY}).wait();
  expect_refused(full, {"stdout"});
}

TEST_F(BadInput, FullDiskKeepsTheCheckpoint) {
  auto const run = (folder_ / "run").string();
  test::Command training(test::metasolve_arguments(
      {"train", main_config, "--out", run, "--device", "cpu", "--set", "training.checkpoint_seconds=0"}));
  ASSERT_TRUE(test::eventually([&] { return fs::exists(run + "/last.safetensors"); }));
  training.send(SIGTERM);
  ASSERT_EQ(training.wait().status, 143);
  auto before = contents(run);
  expect_refused(test::metasolve_on_full_disk(8, {"train", "--resume", "--out", run, "--device", "cpu"}),
                 {run, "File too large"});
  auto after = contents(run);
  // Lines after the checkpoint's and the count of resumes may be new; what the run depends on is unchanged.
  for (auto const* name : {"/last.safetensors", "/best.safetensors"}) EXPECT_EQ(after[run + name], before[run + name]);
  EXPECT_EQ(after.size(), before.size());
}

TEST_F(BadInput, CudaWithoutADriver) {
  if (exec::device_count("cuda") > 0) GTEST_SKIP() << "there is a CUDA device here";
  refuse_tasks("f1,f2\n1,2\n", {"CUDA", "\"cpu\""}, {"--device", "cuda"});
  refuse({"train", main_config, "--out", (folder_ / "run").string(), "--device", "cuda:0"}, {"\"cpu\""});
  auto const doctor = metasolve({"doctor", "--device", "cuda"});
  EXPECT_EQ(doctor.status, 2);
  EXPECT_NE(doctor.out.find("cannot be used"), std::string::npos) << doctor.out;
}

}  // namespace
}  // namespace metasolve::bad_input_test
