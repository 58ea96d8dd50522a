// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_mpc.hpp"

#include <span>

#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::problems {

using sparse::at;

void LinearMpc::step(double const* x, double const* u, double* next) const {
  for (int i = 0; i < states; ++i) {
    double sum = 0;
    for (int j = 0; j < states; ++j) sum += a[at(i * states + j)] * x[j];
    for (int j = 0; j < inputs; ++j) sum += b[at(i * inputs + j)] * u[j];
    next[i] = sum;
  }
}

void LinearMpc::weigh(int stage, double const* x, double* y) const {
  for (int i = 0; i < states; ++i) {
    if (stage < horizon) {
      y[i] = q[at(i)] * x[i];
      continue;
    }
    double sum = 0;
    for (int j = 0; j < states; ++j) sum += q_end[at(i * states + j)] * x[j];
    y[i] = sum;
  }
}

FullMpc::FullMpc(LinearMpc const& mpc) {
  int const s = mpc.states;
  QpEntries hessian, rows;
  for (int k = 0; k < mpc.horizon; ++k)
    for (int i = 0; i < s; ++i) hessian.add(k * s + i, k * s + i, mpc.q[at(i)]);
  // A diagonal last stage stays diagonal in the pattern.
  for (int i = 0; i < s; ++i)
    for (int j = 0; j <= i; ++j)
      if (i == j || mpc.keeps_zeros || mpc.q_end[at(i * s + j)] != 0)
        hessian.add(mpc.horizon * s + i, mpc.horizon * s + j, mpc.q_end[at(i * s + j)]);
  int const first_input = mpc.all_states();
  for (int k = 0; k < mpc.horizon; ++k)
    for (int i = 0; i < mpc.inputs; ++i)
      hessian.add(first_input + k * mpc.inputs + i, first_input + k * mpc.inputs + i, mpc.r[at(i)]);
  p = hessian.matrix(mpc.all_states() + mpc.all_inputs());

  rows.add_identity(0, 0, mpc.all_states(), -1);
  for (int k = 0; k < mpc.horizon; ++k)
    for (int i = 0; i < s; ++i) {
      int const row = (k + 1) * s + i;
      for (int j = 0; j < s; ++j)
        if (double const value = mpc.a[at(i * s + j)]; mpc.keeps_zeros || value != 0) rows.add(row, k * s + j, value);
      for (int j = 0; j < mpc.inputs; ++j)
        if (double const value = mpc.b[at(i * mpc.inputs + j)]; mpc.keeps_zeros || value != 0)
          rows.add(row, first_input + k * mpc.inputs + j, value);
    }
  rows.add_identity(mpc.all_states(), 0, mpc.all_states() + mpc.all_inputs());
  a = rows.matrix(2 * mpc.all_states() + mpc.all_inputs());
}

void FullMpc::vectors(LinearMpc const& mpc, double const* x_0, double const* x_r, double* q, double* l,
                      double* u) const {
  int const s = mpc.states, m = a.pattern.rows();
  for (int k = 0; k <= mpc.horizon; ++k) {
    mpc.weigh(k, x_r, q + k * s);
    for (int i = 0; i < s; ++i) q[k * s + i] = -q[k * s + i];
  }
  for (int i = mpc.all_states(); i < p.pattern.rows(); ++i) q[i] = 0;
  for (int i = 0; i < m; ++i) {
    int const v = i - mpc.all_states();
    int const w = v - mpc.all_states();
    if (v < 0) {
      l[i] = u[i] = i < s ? -x_0[i] : 0;
    } else if (w < 0) {
      l[i] = mpc.x_min[at(v % s)];
      u[i] = mpc.x_max[at(v % s)];
    } else {
      l[i] = mpc.u_min[at(w % mpc.inputs)];
      u[i] = mpc.u_max[at(w % mpc.inputs)];
    }
  }
}

namespace {

metasolve::CondensedMpc condensed(LinearMpc const& mpc) {
  auto const diagonal = [](std::vector<double> const& of) {
    std::vector<double> dense(of.size() * of.size());
    for (std::size_t i = 0; i < of.size(); ++i) dense[i * of.size() + i] = of[i];
    return dense;
  };
  auto const q = diagonal(mpc.q), r = diagonal(mpc.r);
  MpcProblem problem{mpc.states, mpc.inputs, mpc.horizon, mpc.a, mpc.b, q, r};
  problem.q_end = mpc.q_end;
  problem.u_lower = mpc.u_min;
  problem.u_upper = mpc.u_max;
  problem.x_lower = mpc.x_min;
  problem.x_upper = mpc.x_max;
  return metasolve::CondensedMpc(problem);
}

QpMatrix matrix_of(Pattern const& pattern, std::span<double const> values) {
  return {{{pattern.row_ptrs.begin(), pattern.row_ptrs.end()}, {pattern.col_idxs.begin(), pattern.col_idxs.end()}},
          {values.begin(), values.end()}};
}

}  // namespace

CondensedForm::CondensedForm(LinearMpc const& mpc)
    : mpc_(condensed(mpc)),
      p(matrix_of(mpc_.h_pattern(), mpc_.h_values())),
      a(matrix_of(mpc_.c_pattern(), mpc_.c_values())) {}

void CondensedForm::vectors(LinearMpc const& mpc, double const* x_0, double const* x_r, double* q, double* l,
                            double* u) const {
  auto const n = at(mpc.all_inputs()), m = at(mpc_.rows()), s = at(mpc.states);
  mpc_.task({x_0, s}, {x_r, s}, {q, n}, {l, m}, {u, m});
}

}  // namespace metasolve::problems
