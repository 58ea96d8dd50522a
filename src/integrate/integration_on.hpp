// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/error.hpp"
#include "src/integrate/integration.hpp"
#include "src/integrate/known_systems.hpp"
#include "src/problems/fused_problem.hpp"
#include "src/problems/ode_integrator.hpp"

namespace metasolve::integrate {

/// Chooses the parameters of a batch's next step: within the solve where the network is small, else before it.
template <class Exec, kernels::Ode O>
class StepProposer {
 public:
  using Integrator = problems::OdeIntegrator<Exec, O>;

  StepProposer(Exec& exec, Integrator& integrator, IntegrationSetup const& setup)
      : exec_(exec), integrator_(integrator) {
    auto const solver = problems::ode_solver<O, double>(integrator.rows(), setup.clamps);
    fused_ =
        problems::fuse<Exec, kernels::OdeProblem<O>>(exec, solver, solver.system.row, setup.network, integrator.sets());
    if (fused_) {
      fused_->set_weights(setup.weights);
      return;
    }
    features_ = exec::Buffer<double>(exec, integrator.sets() * Features::width);
    network_ =
        std::make_unique<network::MetaNetwork<Exec, float, double>>(exec, setup.network, integrator.sets(), false);
    std::vector<float> const weights(setup.weights.begin(), setup.weights.end());
    network_->mlp().weights().upload(weights.data(), static_cast<std::int64_t>(weights.size()));
  }

  void solve(kernels::LockstepArguments<double> run) {
    if (fused_) return fused_->solve(integrator_.completed(run));
    std::int64_t const sets = integrator_.sets();
    using System = kernels::ImplicitEuler<O, double>;
    exec_.launch(1, sets, Features{System::of_rows(integrator_.rows()), features_.data()});
    network_->propose({features_.data(), Features::width, 1}, integrator_.default_parameters(), nullptr, 0, sets);
    run.theta = network_->theta();
    integrator_.solve(run);
  }

 private:
  using Features = kernels::ProblemFeatures<kernels::OdeProblem<O>>;
  Exec& exec_;
  Integrator& integrator_;
  std::unique_ptr<engine::FusedSolve<double>> fused_;
  exec::Buffer<double> features_;
  std::unique_ptr<network::MetaNetwork<Exec, float, double>> network_;
};

template <class Exec, kernels::Ode O>
class IntegrationOn final : public Integration {
 public:
  IntegrationOn(Executor executor, Exec& exec, IntegrationSetup const& setup)
      : executor_(std::move(executor)),
        exec_(exec),
        setup_(setup),
        integrator_(exec, setup.parameters, setup.initial, setup.relaxation, setup.clamps),
        status_(exec, integrator_.sets()),
        iterations_(exec, integrator_.sets()),
        failures_(exec, integrator_.sets()),
        sums_(exec, 2) {
    if (setup.network.sizes.empty()) return;
    if constexpr (has_meta_solver) {
      proposer_ = std::make_unique<StepProposer<Exec, O>>(exec, integrator_, setup);
    } else {
      throw InputError("make_integration: a meta-solver was given for " + setup.problem + ", which has none");
    }
  }

  void restart(Method method) override {
    if (method == Method::meta_solver && setup_.network.sizes.empty()) {
      throw InputError("integrate: no meta-solver was given");
    }
    method_ = method;
    integrator_.restart(setup_.parameters, setup_.initial, method == Method::newton ? 1.0 : setup_.relaxation);
    failures_.zero();
    sums_.zero();
  }

  void step(double t, double h) override {
    integrator_.begin(t, h);
    kernels::LockstepArguments<double> run;
    run.theta = integrator_.default_parameters();
    run.tolerance.value = setup_.tolerance;
    run.limit.value = setup_.max_iterations;
    run.confirms = true;
    run.status = status_.data();
    run.iterations = iterations_.data();
    if (method_ == Method::newton) {
      integrator_.template solve<kernels::Newton<kernels::ImplicitEuler<O, double>>>(run);
    } else if (method_ == Method::newton_sor) {
      integrator_.solve(run);
    } else {
      if constexpr (has_meta_solver) proposer_->solve(run);
    }
    std::int64_t const sets = integrator_.sets();
    exec_.launch(1, sets, kernels::CountFailures{status_.data(), failures_.data()});
    exec_.add_sum(iterations_.data(), sets, sums_.data());
  }

  IntegrationTotals totals() override {
    exec_.add_sum(failures_.data(), integrator_.sets(), sums_.data() + 1);
    failures_.zero();  // they are in the sum now
    double sums[2];
    sums_.download(sums, 2);
    return {static_cast<std::int64_t>(sums[0]), static_cast<std::int64_t>(sums[1])};
  }
  std::vector<double> states() override {
    std::vector<double> y(static_cast<std::size_t>(integrator_.solution().size()));
    integrator_.solution().download(y.data(), integrator_.solution().size());
    return y;
  }

 private:
  /// Features that a network was trained on.
  static constexpr bool has_meta_solver = std::is_same_v<O, kernels::Robertson>;
  struct NoProposer {};

  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  IntegrationSetup setup_;
  problems::OdeIntegrator<Exec, O> integrator_;
  exec::Buffer<std::int32_t> status_, iterations_, failures_;
  exec::Buffer<double> sums_;  ///< iterations, failures
  Method method_ = Method::newton_sor;
  std::unique_ptr<std::conditional_t<has_meta_solver, StepProposer<Exec, O>, NoProposer>> proposer_;
};

template <class Exec>
std::unique_ptr<Integration> make_integration_on(Executor const& executor, IntegrationSetup const& setup) {
  std::unique_ptr<Integration> made;
  for_each_system([&]<class O>() {
    if (setup.problem != O::name) return;
    made = std::make_unique<IntegrationOn<Exec, O>>(executor, dynamic_cast<Exec&>(executor.backend()), setup);
  });
  return made;
}

}  // namespace metasolve::integrate
