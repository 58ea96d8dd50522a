// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grid_guard.hpp"

/// From a solver's parameters theta to the weights of a cycle's steps, and back for gradients.
namespace metasolve::kernels {

/// What the parameters of a smoother are.
enum class SmootherParameters : std::int8_t {
  damping,           ///< one damping of all steps, as of Jacobi's method or of lines
  relaxation,        ///< one relaxation factor of steps on parts, as of Gauss and Seidel's by colours: in (0, 2)
  chebyshev,         ///< the share of the spectrum's upper end from which on a polynomial of diagonal steps damps
  stencils,          ///< one or two stencils
  line_and_stencil,  ///< a stencil, then the damping of lines along the strong coupling
};

/// How the grid lies beside the canonical task, whose strong coupling is along x, turned by 0 to 45 degrees towards y.
struct Orientation {
  bool swaps = false;     ///< x and y
  bool reflects = false;  ///< x, after that
};

/// Parameters: those of the smoother, for stencils of the canonical task; then, with coarse weights, the scale of
/// coarse corrections, which counts from 1 on, and the mixed parts of the transfer.
template <int Dim>
struct GridWeights {
  static constexpr int entries = half_entries<Dim>, mixed_parts = Dim == 2 ? 1 : 3;
  SmootherParameters kind = SmootherParameters::damping;
  std::int8_t stencils = 0;
  std::int8_t degree = 1;  ///< of the Chebyshev polynomial: as many steps
  bool coarse_weights = false;

  METASOLVE_HD constexpr int smoother_parameters() const {
    if (kind == SmootherParameters::stencils) return stencils * entries;
    return kind == SmootherParameters::line_and_stencil ? entries + 1 : 1;
  }
  METASOLVE_HD constexpr int parameters() const {
    return smoother_parameters() + (coarse_weights ? 1 + mixed_parts : 0);
  }
  /// Weights of a level: as parameters, but one for each step of a polynomial.
  METASOLVE_HD constexpr int smoother_weights() const {
    return kind == SmootherParameters::chebyshev ? degree : smoother_parameters();
  }
  METASOLVE_HD constexpr int weights() const { return smoother_weights() + (coarse_weights ? 1 + mixed_parts : 0); }
};

namespace detail {
/// The canonical entry that stands at entry e of a grid's own stencil. It is its own inverse.
template <int Dim>
METASOLVE_HD int canonical_entry(Orientation o, int e) {
  auto const d = stencil_offset<Dim>(e);
  int const x = o.swaps ? d.y : d.x, y = o.swaps ? d.x : d.y;
  return stencil_entry<Dim>(o.reflects && d.z == 0 ? -x : x, y, d.z);
}
/// Step k of a Chebyshev polynomial on [share, 1] upper (Saad, Iterative Methods, section 12.3), by its roots.
template <class Number>
METASOLVE_HD Number chebyshev_weight(Number share, double upper, int k, int degree, Number* derivative) {
  constexpr double pi = 3.14159265358979323846;
  double const turn = cos(pi * (2 * k + 1) / (2.0 * degree));
  Number const at = Number(upper) * (Number(0.5) * (Number(1) + share) + Number(0.5 * turn) * (Number(1) - share));
  Number const w = Number(1) / at;
  *derivative = -w * w * Number(upper * 0.5 * (1 - turn));
  return w;
}
}  // namespace detail

/// Scratch of weights_from: modes, and what largest_local_symbols gives.
template <int Dim>
METASOLVE_HD constexpr int weights_scratch() {
  return Frequencies<Dim>::count * (half_entries<Dim> + 1);
}

/// Weights [levels][GridWeights::weights()] from theta. local [count][entries]: of symbols.hpp. With theta_bar, instead
/// adds to it the derivative along weights_bar. Run by all members; syncs at the end.
template <int Dim, Team T, class Number, class Theta, class Bar>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void weights_from(GridWeights<Dim> const& config, T const& team, int levels,
                                                          Orientation orientation, Number const* local, int count,
                                                          Theta theta, Number* weights, Number const* weights_bar,
                                                          Bar theta_bar, bool is_adjoint, Number* scratch) {
  constexpr int entries = half_entries<Dim>;
  Number* const mode = scratch;
  Number* const a_symbols = scratch + Frequencies<Dim>::count * entries;
  for_each_rolled(team, Frequencies<Dim>::count, [&](int f) { modes<Number, Dim>(f, mode + f * entries); });
  team.sync();
  bool const has_stencils =
      config.kind == SmootherParameters::stencils || config.kind == SmootherParameters::line_and_stencil;
  if (has_stencils) largest_local_symbols<Dim>(team, static_cast<Number const*>(mode), local, count, a_symbols);
  int const axis_of_lines = config.kind != SmootherParameters::line_and_stencil ? -1 : orientation.swaps ? 1 : 0;
  Number const largest = config.kind == SmootherParameters::stencils || config.kind == SmootherParameters::relaxation
                             ? Number(1)
                             : largest_symbol<Dim>(team, static_cast<Number const*>(mode), local, count, axis_of_lines);
  if (team.rank() == 0) {
    int const W = config.weights(), coarse_at = config.smoother_parameters(), coarse_weight = config.smoother_weights();
    auto const bar_of = [&](int w) {
      Number sum(0);
      METASOLVE_ROLLED
      for (int l = 0; l < levels; ++l) sum += weights_bar[l * W + w];
      return sum;
    };
    auto const set = [&](int w, Number value) {
      METASOLVE_ROLLED
      for (int l = 0; l < levels; ++l) weights[l * W + w] = value;
    };
    auto const damping = [&](int parameter, Number most) {
      Number slope;
      Number const w = guard_damping(Number(theta[parameter]), most, &slope);
      if (is_adjoint) {
        theta_bar[parameter] += slope * bar_of(parameter);
      } else {
        set(parameter, w);
      }
    };
    auto const stencil = [&](int at) {
      Number s[entries], bar[entries];
      for (int e = 0; e < entries; ++e) s[e] = theta[at + detail::canonical_entry<Dim>(orientation, e)];
      auto const guard = guard_stencil<Dim>(static_cast<Number const*>(mode), static_cast<Number const*>(a_symbols), s);
      if (is_adjoint) {
        for (int e = 0; e < entries; ++e) bar[e] = bar_of(at + e);
        guard_stencil_adjoint<Dim>(guard, static_cast<Number const*>(mode), static_cast<Number const*>(s), bar);
        for (int e = 0; e < entries; ++e) theta_bar[at + detail::canonical_entry<Dim>(orientation, e)] += bar[e];
      } else {
        for (int e = 0; e < entries; ++e) set(at + e, s[e]);
      }
    };
    switch (config.kind) {
      case SmootherParameters::damping:
        damping(0, largest);
        break;
      case SmootherParameters::relaxation:
        damping(0, Number(1));
        break;
      case SmootherParameters::chebyshev: {
        auto const upper = static_cast<double>(largest);
        Number slope;
        Number const share = guard_damping(Number(theta[0]), Number(GuardBounds::most_product / 0.95), &slope);
        METASOLVE_ROLLED
        for (int k = 0; k < config.degree; ++k) {
          Number by_share;
          Number const w = detail::chebyshev_weight(share, 1.05 * upper, k, config.degree, &by_share);
          if (is_adjoint) {
            theta_bar[0] += slope * by_share * bar_of(k);
          } else {
            set(k, w);
          }
        }
        break;
      }
      case SmootherParameters::stencils:
        METASOLVE_ROLLED
        for (int k = 0; k < config.stencils; ++k) stencil(k * entries);
        break;
      case SmootherParameters::line_and_stencil:
        stencil(0);
        damping(entries, largest);
        break;
    }
    if (config.coarse_weights) {
      for (int k = 0; k < 1 + GridWeights<Dim>::mixed_parts; ++k) {
        Number const sign = k > 0 && orientation.reflects ? Number(-1) : Number(1);
        auto const most = static_cast<Number>(k == 0 ? GuardBounds::most_scale : GuardBounds::most_mixed);
        Number const w = theta[coarse_at + k];
        Number const held = w > most ? most : w < -most ? -most : w;
        if (!is_adjoint) {
          set(coarse_weight + k, sign * held);
        } else if (w <= most && w >= -most) {
          theta_bar[coarse_at + k] += sign * bar_of(coarse_weight + k);
        }
      }
    }
  }
  team.sync();
}

/// The second moments of the couplings of one stencil give the tensor of diffusion that it approximates.
template <class Number>
struct DiffusionTensor {
  Number xx = Number(0), xy = Number(0), yy = Number(0);
};
/// Of a stencil in two dimensions, or in the plane (x, y) of one in three.
template <int Dim, class Number>
METASOLVE_HD DiffusionTensor<Number> diffusion_tensor(Number const* stencil) {
  DiffusionTensor<Number> k;
  for (int e = 1; e < half_entries<Dim>; ++e) {
    auto const o = stencil_offset<Dim>(e);
    k.xx -= stencil[e] * Number(o.x * o.x);
    k.xy -= stencil[e] * Number(o.x * o.y);
    k.yy -= stencil[e] * Number(o.y * o.y);
  }
  return k;
}
template <class Number>
METASOLVE_HD Orientation orientation_of(DiffusionTensor<Number> const& k) {
  return {k.yy > k.xx, k.xy < Number(0)};
}

}  // namespace metasolve::kernels
