// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/ode_problem.hpp"
#include "metasolve/error.hpp"
#include "src/engine/fused_problem.hpp"
#include "src/integrate/integration.hpp"
#include "src/integrate/known_systems.hpp"
#include "src/integrate/ode_integrator.hpp"
#include "src/integrate/repair_on.hpp"

namespace metasolve::integrate {

/// Chooses the parameters of a batch's next step: within the solve where the network is small, else before it.
template <exec::ExecutorType Exec, kernels::Ode O>
class StepProposer {
 public:
  using Integrator = OdeIntegrator<Exec, O>;

  StepProposer(Exec& exec, Integrator& integrator, IntegrationSetup const& setup)
      : exec_(exec), integrator_(integrator) {
    auto const solver = ode_solver<O, double>(integrator.rows(), setup.clamps);
    fused_ =
        engine::fuse<Exec, kernels::OdeProblem<O>>(exec, solver, solver.system.row, setup.network, integrator.sets());
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

template <exec::ExecutorType Exec, kernels::Ode O>
class IntegrationOn final : public Integration {
 public:
  IntegrationOn(Executor executor, Exec& exec, IntegrationSetup const& setup)
      : executor_(std::move(executor)),
        exec_(exec),
        setup_(setup),
        integrator_(exec, setup.parameters, setup.initial, setup.relaxation, setup.clamps),
        status_(exec, integrator_.sets()),
        iterations_(exec, integrator_.sets()),
        limits_(exec, integrator_.sets()),
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
    std::vector<std::int32_t> const limits(static_cast<std::size_t>(integrator_.sets()), setup_.max_iterations);
    limits_.upload(limits.data(), limits_.size());
    sums_.zero();
    statuses_ = 0;
    totals_ = {};
    outcomes_.assign(limits.size(), {});
    mends_ = false;
    ended_.clear();
  }

  void step(double t, double h) override {
    integrator_.begin(t, h);
    kernels::LockstepArguments<double> run;
    run.theta = integrator_.default_parameters();
    run.tolerance.value = setup_.tolerance;
    run.limit = {limits_.data(), 1};
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
    exec_.add_sum(iterations_.data(), sets, sums_.data());
    exec_.add_sum(status_.data(), sets, sums_.data() + 1);
    if (mends_) {
      for (auto& outcome : outcomes_) outcome.remedy.reset();
      mends_ = false;
    }
    double statuses = 0;
    sums_.download(&statuses, 1, 1);
    if (statuses == statuses_) return;  // each was solved: its status is 0
    statuses_ = statuses;
    mend(t, h);
  }

  [[nodiscard]] std::vector<StepOutcome> const& outcomes() const override { return outcomes_; }
  IntegrationTotals totals() override {
    double iterations = 0;
    sums_.download(&iterations, 1);
    auto totals = totals_;
    totals.iterations += static_cast<std::int64_t>(iterations);
    return totals;
  }
  std::vector<double> states() override {
    std::vector<double> y(static_cast<std::size_t>(integrator_.solution().size()));
    integrator_.solution().download(y.data(), integrator_.solution().size());
    for (auto const& step : ended_) std::copy_n(step.y.begin(), O::size, y.begin() + step.set * O::size);
    return y;
  }

 private:
  using System = kernels::ImplicitEuler<O, double>;

  /// After a solve in which not all sets converged: tries the remedies, and ends the sets that none of them helps.
  void mend(double t, double h) {
    std::vector<std::int32_t> status(outcomes_.size());
    status_.download(status.data(), status_.size());
    typename StepRepair<Exec, O>::Steps failed;
    for (std::size_t s = 0; s < status.size(); ++s) {
      if (status[s] == static_cast<std::int32_t>(Status::converged) || outcomes_[s].has_ended()) continue;
      FailedStep<O> step;
      step.set = static_cast<std::int64_t>(s);
      step.status = static_cast<Status>(status[s]);
      auto const row = integrator_.row(step.set);
      if constexpr (O::parameters > 0) {
        std::copy_n(row.begin() + System::parameters_at, O::parameters, step.parameters.begin());
      }
      std::copy_n(row.begin() + System::state_at, O::size, step.y.begin());
      failed.push_back(step);
    }
    totals_.failures += static_cast<std::int64_t>(failed.size());
    StepRepair<Exec, O> repair(exec_, setup_, method_, t, h);
    for (auto const remedy : setup_.remedies) {
      for (auto const& step : repair.apply(remedy, failed)) {
        integrator_.put_state(step.set, step.y.data());
        outcomes_[static_cast<std::size_t>(step.set)].remedy = remedy;
        ++totals_.repaired[static_cast<std::size_t>(remedy)];
        mends_ = true;
      }
    }
    totals_.iterations += repair.iterations();
    for (auto const& step : failed) {
      std::int32_t const none = 0;  // more iterations
      limits_.upload(&none, 1, step.set);
      outcomes_[static_cast<std::size_t>(step.set)].status = step.status;
      ended_.push_back(step);
      ++totals_.ended;
    }
  }

  /// Features that a network was trained on.
  static constexpr bool has_meta_solver = std::is_same_v<O, kernels::Robertson>;
  struct NoProposer {};

  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  IntegrationSetup setup_;
  OdeIntegrator<Exec, O> integrator_;
  exec::Buffer<std::int32_t> status_, iterations_;
  exec::Buffer<std::int32_t> limits_;  ///< 0 of a set that has ended
  exec::Buffer<double> sums_;          ///< iterations; statuses, which are 0 where a step was solved
  double statuses_ = 0;                ///< their sum as it was last looked at
  IntegrationTotals totals_;           ///< iterations: those of remedies
  std::vector<StepOutcome> outcomes_;
  bool mends_ = false;                ///< whether an outcome names a remedy
  std::vector<FailedStep<O>> ended_;  ///< where sets have ended
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

template <class Exec>
IntegrationFunctions IntegrationFunctions::on() {
  return {.make = &make_integration_on<Exec>};
}

}  // namespace metasolve::integrate
