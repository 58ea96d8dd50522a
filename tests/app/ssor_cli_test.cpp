// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "metasolve/cg_solver.hpp"
#include "metasolve/error.hpp"
#include "metasolve/meta_solver.hpp"
#include "tests/support/command.hpp"
#include "tests/support/diffusion_systems.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/sanitized.hpp"

/// Conjugate gradients with SSOR on the command line, its omega learned, and the trained model in CgSolver.
namespace metasolve::ssor_cli_test {
namespace {

using namespace test;
Words const cpu{"--device", "cpu", "--threads", "2"};
constexpr int grid = 8, systems = 100, unknowns = grid * grid;
constexpr int limit = 300;

class SsorCli : public ::testing::Test {
 protected:
  SsorCli() { write_diffusion(matrices_, grid, systems); }
  [[nodiscard]] std::string at(std::string const& name) const { return (folder_ / name).string(); }
  void refuse(Words const& arguments, Words const& parts) const {
    auto const result = metasolve(arguments);
    EXPECT_EQ(result.status, 2) << testing::PrintToString(arguments) << result.out << result.err;
    for (auto const& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
    }
  }
  [[nodiscard]] Words solve(Words const& more) const {
    return Words{"solve",       "--problem",   "spd",  "--matrices",       matrices_.path().string(), "--out",
                 at("out.csv"), "--tolerance", "1e-6", "--max-iterations", std::to_string(limit)} +
           cpu + more;
  }
  [[nodiscard]] std::string config(std::string const& preconditioner) const {
    return folder_
        .write(preconditioner + ".toml",
               "[problem]\nname = \"spd\"\nmatrices = \"" + matrices_.path().string() +
                   "\"\ntrain_tasks = 60\nvalidation_tasks = 20\ntest_tasks = 20\n[solver]\npreconditioner = \"" +
                   preconditioner + "\"\nmax_iterations = " + std::to_string(limit) +
                   "\n[network]\nhidden = [8]\nfeature_scaling = \"standard\"\n[loss]\nscale = \"log\"\n"
                   "[optimizer]\nrate = 0.02\n[training]\nepochs = 40\nbatch_size = 20\n"
                   "[evaluation]\ntolerances = [1e-6]\nmax_iterations = " +
                   std::to_string(limit) + "\n")
        .string();
  }
  /// Of the tasks in the last output file.
  [[nodiscard]] std::vector<std::int32_t> counts() const {
    std::istringstream file(TemporaryFolder::read(at("out.csv")));
    std::string line;
    std::getline(file, line);
    std::vector<std::int32_t> all;
    while (std::getline(file, line)) {
      all.push_back(std::stoi(line.substr(line.find(',', line.find(',') + 1) + 1)));
    }
    return all;
  }
  TemporaryFolder folder_, matrices_;
};

/// The systems for CgSolver, by whole or lower rows of one pattern.
struct Rows {
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values, rhs = std::vector<double>(systems * unknowns, 1.0);

  Rows() {
    for (int k = 0; k < systems; ++k) {
      auto const s = diffusion_system(grid, static_cast<unsigned>(k));
      std::size_t e = 0;
      for (std::int32_t i = 0; i < unknowns; ++i) {
        for (; e < s.off.size() && s.below[e].first == i; ++e) add(k, s.below[e].second, s.off[e]);
        add(k, i, s.diagonal[static_cast<std::size_t>(i)]);
        if (k == 0) begin.push_back(static_cast<std::int32_t>(column.size()));
      }
    }
  }
  void add(int k, std::int32_t j, double value) {
    if (k == 0) column.push_back(j);
    values.push_back(value);
  }
  [[nodiscard]] Pattern pattern() const { return {begin, column}; }
  /// omega: for tasks without a meta-solver.
  [[nodiscard]] std::vector<std::int32_t> counts(CgSolver& cg, double omega) const {
    std::vector<std::int32_t> iterations(systems);
    Results<double> results;
    results.iterations = iterations.data();
    auto const entries = static_cast<std::int64_t>(column.size());
    CgSolver::Tasks tasks{systems, {values.data(), entries, 1}, {rhs.data(), unknowns, 1}};
    tasks.omega = omega;
    cg.solve(tasks, {1e-6, limit}, results);
    return iterations;
  }
};

TEST_F(SsorCli, TrainsOmega) {
  if (test::is_sanitized) GTEST_SKIP() << "half a minute there; SpdCli.TrainsOnBeams runs";
  auto const with_ssor = config("ssor");
  auto const trained = metasolve(Words{"train", with_ssor, "--out", at("run")} + cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const evaluated = metasolve(Words{"evaluate", at("run"), "--json"} + cpu);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(evaluated.json()["baseline"], "omega = 1.0");
  double const learned = evaluated.json()["tolerances"][0]["meta"]["mean"].get<double>();

  // Beside the constants of a grid, on the test tasks themselves.
  double best = limit;
  for (std::string const omega : {"0.8", "1", "1.2", "1.4", "1.6", "1.8"}) {
    auto const one = metasolve(Words{"train", with_ssor, "--out", at("at" + omega), "--set", "solver.omega=" + omega,
                                     "--set", "training.epochs=1"} +
                               cpu);
    ASSERT_EQ(one.status, 0) << one.err;
    auto const figures = metasolve(Words{"evaluate", at("at" + omega), "--json"} + cpu);
    ASSERT_EQ(figures.status, 0) << figures.err;
    best = std::min(best, figures.json()["tolerances"][0]["baseline"]["mean"].get<double>());
  }
  EXPECT_LE(learned, 1.02 * best) << evaluated.out;

  auto const tuned =
      metasolve(Words{"tune", with_ssor, "--from", "0.5", "--to", "1.9", "--spacing", "0.1", "--json"} + cpu);
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  EXPECT_EQ(tuned.json()["parameter"], "solver.omega");
  EXPECT_EQ(tuned.json()["values"].size(), 15U) << "linear, not by decades";
  refuse(Words{"tune", with_ssor, "--from", "0.5", "--to", "2.5", "--spacing", "0.1"} + cpu, {"omega", "< 2"});

  // The model in the library: counts as the command line's.
  ASSERT_EQ(metasolve(solve({"--model", at("run")})).status, 0);
  auto const expected = counts();
  Rows const rows;
  auto const executor = Executor::cpu(1);
  auto const model = MetaSolver::load(at("run"));
  CgSolver::Options options{.preconditioner = CgSolver::Preconditioner::ssor};
  CgSolver cg(executor, rows.pattern(), options, {.capacity = systems, .meta_solver = model});
  EXPECT_EQ(rows.counts(cg, 1), expected);
  for (auto const other : {CgSolver::Preconditioner::incomplete_cholesky, CgSolver::Preconditioner::jacobi}) {
    options.preconditioner = other;
    expect_message<InputError>(
        [&] { CgSolver const wrong(executor, rows.pattern(), options, {.capacity = systems, .meta_solver = model}); },
        {"setup.meta_solver chooses omega", "options.preconditioner"});
  }
  refuse(solve({"--model", at("run"), "--omega", "1.2"}), {"--omega", "model"});
}

TEST_F(SsorCli, AShiftIsNotOmega) {
  auto const trained = metasolve(Words{"train", config("ic"), "--out", at("run"), "--set", "training.epochs=1"} + cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  Rows const rows;
  auto const executor = Executor::cpu(1);
  auto const model = MetaSolver::load(at("run"));
  CgSolver const cg(executor, rows.pattern(), {}, {.capacity = systems, .meta_solver = model});
  expect_message<InputError>(
      [&] {
        CgSolver const wrong(executor, rows.pattern(), {.preconditioner = CgSolver::Preconditioner::ssor},
                             {.capacity = systems, .meta_solver = model});
      },
      {"setup.meta_solver chooses a shift", "incomplete_cholesky"});
}

TEST_F(SsorCli, SolvesWithAGivenOmega) {
  Rows const rows;
  CgSolver cg(Executor::cpu(1), rows.pattern(), {.preconditioner = CgSolver::Preconditioner::ssor},
              {.capacity = systems});
  std::vector<std::int32_t> at_one;
  for (std::string const omega : {"1", "1.5"}) {
    ASSERT_EQ(metasolve(solve({"--preconditioner", "ssor", "--omega", omega})).status, 0);
    EXPECT_EQ(counts(), rows.counts(cg, std::stod(omega)));
    if (omega == "1") at_one = counts();
  }
  EXPECT_NE(counts(), at_one);
  ASSERT_EQ(metasolve(solve({"--preconditioner", "ssor"})).status, 0);
  EXPECT_EQ(counts(), at_one) << "the default";
}

TEST_F(SsorCli, RefusesWhatDoesNotFit) {
  refuse(solve({"--preconditioner", "ssor", "--omega", "2"}), {"--omega", "2"});
  refuse(solve({"--preconditioner", "ic", "--omega", "1.2"}), {"--omega", "--preconditioner ssor alone"});
  refuse(solve({"--preconditioner", "ssor", "--shift", "0.1"}), {"--shift", "ic alone"});
  auto const train = [&](std::string const& kind, Words const& settings, Words const& parts) {
    Words arguments{"train", config(kind), "--out", at("no")};
    for (auto const& setting : settings) arguments = arguments + Words{"--set", setting};
    refuse(arguments + cpu, parts);
  };
  for (std::string const gradient : {"adjoint", "tangent"}) {
    train("ssor", {"solver.gradient=" + gradient}, {"solver.gradient", gradient, "ssor", "difference"});
  }
  train("ic", {"solver.omega=1.3"}, {"solver.omega", "\"ic\"", "ssor"});
  train("ssor", {"solver.omega=2"}, {"solver.omega", "less than 2"});
  train("ssor", {"solver.omega=0"}, {"solver.omega"});
  train("ssor", {"solver.batching=block-diagonal"}, {"solver.batching", "ssor", "lockstep"});
  train("jacobi", {}, {"solver.preconditioner", "no parameter", "\"ic\" or \"ssor\""});
}

/// The beams' other features, and a start at the constant.
TEST_F(SsorCli, TrainsOnBeams) {
  auto const trained =
      metasolve(Words{"train", std::string(METASOLVE_SOURCE_DIR) + "/configs/elasticity.toml", "--out", at("beams"),
                      "--set", "problem.cells=[3,1,1]", "--set", "problem.train_tasks=32", "--set",
                      "problem.validation_tasks=32", "--set", "problem.test_tasks=32", "--set", "network.hidden=[8,8]",
                      "--set", "training.epochs=10", "--set", "solver.preconditioner=ssor"} +
                cpu);
  ASSERT_EQ(trained.status, 0) << trained.err;
  auto const figures = metasolve(Words{"evaluate", at("beams"), "--json"} + cpu).json()["tolerances"][0];
  EXPECT_LE(figures["meta"]["mean"].get<double>(), 1.02 * figures["baseline"]["mean"].get<double>());
}

}  // namespace
}  // namespace metasolve::ssor_cli_test
