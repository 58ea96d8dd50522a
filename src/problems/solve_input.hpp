// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "src/config/choices.hpp"
#include "src/config/values.hpp"
#include "src/engine/tasks.hpp"
#include "src/io/csv.hpp"

/// What `solve` asks of a problem, and gets.
namespace metasolve::problems {

/// --flag VALUE of the command line. The values are looked at by `read`.
struct SolveOption {
  std::string flag;  ///< with its dashes
  std::string type;  ///< "FILE.csv", "NUMBER"
  std::string doc;
};

struct SolveRequest {
  std::string problem;
  std::string tasks;                         ///< the file of --tasks; empty: not given
  std::map<std::string, std::string> given;  ///< by flag
  std::string model;                         ///< the file of the meta-solver, for messages; empty: there is none
  std::vector<std::string> overrides;        ///< --set
  /// The model's configuration, or where there is no model this one, with the overrides applied. @throws InputError the
  /// model is of another problem, or not to be read
  std::function<config::RunConfig(config::RunConfig const& without)> configure;
  std::function<void(std::string const&)> notice;  ///< what a user should know, a line each

  [[nodiscard]] std::optional<std::string> option(std::string const& flag) const;
  /// @throws InputError no finite real of the range
  [[nodiscard]] std::optional<double> real(std::string const& flag, config::RealRange const& range) const;
  /// @throws InputError no integer of the range
  [[nodiscard]] std::optional<std::int64_t> integer(std::string const& flag, config::IntegerRange const& range) const;
  /// One of an enumeration's written names. @throws InputError another
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
  /// Tells which columns of the table are not used.
  void tell_ignored(io::CsvTable const& table) const;
  /// "tasks.csv: row 3 (task 2)".
  [[nodiscard]] std::function<std::string(std::int64_t)> row_names() const;

 private:
  [[noreturn]] static void refuse(std::string const& flag, std::string const& given, std::string const& expected);
};

/// Tasks that are solved together.
struct SolvePart {
  engine::Tasks tasks;
  std::vector<std::int64_t> numbers;  ///< of the tasks, as the caller knows them
};

struct SolveInput {
  config::RunConfig config;  ///< by which they are solved
  std::vector<SolvePart> parts;
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<Broken> broken = {};  ///< what cannot be solved, and why
  std::int64_t right_sides = -1;    ///< of a folder of matrices: how many have a file of their own
};

/// All tasks together, numbered from 0.
SolveInput all_at_once(config::RunConfig config, engine::Tasks tasks);

}  // namespace metasolve::problems
