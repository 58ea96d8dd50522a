// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include "grid.hpp"

/// Transfers between a level and the next coarser one. A transfer P gives a correction to the fine level, P' restricts
/// a residual to the coarse one. Its weights: `weight(i, dx, dy, dz)` is what coarse point i gives to the fine point at
/// that offset, each -1, 0 or 1, from its own place; 0 along an axis that is not coarsened.
namespace metasolve::kernels {

/// Linear interpolation along each coarsened axis, and beside it a mixed part: between the points of a coarse cell the
/// weights lean towards one of its diagonals, by mixed[0] in the plane (x, y), [1] in (x, z), [2] in (y, z).
template <class Number>
struct LinearTransfer {
  Number mixed[3] = {Number(0), Number(0), Number(0)};

  METASOLVE_HD METASOLVE_INLINE Number weight(int, int dx, int dy, int dz) const {
    int const between = (dx != 0 ? 1 : 0) + (dy != 0 ? 1 : 0) + (dz != 0 ? 1 : 0);
    Number const share = between == 0   ? Number(1)
                         : between == 1 ? Number(0.5)
                         : between == 2 ? Number(0.25)
                                        : Number(0.125);
    if (between < 2) return share;
    return share * (Number(1) + mixed[0] * Number(dx * dy) + mixed[1] * Number(dx * dz) + mixed[2] * Number(dy * dz));
  }
};

/// What a coarse point gets from the fine ones: (P' r)_i, i its index in the coarse level's array, of the weights that
/// `weight(dx, dy, dz)` returns.
template <int Dim, class Number, class Weight>
METASOLVE_HD METASOLVE_INLINE inline Number gather(GridLevel const& fine, Number const* r, int at,
                                                   Weight const& weight) {
  int const ex = fine.step[0] - 1, ey = fine.step[1] - 1, ez = Dim == 3 ? fine.step[2] - 1 : 0;
  Number sum(0);
  if (ex == 1 && ey == 1 && (Dim == 2 || ez == 1)) {  // the usual case, unrolled
    for (int z = Dim == 3 ? -1 : 0; z <= (Dim == 3 ? 1 : 0); ++z) {
      for (int y = -1; y <= 1; ++y) {
        for (int x = -1; x <= 1; ++x) sum += weight(x, y, z) * r[at + x + y * fine.row + z * fine.plane];
      }
    }
    return sum;
  }
  METASOLVE_ROLLED
  for (int z = -ez; z <= ez; ++z) {
    METASOLVE_ROLLED
    for (int y = -ey; y <= ey; ++y) {
      METASOLVE_ROLLED
      for (int x = -ex; x <= ex; ++x) sum += weight(x, y, z) * r[at + x + y * fine.row + z * fine.plane];
    }
  }
  return sum;
}

/// body(i, at) for each coarse point: its index in the coarse array, and that of its place in the fine one.
template <Team T, class Body>
METASOLVE_HD void for_each_coarse(T const& team, GridLevel const& fine, GridLevel const& coarse, Body&& body) {
  int const n = coarse.n[0], lines = coarse.n[1] * coarse.n[2];
  auto const row = [&](int line, int first, int last) {
    int const z = line / coarse.n[1], y = line - z * coarse.n[1];
    int const i = coarse.at(0, y, z);
    int const at = fine.at(fine.offset[0], fine.offset[1] + y * fine.step[1], fine.offset[2] + z * fine.step[2]);
    METASOLVE_POINTS
    for (int x = first; x < last; ++x) body(i + x, at + x * fine.step[0]);
  };
  if constexpr (T::is_solo) {
    for (int line = 0; line < lines; ++line) row(line, 0, n);
  } else {
    for_each_rolled(team, n * lines, [&](int p) { row(p / n, p % n, p % n + 1); });
  }
}

/// f = P' r. The halo of r must be up to date.
template <int Dim, Team T, class Transfer, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void restrict_residual(T const& team, GridLevel const& fine,
                                                               GridLevel const& coarse, Transfer const& transfer,
                                                               Number const* r, Number* f) {
  for_each_coarse(team, fine, coarse, [=](int i, int at) METASOLVE_INLINE {
    f[i] = gather<Dim>(fine, r, at, [&](int x, int y, int z) { return transfer.weight(i, x, y, z); });
  });
}

namespace detail {
/// The fine points that lie between coarse ones along the axes of the bits in `Between`, and on them along the others.
template <int Dim, int Between, Team T, class Transfer, class Number>
METASOLVE_HD void add_correction_between(T const& team, GridLevel const& fine, GridLevel const& coarse,
                                         Transfer const& transfer, Number gain, Number const* e, Number* u) {
  Sublattice part;
  int base[3] = {0, 0, 0};  // the coarse point at or below the first fine one
  for (int a = 0; a < Dim; ++a) {
    bool const between = (Between >> a & 1) != 0;
    if (between && fine.step[a] == 1) return;
    part.stride[a] = fine.step[a];
    part.first[a] = between ? 1 - fine.offset[a] : fine.offset[a];
    base[a] = between ? -fine.offset[a] : 0;
  }
  constexpr int corners_x = 1 + (Between & 1), corners_y = 1 + (Between >> 1 & 1), corners_z = 1 + (Between >> 2 & 1);
  auto const row = [&](int y, int z, int x_0, int x_end, auto stride_x) {
    Number* const to =
        u + fine.at(part.first[0], part.first[1] + y * part.stride[1], part.first[2] + z * part.stride[2]);
    int const from = coarse.at(base[0], base[1] + y, base[2] + z), row_c = coarse.row, plane_c = coarse.plane;
    METASOLVE_POINTS
    for (int x = x_0; x < x_end; ++x) {
      Number sum(0);
      for (int k = 0; k < corners_z; ++k) {
        for (int j = 0; j < corners_y; ++j) {
          for (int i = 0; i < corners_x; ++i) {
            int const c = from + x + i + j * row_c + k * plane_c;
            sum += transfer.weight(c, corners_x == 2 ? 1 - 2 * i : 0, corners_y == 2 ? 1 - 2 * j : 0,
                                   corners_z == 2 ? 1 - 2 * k : 0) *
                   e[c];
          }
        }
      }
      to[stride_x * x] += gain * sum;
    }
  };
  int const count[3] = {part.count(fine, 0), part.count(fine, 1), part.count(fine, 2)};
  int const lines = count[1] * count[2];
  if constexpr (T::is_solo) {
    auto const rows = [&](auto stride_x) {  // known to the compiler
      for (int line = 0; line < lines; ++line) row(line % count[1], line / count[1], 0, count[0], stride_x);
    };
    if (part.stride[0] == 2) {
      rows(std::integral_constant<int, 2>{});
    } else {
      rows(std::integral_constant<int, 1>{});
    }
  } else {
    for_each_rolled(team, count[0] * lines, [&](int p) {
      int const line = p / count[0], x = p - line * count[0];
      row(line % count[1], line / count[1], x, x + 1, part.stride[0]);
    });
  }
}
template <int Dim, Team T, class Transfer, class Number, int... Between>
METASOLVE_HD void add_correction(T const& team, GridLevel const& fine, GridLevel const& coarse,
                                 Transfer const& transfer, Number gain, Number const* e, Number* u,
                                 std::integer_sequence<int, Between...>) {
  (add_correction_between<Dim, Between>(team, fine, coarse, transfer, gain, e, u), ...);
}
}  // namespace detail

/// u += gain P e. The halo of e must be up to date.
template <int Dim, Team T, class Transfer, class Number>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void add_correction(T const& team, GridLevel const& fine,
                                                            GridLevel const& coarse, Transfer const& transfer,
                                                            Number gain, Number const* e, Number* u) {
  detail::add_correction<Dim>(team, fine, coarse, transfer, gain, e, u, std::make_integer_sequence<int, 1 << Dim>{});
}

/// The derivative of r' P e with respect to the mixed parts of a linear transfer, one for each pair of axes: 1 in two
/// dimensions, 3 in three. The same on each member.
template <int Dim, Team T, class Number>
METASOLVE_HD void mixed_derivative(T const& team, GridLevel const& fine, GridLevel const& coarse, Number const* r,
                                   Number const* e, Number* derivative) {
  METASOLVE_ROLLED
  for (int pair = 0; pair < (Dim == 2 ? 1 : 3); ++pair) {
    Number sum(0);
    for_each_coarse(team, fine, coarse, [&](int i, int at) {
      sum += e[i] * gather<Dim>(fine, r, at, [=](int x, int y, int z) {
               int const sign = pair == 0 ? x * y : pair == 1 ? x * z : y * z;
               return LinearTransfer<Number>{}.weight(i, x, y, z) * Number(sign);
             });
    });
    derivative[pair] = team.sum(sum);
  }
}

}  // namespace metasolve::kernels
