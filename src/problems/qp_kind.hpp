// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/problems/qp_family.hpp"
#include "metasolve/kernels/solvers/admm_data.hpp"

namespace metasolve::problems {

/// Which rows share a penalty as a parameter.
enum class QpPenalties {
  one,     ///< all
  groups,  ///< QpFamily::penalty_group
  rows,    ///< the equalities; each other row has its own
};

/// What a network predicts: penalties with alpha, the start, or all of these.
enum class QpLearned { penalties, guess, both };

/// Part of a configuration (RunConfig::of).
struct QpSolverSettings {
  QpPenalties penalties = QpPenalties::rows;
  QpLearned learned = QpLearned::both;
  std::vector<double> rho = {0.1};  ///< constants: one, or one a group of QpFamily
  double alpha = 1.6, sigma = 1e-6;
  double absolute = 1;        ///< eps_abs / eps_rel
  double certificate = 1e-4;  ///< tolerance of certificates that there is no solution; 0: none
  double rho_range = 3;       ///< the logarithm of the largest factor on a predicted penalty
  double guess_rho = 1, guess_gain = 1;
  bool operator==(QpSolverSettings const&) const = default;
};

/// Quadratic programs of one family, by ADMM (kernels::Admm). Rows: QpFamily's. Parameters: [rho of the groups, alpha,
/// v of the rows that have bounds and are no equalities, if a network predicts the start].
class QpKind final : public engine::TaskKind {
 public:
  static constexpr char const* problem = model::qp_name;

  QpKind(std::shared_ptr<QpFamily const> of, QpSolverSettings by);

  [[nodiscard]] std::int64_t width() const override { return family->width(); }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  [[nodiscard]] std::string cost_name() const override;

  [[nodiscard]] int groups() const { return static_cast<int>(constants.size()); }
  [[nodiscard]] int guessed() const { return static_cast<int>(guess_row.size()); }
  [[nodiscard]] int parameters() const { return groups() + 1 + guessed(); }
  [[nodiscard]] kernels::AdmmStart start() const {
    return guess_row.empty() ? kernels::AdmmStart::cold : kernels::AdmmStart::dual;
  }
  /// [parameters]: without a network.
  [[nodiscard]] std::vector<double> default_parameters() const;

  std::shared_ptr<QpFamily const> const family;
  QpSolverSettings const settings;
  std::vector<double> weight;              ///< [m] kernels::AdmmSettings
  std::vector<std::int32_t> group_of_row;  ///< [m]
  std::vector<double> constants;           ///< [groups] penalties without a network
  std::vector<std::int32_t> guess_row;
};

/// Tasks of a family by random numbers.
engine::Tasks sampled_qps(std::shared_ptr<QpKind const> kind, std::int64_t count, std::uint64_t seed, int stream);

/// The tasks of a family that are given, in this order.
engine::Tasks given_qps(std::shared_ptr<QpKind const> kind, std::vector<std::size_t> order);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<problems::QpPenalties> {
  static constexpr ChoiceTable<problems::QpPenalties, 3> table{{{problems::QpPenalties::one, "one"},
                                                                {problems::QpPenalties::groups, "groups"},
                                                                {problems::QpPenalties::rows, "rows"}}};
};
template <>
struct ChoiceNames<problems::QpLearned> {
  static constexpr ChoiceTable<problems::QpLearned, 3> table{{{problems::QpLearned::penalties, "penalties"},
                                                              {problems::QpLearned::guess, "guess"},
                                                              {problems::QpLearned::both, "both"}}};
};

}  // namespace metasolve::io
