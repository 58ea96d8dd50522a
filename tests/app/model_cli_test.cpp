// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/train/checkpoint.hpp"
#include "tests/support/command.hpp"

/// Models on the command line: a run's files, `inspect`, `export`, and solving with each of the files.
namespace metasolve::model_cli_test {
namespace {

using namespace test;
Words const cpu{"--device", "cpu", "--threads", "2"};
std::string const data = METASOLVE_SOURCE_DIR "/tests/data";

class ModelCli : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  /// A run in `run`, of Poisson tasks with 16 unknowns.
  void train() const {
    auto const result = metasolve(Words{"train", METASOLVE_SOURCE_DIR "/configs/poisson_adam.toml", "--out", at("run"),
                                        "--set", "training.epochs=3", "--set", "problem.train_tasks=256", "--set",
                                        "problem.validation_tasks=64"} +
                                  cpu);
    ASSERT_EQ(result.status, 0) << result.err;
  }
  [[nodiscard]] Words solve(Words const& more) const { return Words{"solve", "--out", at("out.csv")} + cpu + more; }
  /// The result of solving the reference's tasks with a model.
  [[nodiscard]] std::string solved_with(std::string const& model) const {
    auto const result = metasolve(solve({"--tasks", data + "/poisson.csv", "--model", model}));
    EXPECT_EQ(result.status, 0) << result.err;
    return TemporaryFolder::read(at("out.csv"));
  }
  TemporaryFolder folder_;
};

TEST_F(ModelCli, ARunLeavesAModelThatSolvesAsItsBestCheckpointDoes) {
  train();
  auto const best = train::model_of(train::read_checkpoint(at("run/best.safetensors")));
  EXPECT_EQ(model::read_model(at("run/model.safetensors")).weights, best.weights);
  auto const with_run = solved_with(at("run"));
  EXPECT_EQ(solved_with(at("run/model.safetensors")), with_run);
  EXPECT_EQ(solved_with(at("run/best.safetensors")), with_run);
  // Alone in another folder.
  std::filesystem::create_directory(at("alone"));
  std::filesystem::copy(at("run/model.safetensors"), at("alone"));
  EXPECT_EQ(solved_with(at("alone")), with_run);
  // Without the training state.
  EXPECT_LT(std::filesystem::file_size(at("run/model.safetensors")),
            std::filesystem::file_size(at("run/best.safetensors")));

  // `train --resume` rewrites missing files of a finished run.
  auto const whole = TemporaryFolder::read(at("run/model.safetensors"));
  std::filesystem::remove(at("run/model.safetensors"));
  ASSERT_EQ(metasolve(Words{"train", "--resume", "--out", at("run")} + cpu).status, 0);
  EXPECT_TRUE(TemporaryFolder::read(at("run/model.safetensors")) == whole);
}

TEST_F(ModelCli, InspectSaysAll) {
  train();
  auto const result = metasolve({"inspect", at("run"), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  auto const document = result.json();
  EXPECT_EQ(document["problem"], "poisson");
  EXPECT_EQ(document["features"][0]["name"], "f");
  EXPECT_EQ(document["features"][0]["count"], 16);
  EXPECT_EQ(document["feature_scale"].size(), 16U);
  EXPECT_EQ(document["parameters"][0]["name"], "initial guess u_0");
  EXPECT_EQ(document["layers"].front(), 16);
  EXPECT_EQ(document["training"]["tolerance"], 1e-6);
  EXPECT_EQ(document["training"]["configuration"]["problem"]["train_tasks"], 256);
  for (auto const* const part : {"problem: poisson", "0 ... 15  f", "initial guess u_0", "silu", "tolerance 1e-06",
                                 "problem.train_tasks = 256"}) {
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
  }
  // On standard output for people, unless it carries a document; equal for a checkpoint.
  auto const for_people = metasolve({"inspect", at("run/last.safetensors")});
  EXPECT_EQ(for_people.status, 0);
  EXPECT_NE(for_people.out.find("problem: poisson"), std::string::npos) << for_people.out;
  EXPECT_EQ(metasolve({"inspect", at("nothing")}).status, 2);
}

TEST_F(ModelCli, ExportMakesAModelOfACheckpoint) {
  train();
  ASSERT_EQ(metasolve({"export", at("run"), "--checkpoint", "last", "--out", at("m.safetensors")}).status, 0);
  EXPECT_EQ(solved_with(at("m.safetensors")), solved_with(at("run/last.safetensors")));
  auto const same = metasolve({"export", at("m.safetensors"), "--out", at("m.safetensors")});
  EXPECT_EQ(same.status, 2);
  EXPECT_NE(same.err.find("another name"), std::string::npos) << same.err;
}

/// The counts that an earlier metasolve found with it (tests/data/README.md).
TEST_F(ModelCli, ACheckpointOfTheFormatBeforeSolvesAsItDid) {
  auto const old = data + "/models/robertson_of_format_1.safetensors";
  ASSERT_EQ(metasolve({"export", old, "--out", at("m.safetensors")}).status, 0);
  for (auto const& model : {old, at("m.safetensors")}) {
    auto const result = metasolve(
        solve({"--problem", "robertson", "--tasks", data + "/robertson.csv", "--model", model, "--tolerance", "1e-9"}));
    ASSERT_EQ(result.status, 0) << result.err;
    auto const found = io::read_columns(at("out.csv"), {"iterations"}).values;
    auto const expected = io::read_columns(data + "/models/robertson_of_format_1.counts", {"iterations"}).values;
    ASSERT_EQ(found.size(), 600U);
    ASSERT_EQ(expected.size(), 600U);
    int equal = 0;
    for (std::size_t t = 0; t < 600; ++t) {
      equal += found[t] == expected[t] ? 1 : 0;
      EXPECT_LE(std::abs(found[t] - expected[t]), 1) << t;
    }
    EXPECT_GE(equal, 590);
  }
}

TEST_F(ModelCli, SolutionsSolve) {
  auto const poisson = metasolve(solve({"--tasks", data + "/poisson.csv", "--tolerance", "1e-8", "--measure",
                                        "relative-residual", "--solutions", at("u.csv")}));
  ASSERT_EQ(poisson.status, 0) << poisson.err;
  auto const f = io::read_numbered_columns(data + "/poisson.csv", "f");
  auto const u = io::read_numbered_columns(at("u.csv"), "u");
  ASSERT_EQ(u.columns, 16);
  ASSERT_EQ(u.rows, f.rows);
  for (std::size_t t = 0; t < static_cast<std::size_t>(u.rows); ++t) {
    double residual = 0, norm = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      auto const at = [&](std::size_t j) { return u.values[16 * t + j]; };
      double const of_f = f.values[16 * t + i];
      double const r = of_f - (2 * at(i) - (i > 0 ? at(i - 1) : 0) - (i < 15 ? at(i + 1) : 0));
      residual += r * r;
      norm += of_f * of_f;
    }
    EXPECT_LE(std::sqrt(residual / norm), 1.0001e-8) << t;
  }

  // Numbered as in the files, whatever the factorization order, and of two sizes.
  auto const chain = [&](std::string const& name, int n) {
    std::string text = "%%MatrixMarket matrix coordinate real symmetric\n" + std::to_string(n) + " " +
                       std::to_string(n) + " " + std::to_string(2 * n - 1) + "\n";
    for (int i = 1; i <= n; ++i)
      text += std::to_string(i) + " " + std::to_string(i) + " " + std::to_string(2 + i) + "\n";
    for (int i = 1; i < n; ++i) text += std::to_string(i + 1) + " " + std::to_string(i) + " -1\n";
    folder_.write("spd/" + name, text);
  };
  std::filesystem::create_directory(at("spd"));
  chain("A_0.mtx", 9);
  chain("A_3.mtx", 5);
  for (std::string const batching : {"lockstep", "block-diagonal"}) {
    auto const spd = metasolve(solve({"--problem", "spd", "--matrices", at("spd"), "--tolerance", "1e-10",
                                      "--solutions", at("x.csv"), "--set", "solver.batching=\"" + batching + "\""}));
    ASSERT_EQ(spd.status, 0) << spd.err;
    auto const text = TemporaryFolder::read(at("x.csv"));
    EXPECT_EQ(text.substr(0, text.find('\n')), "task,x1,x2,x3,x4,x5,x6,x7,x8,x9");
    std::istringstream lines(text.substr(text.find('\n') + 1));
    for (auto const& [number, n] : {std::pair{0, 9}, std::pair{3, 5}}) {
      std::string line, cell;
      std::getline(lines, line);
      std::istringstream cells(line);
      std::getline(cells, cell, ',');
      EXPECT_EQ(cell, std::to_string(number));
      std::vector<double> x{0};
      while (std::getline(cells, cell, ',') && !cell.empty()) x.push_back(std::stod(cell));
      ASSERT_EQ(x.size(), static_cast<std::size_t>(n) + 1);
      x.push_back(0);
      for (std::size_t i = 1; i <= static_cast<std::size_t>(n); ++i) {
        EXPECT_NEAR((2 + static_cast<double>(i)) * x[i] - x[i - 1] - x[i + 1], 1, 1e-8) << batching << i;
      }
    }
  }

  // A task without a solution has an empty one: h = 0 breaks down.
  auto const tasks =
      folder_.write("r.csv", "c1,c2,c3,h,y1,y2,y3\n0.04,3e7,1e4,0.1,1,0,0\n0.04,3e7,1e4,0,1,0,0\n").string();
  auto const robertson = metasolve(solve({"--problem", "robertson", "--tasks", tasks, "--solutions", at("y.csv")}));
  EXPECT_NE(robertson.status, 0);
  auto const taken = metasolve(solve({"--tasks", data + "/poisson.csv", "--solutions", at("out.csv")}));
  EXPECT_EQ(taken.status, 2);
  EXPECT_NE(taken.err.find("--solutions"), std::string::npos) << taken.err;
}

TEST_F(ModelCli, WhatIsNoModelIsNamed) {
  auto const refused = [&](Words const& words, std::string const& part) {
    auto const result = metasolve(words);
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
  };
  refused(solve({"--tasks", data + "/poisson.csv", "--model", METASOLVE_SOURCE_DIR "/configs/poisson.toml"}),
          "is a text file, expected safetensors");
  refused(solve({"--tasks", data + "/poisson.csv", "--max-iterations", "1e4"}),
          "given \"1e4\", expected a whole number");
  refused(solve({"--tasks", data + "/poisson.csv", "--set", "solver.tol=1e-3"}), "solver.tolerance");
}

}  // namespace
}  // namespace metasolve::model_cli_test
