// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face_system.hpp"

namespace metasolve::kernels {

/// A V-cycle of multigrid as preconditioner of a FaceSystem: z = B r, B symmetric, and positive definite where A is.
/// Each coarser grid joins 2 x 2 cells, down to one cell. Restriction adds, prolongation repeats, and a coarse face
/// takes half of the weights that it joins: what two conductors side by side of twice the length have. (A Galerkin
/// operator of such transfers is twice too stiff: Braess, Computing 55, 1995.) Two weighted Jacobi steps before and
/// after a coarser grid are the Chebyshev polynomial of [0.7, 2], which contains what of the spectrum of D^-1 A that
/// grid leaves: measured best there, for flows of two fluids with obstacles.
///
/// The finest level is the caller's, with pivots. Of a coarser one's FaceSystem b holds the open sides s.
template <class Scalar>
struct FaceCycle {
  static constexpr int most_levels = 13;  ///< of 4096 cells along a side

  int levels = 0;
  FaceSystem<Scalar> level[most_levels];
  int system_at[most_levels] = {};  ///< in the task's memory
  int work_at[most_levels] = {};    ///< in the workspace: [r, x, t], of the finest level t alone

  /// Where a finest grid's coarser systems begin in the task's memory.
  static constexpr FaceCycle of(DiagonalGrid grid, int coarse_at) {
    FaceCycle cycle;
    int system = 0, work = 0;
    for (;;) {
      int const l = cycle.levels++;
      cycle.level[l] = {grid, true};
      cycle.system_at[l] = system, cycle.work_at[l] = work;
      system = l == 0 ? coarse_at : system + cycle.level[l].size();
      work += (l == 0 ? 1 : 3) * grid.size();
      if (grid.points() == 1 || cycle.levels == most_levels) break;
      grid = {(grid.columns + 1) / 2, (grid.rows + 1) / 2};
    }
    cycle.end_ = system, cycle.work_ = work;
    return cycle;
  }
  /// Behind the last coarse system; the workspace's size, which must be 0 before the first `apply`.
  METASOLVE_HD int end() const { return end_; }
  METASOLVE_HD int work_size() const { return work_; }

  /// The finest level's pivots and the coarser systems, of a loaded task. Memory is 0 before. Syncs at the end.
  template <Team T>
  METASOLVE_HD void prepare(T const& team, FaceTasks<Scalar> const& tasks, std::int64_t task, Scalar* data) const {
    for (int l = 0; l < levels; ++l) {
      Scalar* const system = data + system_at[l];
      if (l > 0) join(team, l, tasks, task, data);
      Scalar const* const diagonal = system + level[l].diagonal_at();
      Scalar* const inverse = system + level[l].pivots_at();
      for_each_cell(team, level[l].grid, [=](Diagonal const&) {
        return [=](int i) { inverse[i] = diagonal[i] > Scalar(0) ? Scalar(1) / diagonal[i] : Scalar(0); };
      });
    }
    team.sync();
  }

  /// z = B r. Beside cells z is 0 before and after. Syncs at the end; r is synced.
  template <Team T>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void apply(T const& team, Scalar const* data, Scalar const* r, Scalar* z,
                                                     Scalar* work) const {
    METASOLVE_ROLLED
    for (int l = 0; l < levels; ++l) {
      Arrays const a = arrays(l, data, r, z, work);
      bool const is_one = level[l].grid.points() == 1;
      Scalar const *const of = a.r, *const inverse = a.inverse;
      Scalar *const first = is_one ? a.x : a.t, factor = is_one ? Scalar(1) : first_step;
      for_each_cell(team, level[l].grid,
                    [=](Diagonal const&) { return [=](int i) { first[i] = factor * inverse[i] * of[i]; }; });
      team.sync();
      if (is_one) break;
      smooth(team, l, a, a.t, a.x, second_step);
      if (l + 1 == levels) break;
      Scalar* const t = a.t;
      level[l].for_each_product(team, a.system, a.x, [=](int i, Scalar product) { t[i] = of[i] - product; });
      team.sync();
      restrict_to(team, l + 1, t, arrays(l + 1, data, r, z, work).r);
    }
    METASOLVE_ROLLED
    for (int l = levels - 2; l >= 0; --l) {
      Arrays const a = arrays(l, data, r, z, work);
      prolong_from(team, l + 1, arrays(l + 1, data, r, z, work).x, a.x);
      smooth(team, l, a, a.x, a.t, first_step);
      smooth(team, l, a, a.t, a.x, second_step);
    }
  }

  /// Operations, a multiply-add counted as two; a sum over all grids is 4/3 of the finest one's.
  [[nodiscard]] double prepare_operations() const { return 7.0 * level[0].grid.points(); }
  [[nodiscard]] double apply_operations() const { return 71.0 * level[0].grid.points(); }

 private:
  /// 1 / (theta +- delta / sqrt(2)), theta = 1.35 and delta = 0.65 of [0.7, 2].
  static constexpr Scalar first_step = Scalar(0.5526024), second_step = Scalar(1.1231152);

  int end_ = 0, work_ = 0;

  struct Arrays {
    Scalar const *system, *inverse;
    Scalar* r;  ///< read alone, on the finest level
    Scalar *x, *t;
  };
  METASOLVE_HD Arrays arrays(int l, Scalar const* data, Scalar const* r, Scalar* z, Scalar* work) const {
    Scalar const* const system = data + system_at[l];
    Scalar* const own = work + work_at[l];
    int const n = level[l].grid.size();
    if (l == 0) return {system, system + level[0].pivots_at(), const_cast<Scalar*>(r), z, own};
    return {system, system + level[l].pivots_at(), own, own + n, own + 2 * n};
  }

  /// to = x + step D^-1 (r - A x), 0 in solid cells, whatever x has there. Syncs at the end.
  template <Team T>
  METASOLVE_HD void smooth(T const& team, int l, Arrays const& a, Scalar const* x, Scalar* to, Scalar step) const {
    Scalar const *const r = a.r, *const inverse = a.inverse;
    level[l].for_each_product(team, a.system, x, [=](int i, Scalar product) {
      Scalar const inside = inverse[i] > Scalar(0) ? Scalar(1) : Scalar(0);  // a branch would keep out vectors
      to[i] = inside * x[i] + step * inverse[i] * (r[i] - product);
    });
    team.sync();
  }

  /// The cells that the k-th of a coarse diagonal's cells joins are at low + 2 k, side + 2 k, side + 1 + 2 k and
  /// high + 2 k. Those that do not exist, since a side is odd, are numbers beside cells, but for a whole last diagonal.
  struct Joined {
    int low, side, high;
    bool has_high;
    METASOLVE_HD Joined(DiagonalGrid const& fine, DiagonalGrid const& coarse, Diagonal const& d) {
      int const x = 2 * coarse.first_x(d.number), number = 2 * d.number;
      Diagonal const first = fine.diagonal(number), second = fine.after(first), third = fine.after(second);
      low = first.begin + x - fine.first_x(number), side = second.begin + x - fine.first_x(number + 1);
      has_high = number + 2 < fine.diagonals();
      high = has_high ? third.begin + x + 1 - fine.first_x(number + 2) : low;
    }
  };

  template <Team T>
  METASOLVE_HD void join(T const& team, int l, FaceTasks<Scalar> const& tasks, std::int64_t task, Scalar* data) const {
    auto const& fine = level[l - 1];
    auto const& coarse = level[l];
    Scalar const* const from = data + system_at[l - 1];
    Scalar* const to = data + system_at[l];
    Scalar const *const east = from + fine.east_at(), *const north = from + fine.north_at();
    Scalar *const to_east = to + coarse.east_at(), *const to_north = to + coarse.north_at();
    DiagonalGrid const fine_grid = fine.grid, coarse_grid = coarse.grid;
    Scalar const half(0.5);
    bool const is_first = l == 1;
    for_each_cell<true>(team, coarse_grid, [=](Diagonal const& d) {
      Joined const j(fine_grid, coarse_grid, d);
      Scalar const has_high = j.has_high ? half : Scalar(0);
      return [=](int i) {
        int const k = 2 * (i - d.begin);
        to_east[i] = half * east[j.side + 1 + k] + has_high * east[j.high + k];
        to_north[i] = half * north[j.side + k] + has_high * north[j.high + k];
        if (!is_first) {
          to[i] = half * (from[j.low + k] + (from[j.side + k] + from[j.side + 1 + k])) + has_high * from[j.high + k];
        }
      };
    });
    if (is_first && tasks.open) {
      for_each_place(team, coarse_grid, [&](int, int i, int x, int y) {
        Scalar sum(0);
        for (int b = 2 * y; b < 2 * y + 2 && b < fine_grid.rows; ++b) {
          for (int a = 2 * x; a < 2 * x + 2 && a < fine_grid.columns; ++a) {
            sum += Scalar(tasks.open(task, a + b * fine_grid.columns));
          }
        }
        to[i] = half * sum;
      });
    }
    team.sync();
    coarse.sum_diagonal(team, to, to);
  }

  /// Sums. Syncs at the end.
  template <Team T>
  METASOLVE_HD void restrict_to(T const& team, int l, Scalar const* from, Scalar* to) const {
    DiagonalGrid const fine = level[l - 1].grid, coarse = level[l].grid;
    for_each_cell<true>(team, coarse, [=](Diagonal const& d) {
      Joined const j(fine, coarse, d);
      Scalar const has_high = j.has_high ? Scalar(1) : Scalar(0);
      return [=](int i) {
        int const k = 2 * (i - d.begin);
        to[i] = (from[j.low + k] + has_high * from[j.high + k]) + (from[j.side + k] + from[j.side + 1 + k]);
      };
    });
    team.sync();
  }
  /// Adds each coarse cell's number to all that it joins. Syncs at the end.
  template <Team T>
  METASOLVE_HD void prolong_from(T const& team, int l, Scalar const* from, Scalar* to) const {
    DiagonalGrid const fine = level[l - 1].grid, coarse = level[l].grid;
    for_each_cell<true>(team, coarse, [=](Diagonal const& d) {
      Joined const j(fine, coarse, d);
      int const x = coarse.first_x(d.number), y = d.number - x;
      return [=](int i) {
        int const n = i - d.begin, k = 2 * n;
        bool const is_right = 2 * (x + n) + 1 < fine.columns, is_up = 2 * (y - n) + 1 < fine.rows;
        to[j.low + k] += from[i];
        if (is_up) to[j.side + k] += from[i];
        if (is_right) to[j.side + 1 + k] += from[i];
        if (is_right && is_up) to[j.high + k] += from[i];
      };
    });
    team.sync();
  }
};

}  // namespace metasolve::kernels
