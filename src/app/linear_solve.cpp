// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/linear_solve.hpp"

#include <algorithm>
#include <iostream>

#include "metasolve/detail/app/input_files.hpp"
#include "metasolve/detail/app/linear_batches.hpp"
#include "metasolve/detail/app/solve_result.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/output_file.hpp"
#include "metasolve/detail/matrices/matrix_folder.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

void notice(std::string const& line) { std::cerr << "metasolve: " << line << '\n'; }

/// Rejects what only problems with a network have.
void require_plain(SolveOptions const& o) {
  if (!o.tasks.empty()) throw InputError("--tasks: linear systems come from matrices; give them with --matrices");
  if (!o.model.empty()) throw InputError("--model: linear has no parameters that a model could choose; leave it out");
  for (auto const& given : o.common.overrides) {
    if (given.starts_with("resources.")) continue;
    throw InputError("--set: given " + given +
                     ", but linear is set up by options; of the keys it has resources.* alone");
  }
}

void tell(LinearChoices const& choices, matrices::LinearSystems const& systems) {
  for (auto const& file : systems.left_out) notice(file);
  auto const count = static_cast<std::int64_t>(systems.systems.size());
  if (count == 0) return;
  auto const name = choices.files.matrices.string() + ": ";
  if (choices.files.rhs.empty()) notice(name + matrices::right_sides_text(systems.right_sides, count));
  if (choices.files.guess.empty()) return;
  notice(choices.files.guess.string() + ": a guess for " + std::to_string(systems.guesses) + " of " +
         std::to_string(count) + (count == 1 ? " system" : " systems"));
}

void require_inputs_apart(SolveOptions const& o, matrices::LinearFiles const& files) {
  InputFiles inputs;
  inputs.add(files.rhs, "the file given with --rhs");
  inputs.add(files.guess, "the file given with --guess");
  for (auto const& file : matrices::matrices_read(files.matrices)) inputs.add(file, "read for --matrices");
  for (auto const& file : matrices::guesses_read(files.guess)) inputs.add(file, "read for --guess");
  require_apart(inputs, o.out, o.solutions);
}

/// Of many, some: one cause often has many.
void tell_problems(std::vector<std::string> const& problems) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, problems.size()); ++i) notice(problems[i]);
  if (problems.size() > most) notice(std::to_string(problems.size() - most) + " more systems could not be solved");
}

/// A row for each system that could be read, without a result yet.
std::vector<SolveRow> rows_of(matrices::LinearSystems const& systems) {
  std::vector<SolveRow> rows;
  for (auto const& system : systems.systems) {
    rows.push_back({system.number});
    rows.back().unknowns = system.unknowns();
  }
  return rows;
}

}  // namespace

int run_linear_solve(SolveOptions const& o) {
  require_plain(o);
  auto const choices = read_linear_choices(o.given);
  require_inputs_apart(o, choices.files);
  auto const config = overridden({}, "", o.common);
  auto const systems = matrices::read_linear_systems(choices.files, config.resources.memory_bytes);
  tell(choices, systems);
  auto rows = rows_of(systems);
  if (solutions_form(o.solutions) == SolutionsForm::array) require_one_size(o.solutions, rows);

  auto const executor = open_executor(o.common, config);
  auto const start = io::Clock::now();
  LinearLimits const limits{o.tolerance, static_cast<std::int32_t>(o.max_iterations), config.resources.memory_bytes,
                            !o.solutions.empty()};
  auto outcomes = solve_systems(executor, systems.systems, choices, limits);
  double const seconds = io::seconds_since(start);

  SolveReport summary{o.out, o.common.json, systems.right_sides, 0, seconds, executor.description()};
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& outcome = outcomes[i];
    if (!outcome.problem.empty()) {
      problems.push_back(outcome.problem);
      continue;
    }
    rows[i].status = static_cast<int>(outcome.status);
    rows[i].iterations = outcome.iterations;
    rows[i].measure = outcome.measure;
    rows[i].solution = std::move(outcome.solution);
    summary.solved_as_general += outcome.as_general ? 1 : 0;
  }
  for (auto const& broken : systems.broken) {
    rows.push_back({broken.number});
    problems.push_back(broken.message);
  }
  std::ranges::sort(rows, {}, &SolveRow::number);
  write_result(o.out, rows);
  if (!o.solutions.empty()) write_solutions(o.solutions, rows, 'x');
  tell_problems(problems);
  return report(summary, rows);
}

}  // namespace metasolve::app
