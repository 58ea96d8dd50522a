// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "metasolve/detail/io/csv.hpp"
#include "tests/support/command.hpp"

/// ICCG on the command line: solving, tuning and training on a user's matrices; training and evaluation on beams; user
/// errors.
namespace metasolve::spd_cli_test {
namespace {

using namespace test;
Words const cpu{"--device", "cpu", "--threads", "2"};

std::string beams() { return std::string(METASOLVE_SOURCE_DIR) + "/tests/data/beam"; }

class SpdCli : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  void refuse(Words const& arguments, Words const& parts) const {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.out << result.err;
    for (auto const& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
    }
  }
  [[nodiscard]] Words solve(Words const& more) const {
    return Words{"solve", "--problem", "spd", "--out", at("out.csv"), "--max-iterations", "243"} + cpu + more;
  }
  /// Shifted chains A = tridiag(-1, 2 + d, -1) of 40 unknowns.
  [[nodiscard]] std::string chains(int count) const {
    auto const folder = folder_ / "chains";
    std::filesystem::create_directories(folder);
    for (int k = 0; k < count; ++k) {
      std::ofstream file(folder / ("A_" + std::to_string(k) + ".mtx"));
      file << "%%MatrixMarket matrix coordinate real symmetric\n40 40 79\n";
      for (int i = 1; i <= 40; ++i) file << i << ' ' << i << ' ' << 2 + 0.001 * k << '\n';
      for (int i = 1; i < 40; ++i) file << i + 1 << ' ' << i << " -1\n";
    }
    return folder.string();
  }
  TemporaryFolder folder_;
};

/// Also without a factor, and as one block-diagonal system.
TEST_F(SpdCli, TakesOtherPreconditionersAndBatchings) {
  for (Words const& how : {Words{"--preconditioner", "none"}, Words{"--preconditioner", "jacobi"},
                           Words{"--preconditioner", "ic", "--fill-level", "0", "--shift", "0.1"},
                           Words{"--preconditioner", "ic", "--fill-entries", "0", "--shift", "0.1"}}) {
    std::vector<double> mean;
    for (std::string const batching : {"lockstep", "block-diagonal"}) {
      auto const result = metasolve(
          solve(Words{"--matrices", chains(5), "--json", "--set", "solver.batching=\"" + batching + "\""} + how));
      ASSERT_EQ(result.status, 0) << result.err;
      EXPECT_EQ(result.json()["status"]["converged"], 5);
      mean.push_back(result.json()["mean_iterations"].get<double>());
    }
    EXPECT_NEAR(mean[0], mean[1], 0.5);
    EXPECT_GT(mean[0], 1);
    EXPECT_LE(mean[0], 40) << "as many as unknowns";
  }
  refuse(solve({"--matrices", beams(), "--preconditioner", "jacobi", "--shift", "0.1"}), {"--shift", "ic alone"});
  refuse(solve({"--matrices", beams(), "--preconditioner", "ilu"}), {"--preconditioner", "jacobi"});
  refuse({"train", std::string(METASOLVE_SOURCE_DIR) + "/configs/elasticity.toml", "--out", at("run"), "--set",
          "solver.preconditioner=\"none\""},
         {"solver.preconditioner", "no parameter to choose"});
}

/// The other program's counts, up to rounding effects; the limit is far from all of them.
TEST_F(SpdCli, SolvesAFolderOfMatrices) {
  auto as_there = solve({"--matrices", beams(), "--ordering", "natural", "--fill-level", "0", "--shift", "0.3"});
  *std::ranges::find(as_there, "243") = "210";
  auto const result = metasolve(as_there);
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.out.find("8 tasks: 3 converged, 5 at the iteration limit; mean"), std::string::npos) << result.out;
  std::ifstream file(at("out.csv"));
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "task,status,iterations,measure");
  for (int const expected : {185, 102, 210, 210, 53, 210, 210, 210}) {
    std::getline(file, line);
    int const count = std::stoi(line.substr(line.find(',', line.find(',') + 1) + 1));
    EXPECT_NEAR(count, expected, 0.06 * expected) << line;
  }
  // With another number of threads, the same file.
  auto const first = TemporaryFolder::read(at("out.csv"));
  EXPECT_EQ(metasolve(solve({"--matrices", beams(), "--ordering", "natural", "--fill-level", "0", "--shift", "0.3",
                             "--threads", "1"}))
                .status,
            2);  // --threads given twice
  auto one = as_there;
  *std::ranges::find(one, "2") = "1";
  EXPECT_EQ(metasolve(one).status, 3);
  EXPECT_EQ(TemporaryFolder::read(at("out.csv")), first);
}

/// Without a given shift units do not matter, and factorization succeeds; a given shift is used as it is.
TEST_F(SpdCli, TheShiftIsTheMatrixsOwnUnlessGiven) {
  auto const counts = [&](Words const& more) {
    auto const result =
        metasolve(solve(Words{"--matrices", beams(), "--ordering", "natural", "--fill-level", "0", "--json"} + more));
    auto document = result.json();
    document.erase("seconds");
    return document;
  };
  EXPECT_EQ(counts({})["status"]["breakdown"], 0) << "some of these have no factor without a shift";
  EXPECT_EQ(counts({"--shift", "0", "--shift-scale", "diagonal"}), counts({}));
  EXPECT_GT(counts({"--shift", "0"})["status"]["breakdown"], 0);
  EXPECT_EQ(counts({"--set", "solver.shift=0.3"}), counts({"--shift", "0.3"}));
  EXPECT_NE(counts({"--shift", "0.3", "--shift-scale", "diagonal"}), counts({"--shift", "0.3"}));
  refuse(solve({"--matrices", beams(), "--shift-scale", "absolute"}), {"--shift-scale", "--shift"});
  refuse(solve({"--matrices", beams(), "--shift-scale", "trace"}), {"--shift-scale", "diagonal"});
  refuse(solve({"--matrices", beams(), "--preconditioner", "none", "--shift-scale", "diagonal"}), {"ic alone"});
}

TEST_F(SpdCli, SolvesTheOthersWhereOneCannotBeRead) {
  auto const folder = chains(4);
  std::ofstream(folder + "/A_2.mtx") << "%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 1\n2 2 -1\n";
  std::ofstream(folder + "/b_3.txt") << "1 2 3\n";
  auto const result = metasolve(solve({"--matrices", folder, "--json"}));
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("A_2.mtx:4"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("b_3.txt"), std::string::npos) << result.err;
  EXPECT_EQ(result.json()["tasks"], 2);
  EXPECT_EQ(result.json()["invalid"], 2);
  EXPECT_EQ(result.json()["status"]["converged"], 2);
  auto const text = TemporaryFolder::read(at("out.csv"));
  EXPECT_NE(text.find("\n2,invalid,,\n3,invalid,,\n"), std::string::npos) << text;
}

TEST_F(SpdCli, TrainsOnAFolder) {
  auto const config =
      folder_
          .write("spd.toml", "[problem]\nname = \"spd\"\nmatrices = \"" + chains(30) +
                                 "\"\ntrain_tasks = 16\nvalidation_tasks = 8\ntest_tasks = 6\n[solver]\n"
                                 "fill_level = 0\nfill_entries = -1\nshift = 0.5\nmax_iterations = 100\n"
                                 "[network]\nhidden = [8]\nshift_bias = 1.0\nfeature_scaling = \"standard\"\n"
                                 "[loss]\nscale = \"log\"\n[optimizer]\nrate = 0.05\n[training]\nepochs = 30\n"
                                 "batch_size = 8\n[evaluation]\ntolerances = [1e-6]\nmax_iterations = 100\n")
          .string();
  auto const trained = metasolve(Words{"train", config, "--out", at("run")} + cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const evaluated = metasolve(Words{"evaluate", at("run"), "--json"} + cpu);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  auto const figures = evaluated.json()["tolerances"][0];
  // A chain's factor is exact: the smaller the shift, the better.
  EXPECT_LT(figures["meta"]["mean"], figures["baseline"]["mean"]) << evaluated.out;
  EXPECT_EQ(metasolve(solve({"--matrices", folder_ / "chains", "--model", at("run")})).status, 0);
  auto const tuned =
      metasolve(Words{"tune", config, "--from", "0.001", "--to", "1", "--spacing", "0.5", "--json"} + cpu);
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  EXPECT_EQ(tuned.json()["best"]["value"], 0.001);
  EXPECT_EQ(tuned.json()["parameter"], "solver.shift");

  refuse(solve({"--matrices", at("chains"), "--model", at("run"), "--shift", "1"}), {"--shift", "model"});
  refuse(solve({"--matrices", at("chains"), "--model", at("run"), "--fill-level", "1"}), {"--fill-level", "model"});
  refuse(Words{"train", config, "--out", at("run2"), "--set", "problem.train_tasks=100"} + cpu, {"114", "30 matrices"});
  std::ofstream(at("chains") + "/A_77.mtx") << "%%MatrixMarket matrix coordinate real symmetric\n1 1 1\n1 1 1\n";
  refuse(Words{"train", config, "--out", at("run2")} + cpu, {"different patterns", "A_77.mtx"});
}

TEST_F(SpdCli, RefusesWhatDoesNotFit) {
  refuse(solve({}), {"--matrices", "not given"});
  refuse(solve({"--matrices", at("none")}), {"none", "cannot be read"});
  refuse(solve({"--matrices", folder_.path()}), {"holds no matrix"});
  refuse(solve({"--matrices", beams(), "--fill-level", "1", "--fill-entries", "2"}), {"two rules"});
  refuse(solve({"--matrices", beams(), "--relaxation", "1"}), {"--relaxation"});
  refuse(solve({"--matrices", beams(), "--measure", "relative-error"}), {"--measure"});
  refuse(solve({"--matrices", beams(), "--tasks", "x.csv"}), {"--tasks"});
  refuse(solve({"--matrices", beams(), "--shift", "-1"}), {"--shift"});
  refuse(solve({"--matrices", beams(), "--ordering", "random"}), {"--ordering"});
  refuse({"solve", "--problem", "poisson", "--matrices", beams(), "--out", at("o.csv")},
         {"--matrices", "for --problem spd"});
  refuse({"solve", "--problem", "poisson", "--out", at("o.csv")}, {"--tasks", "not given"});
  refuse({"solve", "--problem", "elasticity", "--tasks", "x.csv", "--out", at("o.csv")}, {"assembled"});
}

/// configs/elasticity.toml at a small size, and keys that belong to it.
TEST_F(SpdCli, TrainsOnBeams) {
  std::string const config = std::string(METASOLVE_SOURCE_DIR) + "/configs/elasticity.toml";
  Words const small{"--set", "problem.cells=[3,1,1]",
                    "--set", "problem.train_tasks=64",
                    "--set", "problem.validation_tasks=64",
                    "--set", "problem.test_tasks=64",
                    "--set", "network.hidden=[16,16]",
                    "--set", "training.epochs=100",
                    "--set", "solver.max_iterations=48",
                    "--set", "evaluation.max_iterations=48",
                    "--set", "solver.shift=0.3"};
  auto const trained = metasolve(Words{"train", config, "--out", at("run")} + small + cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const evaluated = metasolve(Words{"evaluate", at("run"), "--json"} + cpu);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  auto const figures = evaluated.json()["tolerances"][0];
  EXPECT_LT(figures["meta"]["mean"].get<double>(), 0.8 * figures["baseline"]["mean"].get<double>()) << evaluated.out;
  EXPECT_EQ(evaluated.json()["baseline"], "alpha = 0.3");
  for (std::string const gradient : {"adjoint", "tangent"}) {
    auto const other = metasolve(Words{"train", config, "--out", at(gradient), "--set", "training.epochs=2", "--set",
                                       "solver.gradient=" + gradient} +
                                 Words(small.begin(), small.begin() + 8) + cpu);
    EXPECT_EQ(other.status, 0) << other.err;
  }
  auto const keys = [&](std::string const& setting, Words const& parts) {
    refuse(Words{"train", config, "--out", at("no"), "--set", setting} + cpu, parts);
  };
  keys("problem.cells=[0,1,1]", {"problem.cells", "entry 1"});
  keys("problem.cells=[3,1]", {"problem.cells", "3 to 3"});
  keys("solver.relaxation=1.2", {"solver.relaxation", "robertson"});
  keys("solver.precision=float", {"solver.precision", "double"});
  keys("optimizer.kind=levenberg_marquardt", {"optimizer.kind", "adam"});
  keys("solver.fill_entries=-2", {"solver.fill_entries"});
}

}  // namespace
}  // namespace metasolve::spd_cli_test
