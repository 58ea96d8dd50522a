// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "kernels/difference.hpp"
#include "src/exec/backend.hpp"

namespace metasolve::engine {

/// Gradients of a solver of one parameter by kernels::DifferenceSlope.
template <class Exec, class Scalar>
class DifferenceGradient {
 public:
  using Arguments = kernels::LockstepArguments<Scalar>;

  DifferenceGradient() = default;
  /// For at most so many slots in one call.
  DifferenceGradient(Exec& exec, std::int64_t capacity, kernels::DifferenceSettings<double> const& settings)
      : settings_{static_cast<Scalar>(settings.step), static_cast<Scalar>(settings.penalty)},
        parameter_(exec, capacity),
        status_(exec, capacity) {
    for (auto& side : sides_) side = {exec::Buffer<Scalar>(exec, capacity), exec::Buffer<std::int32_t>(exec, capacity)};
  }

  /// solve(arguments), three times; theta_bar is written.
  template <class Solve>
  void run(Exec& exec, Arguments const& a, Solve&& solve) {
    for (std::size_t s = 0; s < sides_.size(); ++s) {
      Scalar const factor = s == 0 ? 1 - settings_.step : 1 + settings_.step;
      exec.launch(1, a.slots, kernels::ScaleParameter<Scalar>{a.theta, factor, parameter_.data()});
      auto side = a;
      side.theta = {parameter_.data(), 1, 1};
      side.surrogate.value = kernels::LossValue::soft;
      side.loss = sides_[s].loss.data();
      side.status = sides_[s].status.data();
      side.iterations = nullptr;
      side.measure = nullptr;
      side.solution = side.history = {};
      solve(side);
    }
    auto itself = a;
    if (itself.status == nullptr) itself.status = status_.data();
    solve(itself);
    if (!a.theta_bar) return;
    exec.launch(1, a.slots, kernels::DifferenceSlope<Scalar>{a, settings_, view(0), view(1), itself.status});
  }

 private:
  struct Side {
    exec::Buffer<Scalar> loss;
    exec::Buffer<std::int32_t> status;
  };
  [[nodiscard]] kernels::DifferenceSide<Scalar> view(std::size_t s) const {
    return {sides_[s].loss.data(), sides_[s].status.data()};
  }

  kernels::DifferenceSettings<Scalar> settings_;
  exec::Buffer<Scalar> parameter_;
  exec::Buffer<std::int32_t> status_;
  std::array<Side, 2> sides_;  ///< below, above
};

}  // namespace metasolve::engine
