// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/io/csv.hpp"

/// Data that `solve` passes to a problem and receives from it.
namespace metasolve::problems {

/// --flag VALUE of the command line. The values are parsed by `read`.
struct SolveOption {
  std::string flag;  ///< including its dashes
  std::string type;  ///< "FILE.csv", "NUMBER"
  std::string doc;
};

struct SolveRequest {
  std::string problem;
  std::string tasks;                         ///< the file of --tasks; empty: not given
  std::map<std::string, std::string> given;  ///< by flag
  std::string model;                         ///< the file of the meta-solver, for messages; empty: none
  std::vector<std::string> overrides;        ///< --set
  /// Returns the model's configuration, or this one if there is no model, with the overrides applied. @throws
  /// InputError
  /// the model belongs to another problem or cannot be read
  std::function<config::RunConfig(config::RunConfig const& without)> configure;
  std::function<void(std::string const&)> notice;  ///< reports what a user should know, one line per call

  [[nodiscard]] std::optional<std::string> option(std::string const& flag) const;
  /// @throws InputError not a finite real in the range
  [[nodiscard]] std::optional<double> real(std::string const& flag, config::RealRange const& range) const;
  /// @throws InputError not an integer in the range
  [[nodiscard]] std::optional<std::int64_t> integer(std::string const& flag, config::IntegerRange const& range) const;
  /// One of an enumeration's written names. @throws InputError any other text
  template <class Enum>
  [[nodiscard]] std::optional<Enum> choice(std::string const& flag) const {
    auto const text = option(flag);
    if (!text) return std::nullopt;
    if (auto const value = config::value_of<Enum>(*text)) return value;
    std::string names;
    for (auto const& [value, name] : config::ChoiceNames<Enum>::table) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    refuse(flag, *text, "one of " + names);
  }
  /// The file of --tasks. @throws InputError not given
  [[nodiscard]] std::string const& tasks_file() const;
  /// Reports which columns of the table are not used.
  void tell_ignored(io::CsvTable const& table) const;
  /// "tasks.csv: row 3 (task 2)".
  [[nodiscard]] std::function<std::string(std::int64_t)> row_names() const;

 private:
  [[noreturn]] static void refuse(std::string const& flag, std::string const& given, std::string const& expected);
};

/// Tasks that are solved together.
struct SolvePart {
  engine::Tasks tasks;
  std::vector<std::int64_t> numbers;  ///< the tasks' numbers as the caller knows them
  /// Unknown i of a solution is the caller's unknown order[i]; empty: i.
  std::vector<std::int32_t> order = {};
};

struct SolveInput {
  config::RunConfig config;  ///< used to solve them
  std::vector<SolvePart> parts;
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<Broken> broken = {};  ///< systems that cannot be solved, and why
  std::int64_t right_sides = -1;    ///< for a folder of matrices: how many right-hand sides have their own file
};

/// All tasks together, numbered from 0.
SolveInput all_at_once(config::RunConfig config, engine::Tasks tasks);

}  // namespace metasolve::problems
