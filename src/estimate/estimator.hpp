// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/estimator_settings.hpp"
#include "metasolve/detail/estimate/parameter_space.hpp"

/// Gradients of a loss that can only be evaluated. Everything is in host memory.
namespace metasolve::estimate {

/// The tasks of one training step.
struct Batch {
  std::int64_t tasks = 0;
  double const* theta = nullptr;         ///< [tasks][coordinates], as predicted
  std::int32_t const* number = nullptr;  ///< [tasks] of each task in the training set: determines its draws
  std::int64_t step = 0;                 ///< updates so far: likewise
  /// [tasks][features] what a control variate's network sees beside the parameters; null: nothing.
  double const* features = nullptr;
  /// [tasks][parameters] values known to be good; null: unknown.
  double const* reference = nullptr;
};

/// The probes' results, [probes][tasks] each.
struct Losses {
  double const* loss = nullptr;  ///< finite, also of a failed solve
  char const* failed = nullptr;  ///< 1: broke down, or became not finite; else 0
};

class Estimator {
 public:
  virtual ~Estimator() = default;
  /// Solves per task.
  [[nodiscard]] virtual int probes() const = 0;
  /// Whether the first probe is theta itself: its result is then the task's. Else the mean of all probes is.
  [[nodiscard]] virtual bool has_center() const = 0;
  /// Writes points [probes][tasks][parameters]: where the loss is to be evaluated. Within the ranges; integers not
  /// rounded, choices as indices.
  virtual void place(Batch const& batch, double* points) const = 0;
  /// Writes gradient [tasks][coordinates], finite, 0 where nothing is known. points: as placed for this batch. May
  /// learn from the losses.
  virtual void estimate(Batch const& batch, double const* points, Losses const& losses, double* gradient) = 0;

  /// All that it has learned; empty: nothing. Restoring goes on to the last bit.
  [[nodiscard]] virtual std::vector<double> state() const { return {}; }
  /// @throws InputError another size. Empty: as at the beginning
  virtual void restore(std::vector<double> const& /*state*/) {}
};

/// tasks: of the training set; features: of Batch::features.
/// @throws InputError a kind that needs a derivative, or that cannot choose between options
std::unique_ptr<Estimator> make_estimator(engine::Gradient kind, ParameterSpace const& space,
                                          engine::EstimatorSettings const& settings, std::int64_t tasks, int features);

}  // namespace metasolve::estimate
