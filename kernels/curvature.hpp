// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dual.hpp"
#include "lockstep.hpp"

namespace metasolve::kernels {

/// What lockstep_curvature writes, beside what LockstepArguments ask for. For a loss of the measures L_k = ||r_k||,
/// r_k a function of the coefficients c with theta = theta_0 + sum_q c_q direction_q, R_k = dr_k/dc:
///   gradient  = weight sum_k (dloss/dL_k / L_k) R_k' r_k
///   curvature = weight sum_k (dloss/dL_k / L_k) R_k' R_k
/// the Gauss-Newton matrix of the least-squares problem that has the loss's own gradient here: exact but for the
/// second derivatives of r and of the loss, and never negative.
template <class Scalar>
struct CurvatureArguments {
  int directions = 0;                 ///< Q
  Scalar const* direction = nullptr;  ///< [Q][parameters]
  BatchView<Scalar> gradient{};       ///< [slots][Q]
  BatchView<Scalar> curvature{};      ///< [slots][Q * Q], symmetric
};

/// Directions that go through an iteration together.
inline constexpr int curvature_width = 4;
METASOLVE_HD constexpr int padded_directions(int directions) {
  return (directions + curvature_width - 1) / curvature_width * curvature_width;
}

/// Numbers of near memory that lockstep_curvature needs a team.
template <class S>
METASOLVE_HD int curvature_size(S const& s, int directions) {
  int const q = padded_directions(directions);
  return s.task_size() + (1 + q) * s.parameter_size() + 2 * (1 + q) * s.state_size() + (1 + q) * s.residual_size() +
         q * q + q;
}

/// The lower triangle of gram += weight R R' and gradient += weight R r, by tiles: a lone sum would wait for each
/// addition's latency. rows: R [q][n], padded to whole tiles.
template <class T, class Number, class View>
METASOLVE_HD void add_gram(T const& team, int q, int n, Number weight, View r, View rows, View gram, View gradient) {
  constexpr int high = 2, wide = curvature_width;
  int const across = q / wide;
  for_each(team, q / high * across, [&](int tile) {
    int const a = tile / across * high, b = tile % across * wide;
    if (b >= a + high) return;
    Number sum[high][wide];
    for (auto& row : sum) {
      for (auto& x : row) x = Number(0);
    }
    for (int i = 0; i < n; ++i) {
      Number x[high];
      for (int v = 0; v < high; ++v) x[v] = rows[(a + v) * n + i];
      for (int w = 0; w < wide; ++w) {
        Number const y = rows[(b + w) * n + i];
        for (int v = 0; v < high; ++v) sum[v][w] += x[v] * y;
      }
    }
    for (int v = 0; v < high; ++v) {
      for (int w = 0; w < wide; ++w) gram[(a + v) * q + b + w] += weight * sum[v][w];
    }
  });
  for_each(team, q, [&](int a) {
    gradient[a] += weight * sum_over<Number>(SoloTeam{}, n, [&](int i) { return rows[a * n + i] * r[i]; });
  });
}

/// Solves slots as lockstep_solve does, with the tangents of the state along all directions beside it. Lanes go
/// through one group of slots together; finished lanes are frozen. A task that did not stay finite counts as zero.
/// source(): the first position of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class T, class Source, int Stride>
METASOLVE_HD void lockstep_curvature(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                     CurvatureArguments<typename S::scalar> const& c, T const& team, Source& source,
                                     LocalView<Number, Stride> near) {
  using scalar = typename S::scalar;
  using Duals = DualView<Number, curvature_width, Stride>;
  int const q = padded_directions(c.directions);
  int const parameters = solver.parameter_size(), states = solver.state_size(), residuals = solver.residual_size();
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto const theta_tangent = theta.from(parameters);
  auto state = theta_tangent.from(q * parameters);
  auto state_tangent = state.from(states);
  auto next = state_tangent.from(q * states);
  auto next_tangent = next.from(states);
  auto const r = next_tangent.from(q * states);
  auto const rows = r.from(residuals);
  auto const gram = rows.from(q * residuals);
  auto const gradient = gram.from(q * q);

  /// body(group of directions) for all directions.
  auto const for_each_group = [&](auto&& body) {
    for (int g = 0; g < q; g += curvature_width) body(g);
  };
  auto const accumulate = [&](Number weight) {
    for_each_group([&](int g) {
      solver.residual(team, task, Duals{state, state_tangent.from(g * states), states},
                      Duals{r, rows.from(g * residuals), residuals});
    });
    team.sync();
    add_gram(team, q, residuals, weight, r, rows, gram, gradient);
    team.sync();
  };

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    Number count(scalar(0)), loss(scalar(0)), measure(scalar(0));
    for_each(team, q * parameters,
             [&](int i) { theta_tangent[i] = Number(i < c.directions * parameters ? c.direction[i] : scalar(0)); });
    for_each(team, q * q, [&](int i) { gram[i] = Number(scalar(0)); });
    for_each(team, q, [&](int i) { gradient[i] = Number(scalar(0)); });
    team.sync();
    for_each_group([&](int g) {
      solver.start(team, task, Duals{theta, theta_tangent.from(g * parameters), parameters},
                   Duals{state, state_tangent.from(g * states), states}, AllLanes{});
    });
    team.sync();

    bool const surrogate = a.surrogate.kind == LossKind::surrogate;
    for (std::int64_t k = 0;; ++k) {
      Number const L = solver.measure(team, task, state);
      measure = L;
      auto const running =
          L > group.tolerance && L < Number(infinity<scalar>()) && Number(scalar(static_cast<double>(k))) < group.limit;
      if (bits(running) == 0) break;
      if (surrogate) {
        loss = select(running, loss + a.surrogate.term(L, group.tolerance, *a.gain), loss);
        Number const slope = a.surrogate.term_derivative(L, group.tolerance, *a.gain);
        accumulate(select(running, slope / L, Number(scalar(0))));
      }
      count = select(running, count + Number(scalar(1)), count);
      for_each_group([&](int g) {
        solver.step(team, task, Duals{theta, theta_tangent.from(g * parameters), parameters},
                    Duals{state, state_tangent.from(g * states), states},
                    Duals{next, next_tangent.from(g * states), states}, running);
      });
      team.sync();
      auto const swap = state;
      state = next;
      next = swap;
      auto const swap_tangent = state_tangent;
      state_tangent = next_tangent;
      next_tangent = swap_tangent;
    }
    if (!surrogate) {  // each lane still holds its last state
      Number const slope = a.surrogate.last_derivative(measure);
      Number const zero(scalar(0));
      accumulate(select(measure > zero && measure < Number(infinity<scalar>()), slope / measure,
                        a.surrogate.squared ? Number(scalar(2)) : zero));
    }

    for (int l = 0; l < group.occupied; ++l) {
      std::int64_t const s = group.slot[l];
      auto const g = gradient.lane(l);
      auto const h = gram.lane(l);
      Status const status = status_of(lane(measure, l), lane(group.tolerance, l));
      bool keep = (group.usable >> l & 1u) != 0 && status != Status::not_finite && status != Status::breakdown;
      for (int i = 0; i < q * q; ++i) keep = keep && is_finite(h[i]);
      for (int i = 0; i < q; ++i) keep = keep && is_finite(g[i]);
      for_each(team, c.directions, [&](int i) { c.gradient(s, i) = keep ? a.weight * g[i] : scalar(0); });
      for_each(team, c.directions * c.directions, [&](int i) {
        int const row = i / c.directions, column = i % c.directions;
        int const at = row > column ? row * q + column : column * q + row;
        c.curvature(s, i) = keep ? a.weight * h[at] : scalar(0);
      });
      if (team.rank() != 0) continue;
      write_outcome(a, s, (group.usable >> l & 1u) == 0, static_cast<std::int32_t>(lane(count, l)), lane(measure, l),
                    lane(loss, l));
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
