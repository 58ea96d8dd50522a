// SPDX-License-Identifier: Apache-2.0
//
// Guesses of NI-GBMS's Poisson problem, learned by each estimator of gradients: a line of JSON per epoch and a last one
// with the mean over the test tasks. Usage: black_box_poisson METHOD [KEY=VALUE ...]; METHOD: none,
// linear, or a value of solver.gradient.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "linear_guess.hpp"
#include "ni_poisson.hpp"

namespace {

using namespace metasolve;
using namespace metasolve::bench;
constexpr std::int64_t tasks = 5000;

/// Mean count over the test tasks from guesses theta [tasks][unknowns]; empty: 0.
double test_mean(std::vector<double> theta) {
  std::vector<double> rows(tasks * 2 * ni_poisson::unknowns);
  ni_poisson::rows(TaskSet::test, 0, tasks, rows.data());
  theta.resize(tasks * ni_poisson::unknowns, 0.0);
  std::vector<std::int32_t> iterations(tasks), status(tasks);
  ni_poisson::solve({.count = tasks,
                     .tasks = rows.data(),
                     .theta = theta.data(),
                     .tolerance = 1e-3,
                     .max_iterations = 10000,
                     .iterations = iterations.data(),
                     .status = status.data()});
  double sum = 0;
  for (auto const k : iterations) sum += k;
  return sum / static_cast<double>(tasks);
}

void print(nlohmann::ordered_json const& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

int run(int count, char** argument) {
  std::string const method = argument[1];
  if (method == "none") return print({{"method", method}, {"test_iterations", test_mean({})}}), 0;
  if (method == "linear") {
    return print({{"method", method}, {"test_iterations", test_mean(ni_poisson::linear_guesses(tasks))}}), 0;
  }
  TrainingSettings settings{"solver.gradient=\"" + method + "\"",
                            "problem.train_tasks=5000",
                            "problem.validation_tasks=1000",
                            "problem.test_tasks=5000",
                            "solver.tolerance=1e-3",
                            "solver.max_iterations=10000",
                            "solver.difference=1e-8",
                            "network.hidden=[512]",
                            "network.activation=\"silu\"",
                            "network.initial_gain=0.02",
                            "loss.scale=\"linear\"",
                            "optimizer.rate=3e-4",
                            "optimizer.clip_norm=0",
                            "training.batch_size=32",
                            "training.epochs=20",
                            "solver.surrogate_hidden=[256,256]",
                            "solver.surrogate_rate=2e-3"};
  settings.insert(settings.end(), argument + 2, argument + count);
  auto box = ni_poisson::box();
  std::int64_t solves = 0;
  box.solve = [&](Probes const& p) {
    solves += p.count;
    ni_poisson::solve(p);
  };
  // What is spent on the constants and on validation is no part of learning: each solves all of its tasks once.
  constexpr std::int64_t validation = 1000;
  auto const folder = std::filesystem::temp_directory_path() / ("black_box_poisson." + std::to_string(std::rand()));
  std::filesystem::remove_all(folder);
  TrainingControl control;
  control.progress = [&](TrainingProgress const& p) {
    print({{"method", method},
           {"epoch", p.epoch},
           {"solves", solves - (1 + p.epoch) * validation},
           {"iterations", p.validation_iterations},
           {"seconds", p.seconds}});
  };
  auto const report = train_black_box(Executor::cpu(), folder, box, ni_poisson::rows, settings, control);
  print({{"method", method},
         {"settings", settings},
         {"test_iterations", report.iterations},
         {"constant_iterations", report.constant_iterations},
         {"seconds", report.seconds}});
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace

int main(int count, char** argument) {
  if (count < 2) {
    std::fprintf(stderr, "usage: black_box_poisson METHOD [KEY=VALUE ...]\n");
    return 2;
  }
  try {
    return run(count, argument);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "black_box_poisson: %s\n", error.what());
    return 1;
  }
}
