// SPDX-License-Identifier: Apache-2.0
#include "src/app/solve_command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "metasolve/error.hpp"
#include "src/app/output.hpp"
#include "src/app/run_folder.hpp"
#include "src/app/solve_input.hpp"
#include "src/config/values.hpp"
#include "src/io/atomic_file.hpp"
#include "src/train/evaluate.hpp"

namespace metasolve::app {

namespace {

namespace fs = std::filesystem;

void require_ranges(SolveOptions const& o) {
  config::RealRange const tolerances{0, 1, config::Bound::open, config::Bound::open};
  config::IntegerRange const limits{0, 10'000'000};
  if (!tolerances.contains(o.tolerance)) {
    throw InputError("--tolerance: given " + config::real_text(o.tolerance) + ", expected a finite real, " +
                     tolerances.text());
  }
  if (o.max_iterations < limits.low || o.max_iterations > limits.high) {
    throw InputError("--max-iterations: given " + std::to_string(o.max_iterations) + ", expected an integer, " +
                     limits.text());
  }
  config::RealRange const factors{0, 2, config::Bound::open, config::Bound::open};
  if (o.relaxation && !factors.contains(*o.relaxation)) {
    throw InputError("--relaxation: given " + config::real_text(*o.relaxation) + ", expected a finite real, " +
                     factors.text());
  }
}

/// The output is written when all is solved; that it must not replace an input is known before.
void require_apart(SolveOptions const& o, fs::path const& model) {
  for (auto const& [input, name] : {std::pair{fs::path(o.tasks), "--tasks"}, std::pair{model, "--model"}}) {
    std::error_code missing;
    if (input.empty() || !fs::equivalent(input, o.out, missing)) continue;
    throw InputError("--out: " + o.out + " is the file given with " + name + "; give another name for the result");
  }
}

engine::Outcomes solve(Executor const& executor, SolveInput const& input, SolveOptions const& o) {
  auto const& model = input.model;
  auto const evaluator =
      engine::make_evaluator(executor, train::learner_options(model.config, model.features), input.tasks);
  if (input.has_model) evaluator->set_weights(model.learner.weights);
  engine::SolveLimits const limits{o.tolerance, static_cast<std::int32_t>(o.max_iterations)};
  train::solve_all(*evaluator, input.has_model ? engine::Parameters::meta_solver : engine::Parameters::given, limits,
                   std::visit([](auto const& tasks) { return tasks.count; }, input.tasks));
  return evaluator->outcomes();
}

std::string csv_text(engine::Outcomes const& outcomes) {
  std::string text = "task,status,iterations,measure\n";
  for (std::size_t t = 0; t < outcomes.status.size(); ++t) {
    text.append(std::to_string(t + 1)).append(",");
    text.append(status_names[static_cast<std::size_t>(outcomes.status[t])]).append(",");
    text.append(std::to_string(outcomes.iterations[t])).append(",");
    text.append(number("%.17g", outcomes.measure[t])).append("\n");
  }
  return text;
}

void report(SolveOptions const& o, Executor const& executor, engine::Outcomes const& outcomes, double seconds) {
  std::array<std::int64_t, status_names.size()> status{};
  for (auto const s : outcomes.status) ++status[static_cast<std::size_t>(s)];
  double sum = 0;
  for (auto const k : outcomes.iterations) sum += k;
  auto const tasks = static_cast<std::int64_t>(outcomes.status.size());
  double const mean = sum / static_cast<double>(tasks);
  if (o.common.json) {
    nlohmann::ordered_json document{{"out", o.out}, {"tasks", tasks}, {"mean_iterations", mean}};
    for (std::size_t s = 0; s < status.size(); ++s) document["status"][status_names[s]] = status[s];
    document["seconds"] = seconds;
    document["device"] = executor.description();
    print_document(document);
    return;
  }
  std::cout << o.out << ": " << tasks << (tasks == 1 ? " task, " : " tasks, ") << status[0] << " converged, mean "
            << number("%.2f", mean) << " iterations, " << number("%.3g", seconds) << " s on " << executor.description()
            << '\n';
}

}  // namespace

void add_solve_options(CLI::App& command, SolveOptions& o) {
  command.add_option("--problem", o.problem, "Kind of the tasks")->capture_default_str();
  command
      .add_option("--tasks", o.tasks,
                  "Tasks, one a row; poisson: columns f1 ... fN, robertson: c1,c2,c3,h,y1,y2,y3; in any order")
      ->required()
      ->type_name("FILE.csv");
  command.add_option("--model", o.model, "Meta-solver: folder of a run, or a checkpoint; default: none")
      ->type_name("RUN");
  command.add_option("--tolerance", o.tolerance, "A task has converged when its measure is at or below it")
      ->capture_default_str();
  command.add_option("--max-iterations", o.max_iterations, "Iteration limit of a task")->capture_default_str();
  command.add_option("--out", o.out, "Result, a row a task: task,status,iterations,measure")
      ->required()
      ->type_name("OUT.csv");
  command.add_option("--relaxation", o.relaxation,
                     "Robertson: relaxation factor where no model chooses it; default: solver.relaxation, 1.37");
  command
      .add_option("--measure", o.measure,
                  "Poisson: what is compared with the tolerance; default: the model's, else relative-error")
      ->check(CLI::IsMember({"relative-error", "relative-residual"}));
  add_common_options(command, o.common);
}

int run_solve(SolveOptions const& o) {
  train::require_known_problem(o.problem, "--problem");
  require_ranges(o);
  auto const model_file = o.model.empty() ? fs::path{} : checkpoint_of(o.model, "best");
  require_apart(o, model_file);
  auto const input = read_solve_input(o, model_file);
  auto const executor = open_executor(o.common, input.model.config);
  auto const start = std::chrono::steady_clock::now();
  auto const outcomes = solve(executor, input, o);
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  io::write_file_atomically(o.out, csv_text(outcomes));
  report(o, executor, outcomes, seconds);
  return 0;
}

}  // namespace metasolve::app
