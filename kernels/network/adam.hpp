// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"

namespace metasolve::kernels {

/// Inputs and counters of a training step, in the executor's memory: a captured step reads them there, so that no value
/// is baked into the graph and no step waits for the host.
struct StepClock {
  std::int64_t position = 0;  ///< of the step's first task in the epoch's order
  std::int64_t updates = 0;   ///< optimiser updates since the start of training
  double rate = 0;
  double gradient_square_sum = 0;
  double clip = 1;  ///< factor on the gradient; 0: the gradient is not finite and the step is skipped
  double correction1 = 1, correction2 = 1;
  double loss_sum = 0;       ///< over the epoch's tasks so far
  double iteration_sum = 0;  ///< likewise; next to loss_sum, as a sum's two totals are
};

/// Adam (Kingma and Ba, ICLR 2015) with bias correction; weight decay is added to the clipped gradient, as in
/// torch.optim.Adam.
struct AdamSettings {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;
  double clip_norm = 0;  ///< largest 2-norm of the whole gradient; 0: no clipping
};

/// Once per step, before the update.
struct PrepareUpdate {
  using scalar = double;
  static constexpr auto name = "prepare_update";
  AdamSettings settings;
  StepClock* clock;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {
    double const norm = sqrt(clock->gradient_square_sum);
    clock->clip = settings.clip_norm > 0 && norm > settings.clip_norm ? settings.clip_norm / norm : 1.0;
    if (!is_finite(norm)) clock->clip = 0;
    clock->gradient_square_sum = 0;
    if (clock->clip == 0) return;
    ++clock->updates;
    double const t = static_cast<double>(clock->updates);
    clock->correction1 = 1 - exp(t * log(settings.beta1));
    clock->correction2 = 1 - exp(t * log(settings.beta2));
  }
};

/// The update of one weight.
template <class Scalar>
struct AdamUpdate {
  using scalar = Scalar;
  static constexpr auto name = "adam_update";
  AdamSettings settings;
  StepClock const* clock;
  Scalar* weight;
  Scalar const* gradient;
  Scalar* mean;    ///< first moment m
  Scalar* square;  ///< second moment v

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t i) const {
    if (clock->clip == 0) return;
    Number const w = load<Number>(weight + i);
    Number const g =
        Number(Scalar(clock->clip)) * load<Number>(gradient + i) + Number(Scalar(settings.weight_decay)) * w;
    Number const m = Number(Scalar(settings.beta1)) * load<Number>(mean + i) + Number(Scalar(1 - settings.beta1)) * g;
    Number const v =
        Number(Scalar(settings.beta2)) * load<Number>(square + i) + Number(Scalar(1 - settings.beta2)) * (g * g);
    store(mean + i, m);
    store(square + i, v);
    Number const scaled = sqrt(v * Number(Scalar(1 / clock->correction2))) + Number(Scalar(settings.epsilon));
    store(weight + i, w - Number(Scalar(clock->rate / clock->correction1)) * m / scaled);
  }
};

}  // namespace metasolve::kernels
