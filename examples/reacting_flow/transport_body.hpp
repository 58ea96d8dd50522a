// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "slab.hpp"

namespace flow {

/// One stage of the two-stage Runge-Kutta method (Heun's, strong-stability preserving) for y_t + div(u y) = D lap y by
/// finite volumes: to = keep start + (1 - keep) (from - dt div F(from)).
///
/// Upwind faces, second order where the limiter permits (monotonised central). A cell has one limiter for all species:
/// the scheme is then the same linear one for each of them and preserves their sum of 1, unlike separate limiters. It
/// is the minimum of y1's and y3's. y2, 1e-5 of the total and known to the tolerance of the chemistry, is ignored: its
/// noise would switch the order of the others. Velocities are differences of a stream function around each cell, so
/// that their discrete divergence is 0.
struct TransportStage {
  double const* from;   ///< [species][plane of the slab]; rows of others are read too
  double const* start;  ///< as from
  double* to;           ///< as from; may be start
  double const* u;      ///< [plane] through the eastern face of each cell
  double const* v;      ///< [plane] through the northern face
  double keep;
  double dt_over_dx;
  double diffusion;  ///< D dt / dx^2
  Slab slab;

  /// x: columns; y: rows of a plane.
  FLOW_HD void operator()(Around x, Around y) const {
    int const n = slab.n;
    long const plane = slab.plane(), row = long{y.here} * n, at = row + x.here;
    long const south = long{y.before} * n + x.here, north = long{y.after} * n + x.here;
    long const south2 = long{y.before2} * n + x.here, north2 = long{y.after2} * n + x.here;
    auto const in_row = [&](double const* f) {
      return Five{f[row + x.before2], f[row + x.before], f[at], f[row + x.after], f[row + x.after2]};
    };
    auto const in_column = [&](double const* f) { return Five{f[south2], f[south], f[at], f[north], f[north2]}; };
    Faces const west_east{u[row + x.before], u[at]}, south_north{v[south], v[at]};
    double const *const f1 = from, *const f2 = from + plane, *const f3 = from + 2 * plane;
    Five const x1 = in_row(f1), x2 = in_row(f2), x3 = in_row(f3);
    Five const y1 = in_column(f1), y2 = in_column(f2), y3 = in_column(f3);
    Limiters const in_x = limiters(x1, x3), in_y = limiters(y1, y3);
    auto const finish = [&](long where, Five const& fx, Five const& fy) {
      double const spread = diffusion * (fx.before + fx.after + fy.before + fy.after - 4 * fx.here);
      double const net = net_flux(fx, in_x, west_east) + net_flux(fy, in_y, south_north);
      to[where] = keep * start[where] + (1 - keep) * (fx.here + spread - dt_over_dx * net);
    };
    finish(at, x1, y1);
    finish(at + plane, x2, y2);
    finish(at + 2 * plane, x3, y3);
  }

 private:
  // Named members rather than arrays: compilers keep them in vector registers.
  struct Five {
    double before2, before, here, after, after2;
  };
  struct Faces {
    double in, out;  ///< velocities
  };
  struct Limiters {
    double before, here, after;  ///< over 4: they multiply differences over two cells, for half a cell
  };
  /// A fraction, divided only after the minimum is found: division dominates the cost of this scheme.
  struct Share {
    double above, below;
  };

  FLOW_HD static Limiters limiters(Five const& a, Five const& b) {
    auto const least_of = [](Share one, Share two) {
      Share const least = smaller(one, two);
      return 0.25 * least.above / least.below;
    };
    return {least_of(limited(a.before2, a.before, a.here), limited(b.before2, b.before, b.here)),
            least_of(limited(a.before, a.here, a.after), limited(b.before, b.here, b.after)),
            least_of(limited(a.here, a.after, a.after2), limited(b.here, b.after, b.after2))};
  }

  /// Outflow at `after` minus inflow at `before`, each from the upwind side.
  FLOW_HD static double net_flux(Five const& y, Limiters const& limiter, Faces const& velocity) {
    double const before = limiter.before * (y.here - y.before2);
    double const here = limiter.here * (y.after - y.before);
    double const after = limiter.after * (y.after2 - y.here);
    double const in = largest(velocity.in, 0.0) * (y.before + before) + least(velocity.in, 0.0) * (y.here - here);
    double const out = largest(velocity.out, 0.0) * (y.here + here) + least(velocity.out, 0.0) * (y.after - after);
    return out - in;
  }

  FLOW_HD static Share smaller(Share a, Share b) {
    bool const first = a.above * b.below < b.above * a.below;
    return {first ? a.above : b.above, first ? a.below : b.below};
  }
  /// The share of the central difference that creates no new extremum: 1 where the field is smooth, 0 at an extremum.
  FLOW_HD static Share limited(double a, double b, double c) {
    double const left = b - a, right = c - b;
    double const bound = 2 * least(left < 0 ? -left : left, right < 0 ? -right : right);
    double const central = 0.5 * (c - a);
    double const size = central < 0 ? -central : central;
    bool const cut = size > bound, is_extremum = !(left * right > 0);
    return {is_extremum ? 0.0 : (cut ? bound : 1.0), cut && !is_extremum ? size : 1.0};
  }
};

}  // namespace flow
