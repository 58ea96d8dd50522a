// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "src/integrate/integration.hpp"
#include "src/problems/ode_integrator.hpp"

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
template <class Exec, kernels::Ode O>
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
        if (method_ == Method::meta_solver) attempt(Method::newton_sor, 1, failed, solved);
        break;
      case Remedy::newton:
        if (method_ != Method::newton) attempt(Method::newton, 1, failed, solved);
        break;
      case Remedy::smaller_steps:
        for (int parts = 2; parts <= most_parts; parts *= 2) {
          if (method_ != Method::newton) attempt(Method::newton_sor, parts, failed, solved);
          attempt(Method::newton, parts, failed, solved);
        }
    }
    return solved;
  }
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }

 private:
  static constexpr int most_parts = 1024;
  using Integrator = problems::OdeIntegrator<Exec, O>;
  using Newton = kernels::Newton<typename Integrator::System>;

  void attempt(Method method, int parts, Steps& failed, Steps& solved) {
    if (failed.empty()) return;
    std::vector<double> parameters, initial;
    for (auto const& step : failed) {
      parameters.insert(parameters.end(), step.parameters.begin(), step.parameters.end());
      initial.insert(initial.end(), step.y.begin(), step.y.end());
    }
    auto const count = static_cast<std::int64_t>(failed.size());
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
    std::vector<std::int32_t> ended(failed.size()), made(failed.size());
    std::vector<bool> holds(failed.size(), true);
    for (int part = 0; part < parts; ++part) {
      integrator.begin(t_ + h_ * part / parts, h_ / parts);
      if (method == Method::newton) {
        integrator.template solve<Newton>(run);
      } else {
        integrator.solve(run);
      }
      status.download(ended.data(), count);
      iterations.download(made.data(), count);
      bool any = false;
      for (std::size_t i = 0; i < failed.size(); ++i) {
        iterations_ += holds[i] ? made[i] : 0;
        holds[i] = holds[i] && ended[i] == static_cast<std::int32_t>(Status::converged);
        any = any || holds[i];
      }
      if (!any) return;
    }
    Steps left;
    for (std::size_t i = 0; i < failed.size(); ++i) {
      if (holds[i]) integrator.solution().download(failed[i].y.data(), O::size, static_cast<std::int64_t>(i) * O::size);
      (holds[i] ? solved : left).push_back(failed[i]);
    }
    failed = std::move(left);
  }

  Exec& exec_;
  IntegrationSetup const& setup_;
  Method method_;
  double t_, h_;
  std::int64_t iterations_ = 0;
};

}  // namespace metasolve::integrate
