// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_quadcopter.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "metasolve/detail/problems/qp_dense.hpp"
#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

constexpr int first_reference = 2;  ///< of the states that have one

void set_quadcopter_dynamics(LinearMpc& mpc) {
  mpc.a.assign(144, 0);
  auto const set = [&](int row, int column, double value) { mpc.a[at(row * 12 + column)] = value; };
  for (int i = 0; i < 9; ++i) set(i, i, 1);
  for (int i = 9; i < 12; ++i) set(i, i, 0.9846);
  for (int i = 0; i < 3; ++i) set(i, i + 6, 0.1);
  set(3, 0, 0.0488), set(3, 6, 0.0016), set(3, 9, 0.0992);
  set(4, 1, -0.0488), set(4, 7, -0.0016), set(4, 10, 0.0992);
  set(5, 11, 0.0992);
  set(9, 0, 0.9734), set(9, 6, 0.0488);
  set(10, 1, -0.9734), set(10, 7, -0.0488);
  mpc.b = {0, -0.0726, 0, 0.0726, -0.0726, 0, 0.0726,  0, -0.0152, 0.0152, -0.0152, 0.0152,
           0, -0.0006, 0, 0.0006, 0.0006,  0, -0.0006, 0, 0.0106,  0.0106, 0.0106,  0.0106,
           0, -1.4512, 0, 1.4512, -1.4512, 0, 1.4512,  0, -0.3049, 0.3049, -0.3049, 0.3049,
           0, -0.0236, 0, 0.0236, 0.0236,  0, -0.0236, 0, 0.2107,  0.2107, 0.2107,  0.2107};
}

std::array<double, 12> reference_of(QuadcopterTask const& task) {
  std::array<double, 12> result{};
  for (std::size_t i = 0; i < 4; ++i) result[i + first_reference] = task.x_r[i];
  return result;
}

/// The largest numbers by which OSQP's rule would measure the full form's residuals, estimated from x_0 and x_r: along
/// the trajectory that takes at each stage the first input of the program without bounds, clipped.
class QuadcopterScales {
 public:
  explicit QuadcopterScales(LinearMpc const& mpc) : gain_(gain_of(mpc, CondensedForm(mpc))) {}

  /// scales: [2] s_p, s_d.
  void write(LinearMpc const& mpc, QuadcopterTask const& task, double* scales) const {
    auto const reference = reference_of(task);
    std::array<double, 12> x = task.x_0, next{};
    std::array<double, 4> u{};
    double primal = 0, dual = 0;
    for (int k = 0; k <= mpc.horizon; ++k) {
      for (std::size_t i = 0; i < 12; ++i) {
        primal = std::max(primal, std::abs(x[i]));
        dual = std::max(dual, mpc.q[i] * std::max(std::abs(x[i]), std::abs(reference[i])));
      }
      if (k == mpc.horizon) break;
      for (int c = 0; c < 4; ++c) {
        double sum = 0;
        for (int i = 0; i < 12; ++i) sum += gain_(c, i) * x[at(i)] + gain_(c, 12 + i) * reference[at(i)];
        u[at(c)] = std::clamp(sum, mpc.u_min[at(c)], mpc.u_max[at(c)]);
        primal = std::max(primal, std::abs(u[at(c)]));
      }
      mpc.step(x.data(), u.data(), next.data());
      x = next;
    }
    scales[0] = 1 + primal;
    scales[1] = 1 + dual;
  }

 private:
  /// Of [x_0; x_r], to all inputs of the program without bounds.
  static DenseMatrix gain_of(LinearMpc const& mpc, CondensedForm const& form) {
    int const n = mpc.all_inputs(), m = form.a.pattern.rows();
    DenseMatrix hessian(n, n), slopes(n, 24);
    for (int i = 0; i < n; ++i) {
      for (auto e = form.p.pattern.row_ptrs[at(i)]; e < form.p.pattern.row_ptrs[at(i) + 1]; ++e) {
        int const j = form.p.pattern.col_idxs[at(e)];
        hessian(i, j) = hessian(j, i) = form.p.values[at(e)];
      }
    }
    std::vector<double> given(24), q(at(n)), bounds(at(2 * m));
    for (int c = 0; c < 24; ++c) {
      std::ranges::fill(given, 0.0);
      given[at(c)] = 1;
      form.vectors(mpc, given.data(), given.data() + 12, q.data(), bounds.data(), bounds.data() + m);
      for (int i = 0; i < n; ++i) slopes(i, c) = -q[at(i)];
    }
    return solved(std::move(hessian), std::move(slopes));
  }

  DenseMatrix gain_;
};

std::vector<std::string> quadcopter_features() {
  std::vector<std::string> names;
  for (int i = 1; i <= 12; ++i) names.push_back("x_0 " + std::to_string(i));
  for (int i = 3; i <= 6; ++i) names.push_back("x_r " + std::to_string(i));
  return names;
}

RowClass class_of(double lower, double upper) {
  if (lower == upper) return RowClass::equality;
  return std::isinf(lower) && std::isinf(upper) ? RowClass::unbounded : RowClass::inequality;
}

/// What both forms share. `after`: writes what follows q, l, u.
template <class Form, class After>
std::function<void(QuadcopterTask const&, double*)> rows_of(int horizon, After after) {
  auto const mpc = std::make_shared<LinearMpc const>(quadcopter_mpc(horizon));
  auto const form = std::make_shared<Form const>(*mpc);
  return [mpc, form, after](QuadcopterTask const& task, double* row) {
    row = std::copy(task.x_0.begin(), task.x_0.end(), row);
    row = std::copy(task.x_r.begin(), task.x_r.end(), row);
    int const n = form->p.pattern.rows(), m = form->a.pattern.rows();
    form->vectors(*mpc, task.x_0.data(), reference_of(task).data(), row, row + n, row + n + m);
    after(*mpc, task, row + n + 2 * m);
  };
}

}  // namespace

LinearMpc quadcopter_mpc(int horizon) {
  LinearMpc mpc{.states = 12, .inputs = 4, .horizon = horizon};
  set_quadcopter_dynamics(mpc);
  mpc.q = {0, 0, 10, 10, 10, 10, 0, 0, 0, 5, 5, 5};
  mpc.r.assign(4, 0.1);
  mpc.q_end.assign(144, 0);
  for (std::size_t i = 0; i < 12; ++i) mpc.q_end[13 * i] = mpc.q[i];
  mpc.x_min.assign(12, -qp_infinity);
  mpc.x_max.assign(12, qp_infinity);
  for (std::size_t i = 0; i < 2; ++i) {
    mpc.x_max[i] = std::numbers::pi / 6;
    mpc.x_min[i] = -mpc.x_max[i];
  }
  mpc.x_min[5] = -1;
  mpc.u_min.assign(4, 9.6 - 10.5916);
  mpc.u_max.assign(4, 13 - 10.5916);
  return mpc;
}

QuadcopterTask draw_quadcopter(std::uint64_t seed, random::Stream stream, std::int64_t index) {
  random::Draws const draws(seed, stream, static_cast<std::uint64_t>(index));
  QuadcopterTask task;
  for (std::size_t i = 0; i < 12; ++i) {
    double const half_width = i < 2 ? 0.3 : (i == 2 ? 1.0 : 0.5);
    task.x_0[i] = half_width * (2 * draws.uniform(i) - 1);
  }
  for (std::size_t i = 0; i < 4; ++i) task.x_r[i] = 2 * draws.uniform(12 + i) - 1;
  return task;
}

std::function<void(QuadcopterTask const&, double*)> quadcopter_rows(bool condensed, int horizon) {
  if (condensed) {
    auto const scales = std::make_shared<QuadcopterScales const>(quadcopter_mpc(horizon));
    return rows_of<CondensedForm>(horizon, [scales](LinearMpc const& mpc, QuadcopterTask const& task, double* to) {
      scales->write(mpc, task, to);
    });
  }
  return rows_of<FullMpc>(horizon, [](LinearMpc const&, QuadcopterTask const&, double*) {});
}

QpFamily quadcopter_family(bool condensed, int horizon) {
  LinearMpc const mpc = quadcopter_mpc(horizon);
  QpFamily family;
  family.name = condensed ? "quadcopter_condensed" : "quadcopter";
  auto const take = [&](auto form) {
    family.p = std::move(form.p.pattern);
    family.a = std::move(form.a.pattern);
    family.p_values = std::move(form.p.values);
    family.a_values = std::move(form.a.values);
  };
  if (condensed) {
    take(CondensedForm(mpc));
  } else {
    take(FullMpc(mpc));
  }
  family.has_scales = condensed;
  family.feature_names = quadcopter_features();
  family.feature_shift.assign(16, 0);
  for (std::size_t i = 0; i < 12; ++i) family.feature_scale.push_back(1 / (i < 2 ? 0.3 : (i == 2 ? 1.0 : 0.5)));
  family.feature_scale.insert(family.feature_scale.end(), 4, 1.0);

  auto const write = quadcopter_rows(condensed, horizon);
  family.sample = [write](std::uint64_t seed, int stream, std::int64_t index, double* row) {
    write(draw_quadcopter(seed, static_cast<random::Stream>(stream), index), row);
  };
  // The classes are those of any task: bounds are finite, or equal, in all tasks or in none.
  std::vector<double> row(at(family.width()));
  write({}, row.data());
  double const* const l = row.data() + family.features() + family.variables();
  for (int i = 0; i < family.rows(); ++i) {
    family.classes.push_back(class_of(l[i], l[family.rows() + i]));
    if (condensed) {
      family.penalty_group.push_back(i < mpc.all_inputs() ? 0 : 1);
    } else {
      family.penalty_group.push_back(i < mpc.all_states() ? 2 : (i < 2 * mpc.all_states() ? 1 : 0));
    }
  }
  return family;
}

}  // namespace metasolve::problems
