// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/detail/systems/known_systems.hpp"
#include "metasolve/detail/train/trainer.hpp"
#include "tests/support/robertson_command.hpp"
#include "tests/support/sanitized.hpp"

/// The commands on Robertson's tasks, and `integrate` on all systems, as a user calls them.
namespace metasolve::robertson_cli_test {
namespace {

namespace fs = std::filesystem;
using namespace test;

TEST_F(RobertsonCli, EachWayToLearnTrainsEvaluatesAndSolves) {
  std::vector<nlohmann::json> means;
  Words written;
  for (std::string const learn : {"ini", "relax", "both"}) {
    auto const run = trained(learn, {"solver.learn=" + learn});
    auto const manifest = nlohmann::json::parse(TemporaryFolder::read(run + "/manifest.json"));
    EXPECT_EQ(manifest["finished"], true);
    EXPECT_EQ(manifest["config"]["solver"]["learn"], learn);
    // The last weights: after so short a training the best are the constant.
    auto const model = run + "/last.safetensors";
    auto const evaluation = json_of({"evaluate", run, "--checkpoint", "last"});
    EXPECT_EQ(evaluation["problem"], "robertson");
    EXPECT_EQ(evaluation["baseline"], "r = 1.37");
    EXPECT_EQ(evaluation["tasks"], 300);
    ASSERT_EQ(evaluation["tolerances"].size(), 1U);
    auto const& figures = evaluation["tolerances"][0];
    EXPECT_EQ(figures["tolerance"], 1e-9);
    EXPECT_EQ(figures["baseline"]["status"]["converged"], 300);
    EXPECT_GT(evaluation["timing"]["ratio"].get<double>(), 0);
    if (means.empty()) means.push_back(figures["baseline"]["mean"]);
    EXPECT_EQ(figures["baseline"]["mean"], means.front());
    EXPECT_EQ(std::ranges::count(means, figures["meta"]["mean"]), 0) << learn;
    means.push_back(figures["meta"]["mean"]);

    written.push_back(solved(reference, {"--model", model, "--threads", "1"}));
    EXPECT_EQ(std::ranges::count(written, written.back()), 1) << learn;
    EXPECT_EQ(std::ranges::count(written.back(), '\n'), 601);
    EXPECT_EQ(solved(reference, {"--model", model, "--threads", "2"}), written.back());
  }
  EXPECT_EQ(json_of({"evaluate", at("ini"), "--set", "solver.relaxation=1.2"})["baseline"], "r = 1.2");
  // If the model does not predict the factor, it can be given.
  auto const ini = at("ini") + "/last.safetensors";
  EXPECT_NE(solved(reference, {"--model", ini, "--relaxation", "1.2"}), written.front());
  EXPECT_EQ(solved(reference, {"--model", ini, "--relaxation", "1.37"}), written.front());
}

TEST_F(RobertsonCli, SolveGivesTheReferenceCounts) {
  for (std::string const r : {"1.0", "1.2", "1.37"}) {
    auto const one = solved(reference, {"--relaxation", r, "--threads", "1"});
    EXPECT_EQ(solved(reference, {"--relaxation", r, "--threads", "2"}), one);
    EXPECT_EQ(solved(reference, {"--set", "solver.relaxation=" + r}), one);
    EXPECT_EQ(solved(reference, {}) == one, r == "1.37");
    auto const expected = io::read_columns(reference, {"sweeps_r" + r});
    auto const found = io::read_columns(folder_.write("one.csv", one), {"iterations", "measure", "task"});
    ASSERT_EQ(found.rows, 600);
    ASSERT_EQ(expected.rows, 600);
    int equal = 0;
    for (std::size_t row = 0; row < 600; ++row) {
      double const off = found.values[3 * row] - expected.values[row];
      EXPECT_LE(std::abs(off), 1) << "row " << row + 1 << ", r = " << r;
      equal += off == 0 ? 1 : 0;
      EXPECT_LE(found.values[3 * row + 1], 1e-9);
      EXPECT_EQ(found.values[3 * row + 2], static_cast<double>(row));
    }
    EXPECT_GE(equal, 597) << "r = " << r;
    EXPECT_EQ(one.find("limit"), std::string::npos);
  }
}

TEST_F(RobertsonCli, SolveFindsColumnsInAnyOrder) {
  auto const rows = io::read_columns(reference, {"c1", "c2", "c3", "h", "y1", "y2", "y3"});
  std::ostringstream plain, mixed;
  for (auto* out : {&plain, &mixed}) out->precision(17);
  plain << "c1,c2,c3,h,y1,y2,y3\n";
  mixed << "y3,note,h,c2,y1,c1,f1,y2,c3\n";
  for (std::size_t i = 0; i < rows.values.size(); i += 7) {
    double const* const x = rows.values.data() + i;
    for (int c = 0; c < 7; ++c) plain << x[c] << (c < 6 ? "," : "\n");
    mixed << x[6] << ",word," << x[3] << ',' << x[1] << ',' << x[4] << ',' << x[0] << ",7," << x[5] << ',' << x[2]
          << '\n';
  }
  auto const expected = solved(folder_.write("plain.csv", plain.str()).string(), {});
  EXPECT_EQ(solved(folder_.write("mixed.csv", mixed.str()).string(), {}), expected);
  EXPECT_EQ(solved(reference, {}), expected);
}

TEST_F(RobertsonCli, TuneFindsTheBestFactorOfItsGrid) {
  auto const tune = Words{"tune", robertson_config, "--from", "1.0", "--to", "1.65", "--spacing", "0.15"} + little;
  auto const document = json_of(tune + Words{"--threads", "1"});
  auto const factors = document["values"].get<std::vector<double>>();
  auto const means = document["mean_iterations"].get<std::vector<double>>();
  ASSERT_EQ(factors.size(), 5U);
  ASSERT_EQ(means.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(factors[i], 1.0 + 0.15 * static_cast<double>(i), 1e-12);
  auto const best = std::ranges::min_element(means);
  EXPECT_EQ(document["best"]["mean_iterations"], *best);
  EXPECT_EQ(document["best"]["value"], factors[static_cast<std::size_t>(best - means.begin())]);
  EXPECT_GT(*std::ranges::max_element(means), *best);
  EXPECT_GT(document["best_per_task"]["mean_iterations"], 1);
  EXPECT_LT(document["best_per_task"]["mean_iterations"], *best);
  EXPECT_EQ(document["tasks"], 400);
  EXPECT_EQ(json_of(tune + Words{"--threads", "2"})["mean_iterations"], document["mean_iterations"]);
  auto const text = metasolve(tune + cpu);
  EXPECT_NE(text.out.find("use it: --set solver.relaxation=1"), std::string::npos) << text.out << text.err;
}

TEST_F(RobertsonCli, IntegrateComparesTheMethods) {
  if (test::is_sanitized) GTEST_SKIP() << "a minute there; IntegrateWritesTrajectoriesOfEachSystem runs";
  int const count = 20;
  // A fused network, and others that run before the solve.
  for (Words const& network : {Words{"network.hidden=[8,8]"}, Words{"network.hidden=[8,8,8]"},
                               Words{"network.hidden=[8,8]", "network.precision=double"}}) {
    auto const run = trained(network.back(), network + Words{"problem.train_tasks=4000", "training.epochs=10"});
    auto const command = Words{"integrate", "--model", run, "--max-iterations", "100000"};
    auto const document = json_of(command + Words{"--sets", std::to_string(count)});
    ASSERT_EQ(document["methods"].size(), 4U);
    std::map<std::string, nlohmann::json> methods;
    for (auto const& row : document["methods"]) {
      methods[row["method"]] = row;
      EXPECT_EQ(row["failures"], 0) << row;
      EXPECT_LE(row["largest_difference_from_newton"], 1e-5) << row;
      EXPECT_GT(row["seconds"], 0);
      if (row["method"] == "Newton") continue;
      EXPECT_GT(row["largest_difference_from_newton"], 0) << row;
      EXPECT_GT(row["iterations"], 5 * document["methods"][2]["iterations"].get<int>()) << row;
    }
    EXPECT_EQ(methods["r = 1.37"]["ratio"], 1);
    EXPECT_GE(methods["Newton"]["iterations"], count * 100);

    // The test tasks are the same steps: three sets of a hundred each.
    auto const of_three = json_of(command + Words{"--sets", "3"});
    auto const figures = json_of({"evaluate", run})["tolerances"][0];
    double const meta = 300 * figures["meta"]["mean"].get<double>();
    double const baseline = 300 * figures["baseline"]["mean"].get<double>();
    EXPECT_NEAR(of_three["methods"][0]["iterations"].get<double>(), baseline, 0.01 * baseline);
    EXPECT_NEAR(of_three["methods"][3]["iterations"].get<double>(), meta, 0.01 * meta) << network.back();
  }
}

/// Expects rows set,step,t,y1,...,yn,status,repair for all steps of all sets, ascending by step and set; finite, from
/// the
/// initial state.
void expect_trajectory(std::string const& file, systems::OdeDescription const& ode, int sets, int steps, double end) {
  Words columns{"set", "step", "t"};
  for (int i = 1; i <= ode.size; ++i) columns.push_back("y" + std::to_string(i));
  auto const table = io::read_columns(file, columns);
  EXPECT_EQ(table.header, (columns + Words{"status", "repair"}));
  ASSERT_EQ(table.rows, sets * (steps + 1)) << file;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    double const* const x = table.values.data() + row * static_cast<std::int64_t>(columns.size());
    EXPECT_EQ(x[0], static_cast<double>(row % sets));
    EXPECT_EQ(x[1], static_cast<double>(row / sets));
    std::vector const y(x + 3, x + 3 + ode.size);
    EXPECT_TRUE(std::ranges::all_of(y, [](double of_y) { return std::isfinite(of_y); }));
    bool const is_first = row < sets, is_last = row / sets == steps;
    EXPECT_TRUE(!is_first || (x[2] == 0 && y == ode.initial_state)) << file << ", row " << row;
    EXPECT_TRUE(!is_last || std::abs(x[2] - end) <= 1e-9 * end) << x[2] << ", expected " << end;
  }
}

TEST_F(RobertsonCli, IntegrateWritesTrajectoriesOfEachSystem) {
  ASSERT_EQ(systems::known_odes().size(), 5U);
  auto const file = at("t.csv");
  for (auto const& ode : systems::known_odes()) {
    auto const command = Words{"integrate", "--problem", ode.name, "--trajectory", file, "--steps"};
    auto const document = json_of(command + Words{"6", "--end-time", "0.1", "--spacing", "linear"});
    EXPECT_EQ(document["steps"], 6);
    EXPECT_EQ(document["failures"], 0) << ode.name;
    EXPECT_GE(document["iterations"], 6);
    expect_trajectory(file, ode, 1, 6, 0.1);
    json_of(command + Words{"4"});  // with such long steps a solve may fail, and is repaired
    expect_trajectory(file, ode, 1, 4, ode.end_time);
  }
  auto const& robertson = systems::find_ode("robertson", "test");
  json_of({"integrate", "--trajectory", file, "--sets", "3", "--steps", "100", "--model", trained("run")});
  expect_trajectory(file, robertson, 3, 100, robertson.end_time);
}

/// The states of a trajectory satisfy the implicit Euler equations, whichever method solved them.
TEST_F(RobertsonCli, TrajectoriesSolveTheirEquations) {
  systems::for_each_system([&]<class O>() {
    std::string const name = O::name;
    auto const file = at(name + ".csv");
    json_of({"integrate", "--problem", name, "--trajectory", file, "--steps", "5", "--end-time", "0.01"});
    Words columns{"t"};
    for (int i = 1; i <= O::size; ++i) columns.push_back("y" + std::to_string(i));
    auto const table = io::read_columns(file, columns);
    ASSERT_EQ(table.rows, 6);
    std::vector<double> const p = systems::find_ode(name, "test").default_parameters;
    double moved = 0;
    for (std::int64_t step = 1; step < 6; ++step) {
      double const* const now = table.values.data() + step * (O::size + 1);
      double const* const before = now - (O::size + 1);
      double y[O::size], f[O::size], square = 0;
      std::copy_n(now + 1, O::size, y);
      O::rate(now[0], y, p.data(), f);
      for (int i = 0; i < O::size; ++i) {
        square += std::pow(y[i] - (now[0] - before[0]) * f[i] - before[1 + i], 2);
        moved += std::abs(y[i] - before[1 + i]);
      }
      EXPECT_LE(std::sqrt(square), 1.1e-9) << name << ", step " << step;
    }
    EXPECT_GT(moved, 1e-7) << name;
  });
}

/// State needed for resuming, except times.
std::string state_of(fs::path const& file) {
  auto const c = train::read_checkpoint(file);
  nlohmann::json const state{c.learner.weights,
                             c.learner.first_moment,
                             c.learner.second_moment,
                             c.learner.clock.position,
                             c.learner.clock.updates,
                             c.learner.clock.rate,
                             c.learner.clock.loss_sum,
                             c.learner.clock.iteration_sum,
                             c.features.shift,
                             c.features.scale,
                             c.best_figure,
                             c.best_iterations,
                             c.best_epoch,
                             c.epoch};
  return state.dump();  // with all digits
}
Words metrics_of(train::RunFiles const& run) {
  Words lines;
  std::istringstream text(TemporaryFolder::read(run.metrics()));
  for (std::string line; std::getline(text, line);) {
    auto entry = nlohmann::json::parse(line);
    entry.erase("seconds");
    lines.push_back(entry.dump());
  }
  return lines;
}

TEST_F(RobertsonCli, AnInterruptedTrainingEndsBitForBitAsAWholeOne) {
  if (test::is_sanitized) GTEST_SKIP() << "half a minute there; Resume runs";
  auto const settings = sets({"training.epochs=150", "loss.tolerance_start=1e-3", "training.checkpoint_seconds=0"});
  auto const train = Words{"train", robertson_config} + little + settings + cpu;
  ASSERT_EQ(metasolve(train + Words{"--out", at("whole"), "--threads", "1"}).status, 0);
  train::RunFiles const whole(folder_ / "whole"), stopped(folder_ / "stopped");
  test::Command training(test::metasolve_arguments(train + Words{"--out", at("stopped"), "--threads", "2"}));
  ASSERT_TRUE(test::eventually([&] { return !TemporaryFolder::read(stopped.metrics()).empty() || training.ended(); }));
  training.send(SIGINT);
  ASSERT_EQ(training.wait().status, 130);
  ASSERT_NE(state_of(stopped.last()), state_of(whole.last()));
  auto const resumed = metasolve(Words{"train", "--resume", "--out", at("stopped")} + cpu);
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(state_of(stopped.last()), state_of(whole.last()));
  EXPECT_EQ(state_of(stopped.best()), state_of(whole.best()));
  EXPECT_EQ(metrics_of(stopped), metrics_of(whole));
  EXPECT_EQ(metrics_of(whole).size(), 150U);
}

TEST_F(RobertsonCli, MemoryIsForetoldWhateverTheIterationLimit) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer takes most of the memory";
  for (std::string const limit : {"2000", "100000"}) {
    for (std::string const tasks : {"400", "20000"}) {
      auto const train = Words{"train", robertson_config, "--out", at(limit + "-" + tasks)} + little +
                         sets({"resources.memory=16MiB", "solver.max_iterations=" + limit, "training.epochs=1",
                               "problem.train_tasks=" + tasks});
      auto const foretold = json_of(train + Words{"--dry-run"})["memory"]["peak_bytes"].get<double>();
      auto const document = json_of(train);
      EXPECT_EQ(document["finished"], true);
      auto const taken = document["peak_memory_bytes"].get<double>();
      auto const what = "foretold " + std::to_string(foretold) + ", taken " + std::to_string(taken) + ", limit " +
                        limit + ", tasks " + tasks;
      // The program's own code counts as it is touched, of which a dry run touches less.
      constexpr double code = 1 << 20;
      EXPECT_LE(taken, 1.1 * foretold + code) << what;
      // With more tasks not all planned memory is used.
      EXPECT_LE(foretold, (tasks == "400" ? 1.1 : 1.25) * taken) << what;
    }
  }
}

TEST_F(RobertsonCli, ADamagedCacheIsMadeAgain) {
  OwnCache::use(at("cache"));
  auto const weights = [&](std::string const& name, std::string* notices) {
    auto const result = metasolve(Words{"train", robertson_config, "--out", at(name)} + little + cpu);
    EXPECT_EQ(result.status, 0) << result.err;
    *notices = result.err;
    return train::read_checkpoint(folder_ / name / "last.safetensors").learner.weights;
  };
  std::string notices;
  auto const expected = weights("first", &notices);
  EXPECT_EQ(notices.find("made again"), std::string::npos) << notices;
  auto const whole = test::contents(folder_ / "cache");
  ASSERT_EQ(whole.size(), 2U);  // of training and validation tasks
  auto const first = whole.begin()->first, second = whole.rbegin()->first;
  auto flipped = whole.at(first);
  flipped[flipped.size() - 20] = static_cast<char>(flipped[flipped.size() - 20] ^ 4);
  int round = 0;
  for (auto const& bytes : {flipped, whole.at(first).substr(0, 100), std::string(), whole.at(second)}) {
    std::ofstream(first, std::ios::binary) << bytes;
    auto const name = "damaged" + std::to_string(round++);
    EXPECT_EQ(weights(name, &notices), expected) << name;
    EXPECT_NE(notices.find("metasolve: " + first), std::string::npos) << notices;
    EXPECT_NE(notices.find("made again"), std::string::npos) << notices;
    EXPECT_EQ(notices.find(second), std::string::npos) << notices;
    EXPECT_EQ(test::contents(folder_ / "cache"), whole);
  }
  weights("last", &notices);
  EXPECT_EQ(notices.find("made again"), std::string::npos) << notices;
  OwnCache::use(folder_.write("file", "x").string() + "/cache");
  EXPECT_EQ(weights("unwritable", &notices), expected);
  EXPECT_NE(notices.find("are not kept"), std::string::npos) << notices;
}

}  // namespace
}  // namespace metasolve::robertson_cli_test
