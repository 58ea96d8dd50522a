// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_kind.hpp"

#include <algorithm>
#include <string>

#include "metasolve/detail/problems/qp_stage.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/qp_solver.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

/// [m] the group of each row; rows without bounds have no penalty of their own and are in group 0.
std::vector<std::int32_t> groups_of(QpFamily const& family, QpPenalties penalties) {
  std::vector<std::int32_t> group;
  std::int32_t next = 0, equalities = -1;
  for (int i = 0; i < family.rows(); ++i) {
    auto const row = family.classes[at(i)];
    if (row == RowClass::unbounded) {
      group.push_back(0);
    } else if (penalties == QpPenalties::rows) {
      if (row == RowClass::equality && equalities < 0) equalities = next++;
      group.push_back(row == RowClass::equality ? equalities : next++);
    } else {
      bool const is_grouped = penalties == QpPenalties::groups && !family.penalty_group.empty();
      group.push_back(is_grouped ? family.penalty_group[at(i)] : 0);
    }
  }
  return group;
}

}  // namespace

QpKind::QpKind(std::shared_ptr<QpFamily const> of, QpSolverSettings by)
    : family(std::move(of)), settings(std::move(by)), group_of_row(groups_of(*family, settings.penalties)) {
  int groups = 1, family_groups = 1;
  for (auto const g : group_of_row) groups = std::max(groups, g + 1);
  for (auto const g : family->penalty_group) family_groups = std::max(family_groups, g + 1);
  auto const given = static_cast<int>(settings.rho.size());
  if (given != 1 && given != family_groups && given != groups) {
    throw InputError("solver.rho: " + std::to_string(given) + " constants, expected one, or " +
                     std::to_string(family_groups) + ", one for each group of rows of " + family->name + ", or " +
                     std::to_string(groups) + ", one for each penalty");
  }
  bool const is_each = given == groups;
  constants = is_each ? settings.rho : std::vector<double>(at(groups), settings.rho.front());
  for (int i = 0; i < family->rows(); ++i) {
    auto const row = family->classes[at(i)];
    double const scaling = family->row_weights.empty() ? 1 : family->row_weights[at(i)];
    QpSolver::Options const usual;
    double const of_class = row == RowClass::equality ? usual.equality : 1;
    weight.push_back(row == RowClass::unbounded ? -usual.unbounded : scaling * of_class);
    if (row == RowClass::unbounded) continue;
    if (given > 1 && !is_each) constants[at(group_of_row[at(i)])] = settings.rho[at(family->penalty_group[at(i)])];
    if (row == RowClass::inequality && settings.learned != QpLearned::penalties) guess_row.push_back(i);
  }
}

std::vector<double> QpKind::default_parameters() const {
  auto all = constants;
  all.push_back(settings.alpha);
  all.resize(at(parameters()), 0.0);
  return all;
}

void QpKind::features_of(double const* rows, std::int64_t n, double* features) const {
  auto const count = at(family->features());
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::size_t f = 0; f < count; ++f) {
      double const shift = family->feature_shift.empty() ? 0 : family->feature_shift[f];
      double const scale = family->feature_scale.empty() ? 1 : family->feature_scale[f];
      features[at(t) * count + f] = (rows[t * width() + static_cast<std::int64_t>(f)] - shift) * scale;
    }
  }
}

std::string QpKind::cost_name() const {
  return "admm " + std::to_string(family->variables()) + " variables " + std::to_string(family->rows()) + " rows " +
         std::to_string(family->p.entries()) + " and " + std::to_string(family->a.entries()) + " entries";
}

engine::TaskGroup<double> QpKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                       engine::StageLimits const& limits) const {
  auto const data = std::make_shared<QpData>(exec, *this, tasks);
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = data->features();
  group.default_parameters = data->default_parameters();
  group.solver = make_qp_stage(exec, *this, *data, limits);
  group.data = data;
  return group;
}

engine::Tasks sampled_qps(std::shared_ptr<QpKind const> kind, std::int64_t count, std::uint64_t seed, int stream) {
  auto const family = kind->family;
  return {count, std::move(kind), [family, seed, stream](std::int64_t first, std::int64_t n, double* rows) {
            for (std::int64_t t = 0; t < n; ++t) family->sample(seed, stream, first + t, rows + t * family->width());
          }};
}

engine::Tasks given_qps(std::shared_ptr<QpKind const> kind, std::vector<std::size_t> order) {
  auto const family = kind->family;
  auto const count = static_cast<std::int64_t>(order.size());
  return {count, std::move(kind), [family, order = std::move(order)](std::int64_t first, std::int64_t n, double* rows) {
            for (std::int64_t t = 0; t < n; ++t) {
              auto const index = static_cast<std::int64_t>(order[at(first + t)]);
              family->sample(0, 0, index, rows + t * family->width());
            }
          }};
}

}  // namespace metasolve::problems
