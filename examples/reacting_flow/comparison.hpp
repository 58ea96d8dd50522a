// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "options.hpp"
#include "simulation.hpp"

namespace flow {

/// One method's runs: times of each; the rest is equal in all runs. What the state shows is known on the first process.
struct Record {
  std::vector<double> chemistry, transport;  ///< seconds
  ChemistryTotals totals;                    ///< of one run
  std::vector<double> y;                     ///< at the end
  double mass_error = 0, difference = 0;     ///< difference: from the reference
  bool is_right = true;
};

/// Shared by all runs of all methods.
class Comparison {
 public:
  /// All must outlive the result. Collective.
  Comparison(Processes const& processes, metasolve::Executor const& executor, Loops& loops, Options const& options);

  /// Adds a run of this method to its record. reference: another method's final state; null: this run is the reference.
  /// Collective.
  void run(Method method, bool draws, std::vector<double> const* reference, Record& record) const;

 private:
  Processes const& processes_;
  metasolve::Executor const& executor_;
  Loops& loops_;
  Options const& options_;
  Grid grid_;
  Slab slab_;
  Scenario scenario_;
  double mass_;  ///< at the start
};

double median(std::vector<double> values);
void print_header();
void print(Method method, Record const& record);
/// Of all bits of the state: FNV-1a.
void print_digest(Method method, Record const& record);

}  // namespace flow
