// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stencil.hpp"
#include "transfer.hpp"

/// The Galerkin operator of the next coarser level, P' A P, whose couplings again reach nearest neighbours alone.
namespace metasolve::kernels {

namespace detail {
/// What the fine couplings add to the coarse entry e of coarse point i: the sum over fine points p of i and q of its
/// neighbour, of P(p, i) A(p, q) P(q, neighbour). fine_entry(dx, dy, dz, ex, ey, ez): A between the point at offset d
/// from that of i and the one at a further offset e.
template <int Dim, class Number, class Transfer, class FineEntry>
METASOLVE_HD Number galerkin_entry(GridLevel const& fine, Transfer const& transfer, int i, int neighbour, int entry,
                                   FineEntry const& fine_entry) {
  auto const o = stencil_offset<Dim>(entry);
  int const to[3] = {o.x * fine.step[0], o.y * fine.step[1], o.z * fine.step[2]};
  int reach[3];
  for (int a = 0; a < 3; ++a) reach[a] = a < Dim ? fine.step[a] - 1 : 0;
  Number sum(0);
  auto const low = [&](int a, int d) {  // q within the reach of the neighbour: |d + e - to| <= reach
    int const least = to[a] - reach[a] - d;
    return least < -1 ? -1 : least;
  };
  auto const high = [&](int a, int d) {
    int const most = to[a] + reach[a] - d;
    return a >= Dim ? 0 : most > 1 ? 1 : most;
  };
  METASOLVE_ROLLED
  for (int z = -reach[2]; z <= reach[2]; ++z) {
    METASOLVE_ROLLED
    for (int y = -reach[1]; y <= reach[1]; ++y) {
      METASOLVE_ROLLED
      for (int x = -reach[0]; x <= reach[0]; ++x) {
        Number from(0);
        METASOLVE_ROLLED
        for (int ez = Dim == 3 ? low(2, z) : 0; ez <= high(2, z); ++ez) {
          METASOLVE_ROLLED
          for (int ey = low(1, y); ey <= high(1, y); ++ey) {
            METASOLVE_ROLLED
            for (int ex = low(0, x); ex <= high(0, x); ++ex) {
              from += fine_entry(x, y, z, ex, ey, ez) *
                      transfer.weight(neighbour, x + ex - to[0], y + ey - to[1], z + ez - to[2]);
            }
          }
        }
        sum += transfer.weight(i, x, y, z) * from;
      }
    }
  }
  return sum;
}
}  // namespace detail

/// Of constant operators, without points on a Neumann boundary. Every member computes all.
template <class Number, int Dim>
METASOLVE_HD ConstantStencil<Number, Dim> galerkin(GridLevel const& fine, ConstantStencil<Number, Dim> const& a) {
  ConstantStencil<Number, Dim> coarse;
  LinearTransfer<Number> const transfer;
  METASOLVE_ROLLED
  for (int e = 0; e < half_entries<Dim>; ++e) {
    coarse.a[e] = detail::galerkin_entry<Dim, Number>(
        fine, transfer, 0, 0, e, [&](int, int, int, int x, int y, int z) { return a.a[stencil_entry<Dim>(x, y, z)]; });
  }
  return coarse;
}

/// Of operators that differ from point to point. `level` is the fine one. to [half_entries][coarse.size], whose halos
/// are 0 already and stay so.
template <Team T, class Number, int Dim, class Transfer>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void galerkin(T const& team, GridHierarchy const& h, int level,
                                                      FieldStencil<Number, Dim> const& a, Transfer const& transfer,
                                                      Number* to) {
  GridLevel const &fine = h.level[level], &coarse = h.level[level + 1];
  for_each_coarse(team, fine, coarse, [&](int i, int at) {
    int const t = i - coarse.origin, z_c = Dim == 3 ? t / coarse.plane : 0, y_c = (t - z_c * coarse.plane) / coarse.row;
    int const c[3] = {t - z_c * coarse.plane - y_c * coarse.row, y_c, z_c};
    bool inside = true;
    for (int d = 0; d < Dim; ++d) inside = inside && c[d] > 0 && c[d] < coarse.n[d] - 1;
    // A between p at offset (x, y, z) from the coarse point's place and q at a further offset; it is kept by the lower
    // one. Beyond a periodic end lies the other one, beyond others nothing.
    auto const wrapped = [&](int d, int at_axis, bool& exists) {
      if (at_axis >= 0 && at_axis < fine.n[d]) return at_axis;
      exists = exists && h.periodic[d];
      return at_axis < 0 ? at_axis + fine.n[d] : at_axis - fine.n[d];
    };
    auto const entry = [&](int x, int y, int z, int ex, int ey, int ez) -> Number {
      bool const is_upper = ez > 0 || (ez == 0 && (ey > 0 || (ey == 0 && ex >= 0)));
      int const e = stencil_entry<Dim>(ex, ey, ez);
      if (inside) {
        int const p = at + x + y * fine.row + z * fine.plane;
        return a.entry(e, is_upper ? p : p + ex + ey * fine.row + ez * fine.plane);
      }
      bool exists = true;
      int const d[3] = {x, y, z}, de[3] = {ex, ey, ez};
      int p[3] = {0, 0, 0}, q[3] = {0, 0, 0};
      for (int k = 0; k < Dim; ++k) {
        int const place = fine.offset[k] + c[k] * fine.step[k] + d[k];
        p[k] = wrapped(k, place, exists);
        q[k] = wrapped(k, place + de[k], exists);
      }
      if (!exists) return Number(0);
      return a.entry(e, is_upper ? fine.at(p[0], p[1], p[2]) : fine.at(q[0], q[1], q[2]));
    };
    METASOLVE_ROLLED
    for (int e = 0; e < half_entries<Dim>; ++e) {
      to[e * coarse.size + i] =
          detail::galerkin_entry<Dim, Number>(fine, transfer, i, i + stencil_distance<Dim>(coarse, e), e, entry);
    }
  });
}

}  // namespace metasolve::kernels
