// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/face_system.hpp"

namespace metasolve::kernels {

/// What a network sees of pressure systems: the residual b - A p_0 of the task's own guess, without its mean where
/// constants are the null space; and with a mask the root of mean(d) / d, d the diagonal of A, 0 in solid cells. So the
/// mask is 1 where all cells are alike, large where A is small, as in a heavy fluid. A network multiplies by it as by
/// D^-1/2 on both sides of a symmetric preconditioner.
template <class Scalar>
struct PressureFeatures {
  using scalar = Scalar;
  static constexpr auto name = "pressure_features";
  static constexpr bool takes_batches = false, is_scalar = true;
  static constexpr int positions_a_thread = 1;

  FaceTasks<Scalar> tasks;
  DiagonalGrid grid;
  std::int64_t first = 0;         ///< task of position 0
  BatchView<Scalar const> guess;  ///< [tasks][rows][columns]; null: zeros
  bool has_mask = false;
  BatchView<Scalar> features;  ///< [positions][residual, then the mask][rows][columns]

  METASOLVE_HD int scratch_size() const { return 0; }
  METASOLVE_HD std::int64_t global_size() const { return system().size() + grid.size(); }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near, Far far) const {
    FaceSystem<Scalar> const own = system();
    Scalar *const a = far.data, *const x = a + own.size();
    Scalar const* const diagonal = a + own.diagonal_at();
    for (std::int64_t position = source(); position >= 0; position = source()) {
      std::int64_t const task = first + position;
      for_each_rolled(team, static_cast<int>(global_size()), [&](int i) { a[i] = Scalar(0); });
      team.sync();
      own.load(team, tasks, task, a);
      own.remove_mean(team, own.share_of_mean(team, tasks, task, a), a);
      Scalar const cells = own.cells_of(team, a);
      Scalar const sum = sum_over_cells<Scalar>(team, grid, [=](int i) { return diagonal[i]; });
      for_each_place(team, grid, [&](int p, int i) {
        x[i] = diagonal[i] > Scalar(0) && guess ? Scalar(guess(task, p)) : Scalar(0);
      });
      team.sync();
      BatchView<Scalar> const to = features;
      int const points = grid.points();
      // In the order of the arrays first, since a product has no places: the residual replaces b.
      own.for_each_product(team, a, static_cast<Scalar const*>(x),
                           [=](int i, Scalar product) { a[i] = diagonal[i] > Scalar(0) ? a[i] - product : Scalar(0); });
      team.sync();
      for_each_place(team, grid, [&](int p, int i) {
        to(position, p) = a[i];
        if (!has_mask) return;
        to(position, points + p) = diagonal[i] > Scalar(0) ? sqrt(sum / (cells * diagonal[i])) : Scalar(0);
      });
      team.sync();
    }
  }

 private:
  METASOLVE_HD FaceSystem<Scalar> system() const { return {grid, false}; }
};

}  // namespace metasolve::kernels
