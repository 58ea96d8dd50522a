// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"

namespace metasolve::kernels {

/// The training loss per task.
enum class LossKind : std::int32_t {
  surrogate,  ///< eq. (10): sum over the iterations made of sigmoid_a(L_k - eps)
  measure,    ///< the conventional L_m: the measure after the last iteration
};
enum class LossScale : std::int32_t {
  linear,     ///< sigmoid of a (L_k - eps)
  logarithm,  ///< sigmoid of a (log L_k - log eps)
};
enum class LossValue : std::int32_t {
  soft,   ///< the sum itself
  count,  ///< the exact count, with the gradient of the sum (straight-through)
};

/// The loss of one task as a function of its measures L_0 ... L_K, K = iterations made. Both scales compute the sigmoid
/// from e = exp(-x); x >= 0 wherever L_k > eps, so e can be large only near the tolerance, with a center above 1.
template <class Scalar>
struct Surrogate {
  LossKind kind = LossKind::surrogate;
  LossScale scale = LossScale::linear;
  LossValue value = LossValue::soft;
  bool squared = false;  ///< kind measure: L_m^2 instead of L_m
  /// The sigmoid's centre as a multiple of the stopping tolerance. Above 1, a task that has reached the centre is still
  /// pushed down for a while, and counts for the cost of pushing another.
  Scalar center = Scalar(1);

  /// e = exp(-a (s(L) - s(eps))), s the identity or the logarithm; eps = center times the tolerance.
  template <class Number>
  METASOLVE_HD Number decay(Number L, Number tolerance, Scalar gain) const {
    Number const eps = Number(center) * tolerance;
    if (scale == LossScale::linear) return exp(Number(gain) * (eps - L));
    Number const ratio = device_div(eps, L);
    if (gain == Scalar(1)) return ratio;
    return exp(Number(gain) * log(ratio));
  }

  /// sigmoid_a(L - eps), the contribution of one iteration.
  template <class Number>
  METASOLVE_HD Number term(Number L, Number tolerance, Scalar gain) const {
    return Number(Scalar(1)) / (Number(Scalar(1)) + decay(L, tolerance, gain));
  }

  /// d term / dL.
  template <class Number>
  METASOLVE_HD Number term_derivative(Number L, Number tolerance, Scalar gain) const {
    Number const e = decay(L, tolerance, gain);
    Number const s = device_div(Number(Scalar(1)), Number(Scalar(1)) + e);
    Number const slope = Number(gain) * s * s * e;
    return scale == LossScale::linear ? slope : device_div(slope, L);
  }

  /// kind measure: the loss, and its derivative, from the last measure.
  template <class Number>
  METASOLVE_HD Number last(Number L) const {
    return squared ? L * L : L;
  }
  template <class Number>
  METASOLVE_HD Number last_derivative(Number L) const {
    return squared ? Number(Scalar(2)) * L : Number(Scalar(1));
  }
};

}  // namespace metasolve::kernels
