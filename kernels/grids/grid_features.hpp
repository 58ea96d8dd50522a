// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/view.hpp"
#include "grid_weights.hpp"

namespace metasolve::kernels {

/// What a network sees of each task's operator, in two dimensions (and in three, of the plane (x, y)), from the tensor
/// of diffusion that its couplings approximate, with eigenvalues 1 and eps and its strong direction at angle t to x,
/// reduced to 0 to 45 degrees: g cos 2t, g sin 2t with g = (1 - eps) / (1 + eps), and log10 1/eps. Fields: means of
/// these over the points, then how the diagonal c varies: log10 max c / min c, the standard deviation of log10 c, and
/// the mean of |log10| of the ratio of neighbours along x and y. Scaling an operator changes nothing.
template <class Scalar, int Dim, bool IsConstant>
struct GridFeatures {
  using scalar = Scalar;
  static constexpr int entries = half_entries<Dim>, count = IsConstant ? 3 : 6;

  int n[3] = {1, 1, 1};              ///< points along each axis
  Scalar const* stencils = nullptr;  ///< as GridTasks
  std::int64_t stencil_stride = 0;
  BatchView<Scalar> features;  ///< [tasks][count]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) write(column + l);
  }

 private:
  METASOLVE_HD static void add(Scalar const* stencil, Scalar* to) {
    auto const k = diffusion_tensor<Dim>(stencil);
    Scalar const trace = k.xx + k.yy, difference = abs(k.xx - k.yy), mixed = Scalar(2) * abs(k.xy);
    if (!(trace > Scalar(0))) return;
    Scalar const spread = sqrt(difference * difference + mixed * mixed);
    Scalar const least(1e-12), small = trace - spread > least * trace ? trace - spread : least * trace;
    to[0] += difference / trace;
    to[1] += mixed / trace;
    to[2] += log((trace + spread) / small) * Scalar(0.43429448190325182);
  }
  METASOLVE_HD void write(std::int64_t task) const {
    Scalar const* const a = stencils + task * stencil_stride;
    Scalar sum[6] = {};
    if constexpr (IsConstant) {
      add(a, sum);
    } else {
      int const points = n[0] * n[1] * n[2];
      Scalar least(1e300), most(0), inside(0), logs(0), squares(0), jumps(0), pairs(0);
      for (int p = 0; p < points; ++p) {
        Scalar const c = a[p];
        if (!(c > Scalar(0))) continue;
        Scalar stencil[entries];
        for (int e = 0; e < entries; ++e) stencil[e] = a[e * points + p];
        add(stencil, sum);
        inside += Scalar(1);
        least = c < least ? c : least;
        most = c > most ? c : most;
        Scalar const l = log10_of(c);
        logs += l, squares += l * l;
        int const x = p % n[0], y = p / n[0] % n[1];
        if (x + 1 < n[0] && a[p + 1] > Scalar(0)) jumps += abs(log10_of(a[p + 1]) - l), pairs += Scalar(1);
        if (y + 1 < n[1] && a[p + n[0]] > Scalar(0)) jumps += abs(log10_of(a[p + n[0]]) - l), pairs += Scalar(1);
      }
      if (inside > Scalar(0)) {
        for (int f = 0; f < 3; ++f) sum[f] /= inside;
        Scalar const mean = logs / inside, variance = squares / inside - mean * mean;
        sum[3] = log10_of(most / least);
        sum[4] = variance > Scalar(0) ? sqrt(variance) : Scalar(0);
        sum[5] = pairs > Scalar(0) ? jumps / pairs : Scalar(0);
      }
    }
    for (int f = 0; f < count; ++f) features(task, f) = sum[f];
  }
  METASOLVE_HD static Scalar log10_of(Scalar x) { return log(x) * Scalar(0.43429448190325182); }
};

}  // namespace metasolve::kernels
