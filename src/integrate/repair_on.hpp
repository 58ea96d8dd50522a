// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "src/integrate/integration.hpp"
#include "src/integrate/ode_integrator.hpp"

namespace metasolve::integrate {

/// A step of one set that was not solved.
template <kernels::Ode O>
struct FailedStep {
  std::int64_t set = 0;
  std::array<double, O::parameters> parameters{};
  std::array<double, O::size> y{};  ///< before the step; where it has been solved, after it
  Status status = Status::converged;
};

/// Solves failed steps once more, by other means: few sets, in a batch of their own.
template <exec::ExecutorType Exec, kernels::Ode O>
class StepRepair {
 public:
  using Steps = std::vector<FailedStep<O>>;

  StepRepair(Exec& exec, IntegrationSetup const& setup, Method method, double t, double h)
      : exec_(exec), setup_(setup), method_(method), t_(t), h_(h) {}

  /// Takes the steps that it solves out of `failed`, and returns them.
  Steps apply(Remedy remedy, Steps& failed) {
    Steps solved;
    switch (remedy) {
      case Remedy::constant:
        if (method_ == Method::meta_solver) attempt(Method::newton_sor, failed, solved);
        break;
      case Remedy::newton:
        if (method_ != Method::newton) attempt(Method::newton, failed, solved);
        break;
      case Remedy::smaller_steps:
        take(failed, solved, [&](auto& step, std::size_t) { return halve(step); });
    }
    return solved;
  }
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }

 private:
  using Integrator = OdeIntegrator<Exec, O>;
  using Newton = kernels::Newton<typename Integrator::System>;
  static constexpr int most_halvings = 20;
  static constexpr int most_parts = 1 << 16;  ///< of one step

  /// Moves the steps that solves(step, index) from `failed` to `solved`.
  template <class Solves>
  static void take(Steps& failed, Steps& solved, Solves&& solves) {
    Steps left;
    for (std::size_t i = 0; i < failed.size(); ++i) (solves(failed[i], i) ? solved : left).push_back(failed[i]);
    failed = std::move(left);
  }

  /// Of each step, from t to t + h, in one batch: whether it was solved, and y after it.
  std::vector<bool> solve(Method method, double t, double h, std::span<FailedStep<O>> steps) {
    std::vector<double> parameters, initial;
    for (auto const& step : steps) {
      parameters.insert(parameters.end(), step.parameters.begin(), step.parameters.end());
      initial.insert(initial.end(), step.y.begin(), step.y.end());
    }
    auto const count = static_cast<std::int64_t>(steps.size());
    Integrator integrator(exec_, parameters, initial, method == Method::newton ? 1.0 : setup_.relaxation,
                          setup_.clamps);
    exec::Buffer<std::int32_t> status(exec_, count), iterations(exec_, count);
    kernels::LockstepArguments<double> run;
    run.theta = integrator.default_parameters();
    run.tolerance.value = setup_.tolerance;
    run.limit.value = setup_.max_iterations;
    run.confirms = true;
    run.status = status.data();
    run.iterations = iterations.data();
    integrator.begin(t, h);
    if (method == Method::newton) {
      integrator.template solve<Newton>(run);
    } else {
      integrator.solve(run);
    }
    std::vector<std::int32_t> ended(steps.size()), made(steps.size());
    status.download(ended.data(), count);
    iterations.download(made.data(), count);
    std::vector<bool> solved(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      iterations_ += made[i];
      solved[i] = ended[i] == static_cast<std::int32_t>(Status::converged);
      if (!solved[i]) continue;
      integrator.solution().download(steps[i].y.data(), O::size, static_cast<std::int64_t>(i) * O::size);
    }
    return solved;
  }
  void attempt(Method method, Steps& failed, Steps& solved) {
    if (failed.empty()) return;
    auto const is_solved = solve(method, t_, h_, failed);
    take(failed, solved, [&](auto const&, std::size_t i) { return is_solved[i]; });
  }

  /// Halves a step, and the halves that are not solved, until all of it is solved. Where that does not come to an end
  /// the step stays as it was.
  bool halve(FailedStep<O>& step) {
    auto moved = step;
    parts_ = 0;
    if (!advance_halves(t_, h_, moved, most_halvings)) return false;
    step = moved;
    return true;
  }
  bool advance_halves(double t, double h, FailedStep<O>& step, int halvings) {
    double const half = h / 2;
    return halvings > 0 && advance(t, half, step, halvings - 1) && advance(t + half, half, step, halvings - 1);
  }
  bool advance(double t, double h, FailedStep<O>& step, int halvings) {
    if (++parts_ > most_parts) return false;
    if (method_ != Method::newton && solve(Method::newton_sor, t, h, {&step, 1})[0]) return true;
    return solve(Method::newton, t, h, {&step, 1})[0] || advance_halves(t, h, step, halvings);
  }

  Exec& exec_;
  IntegrationSetup const& setup_;
  Method method_;
  double t_, h_;
  int parts_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace metasolve::integrate
