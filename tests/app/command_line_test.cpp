// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/command.hpp"

/// Common to all commands: exit status, JSON on failure, suggestions, empty values; and the destinations of results.
namespace metasolve::command_line_test {
namespace {

using namespace test;

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() { folder_.write("tasks.csv", "f1,f2\n1,2\n-1,0.5\n"); }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  [[nodiscard]] Words solve(Words const& more) const {
    Words all{"solve", "--tasks", at("tasks.csv"), "--device", "cpu"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// A shell command, in the test's folder; $0 is the program.
  [[nodiscard]] CommandResult shell(std::string const& line) const {
    return Command({"/bin/bash", "-c", "cd '" + folder_.path().string() + "'; " + line, METASOLVE_BINARY}).wait();
  }
  static void expect_refused(CommandResult const& result, Words const& parts) {
    EXPECT_EQ(result.status, 2) << result.out << result.err;
    for (auto const& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
  }
  TemporaryFolder folder_;
};

std::string const expected = "task,status,iterations,measure\n0,converged,";

TEST_F(CommandLine, SuggestsWhatIsMeant) {
  expect_refused(metasolve({"evaluat", "x"}), {"unknown command \"evaluat\"", "did you mean evaluate?"});
  expect_refused(metasolve({"--jso"}), {"unknown option \"--jso\""});
  expect_refused(metasolve({}), {"no command"});
  expect_refused(metasolve(solve({"--tolerence", "1e-3"})), {"\"--tolerence\"", "did you mean --tolerance?"});
  expect_refused(metasolve(solve({"--max-iteration=3", "--out", at("o")})), {"did you mean --max-iterations?"});
  auto const far = metasolve(solve({"--quux", "--out", at("o")}));
  expect_refused(far, {"unknown option \"--quux\""});
  EXPECT_EQ(far.err.find("did you mean"), std::string::npos) << far.err;
}

TEST_F(CommandLine, RefusesEmptyValues) {
  for (std::string const option : {"--max-iterations", "--model", "--tolerance", "--measure", "--relaxation", "--set",
                                   "--device", "--threads", "--tasks", "--shift", "--problem"}) {
    expect_refused(metasolve(solve({option, "", "--out", at("o")})), {option, "empty"});
  }
  expect_refused(metasolve(solve({"--out", ""})), {"--out", "empty"});
  for (std::string const command : {"train", "evaluate", "tune"}) expect_refused(metasolve({command, ""}), {"empty"});
  expect_refused(metasolve({"train", "x.toml", "--out", ""}), {"--out", "empty"});
  expect_refused(metasolve({"integrate", "--trajectory", ""}), {"--trajectory", "empty"});
  EXPECT_FALSE(std::filesystem::exists(at("o")));
}

TEST_F(CommandLine, FailsWithOneDocumentToo) {
  for (Words const& arguments : {Words{"solv", "--json"}, Words{"solve", "--json", "--tolerence", "1"},
                                 solve({"--json", "--out", at("o"), "--tolerance", "2"}),
                                 Words{"evaluate", at("none"), "--json"}, Words{"train", at("none.toml"), "--json"}}) {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    auto const document = result.json();
    EXPECT_EQ(document["exit"], 2);
    EXPECT_NE(result.err.find(document["error"].get<std::string>()), std::string::npos) << result.err;
  }
  EXPECT_TRUE(metasolve({"solv"}).out.empty());
}

TEST_F(CommandLine, SaysByItsStatusThatTasksFailed) {
  // An eigenvector of the iteration takes one iteration; the others' limits are not counted.
  folder_.write("three.csv", "f1,f2,f3\n1,2,3\n1,0,-1\n3,2,1\n");
  auto const some =
      metasolve({"solve", "--tasks", at("three.csv"), "--out", at("o"), "--max-iterations", "9", "--json"});
  EXPECT_EQ(some.status, 3) << some.err;
  EXPECT_EQ(some.json()["exit"], 3);
  EXPECT_EQ(some.json()["status"]["converged"], 1);
  EXPECT_EQ(some.json()["status"]["iteration_limit"], 2);
  EXPECT_EQ(some.json()["mean_iterations"], 1);
  auto const none = metasolve(solve({"--out", at("o"), "--max-iterations", "1"}));
  EXPECT_EQ(none.status, 3);
  EXPECT_NE(none.out.find("0 converged, 2 at the iteration limit"), std::string::npos) << none.out;
  EXPECT_EQ(none.out.find("mean"), std::string::npos) << none.out;
  EXPECT_TRUE(
      metasolve(solve({"--out", at("o"), "--max-iterations", "1", "--json"})).json()["mean_iterations"].is_null());
  for (std::string const command : {"", "solve ", "train "}) {
    EXPECT_NE(shell("\"$0\" " + command + "--help").out.find("Exit status: 0 done; 1"), std::string::npos);
  }
  EXPECT_EQ(shell("\"$0\" keys > /dev/full").status, 2);
}

TEST_F(CommandLine, WritesToStandardOutput) {
  for (std::string const out : {"-", "/dev/stdout", "/dev/fd/1", "link"}) {
    std::filesystem::remove(at("link"));
    std::filesystem::create_symlink("/dev/stdout", at("link"));
    auto const piped = shell("\"$0\" solve --tasks tasks.csv --device cpu --out " + out + " | cat");
    EXPECT_TRUE(piped.out.starts_with(expected)) << out << piped.out << piped.err;
    EXPECT_EQ(std::ranges::count(piped.out, '\n'), 3) << piped.out;
    EXPECT_NE(piped.err.find("2 converged"), std::string::npos) << piped.err;
    EXPECT_EQ(shell("{ echo before; \"$0\" solve --tasks tasks.csv --device cpu --out " + out + "; echo after; } > log")
                  .status,
              0);
    EXPECT_EQ(TemporaryFolder::read(at("log")), "before\n" + piped.out + "after\n") << out;
    expect_refused(shell("\"$0\" solve --tasks tasks.csv --json --out " + out), {"--out", "--json"});
  }
}

TEST_F(CommandLine, WritesToWhatCannotBeReplaced) {
  auto const run = "\"$0\" solve --tasks tasks.csv --device cpu --out ";
  EXPECT_EQ(shell(std::string(run) + "/dev/null").status, 0);
  expect_refused(shell(std::string(run) + "/dev/full"), {"/dev/full", "No space left"});
  auto const substituted = shell(std::string(run) + ">(cat > got) && wait $!");
  EXPECT_EQ(substituted.status, 0) << substituted.err;
  EXPECT_TRUE(TemporaryFolder::read(at("got")).starts_with(expected));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(shell("cat pipe & " + std::string(run) + "pipe > said && wait").out.starts_with(expected));
  EXPECT_TRUE(std::filesystem::is_fifo(at("pipe")));
}

TEST_F(CommandLine, ReadsPipes) {
  auto const whole = shell("\"$0\" solve --tasks tasks.csv --device cpu --out -");
  for (std::string const tasks : {"<(cat tasks.csv)", "- < tasks.csv", "/dev/stdin < tasks.csv"}) {
    EXPECT_EQ(shell("\"$0\" solve --device cpu --out - --tasks " + tasks).out, whole.out) << tasks;
  }
  // From its current position, as every reader of standard input.
  EXPECT_EQ(shell("{ head -c 3; \"$0\" solve --device cpu --out - --tasks -; } < tasks.csv").status, 2);
}

TEST_F(CommandLine, NamesPathsThatCannotBeLookedAt) {
  std::filesystem::create_symlink("loop", at("loop"));
  std::string const longest(300, 'x');
  for (Words const& arguments :
       {solve({"--model", at("loop"), "--out", at("o")}), Words{"evaluate", at("loop")}, Words{"evaluate", longest},
        Words{"train", "--resume", "--out", at(longest)}, Words{"train", "--resume", "--out", at("loop")},
        Words{"integrate", "--model", at("loop")},
        Words{"solve", "--problem", "spd", "--matrices", at("loop"), "--out", at("o")}, solve({"--out", at("loop")}),
        solve({"--out", at(longest)})}) {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_TRUE(result.err.find("Too many levels") != std::string::npos ||
                result.err.find("too long") != std::string::npos)
        << result.err;
    EXPECT_EQ(result.err.find("filesystem error"), std::string::npos) << result.err;
  }
}

/// Three counts have their default of a thousand: they are reduced to the folder's size.
TEST_F(CommandLine, TrainsOnASmallFolderFoundFromAnyFolder) {
  std::filesystem::create_directory(at("data"));
  for (int k = 0; k < 12; ++k) {
    folder_.write("data/A_" + std::to_string(k) + ".mtx",
                  "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 2\n2 2 2." + std::to_string(k) +
                      "\n3 3 2\n2 1 -1\n3 2 -1\n");
  }
  folder_.write(
      "spd.toml",
      "[problem]\nname = \"spd\"\nmatrices = \"data\"\n[solver]\nmax_iterations = 50\n[network]\nhidden = [4]\n"
      "[training]\nepochs = 2\n[evaluation]\ntolerances = [1e-6]\nmax_iterations = 50\n");
  auto const trained = metasolve({"train", at("spd.toml"), "--out", at("run"), "--device", "cpu"});
  EXPECT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.err.find("holds 12 matrices"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("are 10, 1, 1"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("all ones for 12 systems"), std::string::npos) << trained.err;
  auto const manifest = nlohmann::json::parse(TemporaryFolder::read(folder_ / "run/manifest.json"));
  EXPECT_EQ(manifest["config"]["problem"]["train_tasks"], 10);
  EXPECT_EQ(manifest["config"]["problem"]["matrices"], at("data"));
  EXPECT_EQ(metasolve({"evaluate", at("run"), "--device", "cpu"}).status, 0);
  // A model can be moved.
  std::filesystem::rename(at("run"), at("moved"));
  std::filesystem::rename(at("data"), at("elsewhere"));
  EXPECT_EQ(metasolve({"solve", "--problem", "spd", "--matrices", at("elsewhere"), "--model", at("moved"), "--out",
                       at("o"), "--device", "cpu"})
                .status,
            0);
  expect_refused(metasolve({"train", at("spd.toml"), "--out", at("run2"), "--device", "cpu"}), {at("data")});
  auto const some = metasolve({"train", at("spd.toml"), "--out", at("run3"), "--device", "cpu", "--dry-run", "--set",
                               "problem.matrices=" + at("elsewhere"), "--set", "problem.test_tasks=4"});
  EXPECT_NE(some.err.find("are 7, 1, 4"), std::string::npos) << some.err;
}

}  // namespace
}  // namespace metasolve::command_line_test
