// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/model/model.hpp"
#include "metasolve/qp_solver.hpp"

namespace metasolve::api {

/// What QpSolver computes on the host from the typical task and the options.
struct QpSetup {
  int variables = 0, rows = 0, groups = 0;
  std::int64_t p_entries = 0, a_entries = 0;
  std::vector<double> weight;       ///< [m] kernels::AdmmSettings::weight
  std::vector<double> delta, root;  ///< [n + m] kernels::ActiveSystem's regularisation
  std::vector<std::int32_t> group;  ///< [m]
  std::vector<std::int32_t> group_ptrs, group_rows;
  std::vector<std::int32_t> inequalities;      ///< rows whose start a meta-solver predicts: of that class
  std::vector<std::int32_t> shift_x, shift_y;  ///< empty: not shifted

  std::vector<double> rho;  ///< [groups] constants of the meta-solver's training; empty: not known
  double guess_rho = 1, alpha = 1.6;

  /// trained: of a meta-solver; null: there is none. @throws InputError names the array or option. The patterns are
  /// checked by sparse::KktPlan
  QpSetup(QpSolver::Problem const& problem, QpSolver::Options const& options, model::Interface const* trained);

 private:
  void make_weights(QpSolver::Problem const& problem, QpSolver::Options const& options);
  void set_weights(char const* name, std::span<double const> given);
  void make_groups(char const* name, std::span<std::int32_t const> given);
  /// What the options leave to the training.
  void take(model::Interface const& trained, QpSolver::Options const& options);
};

}  // namespace metasolve::api
