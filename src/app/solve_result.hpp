// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/types.hpp"

/// What `solve` writes.
namespace metasolve::app {

/// A row of the result.
struct SolveRow {
  std::int64_t number = 0;
  int status = invalid;
  std::int32_t iterations = 0;
  double measure = 0;
  std::vector<double> solution = {};  ///< empty: not requested, or there is none
  std::int64_t unknowns = 0;          ///< of the task; 0: not known
  static constexpr int invalid = -1;
};

/// Whether the last iterate is usable.
inline bool has_solution(Status status) { return status != Status::breakdown && status != Status::not_finite; }

/// What --solutions names: FILE.npy; a folder, if there is one or the name ends in "/"; else CSV.
enum class SolutionsForm { csv, array, folder };
SolutionsForm solutions_form(std::string const& path);

/// task,status,iterations,measure. Of several processes, which all have all rows, each writes some.
void write_result(std::string const& path, std::vector<SolveRow> const& rows);

/// All rows have the same number of unknowns, as one array needs. @throws InputError names two that differ
void require_one_size(std::string const& path, std::vector<SolveRow> const& rows);

/// CSV: task,x1,...,xN; missing solutions and the end of shorter ones are empty cells. An array [tasks][N] or a
/// folder's x_k.npy: missing solutions are NaN. name: of the columns.
/// @throws OutputError; InputError as require_one_size
void write_solutions(std::string const& path, std::vector<SolveRow> const& rows, char name);

/// What the last line says, besides the rows.
struct SolveReport {
  std::string out;
  bool json = false;
  std::int64_t right_sides = -1;        ///< systems with their own right-hand side; -1: does not apply
  std::int64_t solved_as_general = -1;  ///< of what was first taken as positive definite; -1: does not apply
  double seconds = 0;
  std::string device;
};

/// Prints the summary and returns the exit status.
int report(SolveReport const& report, std::vector<SolveRow> const& rows);

}  // namespace metasolve::app
