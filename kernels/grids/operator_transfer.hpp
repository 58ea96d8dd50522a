// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stencil.hpp"
#include "transfer.hpp"

/// Interpolation by the operator itself, for coefficients that jump (Dendy, Black box multigrid, J. Comput. Phys. 48,
/// 1982): a fine point gets the value at which its equation holds, with the couplings across its line collapsed. In two
/// dimensions, both of which are coarsened.
namespace metasolve::kernels {

/// Its weights, [8][size] by the offset of the fine point; size: of a coarse array. Halos are 0 or periodic copies.
template <class Number>
struct FieldTransfer {
  static constexpr int weights = 8;
  Number const* w = nullptr;
  int size = 0;
  Number mixed = Number(0);  ///< as of LinearTransfer, added

  METASOLVE_HD static constexpr int position(int dx, int dy) {
    int const k = 3 * (dy + 1) + dx + 1;
    return k < 4 ? k : k - 1;
  }
  METASOLVE_HD METASOLVE_INLINE Number weight(int i, int dx, int dy, int) const {
    if (dx == 0 && dy == 0) return Number(1);
    return w[position(dx, dy) * size + i] + mixed * Number(0.25 * dx * dy);
  }
};

namespace detail {
/// A(p, p + (dx, dy)).
template <class Number>
METASOLVE_HD Number coupling(FieldStencil<Number, 2> const& a, GridLevel const& g, int p, int dx, int dy) {
  bool const is_upper = dy > 0 || (dy == 0 && dx >= 0);
  return a.entry(stencil_entry<2>(dx, dy, 0), is_upper ? p : p + dx + dy * g.row);
}
/// What a point between two coarse ones gets from the one at (dx, dy), one of which is 0.
template <class Number>
METASOLVE_HD Number share_on_line(FieldStencil<Number, 2> const& a, GridLevel const& g, int p, int dx, int dy) {
  int const ax = dy != 0 ? 1 : 0, ay = dx != 0 ? 1 : 0;  // across the line
  Number const own = a.centre(p) + coupling(a, g, p, ax, ay) + coupling(a, g, p, -ax, -ay);
  Number const towards =
      coupling(a, g, p, dx, dy) + coupling(a, g, p, dx + ax, dy + ay) + coupling(a, g, p, dx - ax, dy - ay);
  Number const share = -towards / own;
  return own > Number(0) && share >= Number(0) && share <= Number(1) ? share : Number(0.5);
}
}  // namespace detail

/// Writes the weights; halos are 0 already. Syncs at the end.
template <Team T, class Number>
METASOLVE_HD void operator_transfer(T const& team, GridHierarchy const& h, int level, FieldStencil<Number, 2> const& a,
                                    Number* w) {
  GridLevel const &fine = h.level[level], &coarse = h.level[level + 1];
  using Transfer = FieldTransfer<Number>;
  auto const inside = [&](int place, int axis) { return h.periodic[axis] || (place >= 0 && place < fine.n[axis]); };
  auto const wrap = [&](int place, int axis) { return (place + fine.n[axis]) % fine.n[axis]; };
  for_each_coarse(team, fine, coarse, [&](int i, int) {
    int const t = i - coarse.origin, y_c = t / coarse.row, x_c = t - y_c * coarse.row;
    int const x = fine.offset[0] + 2 * x_c, y = fine.offset[1] + 2 * y_c;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        if ((dx == 0 && dy == 0) || !inside(x + dx, 0) || !inside(y + dy, 1)) continue;
        int const p = fine.at(wrap(x + dx, 0), wrap(y + dy, 1), 0);
        Number share;
        if (dx == 0 || dy == 0) {
          share = detail::share_on_line(a, fine, p, -dx, -dy);
        } else {  // its neighbours on lines have their values from this coarse point already
          Number const c = a.centre(p);
          Number sum = detail::coupling(a, fine, p, -dx, -dy);
          int const beside_x = fine.at(wrap(x + dx, 0), y, 0), beside_y = fine.at(x, wrap(y + dy, 1), 0);
          sum += detail::coupling(a, fine, p, 0, -dy) * detail::share_on_line(a, fine, beside_x, -dx, 0);
          sum += detail::coupling(a, fine, p, -dx, 0) * detail::share_on_line(a, fine, beside_y, 0, -dy);
          share = c > Number(0) ? -sum / c : Number(0.25);
          if (!(share >= Number(0) && share <= Number(1))) share = Number(0.25);
        }
        w[Transfer::position(dx, dy) * coarse.size + i] = share;
      }
    }
  });
  team.sync();
  for (int k = 0; k < Transfer::weights; ++k) update_halo(team, h, level + 1, w + k * coarse.size);
}

}  // namespace metasolve::kernels
