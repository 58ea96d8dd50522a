// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/solvers/admm.hpp"
#include "metasolve/kernels/solvers/factor_kkt.hpp"
#include "metasolve/kernels/solvers/qp_active_set.hpp"
#include "metasolve/kernels/solvers/qp_constants.hpp"

namespace metasolve::api {

/// The launches of quadratic programs on one executor, with one workspace: solves with a factor a task or a shared one,
/// the factors of a codebook, and the equations of active rows.
class QpStage final : public engine::SolveStage<double> {
 public:
  using Own = kernels::Admm<kernels::AdmmFactor::own>;
  using Shared = kernels::Admm<kernels::AdmmFactor::shared>;

  /// solver: with sizes and settings. guessed: rows whose start a meta-solver predicts.
  QpStage(exec::Backend& exec, Own const& solver, std::int64_t capacity, int entries, int guessed)
      : exec_(exec), own_{solver, {}, {}}, shared_{as_shared(solver), {}, {}}, capacity_(capacity) {
    std::int64_t bytes = 0;
    auto const include = [&](auto const& functions, auto const& body, std::int64_t slots) {
      bytes = std::max(bytes, functions.bytes(exec, body, slots));
    };
    using kernels::AdmmStart;
    for (bool const shares : {false, true}) {
      for (auto const start : {AdmmStart::cold, AdmmStart::primal_dual, AdmmStart::dual}) {
        auto own = own_;
        own.solver.tasks.p.task_stride = own.solver.tasks.a.task_stride = shares ? 0 : 1;
        own.solver.settings.start = start;
        own.solver.settings.guessed = guessed;
        include(solve_own_, own, capacity);
        if (!shares) continue;
        auto shared = shared_;
        shared.solver = as_shared(own.solver);
        include(solve_shared_, shared, capacity);
      }
      kernels::QpActiveSet active{solver};
      active.solver.tasks.p.task_stride = active.solver.tasks.a.task_stride = shares ? 0 : 1;
      include(active_set_, active, capacity);
    }
    include(factor_, kernels::FactorKkt{solver}, entries);
    workspace_ = exec::Buffer<std::byte>(exec, bytes);
  }

  /// The tasks of the next attempts, and their parameters. uses_shared: by the codebook's only entry.
  [[nodiscard]] Own& solver() { return own_.solver; }
  [[nodiscard]] kernels::QpConstants& constants() { return own_.attempt.constants; }
  [[nodiscard]] kernels::QpConstants& proposal() { return own_.attempt.proposal; }
  void use_shared(bool uses_shared) { uses_shared_ = uses_shared; }

  [[nodiscard]] int parameter_size() const override { return own_.solver.parameter_size(); }
  [[nodiscard]] int solution_size() const override { return own_.solver.solution_size(); }

  void attempt(kernels::LockstepArguments<double> const& arguments, kernels::Attempt attempt,
               kernels::Guard const& guard) override {
    if (attempt == kernels::Attempt::chosen && own_.solver.settings.start == kernels::AdmmStart::primal_dual) {
      // A network that predicts no start: the caller's guess is the rest of the parameters.
      auto& proposal = own_.attempt.proposal = own_.attempt.constants;
      proposal.predicted = arguments.theta;
      proposal.first_predicted = arguments.first_task;
      attempt = kernels::Attempt::proposed;
    }
    auto const launch = [&](auto const& functions, auto& body) {
      body.arguments = arguments;
      body.attempt.attempt = attempt;
      body.attempt.guard = guard;
      functions.launch(exec_, body, workspace_.data(), arguments.slots);
    };
    if (!uses_shared_) return launch(solve_own_, own_);
    shared_.solver = as_shared(own_.solver);
    shared_.attempt.constants = without_penalties(own_.attempt.constants);
    shared_.attempt.proposal = without_penalties(own_.attempt.proposal);
    launch(solve_shared_, shared_);
  }
  void differentiate(kernels::LockstepArguments<double> const&) override { throw Error("differentiate: not here"); }
  void gauss_newton(kernels::LockstepArguments<double> const&, kernels::GaussNewtonArguments<double> const&) override {
    throw Error("gauss_newton: not here");
  }

  void factor(kernels::FactorKkt const& body) { factor_.launch(exec_, body, workspace_.data(), body.entries); }
  void solve_active_set(kernels::QpActiveSet const& body) {
    active_set_.launch(exec_, body, workspace_.data(), body.count);
  }
  [[nodiscard]] std::int64_t capacity() const { return capacity_; }

 private:
  template <class Solver>
  using Body = exec::SolveBody<Solver, kernels::QpConstants>;

  static Shared as_shared(Own const& own) {
    Shared shared;
    shared.kkt = own.kkt;
    shared.tasks = own.tasks;
    shared.settings = own.settings;
    shared.codebook = own.codebook;
    return shared;
  }
  static kernels::QpConstants without_penalties(kernels::QpConstants constants) {
    constants.penalties = 0;
    return constants;
  }

  exec::Backend& exec_;
  exec::TeamFunctions<Body<Own>> solve_own_ = exec::functions_for<exec::TeamFunctions<Body<Own>>>(exec_);
  exec::TeamFunctions<Body<Shared>> solve_shared_ = exec::functions_for<exec::TeamFunctions<Body<Shared>>>(exec_);
  exec::TeamFunctions<kernels::FactorKkt> factor_ = exec::functions_for<exec::TeamFunctions<kernels::FactorKkt>>(exec_);
  exec::TeamFunctions<kernels::QpActiveSet> active_set_ =
      exec::functions_for<exec::TeamFunctions<kernels::QpActiveSet>>(exec_);
  Body<Own> own_;
  Body<Shared> shared_;
  std::int64_t capacity_;
  bool uses_shared_ = false;
  exec::Buffer<std::byte> workspace_;
};

}  // namespace metasolve::api
