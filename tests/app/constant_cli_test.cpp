// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/support/command.hpp"

/// A meta-solver compared with the constants, on the command line, with a user's folder of matrices: training begins at
/// the best constant shift and does not end worse; `tune` and `evaluate` report their results and counting rules.
namespace metasolve::constant_cli_test {
namespace {

using namespace test;
/// -div(k grad u) on a grid of 10 x 10, with harmonic means of the cells' random conductivities on the faces.
void write_diffusion(std::filesystem::path const& file, unsigned seed) {
  constexpr int n = 10;
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 1.5);
  std::vector<double> k((n + 2) * (n + 2));
  for (double& x : k) x = std::exp(normal(random));
  auto const at = [&](int i, int j) { return k[static_cast<std::size_t>((i + 1) * (n + 2) + j + 1)]; };
  std::ostringstream lines;
  lines.precision(17);
  int count = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      double diagonal = 0;
      int const steps[4][2] = {{-1, 0}, {0, -1}, {1, 0}, {0, 1}};
      for (auto const& s : steps) {
        double const a = at(i, j), b = at(i + s[0], j + s[1]), face = 2 * a * b / (a + b);
        diagonal += face;
        bool const is_below = s[0] + s[1] < 0 && i + s[0] >= 0 && j + s[1] >= 0;
        if (!is_below) continue;
        lines << i * n + j + 1 << ' ' << (i + s[0]) * n + j + s[1] + 1 << ' ' << -face << '\n';
        ++count;
      }
      lines << i * n + j + 1 << ' ' << i * n + j + 1 << ' ' << diagonal << '\n';
      ++count;
    }
  }
  std::ofstream(file) << "%%MatrixMarket matrix coordinate real symmetric\n"
                      << n * n << ' ' << n * n << ' ' << count << '\n'
                      << lines.str();
}

class ConstantCli : public ::testing::Test {
 protected:
  ConstantCli() {
    std::filesystem::create_directories(folder_ / "matrices");
    for (unsigned k = 0; k < 48; ++k) write_diffusion(folder_ / ("matrices/A_" + std::to_string(k) + ".mtx"), k);
    config_ =
        folder_
            .write("own.toml",
                   "[problem]\nname = \"spd\"\nmatrices = \"" + at("matrices") +
                       "\"\ntrain_tasks = 24\nvalidation_tasks = 12\ntest_tasks = 12\n[solver]\nfill_entries = 0\n"
                       "max_iterations = 100\n[network]\nhidden = [8]\nfeature_scaling = \"standard\"\n"
                       "[training]\nepochs = 4\nbatch_size = 8\n[evaluation]\ntolerances = [1e-6]\n"
                       "max_iterations = 100\n")
            .string();
  }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  static CommandResult run(Words const& words) {
    auto result = metasolve(words + Words{"--device", "cpu", "--threads", "1"});
    EXPECT_EQ(result.status, 0) << testing::PrintToString(words) << result.err;
    return result;
  }
  nlohmann::json train(std::string const& name, Words const& more = {}) {
    return run(Words{"train", config_, "--out", at(name), "--json"} + more).json();
  }
  /// The default shift is as fast as the best one, so that only the clock says whether a tuned one stands beside it.
  /// This one takes more than twice the time.
  [[nodiscard]] nlohmann::json evaluate_beside_a_poor_constant(std::string const& name) const {
    return run({"evaluate", at(name), "--json", "--set", "solver.shift=10"}).json();
  }
  TemporaryFolder folder_;
  std::string config_;
};

TEST_F(ConstantCli, TrainingBeginsAtTheBestConstantAndDoesNotEndWorse) {
  auto const document = train("run");
  auto const tuned = document["constant"]["tuned"];
  // The grid of `tune` contains nothing much better on the training tasks.
  auto const found = run({"tune", config_, "--spacing", "0.25", "--json"}).json();
  EXPECT_LT(tuned["value"], 0.036) << "the default shift is far too large for these";
  auto const at_tuned =
      run({"tune", config_, "--from", "1e-12", "--to", "1e-12", "--json"}).json()["mean_iterations"][0].get<double>();
  EXPECT_LE(found["best"]["mean_iterations"].get<double>(), at_tuned);
  double const constant = document["constant"]["iterations"], best = document["best"]["iterations"];
  EXPECT_LE(constant, document["constant"]["own_iterations"].get<double>());
  EXPECT_LE(best, constant);
  EXPECT_EQ(document["best"]["gives_constant"], document["best"]["epoch"] == 0);
  EXPECT_GT(document["constant"]["time_ratio"].get<double>(), 0);

  std::ifstream metrics(at("run") + "/metrics.jsonl");
  std::string line;
  for (int epoch = 1; epoch <= 4; ++epoch) {
    ASSERT_TRUE(std::getline(metrics, line));
    auto const figures = nlohmann::json::parse(line);
    EXPECT_EQ(figures["constant_iterations"], constant);
    EXPECT_LE(figures["best_iterations"].get<double>(), constant);
  }
  auto const beside_default = run({"evaluate", at("run"), "--json"}).json();
  EXPECT_EQ(beside_default["baseline"], "alpha = 0.036");
  auto const entry = evaluate_beside_a_poor_constant("run")["tolerances"][0];
  ASSERT_TRUE(entry.contains("tuned")) << entry;
  // The best constant by time of a search on the validation tasks, which knows the one that training found.
  EXPECT_LE(entry["meta"]["mean"].get<double>(), 1.1 * entry["tuned"]["mean"].get<double>());
  EXPECT_LE(entry["tuned"]["mean"].get<double>(),
            1.2 * beside_default["tolerances"][0]["baseline"]["mean"].get<double>());
}

/// A rate at which nothing is learned: the run reports it, and its model predicts the constant.
TEST_F(ConstantCli, SaysWhereNoEpochIsBetter) {
  Words const idle{"--set", "optimizer.rate=1e-30"};
  auto const text = run(Words{"train", config_, "--out", at("idle")} + idle);
  EXPECT_NE(text.out.find("no epoch was better on validation than the constant shift"), std::string::npos) << text.out;
  auto const found = train("same", idle)["constant"]["tuned"];
  auto const evaluated =
      run({"evaluate", at("idle"), "--json", "--set", "solver.shift=" + found["value"].dump()}).json();
  EXPECT_EQ(evaluated["tolerances"][0]["meta"]["mean"], evaluated["tolerances"][0]["baseline"]["mean"]);
  // With the paper's start the constant is the configured shift.
  auto const drawn = train("drawn", idle + Words{"--set", "network.start=drawn", "--set", "network.shift_head=linear",
                                                 "--set", "solver.shift=1e-3"});
  EXPECT_EQ(drawn["constant"]["name"], "the constant shift 0.001");
  EXPECT_EQ(drawn["best"]["gives_constant"], true);
  auto const of_drawn = run({"evaluate", at("drawn"), "--json"}).json();
  EXPECT_EQ(of_drawn["tolerances"][0]["meta"]["mean"], of_drawn["tolerances"][0]["baseline"]["mean"]);
  EXPECT_TRUE(evaluate_beside_a_poor_constant("drawn").contains("tuned"))
      << "it is searched for although training did not";
  // A resumed run preserves it.
  auto const again = metasolve({"train", "--resume", "--out", at("drawn"), "--json", "--device", "cpu"});
  EXPECT_EQ(again.json()["constant"]["iterations"], drawn["constant"]["iterations"]);
}

TEST_F(ConstantCli, ALastLineHasIterationsAndTime) {
  // Far too large a shift at the start and as the constant: training soon improves.
  auto const text = run({"train", config_, "--out", at("far"), "--set", "network.start=drawn", "--set",
                         "network.shift_head=log", "--set", "solver.shift=1", "--set", "network.shift_bias=-2"});
  EXPECT_NE(text.out.find(" of the constant's time; the constant shift 1.0: "), std::string::npos) << text.out;
}

TEST_F(ConstantCli, TuneTriesZeroAndWidensItsRange) {
  auto const document = run({"tune", config_, "--spacing", "0.5", "--json"}).json();
  EXPECT_EQ(document["values"][0], 0);
  EXPECT_EQ(document["parameter"], "solver.shift");
  EXPECT_EQ(document["by"], "iterations");
  auto const means = document["mean_iterations"].get<std::vector<double>>();
  auto const least = *std::ranges::min_element(means);
  EXPECT_EQ(document["best"]["mean_iterations"], least);
  EXPECT_EQ(document["best"], document["best_by_iterations"]);
  auto const seconds = document["seconds_per_task"].get<std::vector<double>>();
  auto const by_time = run({"tune", config_, "--spacing", "1", "--by", "seconds", "--json"}).json();
  EXPECT_EQ(by_time["best"], by_time["best_by_seconds"]);
  for (double const s : seconds) EXPECT_GT(s, 0);

  auto const text = run({"tune", config_, "--from", "0.1", "--to", "1", "--spacing", "0.5"});
  EXPECT_NE(text.out.find("at the lower end of what was tried"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("--from 0"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("constant shift (solver.shift) for problem spd"), std::string::npos) << text.out;
  auto const low = run({"tune", config_, "--from", "0.1", "--to", "1", "--spacing", "0.5", "--json"}).json();
  EXPECT_EQ(low["best"]["at_end"], "low");
  EXPECT_EQ(low["best"]["value"], 0.1);
}

TEST_F(ConstantCli, FailuresAreCountedOpenly) {
  auto const few = run({"tune", config_, "--from", "0.01", "--to", "0.1", "--spacing", "1", "--set",
                        "evaluation.max_iterations=3", "--json"})
                       .json();
  EXPECT_EQ(few["unconverged"], nlohmann::json({24, 24}));
  EXPECT_EQ(few["failed_count_as"], 3);
  train("run");
  auto const text = run({"evaluate", at("run"), "--set", "evaluation.max_iterations=3"});
  EXPECT_NE(
      text.out.find("12 at the iteration limit; each counts as the limit, 3, in the figures above; no other is left"),
      std::string::npos)
      << text.out;
  EXPECT_EQ(text.out.find("nan"), std::string::npos) << text.out;
}

TEST_F(ConstantCli, EvaluatesRatiosAreThoseOfTheTimesItPrints) {
  train("run");
  auto const document = evaluate_beside_a_poor_constant("run");
  auto const& timing = document["timing"];
  double const meta = timing["meta_seconds_per_task"];
  EXPECT_DOUBLE_EQ(timing["ratio"].get<double>(), meta / timing["baseline_seconds_per_task"].get<double>());
  EXPECT_DOUBLE_EQ(timing["tuned_ratio"].get<double>(), meta / timing["tuned_seconds_per_task"].get<double>());
  ASSERT_EQ(timing["ways"].size(), 4U);
  double fastest = 1;
  for (auto const& way : timing["ways"]) {
    double const median = way["seconds_per_task"]["median"];
    EXPECT_GE(way["seconds_per_task"]["0.99"].get<double>(), median);
    EXPECT_GT(way["start_seconds_per_task"].get<double>(), 0);
    EXPECT_GE(way["iterations"]["0.99"].get<double>(), way["iterations"]["median"].get<double>());
    if (way["way"] != "meta" && way["converged_share"] == 1.0) fastest = std::min(fastest, median);
  }
  EXPECT_EQ(timing["ways"][0]["iterations"]["mean"], document["tolerances"][0]["meta"]["mean"]);
  auto const& direct = timing["ways"][3];
  EXPECT_EQ(direct["name"], "sparse Cholesky");
  EXPECT_EQ(direct["converged_share"], 1.0);
  EXPECT_GT(timing["best_per_task"]["constants_tried"].get<int>(), 5);
  EXPECT_GT(timing["best_per_task"]["seconds_per_task"].get<double>(), 0);
  auto const& verdict = document["verdict"];
  EXPECT_DOUBLE_EQ(verdict["ratio"].get<double>(), meta / fastest);
  EXPECT_EQ(verdict["pays"], meta < fastest);
  auto const text = run({"evaluate", at("run")}).out;
  EXPECT_NE(text.find("\nsparse Cholesky "), std::string::npos) << text;
  EXPECT_TRUE(text.find("\nverdict: pays: ") != text.npos || text.find("\nverdict: does not pay: ") != text.npos)
      << text;
}

/// Keys that determine the start of a run: spd's defaults, and mutually exclusive ones.
TEST_F(ConstantCli, StartsAreConfigured) {
  auto const plan = [&](Words const& more) {
    return metasolve(Words{"train", config_, "--out", at("x"), "--dry-run", "--json"} + more);
  };
  auto const network = plan({}).json()["config"]["network"];
  EXPECT_EQ(network["start"], "tuned");
  EXPECT_EQ(network["shift_head"], "log");
  auto const biased = plan({"--set", "network.shift_bias=1.0"}).json()["config"]["network"];
  EXPECT_EQ(biased["start"], "drawn");
  EXPECT_EQ(biased["shift_head"], "linear");
  auto const both = plan({"--set", "network.shift_bias=1.0", "--set", "network.start=tuned"});
  EXPECT_EQ(both.status, 2);
  EXPECT_NE(both.err.find("network.shift_bias"), std::string::npos) << both.err;
  for (std::string const name : {"poisson", "poisson_adam", "robertson", "elasticity"}) {
    auto const shipped = metasolve({"train", std::string(METASOLVE_SOURCE_DIR) + "/configs/" + name + ".toml",
                                    "--dry-run", "--json", "--device", "cpu", "--out", at("y"), "--set",
                                    "problem.train_tasks=64", "--set", "problem.validation_tasks=64"})
                             .json()["config"]["network"];
    EXPECT_EQ(shipped["start"], "drawn") << name;
    ASSERT_EQ(shipped.contains("shift_head"), name == "elasticity") << name;
    EXPECT_EQ(shipped.value("shift_head", "linear"), "linear") << name;
  }
}

}  // namespace
}  // namespace metasolve::constant_cli_test
