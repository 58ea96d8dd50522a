// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/qp_setup.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "metasolve/detail/api/host_arrays.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/qp_scaling.hpp"
#include "metasolve/error.hpp"

namespace metasolve::api {

namespace {

using sparse::at;

/// Of a valid pattern.
std::vector<sparse::QpMatrices::Entry> entries_of(Pattern const& pattern, std::span<double const> values) {
  std::vector<sparse::QpMatrices::Entry> entries;
  for (std::size_t i = 0; i + 1 < pattern.row_ptrs.size(); ++i) {
    for (auto e = pattern.row_ptrs[i]; e < pattern.row_ptrs[i + 1]; ++e) {
      entries.push_back({static_cast<std::int32_t>(i), pattern.col_idxs[at(e)], values[at(e)]});
    }
  }
  return entries;
}

constexpr double regularisation = 1e-6;  ///< OSQP's delta, of the scaled program

}  // namespace

QpSetup::QpSetup(QpSolver::Problem const& problem, QpSolver::Options const& options, model::Interface const* trained)
    : variables(std::max(0, static_cast<int>(problem.p.row_ptrs.size()) - 1)),
      rows(std::max(0, static_cast<int>(problem.a.row_ptrs.size()) - 1)),
      p_entries(std::ssize(problem.p.col_idxs)),
      a_entries(std::ssize(problem.a.col_idxs)),
      shift_x(options.shift_x.begin(), options.shift_x.end()),
      shift_y(options.shift_y.begin(), options.shift_y.end()) {
  require_magnitude("options.rho", options.rho, true);
  require_magnitude("options.sigma", options.sigma, false);
  require_magnitude("options.absolute", options.absolute, true);
  require_magnitude("options.equality", options.equality, false);
  require_magnitude("options.unbounded", options.unbounded, false);
  require_magnitude("options.guess_rho", options.guess_rho, true);
  require_magnitude("options.certificate_tolerance", options.certificate_tolerance, true);
  if (options.codebook < 0) {
    throw InputError("options.codebook is " + std::to_string(options.codebook) + ", expected 0 or more");
  }
  require_size("problem.p_values", problem.p_values, p_entries, true);
  require_size("problem.q", problem.q, variables, true);
  require_size("problem.a_values", problem.a_values, a_entries, true);
  require_size("problem.lower", problem.lower, rows, true);
  require_size("problem.upper", problem.upper, rows, true);
  if (problem.lower.empty() != problem.upper.empty()) {
    throw InputError("problem.lower and problem.upper: give both or neither");
  }
  require_finite("problem.p_values", problem.p_values);
  require_finite("problem.q", problem.q);
  require_finite("problem.a_values", problem.a_values);
  require_numbers("problem.lower", problem.lower);
  require_numbers("problem.upper", problem.upper);
  require_size("options.row_weights", options.row_weights, rows, true);
  require_finite("options.row_weights", options.row_weights);
  require_size("options.penalty_group", options.penalty_group, rows, true);
  require_size("options.shift_x", options.shift_x, variables, true);
  require_size("options.shift_y", options.shift_y, rows, true);
  require_indices("options.shift_x", options.shift_x, -1, variables);
  require_indices("options.shift_y", options.shift_y, -1, rows);
  make_weights(problem, options);
  make_groups("options.penalty_group", options.penalty_group);
  if (trained != nullptr && trained->problem == model::qp_name) take(*trained, options);
  if (options.guess_rho > 0) guess_rho = options.guess_rho;
}

void QpSetup::take(model::Interface const& trained, QpSolver::Options const& options) {
  auto const weights = trained.setting(model::qp_row_weights), of_rows = trained.setting(model::qp_penalty_group);
  for (auto const& recorded : {weights, of_rows}) {
    if (recorded.empty() || std::ssize(recorded) == rows) continue;
    throw InputError("setup.meta_solver was trained for programs of " + std::to_string(recorded.size()) +
                     " rows, and these have " + std::to_string(rows));
  }
  auto const whole_numbers = [this](char const* name, std::span<double const> values) {
    std::vector<std::int32_t> whole;
    for (double const x : values) {
      if (!(x >= 0 && x < rows && x == std::floor(x))) {
        throw InputError(std::string("setup.meta_solver: its ") + name + " holds " + io::shortest(x) +
                         ", expected whole numbers from 0 to " + std::to_string(rows - 1));
      }
      whole.push_back(static_cast<std::int32_t>(x));
    }
    return whole;
  };
  if (options.row_weights.empty() && !weights.empty()) set_weights("setup.meta_solver: its row_weights", weights);
  if (!of_rows.empty()) {
    auto const recorded = whole_numbers("penalty_group", of_rows);
    if (!options.penalty_group.empty() && recorded != group) {
      throw InputError("options.penalty_group is not that of the training of setup.meta_solver; leave it out");
    }
    make_groups("setup.meta_solver: its penalty_group", recorded);
  }
  // Which rows are inequalities in one typical task says less than the training.
  if (!trained.settings.empty()) {
    inequalities = whole_numbers("guess_rows", trained.setting(model::qp_guess_rows));
  }
  auto const constants = trained.setting(model::qp_rho);
  if (std::ssize(constants) == groups) rho.assign(constants.begin(), constants.end());
  for (double const r : rho) require_magnitude("setup.meta_solver: its rho", r, false);
  auto const take_one = [&](char const* name, double& to) {
    auto const recorded = trained.setting(name);
    if (recorded.size() != 1) return;
    to = recorded.front();
    require_magnitude((std::string("setup.meta_solver: its ") + name).c_str(), to, false);
  };
  take_one(model::qp_guess_rho, guess_rho);
  take_one(model::qp_alpha, alpha);
}

void QpSetup::set_weights(char const* name, std::span<double const> given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == 0) throw InputError(std::string(name) + "[" + std::to_string(i) + "] is 0");
  }
  weight.assign(given.begin(), given.end());
}

void QpSetup::make_weights(QpSolver::Problem const& problem, QpSolver::Options const& options) {
  sparse::QpScaling scaling{std::vector<double>(at(rows), 1.0), std::vector<double>(at(variables), 1.0)};
  if (std::ssize(problem.p_values) == p_entries && std::ssize(problem.a_values) == a_entries) {
    sparse::QpMatrices qp{variables, rows, entries_of(problem.p, problem.p_values),
                          entries_of(problem.a, problem.a_values), problem.q};
    scaling = sparse::equilibrated(qp);
  }
  for (std::int32_t i = 0; i < rows; ++i) {
    double const scale = options.scaling ? scaling.rows[at(i)] : 1.0;
    bool const is_known = !problem.lower.empty();  // else an inequality
    double const l = is_known ? problem.lower[at(i)] : 0, u = is_known ? problem.upper[at(i)] : 1;
    bool const is_unbounded = std::isinf(l) && l < 0 && std::isinf(u) && u > 0;
    if (!is_unbounded && l != u) inequalities.push_back(i);
    weight.push_back(is_unbounded ? -options.unbounded * scale : l == u ? options.equality * scale : scale);
  }
  if (!options.row_weights.empty()) set_weights("options.row_weights", options.row_weights);
  for (double const x : scaling.columns) delta.push_back(regularisation / x);
  for (double const x : scaling.rows) delta.push_back(regularisation / x);
  for (double const x : delta) root.push_back(1 / std::sqrt(x));
}

void QpSetup::make_groups(char const* name, std::span<std::int32_t const> given) {
  groups = 0;
  group_rows.clear();
  group.assign(at(rows), 0);
  std::copy(given.begin(), given.end(), group.begin());
  require_indices(name, group, 0, rows);
  for (auto const g : group) groups = std::max(groups, g + 1);
  std::vector<std::vector<std::int32_t>> of_group(at(groups));
  for (std::int32_t i = 0; i < rows; ++i) of_group[at(group[at(i)])].push_back(i);
  group_ptrs = {0};
  for (std::size_t g = 0; g < of_group.size(); ++g) {
    if (of_group[g].empty()) {
      throw InputError(std::string(name) + ": no row is in group " + std::to_string(g) + " of " +
                       std::to_string(groups));
    }
    group_rows.insert(group_rows.end(), of_group[g].begin(), of_group[g].end());
    group_ptrs.push_back(static_cast<std::int32_t>(group_rows.size()));
  }
}

}  // namespace metasolve::api
