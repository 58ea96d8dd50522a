// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../grids/cycle_adjoint.hpp"
#include "../grids/grid_weights.hpp"
#include "../lockstep/solver.hpp"
#include "../operators/system_scale.hpp"

namespace metasolve::kernels {

/// The linear systems of a batch on one grid. Arrays of points have no halo: x fastest, then y, then z.
template <class Scalar>
struct GridTasks {
  Scalar const* stencils = nullptr;    ///< [tasks][entries], or [tasks][entries][points]
  std::int64_t stencil_stride = 0;     ///< from task to task; 0: all tasks have the same
  BatchView<Scalar const> rhs;         ///< [tasks][points]
  BatchView<Scalar const> guess = {};  ///< [tasks][points], with takes_guess
};

/// What solvers of A x = f on a grid share: A symmetric positive (semi)definite, given by half (grids/stencil.hpp),
/// with cycles of multigrid as preconditioner. Task data: [f, the finest field, operators, local stencils, ||f||,
/// orientation, e, x_0 with takes_guess], arrays with halos. f, x and x_0 are 2^-e of the caller's, so that the square
/// of a small or large f neither vanishes nor overflows. A point whose row is 0 is outside: x is 0 there.
template <class Scalar, int Dim, bool IsConstant>
struct GridSystems {
  using scalar = Scalar;
  using Operators = GridOperators<Scalar, Dim, IsConstant>;
  using Local = LocalStencils<Dim, IsConstant>;
  static constexpr int dimensions = Dim, entries = half_entries<Dim>;
  static constexpr bool is_wide = true, is_scalar = true;

  GridTasks<Scalar> tasks;
  Operators operators;
  GridWeights<Dim> parameters;
  bool takes_guess = false;

  METASOLVE_HD GridHierarchy const& hierarchy() const { return operators.h; }
  METASOLVE_HD GridLevel const& grid() const { return operators.h.level[0]; }
  METASOLVE_HD int array() const { return grid().size; }
  METASOLVE_HD int field_size() const { return IsConstant ? 0 : entries * array(); }
  METASOLVE_HD int operators_at() const { return array() + field_size(); }
  METASOLVE_HD int local_at() const { return operators_at() + operators.size(); }
  METASOLVE_HD int locals() const { return Local::count(hierarchy(), operators.shape); }
  METASOLVE_HD int norm_at() const { return local_at() + locals() * entries; }
  METASOLVE_HD int guess_at() const { return norm_at() + 3; }
  METASOLVE_HD int task_size() const { return guess_at() + (takes_guess ? array() : 0); }
  METASOLVE_HD int parameter_size() const { return parameters.parameters(); }
  METASOLVE_HD int solution_size() const { return grid().points(); }
  METASOLVE_HD int weights_size() const { return hierarchy().levels * operators.shape.weights; }
  METASOLVE_HD int scratch_size() const {
    int const of_cycle = cycle_scratch_size(hierarchy(), operators.shape), of_weights = weights_scratch<Dim>();
    return of_cycle > of_weights ? of_cycle : of_weights;
  }

  /// The finest stencil of a loaded task.
  METASOLVE_HD Scalar const* finest(Scalar const* task) const { return task + (IsConstant ? operators_at() : array()); }
  METASOLVE_HD Orientation orientation(Scalar const* task) const {
    int const code = static_cast<int>(task[norm_at() + 1]);
    return {(code & 1) != 0, (code & 2) != 0};
  }
  /// The operators with the task's own strong axis.
  METASOLVE_HD Operators of_task(Scalar const* task) const {
    Operators own = operators;
    own.shape.set_strong_axis(orientation(task).swaps ? 1 : 0);
    return own;
  }
  METASOLVE_HD LevelOperator<typename Operators::Stencil> finest_operator(Scalar* task) const {
    return of_task(task).level(0, finest(task), task + operators_at());
  }

  template <class T>
  METASOLVE_HD bool load(T const& team, std::int64_t task, LocalView<Scalar> to) const {
    GridLevel const& g = grid();
    Scalar* const a = to.data;
    for_each_rolled(team, task_size(), [&](int i) { a[i] = Scalar(0); });
    team.sync();
    load_stencil(team, task, a);
    auto const is_outside = [&](int i) { return !IsConstant && a[array() + i] == Scalar(0); };
    Scalar largest(0);
    for_each_point(team, [&](int p, int i) {
      a[i] = is_outside(i) ? Scalar(0) : tasks.rhs(task, p);
      largest = larger_of(largest, abs(a[i]));
    });
    int const exponent = exponent_of(team.max(largest));
    Scalar const inward = power_of_two<Scalar>(-exponent);
    for_each_point(team, [&](int, int i) { a[i] *= inward; });
    team.sync();
    if (operators.shape.is_singular) {  // the part of f in the range of A
      Scalar sum(0), inside(0);
      for_each_point(team, [&](int, int i) {
        sum += a[i];
        inside += is_outside(i) ? Scalar(0) : Scalar(1);
      });
      Scalar const mean = team.sum(sum) / team.sum(inside);
      for_each_point(team, [&](int, int i) { a[i] = is_outside(i) ? Scalar(0) : a[i] - mean; });
      team.sync();
    }
    update_halo(team, hierarchy(), 0, a);
    Scalar const ff = sum_over_points<Scalar>(team, g, [&](int i) { return a[i] * a[i]; });
    if (takes_guess) {
      for_each_point(team, [&](int p, int i) {
        bool const is_zero = is_outside(i) || ff == Scalar(0);
        a[guess_at() + i] = is_zero ? Scalar(0) : tasks.guess(task, p) * inward;
      });
      team.sync();
      update_halo(team, hierarchy(), 0, a + guess_at());
    }
    auto const direction = orientation_of(tensor(team, a));
    if (team.rank() == 0) {
      a[norm_at()] = sqrt(ff);
      a[norm_at() + 2] = Scalar(exponent);
      a[norm_at() + 1] = Scalar((Dim == 2 && direction.swaps ? 1 : 0) + (Dim == 2 && direction.reflects ? 2 : 0));
    }
    team.sync();
    auto const own = of_task(a);
    bool const usable = own.prepare(team, IsConstant ? a + operators_at() : finest(a), a + operators_at());
    local_stencils(own, team, finest(a), a + operators_at(), a + local_at());
    return usable;
  }

  /// body(p, i): point p of the caller's arrays is number i of an array with halo. No sync.
  template <class T, class Body>
  METASOLVE_HD void for_each_point(T const& team, Body const& body) const {
    GridLevel const& g = grid();
    for_each_rolled(team, g.points(), [&](int p) {
      int const line = p / g.n[0], z = line / g.n[1];
      body(p, g.at(p - line * g.n[0], line - z * g.n[1], z));
    });
  }

  /// Guarded weights from theta. work: [weights, scratch, ...].
  template <class T, class Task, class Theta, class Work>
  METASOLVE_HD void make_weights(T const& team, Task task, Theta theta, Work work) const {
    Scalar* const to = work.data;
    weights_from(parameters, team, hierarchy().levels, orientation(task.data),
                 static_cast<Scalar const*>(task.data + local_at()), locals(), theta, to,
                 static_cast<Scalar const*>(nullptr), theta, false, to + weights_size());
    for_each_rolled(team, scratch_size(), [&](int i) { to[weights_size() + i] = Scalar(0); });
    team.sync();
  }
  /// theta_bar += from the adjoint of the weights, the first weights_size() numbers of work_bar.
  template <class T, class Task, class Theta, class Work>
  METASOLVE_HD void make_weights_adjoint(T const& team, Task task, Theta theta, Theta theta_bar, Work work,
                                         Work work_bar) const {
    Scalar* const memory = work.data;
    weights_from(parameters, team, hierarchy().levels, orientation(task.data),
                 static_cast<Scalar const*>(task.data + local_at()), locals(), theta, memory,
                 static_cast<Scalar const*>(work_bar.data), theta_bar, true, memory + weights_size());
  }
  METASOLVE_HD CycleMemory<Scalar> memory(Scalar* task, Scalar* work) const {
    return {finest(task), task + operators_at(), work, work + weights_size()};
  }

  /// ||r|| / ||f|| from r'r.
  METASOLVE_HD Scalar relative(Scalar const* task, Scalar rr) const {
    Scalar const norm = task[norm_at()];
    return norm == Scalar(0) ? Scalar(0) : sqrt(rr) / norm;
  }
  /// What relative(rr) gives to rr.
  METASOLVE_HD Scalar relative_adjoint(Scalar const* task, Scalar L, Scalar L_bar) const {
    Scalar const norm = task[norm_at()];
    return L > Scalar(0) && L_bar != Scalar(0) ? L_bar / (Scalar(2) * L * norm * norm) : Scalar(0);
  }

  /// x without halo; 0 outside.
  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task task, State state, BatchView<Scalar> solution,
                                   std::int64_t slot) const {
    Scalar const outward = power_of_two<Scalar>(static_cast<int>(task[norm_at() + 2]));
    for_each_point(team, [&](int p, int i) {
      bool const is_outside = !IsConstant && task[array() + i] == Scalar(0);
      solution(slot, p) = is_outside ? Scalar(0) : Scalar(state[i]) * outward;
    });
  }

 private:
  /// e of 2^e <= x < 2^(e + 1), within what power_of_two reaches; 0 of 0 and of what is not finite.
  METASOLVE_HD static int exponent_of(Scalar x) {
    constexpr int most = sizeof(Scalar) == sizeof(double) ? 1000 : 120;
    if (!(x > Scalar(0)) || !(x - x == Scalar(0))) return 0;
    int const e = floor_log2(x);
    return e > most ? most : e < -most ? -most : e;
  }
  template <class T>
  METASOLVE_HD void load_stencil(T const& team, std::int64_t task, Scalar* a) const {
    GridLevel const& g = grid();
    Scalar const* const from = tasks.stencils + task * tasks.stencil_stride;
    if constexpr (IsConstant) {
      if (team.rank() == 0) {
        for (int e = 0; e < entries; ++e) a[operators_at() + e] = from[e];
      }
    } else {
      auto const& h = hierarchy();
      int const points = g.points();
      for_each_point(team, [&](int p, int i) {
        int const line = p / g.n[0], z = line / g.n[1];
        int const at[3] = {p - line * g.n[0], line - z * g.n[1], z};
        for (int e = 0; e < entries; ++e) {  // nothing couples to what lies beyond a boundary
          auto const o = stencil_offset<Dim>(e);
          int const to[3] = {at[0] + o.x, at[1] + o.y, at[2] + o.z};
          bool exists = true;
          for (int d = 0; d < 3; ++d) exists = exists && (h.periodic[d] || (to[d] >= 0 && to[d] < g.n[d]));
          a[array() + e * g.size + i] = exists ? from[e * points + p] : Scalar(0);
        }
      });
      team.sync();
      METASOLVE_ROLLED
      for (int e = 0; e < entries; ++e) update_halo(team, h, 0, a + array() + e * g.size);
    }
    team.sync();
  }
  /// Of the mean stencil.
  template <class T>
  METASOLVE_HD DiffusionTensor<Scalar> tensor(T const& team, Scalar const* a) const {
    Scalar mean[entries];
    for (int e = 0; e < entries; ++e) {
      if constexpr (IsConstant) {
        mean[e] = a[operators_at() + e];
      } else {
        Scalar const* const field = a + array() + e * array();
        mean[e] = sum_over_points<Scalar>(team, grid(), [=](int i) { return field[i]; });
      }
    }
    return diffusion_tensor<Dim>(static_cast<Scalar const*>(mean));
  }
};

}  // namespace metasolve::kernels
