// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/train/evaluate.hpp"
#include "paper/models.hpp"

/// Rows of tables that compare ways to solve the same tasks, by count and by time.
namespace metasolve::paper {

/// One way to solve the test tasks, and what that took.
struct SolvedRow {
  std::string name;
  config::RunConfig config;
  std::unique_ptr<engine::Evaluator> evaluator;
  engine::Parameters parameters = engine::Parameters::given;
  double tolerance = 0;
  std::vector<std::int32_t> counts = {};  ///< of all seeds
  std::vector<double> means = {};         ///< of each seed
  std::int64_t failed = 0;
  std::optional<engine::Price> operations = {};
};

/// Solves row.config's test tasks with an evaluator, and adds to the row what it took.
void solve(SolvedRow& row, engine::Evaluator& evaluator);

/// model: null for the tasks' own parameters.
std::unique_ptr<engine::Evaluator> evaluator_of(Executor const& executor, config::RunConfig const& config,
                                                engine::Tasks const& tasks, train::Checkpoint const* model);

/// turns: seconds of all tasks, in each turn; empty: not timed.
Cell cell_of(SolvedRow& row, std::string const& name, std::vector<double> const& turns);

/// Times the rows' evaluators in turn. @returns [rows][turns]
std::vector<std::vector<double>> times_in_turn(std::vector<SolvedRow> const& rows, unsigned turns);

}  // namespace metasolve::paper
