// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "../lockstep/status.hpp"
#include "../simd/view.hpp"
#include "mlp.hpp"

/// Maps the network's outputs to bounded solver parameters, and the adjoint.
namespace metasolve::kernels {

enum class HeadKind : std::int32_t {
  given,     ///< the task's default; no output
  interval,  ///< low + (high - low) sigmoid(z)
  factor,    ///< the task's default times exp(high tanh(z / high)): within a factor of exp(high), and 0 stays 0
  /// low ((1 + high / low)^sigmoid(z) - 1): 0 to high; logarithmic above low > 0, linear below.
  logarithmic,
  offset,  ///< the task's default plus high z
};

/// How one parameter is computed from the network's outputs.
struct HeadEntry {
  HeadKind kind = HeadKind::given;
  std::int32_t output = -1;  ///< index of z
  double low = 0, high = 1;
  double anchor = 0;    ///< if bounded: the value that a failed task is pulled to
  bool raised = false;  ///< for a range from 0: a task that broke down is pulled up instead, by -log(parameter)

  /// Whether the parameter has its own range, independent of the task's default.
  METASOLVE_HD constexpr bool is_bounded() const { return kind == HeadKind::interval || kind == HeadKind::logarithmic; }

  template <class Number>
  METASOLVE_HD Number apply(Number z, Number given) const {
    return apply(z, given, span<scalar_of<Number>>());
  }
  /// The same with span() known.
  template <class Number>
  METASOLVE_HD Number apply(Number z, Number given, scalar_of<Number> span_of_this) const {
    using scalar = scalar_of<Number>;
    if (kind == HeadKind::interval) return Number(scalar(low)) + Number(scalar(high - low)) * sigmoid(z);
    if (kind == HeadKind::factor) return given * exp(Number(scalar(high)) * tanh(z / Number(scalar(high))));
    if (kind == HeadKind::logarithmic) {
      return Number(scalar(low)) * (exp(Number(span_of_this) * sigmoid(z)) - Number(scalar(1)));
    }
    if (kind == HeadKind::offset) return given + Number(scalar(high)) * z;
    return given;
  }
  /// d parameter / dz.
  template <class Number>
  METASOLVE_HD Number derivative(Number z, Number parameter) const {
    using scalar = scalar_of<Number>;
    Number const one(scalar(1));
    if (kind == HeadKind::interval) {
      Number const s = sigmoid(z);
      return Number(scalar(high - low)) * s * (one - s);
    }
    if (kind == HeadKind::logarithmic) {
      Number const s = sigmoid(z);
      return (parameter + Number(scalar(low))) * Number(span<scalar>()) * s * (one - s);
    }
    if (kind == HeadKind::offset) return Number(scalar(high));
    Number const t = tanh(z / Number(scalar(high)));
    return parameter * (one - t * t);
  }

  /// z of a bounded parameter; +-far where the sigmoid saturates. For a factor, 0.
  [[nodiscard]] double output_for(double parameter) const {
    if (!is_bounded()) return 0;
    bool const is_interval = kind == HeadKind::interval;
    double const below = is_interval ? parameter - low : std::log1p(parameter / low);
    double const above = is_interval ? high - parameter : span<double>() - below;
    if (!(below > 0)) return -far;
    if (!(above > 0)) return far;
    double const z = std::log(below / above);
    return z < -far ? -far : z > far ? far : z;
  }
  static constexpr double far = 1000;

  /// Bound of a logarithmic range's exponent; 0 of others.
  template <class Scalar>
  METASOLVE_HD Scalar span() const {
    return kind == HeadKind::logarithmic ? log(Scalar(1 + high / low)) : Scalar(0);
  }
};

/// parameters[slot][p] of one batch. Real: the network's type, Scalar: the solver's.
template <class Real, class Scalar>
struct ApplyHead {
  using scalar = Scalar;
  static constexpr auto name = "apply_head";
  std::int64_t outputs, parameters;
  HeadEntry const* entry;            ///< [parameters]
  BatchView<Scalar const> given;     ///< [tasks][parameters]
  std::int32_t const* task_of_slot;  ///< null: slot + first
  std::int64_t first;
  Real const* z;  ///< [slots][outputs]
  Scalar* theta;  ///< [slots][parameters]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int p = 0; p < parameters; ++p) {
      HeadEntry const& e = entry[p];
      Scalar const span = e.template span<Scalar>();
      for (int l = 0; l < lanes_of<Number>; ++l) {
        std::int64_t const slot = column + l;
        std::int64_t const task = task_of_slot != nullptr ? task_of_slot[slot] : first + slot;
        Scalar const of_network = e.output < 0 ? Scalar(0) : static_cast<Scalar>(z[slot * outputs + e.output]);
        theta[slot * parameters + p] = e.apply(of_network, given(task, p), span);
      }
    }
  }
};

/// z_bar[slot][output] from theta_bar; every output belongs to one parameter. With failure_slope, failures are
/// penalized. If the parameter is raised, by the paper's penalty (section 4.2): failure_slope (-log parameter) for a
/// task that broke down. Otherwise, for each task that did not converge, whose gradient comes from a chaotic orbit:
/// failure_slope (parameter - anchor)^2 / 2. task_clip: the largest magnitude of an output's gradient; 0: unlimited. A
/// gradient beyond largest_sane, or NaN, counts as 0: in single precision it would overflow the whole batch's gradient,
/// and the step would be skipped.
template <class Real, class Scalar>
struct HeadAdjoint {
  using scalar = Scalar;
  static constexpr double largest_sane = 1e6;
  static constexpr auto name = "head_adjoint";
  std::int64_t outputs, parameters;
  HeadEntry const* entry;
  Scalar const* theta;         ///< [slots][parameters]
  Scalar const* theta_bar;     ///< [slots][parameters]
  Real const* z;               ///< [slots][outputs]
  Real* z_bar;                 ///< [slots][outputs]
  std::int32_t const* status;  ///< [slots] status of the solve; not read without failure_slope
  Scalar failure_slope;        ///< 0: no penalty
  Scalar task_clip;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const slot = column + l;
      bool sane = true;
      for (int p = 0; p < parameters; ++p) {
        HeadEntry const& e = entry[p];
        if (e.output < 0) continue;
        std::int64_t const at = slot * parameters + p, to = slot * outputs + e.output;
        Scalar const slope = e.derivative(static_cast<Scalar>(z[to]), theta[at]);
        if (failure_slope > Scalar(0) && e.raised) {
          if (is_failure(static_cast<Status>(status[slot]))) {
            // At 0, which underflowing outputs reach (the slope is 0 too): the limit from above.
            Scalar const relative = theta[at] > Scalar(0) ? slope / theta[at] : Scalar(1);
            z_bar[to] = static_cast<Real>(-failure_slope * relative);
            continue;
          }
        } else if (failure_slope > Scalar(0) && status[slot] != 0) {
          bool const pulls = e.is_bounded();
          z_bar[to] = static_cast<Real>(pulls ? failure_slope * (theta[at] - Scalar(e.anchor)) : Scalar(0));
          continue;
        }
        Scalar const bar = theta_bar[at] * slope;
        sane = sane && abs(bar) <= Scalar(largest_sane);
        bool const clips = task_clip > Scalar(0) && abs(bar) > task_clip;
        z_bar[to] = static_cast<Real>(clips ? (bar < Scalar(0) ? -task_clip : task_clip) : bar);
      }
      for (std::int64_t q = 0; q < outputs && !sane; ++q) z_bar[slot * outputs + q] = Real(0);
    }
  }
};

}  // namespace metasolve::kernels
