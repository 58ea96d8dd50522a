// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/solve_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "metasolve/detail/app/input_files.hpp"
#include "metasolve/detail/app/linear_options.hpp"
#include "metasolve/detail/app/linear_solve.hpp"
#include "metasolve/detail/app/model.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/run_folder.hpp"
#include "metasolve/detail/app/solve_result.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/descriptor.hpp"
#include "metasolve/detail/io/output_file.hpp"
#include "metasolve/detail/matrices/linear_systems.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/error.hpp"
#include "metasolve/types.hpp"

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

/// What a problem reads, besides its model.
InputFiles input_files(SolveOptions const& o, fs::path const& model) {
  InputFiles inputs;
  inputs.add(o.tasks, "the file given with --tasks");
  inputs.add(model, "the file given with --model");
  if (auto const matrices = o.given.find("--matrices"); matrices != o.given.end()) {
    for (auto const& file : matrices::matrices_read(matrices->second)) inputs.add(file, "read for --matrices");
  }
  if (auto const programs = o.given.find("--programs"); programs != o.given.end()) {
    inputs.add(programs->second, "the file given with --programs");
    std::error_code none;
    for (fs::directory_iterator file(programs->second, none), end; !none && file != end; file.increment(none)) {
      inputs.add(file->path(), "in the folder given with --programs");
    }
  }
  return inputs;
}

/// Input of `solve`.
struct Work {
  problems::SolveInput input;
  train::Checkpoint model;  ///< without a model: the smallest network, which is not used
  bool has_model = false;
};

/// Rejects options of other problems.
void require_own_options(SolveOptions const& o, problems::Problem const& problem) {
  auto const own = problem.solve_options();
  for (auto const& [flag, value] : o.given) {
    if (std::ranges::find(own, flag, &problems::SolveOption::flag) == own.end()) refuse_option(flag, problem.name());
  }
}

Work read_work(SolveOptions const& o, problems::Problem const& problem, fs::path const& model_file) {
  Work work;
  work.has_model = !model_file.empty();
  problems::SolveRequest request{o.problem, o.tasks, o.given, model_file.string(), o.common.overrides, {}, {}};
  request.notice = [](std::string const& line) { std::cerr << "metasolve: " << line << '\n'; };
  request.configure = [&](config::RunConfig without) {
    if (work.has_model) {
      work.model = load_model(model_file, o.common);
      auto const& name = work.model.config.problem.name;
      if (name != o.problem) {
        throw InputError("--problem: given " + o.problem + ", but the model is for " + name);
      }
      return work.model.config;
    }
    without.network.hidden = {1};
    return overridden(without, "", o.common);
  };
  work.input = problem.read(request);
  work.model.config = work.input.config;
  if (!work.has_model) {
    auto const width = static_cast<std::size_t>(train::architecture(work.model.config).features());
    work.model.features = {std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  }
  return work;
}

/// All tasks, by ascending number.
std::vector<SolveRow> solve(Executor const& executor, Work const& work, SolveOptions const& o) {
  auto const options = train::learner_options(work.model);
  auto const parameters = work.has_model ? engine::Parameters::meta_solver : engine::Parameters::given;
  engine::SolveLimits const limits{o.tolerance, static_cast<std::int32_t>(o.max_iterations)};
  std::vector<SolveRow> rows;
  for (auto const& part : work.input.parts) {
    auto const evaluator = engine::make_evaluator(executor, options, part.tasks);
    if (work.has_model) evaluator->set_weights(work.model.learner.weights);
    if (!o.solutions.empty()) evaluator->keep_solutions();
    train::solve_all(*evaluator, parameters, limits, part.tasks.count);
    auto const outcomes = evaluator->outcomes();
    auto const solutions = o.solutions.empty() ? std::vector<double>{} : evaluator->solutions();
    auto const size = part.numbers.empty() ? 0 : solutions.size() / part.numbers.size();
    for (std::size_t t = 0; t < part.numbers.size(); ++t) {
      SolveRow row{part.numbers[t], outcomes.status[t], outcomes.iterations[t], outcomes.measure[t]};
      row.unknowns = static_cast<std::int64_t>(size);
      if (has_solution(static_cast<Status>(row.status))) row.solution.resize(size);
      for (std::size_t i = 0; i < row.solution.size(); ++i) {
        row.solution[part.order.empty() ? i : static_cast<std::size_t>(part.order[i])] = solutions[t * size + i];
      }
      rows.push_back(std::move(row));
    }
  }
  for (auto const& broken : work.input.broken) rows.push_back({broken.number});
  std::ranges::sort(rows, {}, &SolveRow::number);
  return rows;
}

}  // namespace

void add_solve_options(CLI::App& command, SolveOptions& o) {
  std::string names, columns;
  for (auto const* const problem : problems::known_problems()) {
    auto const own = problem->file_columns();
    if (!own.empty()) columns += problem->name() + ": columns " + own + "; ";
    if (!own.empty() || !problem->solve_options().empty()) names += (names.empty() ? "" : ", ") + problem->name();
  }
  names += std::string(names.empty() ? "" : ", ") + linear_problem;
  command.add_option("--problem", o.problem, "Kind of the tasks: " + names)->capture_default_str();
  command.add_option("--tasks", o.tasks, "Tasks, one per row; " + columns + "in any order; - for standard input")
      ->type_name("FILE.csv");
  command
      .add_option("--model", o.model, "Meta-solver: a model file, the folder of a run, or a checkpoint; default: none")
      ->type_name("RUN");
  command.add_option("--tolerance", o.tolerance, "A task has converged when its measure is at or below it")
      ->capture_default_str();
  command.add_option("--max-iterations", o.max_iterations, "Iteration limit per task")->capture_default_str();
  command
      .add_option(
          "--out", o.out,
          "Result, one row per task: task,status,iterations,measure; task is the k of A_k, or the row's number from "
          "0; - for standard output")
      ->required()
      ->type_name("OUT.csv");
  command
      .add_option(
          "--solutions,--solution", o.solutions,
          "Solutions; FILE.csv: one row per task: task, then its numbers; FILE.npy: an array [tasks][N], NaN for "
          "tasks without a solution; a folder, or a name that ends in /: x_k.npy for each task; default: not "
          "written")
      ->type_name("FILE.csv|FILE.npy|DIR");
  for (auto const* const problem : problems::known_problems()) {
    for (auto const& option : problem->solve_options()) {
      if (command.get_option_no_throw(option.flag) != nullptr) continue;
      command
          .add_option_function<std::string>(
              option.flag, [&o, flag = option.flag](std::string const& value) { o.given[flag] = value; }, option.doc)
          ->type_name(option.type);
    }
  }
  add_linear_options(command, o.given);
  add_common_options(command, o.common);
}

int run_solve(SolveOptions const& o) {
  require_ranges(o);
  require_one_on_stdout(o.common.json, "--out", o.out);
  require_one_on_stdout(o.common.json, "--solutions", o.solutions);
  if (this_process().ranks() != nullptr && io::descriptor_of(o.tasks, STDIN_FILENO) >= 0) {
    throw InputError("--tasks: standard input goes to the first of several processes alone; give a file");
  }
  if (o.problem == linear_problem) return run_linear_solve(o);
  auto const& problem = problems::problem_of(o.problem, "--problem");
  require_own_options(o, problem);
  auto const model_file = o.model.empty() ? fs::path{} : checkpoint_of(o.model, "best");
  require_apart(input_files(o, model_file), o.out, o.solutions);
  auto const work = read_work(o, problem, model_file);
  auto const executor = open_executor(o.common, work.model.config);
  auto const start = io::Clock::now();
  auto const rows = solve(executor, work, o);
  double const seconds = io::seconds_since(start);
  if (solutions_form(o.solutions) == SolutionsForm::array) require_one_size(o.solutions, rows);
  write_result(o.out, rows);
  if (!o.solutions.empty()) write_solutions(o.solutions, rows, problem.solution_name());
  for (auto const& broken : work.input.broken) std::cerr << "metasolve: " << broken.message << '\n';
  return report({o.out, o.common.json, work.input.right_sides, -1, seconds, executor.description()}, rows);
}

}  // namespace metasolve::app
