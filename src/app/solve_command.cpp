// SPDX-License-Identifier: Apache-2.0
#include "src/app/solve_command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "metasolve/error.hpp"
#include "src/app/model.hpp"
#include "src/app/output.hpp"
#include "src/app/run_folder.hpp"
#include "src/config/choices.hpp"
#include "src/config/values.hpp"
#include "src/io/atomic_file.hpp"
#include "src/io/csv.hpp"
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
}

/// The output is written when all is solved; that it must not replace an input is known before.
void require_apart(SolveOptions const& o, fs::path const& model) {
  for (auto const& [input, name] : {std::pair{fs::path(o.tasks), "--tasks"}, std::pair{model, "--model"}}) {
    std::error_code missing;
    if (input.empty() || !fs::equivalent(input, o.out, missing)) continue;
    throw InputError("--out: " + o.out + " is the file given with " + name + "; give another name for the result");
  }
}

/// Right-hand sides [rows][unknowns].
struct Forces {
  int unknowns = 0;
  std::int64_t rows = 0;
  std::vector<double> values;
};

Forces read_forces(std::string const& file) {
  Forces forces;
  forces.unknowns = io::count_numbered_columns(file, "f");
  if (forces.unknowns == 0) {
    throw InputError(file + ": the header has no column f1; expected the right-hand side of a task in f1, f2, ..., fN");
  }
  std::vector<std::string> columns;
  for (int i = 1; i <= forces.unknowns; ++i) columns.push_back("f" + std::to_string(i));
  auto table = io::read_columns(file, columns);
  forces.rows = table.rows;
  forces.values = std::move(table.values);
  std::string ignored;
  for (auto const& name : table.ignored) ignored += (ignored.empty() ? "" : ", ") + name;
  if (!ignored.empty()) std::cerr << "metasolve: " << file << ": columns not used: " << ignored << '\n';
  return forces;
}

/// What stands for a model without one: the smallest network, which is not asked.
train::Checkpoint no_model(Forces const& forces, SolveOptions const& o) {
  train::Checkpoint model;
  model.config.problem.unknowns = forces.unknowns;
  model.config.network.hidden = {1};
  model.config.solver.basis = config::Basis::identity;
  model.config.solver.basis_size = 1;
  model.config = overridden(model.config, o.tasks, o.common);
  auto const width = static_cast<std::size_t>(forces.unknowns);
  model.features = {std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  return model;
}

train::Checkpoint choose_model(SolveOptions const& o, fs::path const& file, Forces const& forces) {
  auto model = file.empty() ? no_model(forces, o) : load_model(file, o.common);
  auto& problem = model.config.problem;
  if (problem.unknowns != forces.unknowns) {
    throw InputError(o.tasks + ": tasks of " + std::to_string(forces.unknowns) + " unknowns (f1 ... f" +
                     std::to_string(forces.unknowns) + "), but " +
                     (file.empty() ? "problem.unknowns" : "the model in " + file.string()) + " is for " +
                     std::to_string(problem.unknowns) + "; give tasks of that size, or a model trained for these");
  }
  if (problem.name != o.problem) {
    throw InputError("--problem: given " + o.problem + ", but the model is for " + problem.name);
  }
  if (!o.measure.empty()) problem.measure = *config::value_of<config::Measure>(o.measure);
  return model;
}

engine::Outcomes solve(Executor const& executor, train::Checkpoint const& model, Forces forces, SolveOptions const& o) {
  auto const row_name = [file = o.tasks](std::int64_t row) { return file + ": row " + std::to_string(row + 1); };
  auto tasks = problems::given_poisson(std::move(forces.values), forces.unknowns, row_name);
  tasks.measure = model.config.problem.measure;
  tasks.format = model.config.problem.matrix_format;
  auto const evaluator = engine::make_evaluator(executor, train::learner_options(model.config, model.features), tasks);
  bool const has_model = !o.model.empty();
  if (has_model) evaluator->set_weights(model.learner.weights);
  engine::SolveLimits const limits{o.tolerance, static_cast<std::int32_t>(o.max_iterations)};
  train::solve_all(*evaluator, has_model ? engine::Parameters::meta_solver : engine::Parameters::given, limits,
                   forces.rows);
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
  command.add_option("--tasks", o.tasks, "Tasks, one a row: columns f1 ... fN, in any order")
      ->required()
      ->type_name("FILE.csv");
  command.add_option("--model", o.model, "Meta-solver: folder of a run, or a checkpoint; default: the zero guess")
      ->type_name("RUN");
  command.add_option("--tolerance", o.tolerance, "A task has converged when its measure is at or below it")
      ->capture_default_str();
  command.add_option("--max-iterations", o.max_iterations, "Iteration limit of a task")->capture_default_str();
  command.add_option("--out", o.out, "Result, a row a task: task,status,iterations,measure")
      ->required()
      ->type_name("OUT.csv");
  command
      .add_option("--measure", o.measure,
                  "What is compared with the tolerance; default: the model's, else relative-error")
      ->check(CLI::IsMember({"relative-error", "relative-residual"}));
  add_common_options(command, o.common);
}

int run_solve(SolveOptions const& o) {
  train::require_known_problem(o.problem, "--problem");
  require_ranges(o);
  auto const model_file = o.model.empty() ? fs::path{} : checkpoint_of(o.model, "best");
  require_apart(o, model_file);
  auto forces = read_forces(o.tasks);
  auto const model = choose_model(o, model_file, forces);
  auto const executor = open_executor(o.common, model.config);
  auto const start = std::chrono::steady_clock::now();
  auto const outcomes = solve(executor, model, std::move(forces), o);
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  io::write_file_atomically(o.out, csv_text(outcomes));
  report(o, executor, outcomes, seconds);
  return 0;
}

}  // namespace metasolve::app
