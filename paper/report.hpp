// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

/// Reproduces the paper's figures. Each reproduction is one function, Settings -> Report; the command line passes it an
/// executor, writes the report and prints it.
namespace metasolve::paper {

enum class Scale {
  smoke,  ///< seconds: all steps with little training; its figures mean nothing
  small,  ///< the published data where a CPU trains in minutes, reduced where that needs a GPU
  full,   ///< the published sizes
};
char const* name_of(Scale scale);

/// One figure, of one row and column of a table, with the published one.
struct Cell {
  std::string name;                 ///< of the row: "surrogate, eps=1e-6"
  std::optional<double> p;          ///< share of hard tasks
  std::optional<double> tolerance;  ///< of the test
  double mean = 0;                  ///< over the seeds
  double deviation = 0;             ///< over the seeds, with n - 1; 0 for one seed. Pressure: over the tasks
  int seeds = 1;
  std::optional<double> published;  ///< the paper's figure, or the value of its closed form
  /// Table 2 only: rows of the same name by preconditioner, and the share of test tasks that converged.
  std::optional<std::string> preconditioner = {};
  std::optional<double> converged = {}, published_converged = {};
  /// Multigrid and pressure only: over the tasks, of all seeds; inference and set-up included.
  struct Cost {
    double q95 = 0, largest = 0;                    ///< of the iterations
    std::int64_t failed = 0;                        ///< tasks
    std::optional<double> seconds_per_task, flops;  ///< flops: a task's mean; empty: not counted
    bool operator==(Cost const&) const = default;
  };
  std::optional<Cost> cost = {};

  bool operator==(Cell const&) const = default;
};

struct Report {
  std::string name;  ///< of the reproduction and its files
  std::vector<Cell> rows;
  nlohmann::ordered_json details;  ///< additional data for the plots; an object, may be empty
};

/// Mean and deviation of one figure over the seeds. figures: at least one.
Cell over_seeds(std::string name, std::optional<double> p, std::optional<double> tolerance,
                std::vector<double> const& figures, std::optional<double> published);

/// folder/NAME.json: {name, scale, rows, details, manifest}, and folder/NAME.csv: the rows. Atomic, each.
/// @throws OutputError
void write_report(Report const& report, Scale scale, nlohmann::ordered_json const& manifest,
                  std::filesystem::path const& folder);

/// The rows as a human-readable table.
std::string report_text(Report const& report);

}  // namespace metasolve::paper
