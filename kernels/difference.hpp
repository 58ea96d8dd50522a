// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_arguments.hpp"

/// The slope of a loss by a solver's one parameter from two more solves: of the loss as it is computed, failures and
/// all, over a width at which rounding does not show (docs/adjoints/iccg.md).
namespace metasolve::kernels {

template <class Scalar>
struct DifferenceSettings {
  Scalar step = Scalar(0.2);  ///< relative, up and down
  /// gamma: a task that breaks down at theta costs -gamma log(theta) (paper, section 4.2)
  Scalar penalty = Scalar(500);
};

/// to[slot] = factor * theta[slot], over [1][slots].
template <class Scalar>
struct ScaleParameter {
  using scalar = Scalar;
  static constexpr auto name = "scale_parameter";
  BatchView<Scalar const> theta;
  Scalar factor;
  Scalar* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) to[column + l] = factor * theta(column + l, 0);
  }
};

/// What the solves at theta (1 - step) and theta (1 + step) found.
template <class Scalar>
struct DifferenceSide {
  Scalar const* loss;          ///< [slots]
  std::int32_t const* status;  ///< [slots]
};

/// theta_bar[slot] = weight times the slope, over [1][slots]; 0 where the task itself broke down or did not stay
/// finite. status: of the tasks themselves.
template <class Scalar>
struct DifferenceSlope {
  using scalar = Scalar;
  static constexpr auto name = "difference_slope";
  LockstepArguments<Scalar> arguments;
  DifferenceSettings<Scalar> settings;
  DifferenceSide<Scalar> below, above;
  std::int32_t const* status;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const slot = column + l;
      Scalar const theta = arguments.theta(slot, 0), step = settings.step;
      Scalar const rise =
          loss_at(above, slot, theta * (Scalar(1) + step)) - loss_at(below, slot, theta * (Scalar(1) - step));
      Scalar const slope = arguments.weight * rise / (Scalar(2) * step * theta);
      arguments.theta_bar(slot, 0) = stands(status[slot]) && is_finite(slope) ? slope : Scalar(0);
    }
  }

 private:
  METASOLVE_HD static bool stands(std::int32_t status) {
    return status == static_cast<std::int32_t>(Status::converged) ||
           status == static_cast<std::int32_t>(Status::iteration_limit);
  }
  METASOLVE_HD Scalar loss_at(DifferenceSide<Scalar> const& side, std::int64_t slot, Scalar theta) const {
    return stands(side.status[slot]) ? side.loss[slot] : -(settings.penalty * logarithm(theta));
  }
};

}  // namespace metasolve::kernels
