// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"
#include "grid_operators.hpp"

/// Local Fourier analysis: the symbol of a stencil at a frequency, at which the guard of learned smoothers
/// (grid_guard.hpp) looks, on all levels and, where coefficients vary, block by block.
namespace metasolve::kernels {

/// Half of the frequencies of a grid; the symbols of the other half are the same.
template <int Dim>
struct Frequencies {
  static constexpr int nx = Dim == 2 ? 9 : 5, ny = Dim == 2 ? 16 : 8, nz = Dim == 2 ? 1 : 8;
  static constexpr int count = nx * ny * nz;
};

/// cos(d_e . omega) for the entries e of a stencil, times 2 for e > 0: a symbol is the sum of entries times these.
template <class Number, int Dim>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void modes(int frequency, Number* mode) {
  using F = Frequencies<Dim>;
  constexpr double pi = 3.14159265358979323846;
  int const i = frequency % F::nx, j = frequency / F::nx % F::ny, k = frequency / (F::nx * F::ny);
  double const at[3] = {pi * i / (F::nx - 1), 2 * pi * j / F::ny, Dim == 3 ? 2 * pi * k / F::nz : 0.0};
  double c[3], s[3];
  for (int d = 0; d < 3; ++d) c[d] = cos(at[d]), s[d] = sin(at[d]);
  mode[0] = Number(1);
  for (int e = 1; e < half_entries<Dim>; ++e) {
    auto const o = stencil_offset<Dim>(e);
    int const to[3] = {o.x, o.y, o.z};
    double re = 1, im = 0;
    for (int d = 0; d < Dim; ++d) {
      if (to[d] == 0) continue;
      double const turn = to[d] > 0 ? s[d] : -s[d], was = re;
      re = re * c[d] - im * turn;
      im = was * turn + im * c[d];
    }
    mode[e] = Number(2 * re);
  }
}

/// How many stencils describe an operator: one for each level of constant ones, else one for each block.
template <int Dim, bool IsConstant>
struct LocalStencils {
  static constexpr int blocks_an_axis = Dim == 2 ? 8 : 4;

  METASOLVE_HD static int blocks(GridLevel const& g, int axis) {
    int const some = (g.n[axis] + 3) / 4;
    return axis >= Dim ? 1 : some < blocks_an_axis ? some : blocks_an_axis;
  }
  /// On the levels that are smoothed.
  METASOLVE_HD static int count(GridHierarchy const& h, CycleShape const& shape) {
    int const levels = h.levels > 1 && shape.direct_coarsest ? h.levels - 1 : h.levels;
    if (IsConstant) return levels;
    int sum = 0;
    for (int l = 0; l < levels; ++l) sum += blocks(h.level[l], 0) * blocks(h.level[l], 1) * blocks(h.level[l], 2);
    return sum;
  }
};

/// Writes stencils [count][entries], scaled to a diagonal of 1: a / c, or a_e / sqrt(c_i c_j), means over each block.
/// Blocks without points, or with rows of 0 alone, give 1, 0, ... Syncs at the end.
template <class Operators, class Number, Team T>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void local_stencils(Operators const& operators, T const& team,
                                                            Number const* finest, Number* memory, Number* to) {
  constexpr int dim = Operators::dimensions, entries = Operators::entries;
  constexpr bool is_constant = Operators::Stencil::is_constant;
  using Local = LocalStencils<dim, is_constant>;
  auto const& h = operators.h;
  int const levels = h.levels > 1 && operators.shape.direct_coarsest ? h.levels - 1 : h.levels;
  METASOLVE_ROLLED
  for (int l = 0; l < levels; ++l) {
    auto const op = operators.level(l, finest, memory);
    GridLevel const& g = h.level[l];
    if constexpr (is_constant) {
      if (team.rank() == 0) {
        for (int e = 0; e < entries; ++e) to[e] = op.a.a[e] * op.constant_inverse;
      }
      to += entries;
    } else {
      int blocks[3];
      for (int d = 0; d < 3; ++d) blocks[d] = Local::blocks(g, d);
      int const count = blocks[0] * blocks[1] * blocks[2];
      for_each_rolled(team, count * entries, [&](int p) {
        int const e = p % entries, b = p / entries;
        int const at[3] = {b % blocks[0], b / blocks[0] % blocks[1], b / (blocks[0] * blocks[1])};
        int first[3], last[3];
        for (int d = 0; d < 3; ++d) first[d] = at[d] * g.n[d] / blocks[d], last[d] = (at[d] + 1) * g.n[d] / blocks[d];
        int const distance = stencil_distance<dim>(g, e);
        Number sum(0), points(0);
        METASOLVE_ROLLED
        for (int z = first[2]; z < last[2]; ++z) {
          METASOLVE_ROLLED
          for (int y = first[1]; y < last[1]; ++y) {
            METASOLVE_ROLLED
            for (int x = first[0]; x < last[0]; ++x) {
              int const i = g.at(x, y, z);
              Number const root = op.inverse_root[i];
              sum += op.a.entry(e, i) * root * op.inverse_root[i + distance];
              points += root > Number(0) ? Number(1) : Number(0);
            }
          }
        }
        to[p] = points > Number(0) ? sum / points : Number(e == 0 ? 1 : 0);
      });
      to += count * entries;
    }
  }
  team.sync();
}

}  // namespace metasolve::kernels
