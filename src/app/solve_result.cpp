// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/solve_result.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <limits>
#include <optional>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/shared_output.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/io/output_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

/// This process' share.
std::string solutions_text(std::vector<SolveRow> const& rows, char name) {
  std::size_t most = 0;
  for (auto const& row : rows) most = std::max(most, row.solution.size());
  std::string text;
  auto const own = own_rows(rows.size());
  if (own.first == 0 && this_process().is_first()) {
    text = "task";
    for (std::size_t i = 1; i <= most; ++i) text.append(",").append(1, name).append(std::to_string(i));
    text += '\n';
  }
  for (std::size_t r = own.first; r < own.end; ++r) {
    auto const& row = rows[r];
    text.append(std::to_string(row.number));
    for (std::size_t i = 0; i < most; ++i) {
      text.append(",").append(i < row.solution.size() ? number("%.17g", row.solution[i]) : "");
    }
    text += '\n';
  }
  return text;
}

/// One after the other; NaN for missing solutions.
std::vector<double> solution_values(SolveRow const& row, std::size_t unknowns) {
  return row.solution.empty() ? std::vector<double>(unknowns, std::numeric_limits<double>::quiet_NaN()) : row.solution;
}

/// This process' share.
std::string array_text(std::vector<SolveRow> const& rows) {
  std::int64_t unknowns = 0;
  for (auto const& row : rows) unknowns = std::max(unknowns, row.unknowns);
  auto const own = own_rows(rows.size());
  std::string text = this_process().is_first() ? io::npy_head({static_cast<std::int64_t>(rows.size()), unknowns}) : "";
  for (std::size_t r = own.first; r < own.end; ++r) {
    auto const values = solution_values(rows[r], static_cast<std::size_t>(unknowns));
    text.append(reinterpret_cast<char const*>(values.data()), values.size() * sizeof(double));
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

Tally tally_of(std::vector<SolveRow> const& rows) {
  Tally tally;
  double sum = 0;
  for (auto const& row : rows) {
    if (row.status == SolveRow::invalid) {
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

}  // namespace

SolutionsForm solutions_form(std::string const& path) {
  std::error_code none;
  if (path.ends_with('/') || std::filesystem::is_directory(path, none)) return SolutionsForm::folder;
  return path.ends_with(".npy") ? SolutionsForm::array : SolutionsForm::csv;
}

void write_result(std::string const& path, std::vector<SolveRow> const& rows) {
  std::string text = this_process().is_first() ? "task,status,iterations,measure\n" : "";
  auto const own = own_rows(rows.size());
  for (std::size_t r = own.first; r < own.end; ++r) {
    auto const& row = rows[r];
    text.append(std::to_string(row.number)).append(",");
    if (row.status == SolveRow::invalid) {
      text.append("invalid,,\n");
      continue;
    }
    text.append(status_names[static_cast<std::size_t>(row.status)]).append(",");
    text.append(std::to_string(row.iterations)).append(",");
    text.append(number("%.17g", row.measure)).append("\n");
  }
  write_pieces(path, {text});
}

void require_one_size(std::string const& path, std::vector<SolveRow> const& rows) {
  SolveRow const* first = nullptr;
  for (auto const& row : rows) {
    if (row.unknowns == 0) continue;
    if (first == nullptr) first = &row;
    if (row.unknowns == first->unknowns) continue;
    throw InputError("--solutions: " + path + " holds solutions of one size, but task " +
                     std::to_string(first->number) + " has " + std::to_string(first->unknowns) + " unknowns and task " +
                     std::to_string(row.number) + " has " + std::to_string(row.unknowns) +
                     "; give a folder for a file a task, or FILE.csv");
  }
}

void write_solutions(std::string const& path, std::vector<SolveRow> const& rows, char name) {
  switch (solutions_form(path)) {
    case SolutionsForm::csv:
      return write_pieces(path, {solutions_text(rows, name)});
    case SolutionsForm::array:
      require_one_size(path, rows);
      return write_pieces(path, {array_text(rows)});
    case SolutionsForm::folder: {
      io::ensure_directory(path);
      auto const own = own_rows(rows.size());
      for (std::size_t r = own.first; r < own.end; ++r) {
        auto const& row = rows[r];
        if (row.unknowns == 0) continue;
        io::write_file_atomically(
            std::filesystem::path(path) / ("x_" + std::to_string(row.number) + ".npy"),
            io::npy_text(solution_values(row, static_cast<std::size_t>(row.unknowns)), {row.unknowns}));
      }
    }
  }
}

int report(SolveReport const& o, std::vector<SolveRow> const& rows) {
  auto const tally = tally_of(rows);
  if (o.json) {
    nlohmann::ordered_json document{{"out", o.out}, {"tasks", tally.tasks}};
    document["mean_iterations"] = tally.mean ? nlohmann::ordered_json(*tally.mean) : nullptr;
    for (std::size_t s = 0; s < tally.status.size(); ++s) document["status"][status_names[s]] = tally.status[s];
    if (tally.invalid > 0) document["invalid"] = tally.invalid;
    if (o.right_sides >= 0) document["right_sides"] = o.right_sides;
    if (o.solved_as_general >= 0) document["solved_as_general"] = o.solved_as_general;
    document["seconds"] = o.seconds;
    document["device"] = o.device;
    document["exit"] = exit_status(tally);
    print_document(document);
    return exit_status(tally);
  }
  auto& out = human(false, o.out);
  out << o.out << ": " << tally.tasks << (tally.tasks == 1 ? " task: " : " tasks: ") << tally.converged()
      << " converged";
  for (std::size_t s = 1; s < tally.status.size(); ++s) {
    if (tally.status[s] > 0) out << ", " << tally.status[s] << ' ' << status_words[s];
  }
  if (tally.invalid > 0) out << ", " << tally.invalid << " could not be read";
  if (o.solved_as_general > 0) out << "; " << o.solved_as_general << " not positive definite, solved as general";
  out << "; ";
  if (tally.mean) {
    out << "mean " << number("%.2f", *tally.mean) << " iterations"
        << (tally.converged() < tally.tasks ? " of those that converged, " : ", ");
  }
  out << number("%.3g", o.seconds) << " s on " << o.device << '\n';
  return exit_status(tally);
}

}  // namespace metasolve::app
