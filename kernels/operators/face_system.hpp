// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../grids/diagonal_grid.hpp"
#include "../simd/view.hpp"

namespace metasolve::kernels {

/// The pressure systems of a batch on one rectangle of cells: (A p)_i = s_i p_i + sum over faces w (p_i - p_j), with a
/// weight w >= 0 for each face between two cells and s_i >= 0 for what lies beyond open sides. A cell without either is
/// solid.
template <class Scalar>
struct FaceTasks {
  BatchView<Scalar const> rhs;             ///< b [tasks][rows][columns]
  BatchView<Scalar const> weights_x = {};  ///< [tasks][rows][columns - 1]; null: all 1, and weights_y too
  BatchView<Scalar const> weights_y = {};  ///< [tasks][rows - 1][columns]
  BatchView<Scalar const> open = {};       ///< s [tasks][rows][columns]; null: zeros
  BatchView<Scalar const> reference = {};  ///< the solution [tasks][rows][columns], for the measure of errors
};

/// One such system in a team's memory: arrays of a DiagonalGrid, one after the other.
///     [b, diagonal of A, weights to the east, to the north, inverse pivots]
template <class Scalar>
struct FaceSystem {
  DiagonalGrid grid;
  bool has_pivots = false;  ///< of a preconditioner: an incomplete factor's, or those of the diagonal itself

  METASOLVE_HD constexpr int diagonal_at() const { return grid.size(); }
  METASOLVE_HD constexpr int east_at() const { return 2 * grid.size(); }
  METASOLVE_HD constexpr int north_at() const { return 3 * grid.size(); }
  METASOLVE_HD constexpr int pivots_at() const { return 4 * grid.size(); }
  METASOLVE_HD constexpr int size() const { return pivots_at() + (has_pivots ? grid.size() : 0); }

  /// b, weights and diagonal of a task; `to` is 0 before, and only cells are written. Syncs at the end.
  template <Team T>
  METASOLVE_HD void load(T const& team, FaceTasks<Scalar> const& tasks, std::int64_t task, Scalar* to) const {
    int const columns = grid.columns, rows = grid.rows;
    Scalar *const diagonal = to + diagonal_at(), *const east = to + east_at(), *const north = to + north_at();
    bool const has_weights = static_cast<bool>(tasks.weights_x), has_open = static_cast<bool>(tasks.open);
    for_each_place(team, grid, [&](int p, int i, int x, int y) {
      to[i] = tasks.rhs(task, p);
      if (x + 1 < columns) east[i] = has_weights ? Scalar(tasks.weights_x(task, p - y)) : Scalar(1);
      if (y + 1 < rows) north[i] = has_weights ? Scalar(tasks.weights_y(task, p)) : Scalar(1);
      diagonal[i] = has_open ? Scalar(tasks.open(task, p)) : Scalar(0);
    });
    team.sync();
    sum_diagonal(team, diagonal, to);
    for_each_cell(team, grid,
                  [=](Diagonal const&) { return [=](int i) { to[i] = diagonal[i] > Scalar(0) ? to[i] : Scalar(0); }; });
    team.sync();
  }
  /// The diagonal from the weights and s of each cell, `open`, which may be the diagonal itself. Syncs at the end.
  template <Team T>
  METASOLVE_HD void sum_diagonal(T const& team, Scalar const* open, Scalar* to) const {
    Scalar* const diagonal = to + diagonal_at();
    Scalar const *const east = to + east_at(), *const north = to + north_at();
    // What fills a diagonal may be beside cells in these arrays: it must not get a diagonal entry.
    for_each_cell<true>(team, grid, [=](Diagonal const& d) {
      return [=](int i) { diagonal[i] = open[i] + ((east[i + d.west] + east[i]) + (north[i + d.south] + north[i])); };
    });
    team.sync();
  }

  /// The share of each fluid cell in a mean, 1 / their number, where constants are the null space: no cell of a loaded
  /// task touches an open side. Else 0. The same on each member.
  template <Team T>
  METASOLVE_HD Scalar share_of_mean(T const& team, FaceTasks<Scalar> const& tasks, std::int64_t task,
                                    Scalar const* system) const {
    Scalar open(0);
    if (tasks.open) {
      for_each_rolled(team, grid.points(), [&](int p) { open += Scalar(tasks.open(task, p)); });
      open = team.sum(open);
    }
    Scalar const cells = cells_of(team, system);
    return open > Scalar(0) || !(cells > Scalar(0)) ? Scalar(0) : Scalar(1) / cells;
  }
  /// Fluid cells of a loaded task.
  template <Team T>
  METASOLVE_HD Scalar cells_of(T const& team, Scalar const* system) const {
    Scalar const* const diagonal = system + diagonal_at();
    return sum_over_cells<Scalar>(team, grid, [=](int i) { return diagonal[i] > Scalar(0) ? Scalar(1) : Scalar(0); });
  }
  /// b -= its mean over fluid cells, with share_of_mean's share. Syncs at the end.
  template <Team T>
  METASOLVE_HD void remove_mean(T const& team, Scalar share, Scalar* system) const {
    if (share == Scalar(0)) return;
    Scalar const* const diagonal = system + diagonal_at();
    Scalar const mean = share * sum_over_cells<Scalar>(team, grid, [=](int i) { return system[i]; });
    for_each_cell(team, grid, [=](Diagonal const&) {
      return [=](int i) { system[i] = diagonal[i] > Scalar(0) ? system[i] - mean : Scalar(0); };
    });
    team.sync();
  }

  /// use(i, (A p)_i) for each cell; returns the sum of term(i) over all cells, which may read what `use` wrote for cell
  /// i. No sync before.
  template <Team T, class Use, class Term>
  METASOLVE_HD Scalar for_each_product(T const& team, Scalar const* system, Scalar const* p, Use const& use,
                                       Term const& term) const {
    return for_each_cell_summed<Scalar>(
               team, grid, [=, this](Diagonal const& d) { return product(system, p, d, use); }, term,
               [](int) { return Scalar(0); })
        .sum;
  }
  /// The same without a sum.
  template <Team T, class Use>
  METASOLVE_HD void for_each_product(T const& team, Scalar const* system, Scalar const* p, Use const& use) const {
    for_each_cell(team, grid, [=, this](Diagonal const& d) { return product(system, p, d, use); });
  }

  /// Inverse pivots of the modified incomplete factor, with this share of the dropped fill added to the diagonal: 0 is
  /// IC(0). A pivot below a quarter of its diagonal is replaced by that (Bridson, Fluid Simulation for Computer
  /// Graphics, section 5.3). Syncs at the end.
  template <Team T>
  METASOLVE_HD void factor(T const& team, Scalar share, Scalar* system) const {
    Scalar const* const diagonal = system + diagonal_at();
    Scalar const *const east = system + east_at(), *const north = system + north_at();
    Scalar* const pivots = system + pivots_at();
    sweep_cells(team, grid, false, [=](Diagonal const& d) {
      return [=](int i) {
        Scalar const wx = east[i + d.west], wy = north[i + d.south];
        // What the neighbours drop: their couplings to the cells diagonally across.
        Scalar const from_x = wx * (wx + share * north[i + d.west]) * pivots[i + d.west];
        Scalar const from_y = wy * (wy + share * east[i + d.south]) * pivots[i + d.south];
        Scalar const pivot = diagonal[i] - (from_x + from_y), least = Scalar(0.25) * diagonal[i];
        pivots[i] = diagonal[i] > Scalar(0) ? Scalar(1) / (pivot > least ? pivot : least) : Scalar(0);
      };
    });
    team.sync();
  }

  /// z = M^-1 r, M = (L + E) E^-1 (L' + E) with the pivots E of `factor`. Syncs at the end; r is synced.
  template <Team T>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void precondition(T const& team, Scalar const* system, Scalar const* r,
                                                            Scalar* z) const {
    Scalar const *const east = system + east_at(), *const north = system + north_at(), *const e = system + pivots_at();
    sweep_cells(team, grid, false, [=](Diagonal const& d) {
      return [=](int i) {
        z[i] = (r[i] + (east[i + d.west] * z[i + d.west] + north[i + d.south] * z[i + d.south])) * e[i];
      };
    });
    sweep_cells(team, grid, true, [=](Diagonal const& d) {
      return [=](int i) { z[i] += (east[i] * z[i + d.east] + north[i] * z[i + d.north]) * e[i]; };
    });
  }

  /// Operations of a product with A, of `factor` and of `precondition`, a multiply-add counted as two.
  [[nodiscard]] double product_operations() const { return 9.0 * grid.points(); }
  [[nodiscard]] double factor_operations() const { return 12.0 * grid.points(); }
  [[nodiscard]] double precondition_operations() const { return 10.0 * grid.points(); }

 private:
  template <class Use>
  METASOLVE_HD auto product(Scalar const* system, Scalar const* p, Diagonal const& d, Use const& use) const {
    Scalar const* const diagonal = system + diagonal_at();
    Scalar const *const east = system + east_at(), *const north = system + north_at();
    return [=](int i) {
      Scalar const along_x = east[i + d.west] * p[i + d.west] + east[i] * p[i + d.east];
      Scalar const along_y = north[i + d.south] * p[i + d.south] + north[i] * p[i + d.north];
      // What is no cell has no neighbours, whatever its index adds up to. By a factor, not a branch, which would keep
      // the loop from being one over vectors.
      Scalar const inside = diagonal[i] > Scalar(0) ? Scalar(1) : Scalar(0);
      use(i, diagonal[i] * p[i] - inside * (along_x + along_y));
    };
  }
};

}  // namespace metasolve::kernels
