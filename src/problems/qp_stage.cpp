// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_stage.hpp"

#include <algorithm>
#include <optional>

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/solvers/factor_kkt.hpp"
#include "metasolve/kernels/solvers/qp_constants.hpp"

namespace metasolve::problems {

using kernels::AdmmFactor;
using sparse::at;

QpData::QpData(exec::Backend& exec, QpKind const& kind, engine::Tasks const& tasks)
    : plan_(exec, {kind.family->p.row_ptrs, kind.family->p.col_idxs},
            {kind.family->a.row_ptrs, kind.family->a.col_idxs}),
      feature_count_(kind.family->features()) {
  auto const& f = *kind.family;
  std::int64_t const n = f.variables(), m = f.rows(), count = tasks.count;
  std::int64_t const copies = f.matrices_differ ? count : 1;
  features_ = exec::Buffer<double>(exec, count * feature_count_);
  q_ = exec::Buffer<double>(exec, count * n);
  lower_ = exec::Buffer<double>(exec, count * m);
  upper_ = exec::Buffer<double>(exec, count * m);
  if (f.has_scales) scales_ = exec::Buffer<double>(exec, count * 2);
  p_ = exec::Buffer<double>(exec, copies * f.p.entries());
  a_ = exec::Buffer<double>(exec, copies * f.a.entries());
  weight_ = exec::uploaded(exec, kind.weight);
  defaults_ = exec::uploaded(exec, kind.default_parameters());
  group_of_row_ = exec::uploaded(exec, kind.group_of_row);
  std::vector<std::int32_t> ptrs(at(kind.groups()) + 1, 0), rows;
  for (int g = 0; g < kind.groups(); ++g) {
    for (std::int32_t i = 0; i < m; ++i) {
      if (kind.group_of_row[at(i)] == g) rows.push_back(i);
    }
    ptrs[at(g) + 1] = static_cast<std::int32_t>(rows.size());
  }
  group_ptrs_ = exec::uploaded(exec, ptrs);
  group_rows_ = exec::uploaded(exec, rows);
  guess_row_ = exec::uploaded(exec, kind.guess_row);
  if (!exec.planning()) upload(kind, tasks);

  auto const of_task = [](exec::Buffer<double> const& buffer, std::int64_t width) {
    return kernels::BatchView<double const>{buffer.data(), width, 1};
  };
  tasks_.p = of_task(p_, f.matrices_differ ? f.p.entries() : 0);
  tasks_.a = of_task(a_, f.matrices_differ ? f.a.entries() : 0);
  tasks_.q = of_task(q_, n);
  tasks_.lower = of_task(lower_, m);
  tasks_.upper = of_task(upper_, m);
  if (f.has_scales) tasks_.scales = of_task(scales_, 2);
  settings_.sigma = kind.settings.sigma;
  settings_.absolute = kind.settings.absolute;
  settings_.certificate = kind.settings.certificate;
  settings_.guess_rho = kind.settings.guess_rho;
  settings_.start = kind.start();
  settings_.guessed = kind.guessed();
  settings_.guess_row = guess_row_.data();
  settings_.weight = weight_.data();
  settings_.groups = kind.groups();
  settings_.group_of_row = group_of_row_.data();
  settings_.group_ptrs = group_ptrs_.data();
  settings_.group_rows = group_rows_.data();
}

void QpData::upload(QpKind const& kind, engine::Tasks const& tasks) {
  auto const& f = *kind.family;
  std::int64_t const n = f.variables(), m = f.rows(), features = f.features(), width = f.width();
  if (!f.matrices_differ) {
    p_.upload(f.p_values.data(), f.p.entries());
    a_.upload(f.a_values.data(), f.a.entries());
  }
  engine::for_each_part(tasks, std::max<std::int64_t>(1, 65536 / width),
                        [&](double const* rows, std::int64_t first, std::int64_t here) {
                          std::vector<double> scaled(at(here * features));
                          kind.features_of(rows, here, scaled.data());
                          features_.upload(scaled.data(), here * features, first * features);
                          std::int64_t column = features;
                          auto const next = [&](exec::Buffer<double>& to, std::int64_t length) {
                            engine::upload_columns(to, rows, width, column, length, first, here);
                            column += length;
                          };
                          next(q_, n);
                          next(lower_, m);
                          next(upper_, m);
                          if (f.has_scales) next(scales_, 2);
                          if (!f.matrices_differ) return;
                          next(p_, f.p.entries());
                          next(a_, f.a.entries());
                        });
}

namespace {

template <AdmmFactor source>
using AdmmStage = engine::SolverStage<kernels::Admm<source>, kernels::QpConstants, source == AdmmFactor::own>;

/// The constants' factor, and the solver that reads it, from a cold start.
class ConstantPenalties {
 public:
  ConstantPenalties(exec::Backend& exec, QpKind const& kind, QpData const& data, engine::StageLimits const& limits) {
    std::vector<double> rho;
    for (std::size_t i = 0; i < kind.weight.size(); ++i) {
      rho.push_back(kernels::AdmmSettings::penalty(kind.weight[i], kind.constants[at(kind.group_of_row[i])]));
    }
    auto solver = data.solver<AdmmFactor::shared>();
    rho_ = exec::uploaded(exec, rho);
    factor_ = exec::Buffer<double>(exec, solver.kkt.factor_size());
    usable_ = exec::Buffer<std::int32_t>(exec, 1);
    kernels::FactorKkt const body{data.solver<AdmmFactor::own>(), 1, rho_.data(), factor_.data(), usable_.data()};
    auto const factor = exec::functions_for<exec::TeamFunctions<kernels::FactorKkt>>(exec);
    exec::Buffer<std::byte> workspace(exec, factor.bytes(exec, body, 1));
    if (!exec.planning()) {
      factor.launch(exec, body, workspace.data(), 1);
      std::int32_t usable = 0;
      usable_.download(&usable, 1);
      if (usable == 0) throw InputError("problem: P is not positive semidefinite, so these are not convex programs");
    }
    solver.codebook = {1, rho_.data(), nullptr, factor_.data()};
    solver.settings.start = kernels::AdmmStart::cold;
    auto solves = limits;
    solves.tape_bytes = 0;
    using Stage = AdmmStage<AdmmFactor::shared>;
    stage_.emplace(exec, engine::compiled_for<Stage::Functions>(exec), solver, solves);
    stage_->constants().alpha.value = kind.settings.alpha;
  }
  [[nodiscard]] AdmmStage<AdmmFactor::shared>& stage() { return *stage_; }

 private:
  exec::Buffer<double> rho_, factor_;
  exec::Buffer<std::int32_t> usable_;
  std::optional<AdmmStage<AdmmFactor::shared>> stage_;
};

class QpStage final : public engine::SolveStage<double> {
 public:
  QpStage(exec::Backend& exec, QpKind const& kind, QpData const& data, engine::StageLimits const& limits)
      : constants_(data.default_parameters()),
        own_(exec, engine::compiled_for<AdmmStage<AdmmFactor::own>::Functions>(exec), data.solver<AdmmFactor::own>(),
             limits) {
    auto const& solver = own_.solver();
    auto& constants = own_.constants();
    constants.penalties = solver.settings.groups;
    constants.variables = solver.variables();
    constants.start = solver.settings.start;
    constants.rho = constants_;
    constants.alpha.value = kind.settings.alpha;
    constants.guess_row = solver.settings.guess_row;
    constants.guess_rho = solver.settings.guess_rho;
    constants.lower = solver.tasks.lower;
    constants.upper = solver.tasks.upper;
    if (!kind.family->matrices_differ) constant_.emplace(exec, kind, data, limits);
  }

  [[nodiscard]] int parameter_size() const override { return own_.parameter_size(); }
  [[nodiscard]] int solution_size() const override { return own_.solution_size(); }
  void attempt(kernels::LockstepArguments<double> const& arguments, kernels::Attempt attempt,
               kernels::Guard const& guard) override {
    using kernels::Attempt;
    bool const given = attempt == Attempt::given && are_constants(arguments.theta);
    auto own = arguments;
    if (given) own.theta = {};
    if (constant_ && (given || attempt == Attempt::constants || attempt == Attempt::again)) {
      return constant_->stage().attempt(own, attempt, guard);
    }
    own_.attempt(own, attempt, guard);
  }
  void differentiate(kernels::LockstepArguments<double> const& arguments) override { own_.differentiate(arguments); }
  void gauss_newton(kernels::LockstepArguments<double> const& arguments,
                    kernels::GaussNewtonArguments<double> const& gauss_newton) override {
    own_.gauss_newton(arguments, gauss_newton);
  }
  void follow(kernels::StepClock const* clock) override { own_.follow(clock); }

 private:
  [[nodiscard]] bool are_constants(kernels::BatchView<double const> const& theta) const {
    return theta.data == nullptr || (theta.data == constants_.data && theta.task_stride == 0);
  }

  kernels::BatchView<double const> constants_;
  AdmmStage<AdmmFactor::own> own_;
  std::optional<ConstantPenalties> constant_;
};

}  // namespace

std::unique_ptr<engine::SolveStage<double>> make_qp_stage(exec::Backend& exec, QpKind const& kind, QpData const& data,
                                                          engine::StageLimits const& limits) {
  return std::make_unique<QpStage>(exec, kind, data, limits);
}

}  // namespace metasolve::problems
