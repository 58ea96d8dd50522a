// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/solve_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/model.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/run_folder.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/output_file.hpp"
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

/// The output is written after all tasks are solved; check beforehand that it does not replace an input.
void require_apart(SolveOptions const& o, fs::path const& model) {
  std::error_code none;
  for (auto const& [option, out] : {std::pair{"--out", o.out}, std::pair{"--solutions", o.solutions}}) {
    if (out.empty() || !fs::is_regular_file(out, none)) continue;  // a terminal can be read and written
    for (auto const& [input, name] : {std::pair{fs::path(o.tasks), "--tasks"}, std::pair{model, "--model"}}) {
      if (input.empty() || !fs::equivalent(input, out, none)) continue;
      throw InputError(std::string(option) + ": " + out + " is the file given with " + name +
                       "; give another name for the result");
    }
  }
  auto const resolved = [&](std::string const& path) {
    auto const whole = fs::weakly_canonical(path, none);
    return none ? fs::path(path) : whole;
  };
  bool const is_stream = o.solutions == "-" || o.solutions.starts_with("/dev/");
  if (!o.solutions.empty() && (o.solutions == o.out || (!is_stream && resolved(o.solutions) == resolved(o.out)))) {
    throw InputError("--solutions: " + o.solutions + " is the file given with --out; give another name");
  }
}

/// A row of the result.
struct Row {
  std::int64_t number = 0;
  int status = invalid;
  std::int32_t iterations = 0;
  double measure = 0;
  std::vector<double> solution = {};  ///< empty: not requested, or there is none
  static constexpr int invalid = -1;
};

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
    if (std::ranges::find(own, flag, &problems::SolveOption::flag) != own.end()) continue;
    std::string others;
    for (auto const* const other : problems::known_problems()) {
      auto const options = other->solve_options();
      if (std::ranges::find(options, flag, &problems::SolveOption::flag) == options.end()) continue;
      others += (others.empty() ? "" : ", ") + other->name();
    }
    throw InputError(flag + ": for --problem " + others + ", not for " + problem.name() + "; leave it out");
  }
}

Work read_work(SolveOptions const& o, problems::Problem const& problem, fs::path const& model_file) {
  require_own_options(o, problem);
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
    auto const width = static_cast<std::size_t>(train::network_sizes(work.model.config).front());
    work.model.features = {std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  }
  return work;
}

/// Whether the last iterate is usable.
bool has_solution(Status status) { return status != Status::breakdown && status != Status::not_finite; }

/// All tasks, by ascending number.
std::vector<Row> solve(Executor const& executor, Work const& work, SolveOptions const& o) {
  auto const options = train::learner_options(work.model);
  auto const parameters = work.has_model ? engine::Parameters::meta_solver : engine::Parameters::given;
  engine::SolveLimits const limits{o.tolerance, static_cast<std::int32_t>(o.max_iterations)};
  std::vector<Row> rows;
  for (auto const& part : work.input.parts) {
    auto const evaluator = engine::make_evaluator(executor, options, part.tasks);
    if (work.has_model) evaluator->set_weights(work.model.learner.weights);
    if (!o.solutions.empty()) evaluator->keep_solutions();
    train::solve_all(*evaluator, parameters, limits, part.tasks.count);
    auto const outcomes = evaluator->outcomes();
    auto const solutions = o.solutions.empty() ? std::vector<double>{} : evaluator->solutions();
    auto const size = part.numbers.empty() ? 0 : solutions.size() / part.numbers.size();
    for (std::size_t t = 0; t < part.numbers.size(); ++t) {
      Row row{part.numbers[t], outcomes.status[t], outcomes.iterations[t], outcomes.measure[t]};
      if (has_solution(static_cast<Status>(row.status))) row.solution.resize(size);
      for (std::size_t i = 0; i < row.solution.size(); ++i) {
        row.solution[part.order.empty() ? i : static_cast<std::size_t>(part.order[i])] = solutions[t * size + i];
      }
      rows.push_back(std::move(row));
    }
  }
  for (auto const& broken : work.input.broken) rows.push_back({broken.number});
  std::ranges::sort(rows, {}, &Row::number);
  return rows;
}

std::string csv_text(std::vector<Row> const& rows) {
  std::string text = "task,status,iterations,measure\n";
  for (auto const& row : rows) {
    text.append(std::to_string(row.number)).append(",");
    if (row.status == Row::invalid) {
      text.append("invalid,,\n");
      continue;
    }
    text.append(status_names[static_cast<std::size_t>(row.status)]).append(",");
    text.append(std::to_string(row.iterations)).append(",");
    text.append(number("%.17g", row.measure)).append("\n");
  }
  return text;
}

/// task,x1,...,xN; missing solutions and the end of shorter ones are empty cells.
std::string solutions_text(std::vector<Row> const& rows, char name) {
  std::size_t most = 0;
  for (auto const& row : rows) most = std::max(most, row.solution.size());
  std::string text = "task";
  for (std::size_t i = 1; i <= most; ++i) text.append(",").append(1, name).append(std::to_string(i));
  text += '\n';
  for (auto const& row : rows) {
    text.append(std::to_string(row.number));
    for (std::size_t i = 0; i < most; ++i) {
      text.append(",").append(i < row.solution.size() ? number("%.17g", row.solution[i]) : "");
    }
    text += '\n';
  }
  return text;
}

/// Counts of task outcomes.
struct Tally {
  std::int64_t tasks = 0, invalid = 0;
  std::array<std::int64_t, status_names.size()> status{};
  /// Iterations of converged tasks only; the others' counts do not lead to a solution.
  std::optional<double> mean;

  [[nodiscard]] std::int64_t converged() const { return status[0]; }
};

Tally tally_of(std::vector<Row> const& rows) {
  Tally tally;
  double sum = 0;
  for (auto const& row : rows) {
    if (row.status == Row::invalid) {
      ++tally.invalid;
      continue;
    }
    ++tally.tasks;
    ++tally.status[static_cast<std::size_t>(row.status)];
    if (row.status == 0) sum += row.iterations;
  }
  if (tally.converged() > 0) tally.mean = sum / static_cast<double>(tally.converged());
  return tally;
}

/// Unreadable rows take precedence: the user has to fix something.
int exit_status(Tally const& tally) {
  if (tally.invalid > 0) return refused;
  return tally.converged() < tally.tasks ? some_failed : done;
}

void report(SolveOptions const& o, problems::SolveInput const& input, Executor const& executor, Tally const& tally,
            double seconds) {
  if (o.common.json) {
    nlohmann::ordered_json document{{"out", o.out}, {"tasks", tally.tasks}};
    document["mean_iterations"] = tally.mean ? nlohmann::ordered_json(*tally.mean) : nullptr;
    for (std::size_t s = 0; s < tally.status.size(); ++s) document["status"][status_names[s]] = tally.status[s];
    if (tally.invalid > 0) document["invalid"] = tally.invalid;
    if (input.right_sides >= 0) document["right_sides"] = input.right_sides;
    document["seconds"] = seconds;
    document["device"] = executor.description();
    document["exit"] = exit_status(tally);
    print_document(document);
    return;
  }
  auto& out = human(false, o.out);
  out << o.out << ": " << tally.tasks << (tally.tasks == 1 ? " task: " : " tasks: ") << tally.converged()
      << " converged";
  for (std::size_t s = 1; s < tally.status.size(); ++s) {
    if (tally.status[s] > 0) out << ", " << tally.status[s] << ' ' << status_words[s];
  }
  if (tally.invalid > 0) out << ", " << tally.invalid << " could not be read";
  out << "; ";
  if (tally.mean) {
    out << "mean " << number("%.2f", *tally.mean) << " iterations"
        << (tally.converged() < tally.tasks ? " of those that converged, " : ", ");
  }
  out << number("%.3g", seconds) << " s on " << executor.description() << '\n';
}

}  // namespace

void add_solve_options(CLI::App& command, SolveOptions& o) {
  std::string names, columns;
  for (auto const* const problem : problems::known_problems()) {
    auto const own = problem->file_columns();
    if (!own.empty()) columns += problem->name() + ": columns " + own + "; ";
    if (!own.empty() || !problem->solve_options().empty()) names += (names.empty() ? "" : ", ") + problem->name();
  }
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
      .add_option("--solutions", o.solutions,
                  "Solutions, one row per task: task, then its numbers; default: not written")
      ->type_name("FILE.csv");
  for (auto const* const problem : problems::known_problems()) {
    for (auto const& option : problem->solve_options()) {
      if (command.get_option_no_throw(option.flag) != nullptr) continue;
      command
          .add_option_function<std::string>(
              option.flag, [&o, flag = option.flag](std::string const& value) { o.given[flag] = value; }, option.doc)
          ->type_name(option.type);
    }
  }
  add_common_options(command, o.common);
}

int run_solve(SolveOptions const& o) {
  auto const& problem = problems::problem_of(o.problem, "--problem");
  require_ranges(o);
  require_one_on_stdout(o.common.json, "--out", o.out);
  require_one_on_stdout(o.common.json, "--solutions", o.solutions);
  auto const model_file = o.model.empty() ? fs::path{} : checkpoint_of(o.model, "best");
  require_apart(o, model_file);
  auto const work = read_work(o, problem, model_file);
  auto const executor = open_executor(o.common, work.model.config);
  auto const start = io::Clock::now();
  auto const rows = solve(executor, work, o);
  double const seconds = io::seconds_since(start);
  io::write_output(o.out, csv_text(rows));
  if (!o.solutions.empty()) io::write_output(o.solutions, solutions_text(rows, problem.solution_name()));
  for (auto const& broken : work.input.broken) std::cerr << "metasolve: " << broken.message << '\n';
  auto const tally = tally_of(rows);
  report(o, work.input, executor, tally, seconds);
  return exit_status(tally);
}

}  // namespace metasolve::app
