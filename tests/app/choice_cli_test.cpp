// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/support/command.hpp"

/// A network that also chooses how each system is solved, on the command line (docs/cost.md): training, what it is
/// compared with, its description, and its use on a folder of matrices.
namespace metasolve::choice_cli_test {
namespace {

using namespace test;

class ChoiceCli : public ::testing::Test {
 protected:
  /// Tridiagonal matrices, for which a factor is cheapest by far.
  ChoiceCli() {
    constexpr int n = 60;
    std::filesystem::create_directories(folder_ / "matrices");
    for (unsigned k = 0; k < 20; ++k) {
      std::mt19937 random(k);
      std::uniform_real_distribution<double> more(0.01, 1);
      std::ofstream file(folder_ / ("matrices/A_" + std::to_string(k) + ".mtx"));
      file.precision(17);
      file << "%%MatrixMarket matrix coordinate real symmetric\n" << n << ' ' << n << ' ' << 2 * n - 1 << '\n';
      for (int i = 1; i <= n; ++i) {
        file << i << ' ' << i << ' ' << 2 + more(random) << '\n';
        if (i > 1) file << i << ' ' << i - 1 << " -1\n";
      }
    }
  }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  static CommandResult run(Words const& words) { return metasolve(words + Words{"--device", "cpu", "--threads", "1"}); }
  [[nodiscard]] CommandResult train(std::string const& name, Words const& more = {}) {
    auto const config = folder_.write(
        "own.toml", "[problem]\nname = \"spd\"\nmatrices = \"" + at("matrices") +
                        "\"\ntrain_tasks = 12\nvalidation_tasks = 4\ntest_tasks = 4\n[solver]\nmax_iterations = 100\n"
                        "variants = [\"jacobi\", \"entries 0\", \"direct\"]\n[network]\nhidden = [6]\n"
                        "feature_scaling = \"standard\"\n[loss]\ncost = \"flops\"\nscale = \"log\"\ntask_clip = 1\n"
                        "[optimizer]\nrate = 0.05\n[training]\nepochs = 12\nbatch_size = 4\nselection = "
                        "\"iterations\"\n[evaluation]\ntolerances = [1e-6]\nmax_iterations = 100\n");
    return run(Words{"train", config.string(), "--out", at(name), "--json"} + more);
  }

  TemporaryFolder folder_;
};

TEST_F(ChoiceCli, TakesWhatIsCheapestAndSaysWhatItIsComparedWith) {
  for (std::string const way : {"mean", "score"}) {
    auto const trained = train(way, {"--set", "solver.choice=" + way});
    ASSERT_EQ(trained.status, 0) << trained.err;
    // No variant is better than the best of them, direct for all: whether learned or not, that is what the model gives.
    EXPECT_EQ(trained.json()["constant"]["name"], "the variant \"direct\"");
    EXPECT_LE(trained.json()["best"]["iterations"].get<double>(),
              trained.json()["constant"]["iterations"].get<double>());
    auto const evaluated = run({"evaluate", at(way), "--json"});
    ASSERT_EQ(evaluated.status, 0) << evaluated.err;
    auto const ways = evaluated.json()["timing"]["ways"];
    std::vector<std::string> names;
    for (auto const& one : ways) names.push_back(one["name"].get<std::string>());
    EXPECT_EQ(names.size(), 5u) << evaluated.out;  // the network, the first variant as configured, and each variant
    EXPECT_EQ(names[1], "jacobi (the first variant)");
    EXPECT_EQ(names[2], "jacobi");
    EXPECT_EQ(names[3].substr(0, 17), "entries 0, shift ");
    EXPECT_EQ(ways[4]["way"], "direct");
    // Elimination of a tridiagonal matrix takes fewer operations than three steps of conjugate gradients.
    EXPECT_EQ(ways[0]["iterations"]["0.99"], ways[4]["iterations"]["0.99"]);
    EXPECT_EQ(ways[0]["converged_share"], 1);
    EXPECT_TRUE(evaluated.json()["timing"]["inference_seconds_per_task"].is_null());
    EXPECT_TRUE(evaluated.json()["tolerances"][0]["reduction"].is_null()) << "counts of different methods";
    auto const bound = evaluated.json()["timing"]["best_per_task"]["seconds_per_task"].get<double>();
    for (std::size_t w = 2; w < ways.size(); ++w) {
      EXPECT_LE(bound, 1.5 * ways[w]["seconds_per_task"]["median"].get<double>());
    }
  }
}

TEST_F(ChoiceCli, AModelDescribesItsChoicesAndSolves) {
  ASSERT_EQ(train("run").status, 0);
  auto const described = metasolve({"inspect", at("run"), "--json"}).json();
  ASSERT_EQ(described["parameters"].size(), 4u);
  EXPECT_EQ(described["parameters"][0]["name"], "score of jacobi");
  EXPECT_EQ(described["parameters"][2]["name"], "score of direct");
  EXPECT_NE(described["parameters"][3]["name"].get<std::string>().find("entries 0"), std::string::npos);
  auto const solved = run({"solve", "--problem", "spd", "--matrices", at("matrices"), "--model", at("run"), "--out",
                           at("out.csv"), "--solutions", at("x.npy")});
  EXPECT_EQ(solved.status, 0) << solved.err;
  std::ifstream rows(at("out.csv"));
  std::string row;
  int converged = 0;
  while (std::getline(rows, row)) converged += row.find("converged") != std::string::npos ? 1 : 0;
  EXPECT_EQ(converged, 20);
}

TEST_F(ChoiceCli, ATrainingOfPartsIsThatOfTheWholeToTheBit) {
  Words const score{"--set", "solver.choice=score"};
  ASSERT_EQ(train("whole", score).status, 0);
  auto const lines = [&](std::string const& name) {
    std::ifstream file(at(name + "/metrics.jsonl"));
    std::string line;
    std::vector<std::string> all;
    while (std::getline(file, line)) all.push_back(line.substr(0, line.find("\"seconds\"")));
    return all;
  };
  // Interrupted as soon as it has begun; what a choice has learned about its tasks is in the checkpoint.
  auto const config = at("own.toml");
  Command part(metasolve_arguments({"train", config, "--out", at("part"), "--device", "cpu", "--threads", "1", "--set",
                                    "solver.choice=score", "--set", "training.checkpoint_seconds=0"}));
  EXPECT_TRUE(eventually([&] { return part.ended() || lines("part").size() >= 3; }));
  part.send(SIGINT);
  part.wait();
  ASSERT_EQ(run({"train", "--resume", "--out", at("part")}).status, 0);
  EXPECT_EQ(lines("part"), lines("whole"));
}

TEST_F(ChoiceCli, OperationsAndIterationsOfPlainProblemsLearnTheSame) {
  auto const weights_with = [&](std::string const& cost) {
    auto const config = folder_.write("plain.toml",
                                      "[problem]\ntrain_tasks = 40\nvalidation_tasks = 20\n[training]\n"
                                      "epochs = 3\n[loss]\nscale = \"log\"\n");
    auto const trained = run({"train", config.string(), "--out", at(cost), "--json", "--set", "loss.cost=" + cost});
    EXPECT_EQ(trained.status, 0) << trained.err;
    std::ifstream file(at(cost + "/metrics.jsonl"));
    std::string line, all;
    while (std::getline(file, line)) all += line.substr(0, line.find("\"seconds\""));
    return all;
  };
  auto const by_count = weights_with("count");
  EXPECT_FALSE(by_count.empty());
  EXPECT_EQ(weights_with("flops"), by_count);
  EXPECT_EQ(weights_with("time"), by_count);
}

}  // namespace
}  // namespace metasolve::choice_cli_test
