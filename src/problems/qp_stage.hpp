// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/detail/problems/qp_kind.hpp"
#include "metasolve/detail/sparse/kkt_plan.hpp"
#include "metasolve/kernels/solvers/admm.hpp"

namespace metasolve::problems {

/// Quadratic programs in an executor's memory: what kernels::Admm reads.
class QpData {
 public:
  /// Copies the tasks; while the executor is planning, only counts memory.
  QpData(exec::Backend& exec, QpKind const& kind, engine::Tasks const& tasks);

  template <kernels::AdmmFactor source>
  [[nodiscard]] kernels::Admm<source> solver() const {
    kernels::Admm<source> s;
    s.kkt = plan_.view();
    s.tasks = tasks_;
    s.settings = settings_;
    return s;
  }
  [[nodiscard]] sparse::KktPlan const& plan() const { return plan_; }
  [[nodiscard]] kernels::BatchView<double const> features() const { return {features_.data(), feature_count_, 1}; }
  /// The same for all tasks.
  [[nodiscard]] kernels::BatchView<double const> default_parameters() const { return {defaults_.data(), 0, 1}; }

 private:
  void upload(QpKind const& kind, engine::Tasks const& tasks);

  sparse::KktPlan plan_;
  std::int64_t feature_count_;
  exec::Buffer<double> features_, q_, lower_, upper_, scales_, p_, a_, weight_, defaults_;
  exec::Buffer<std::int32_t> group_of_row_, group_ptrs_, group_rows_, guess_row_;
  kernels::AdmmTasks tasks_;
  kernels::AdmmSettings settings_;
};

/// Solves with predicted parameters by a factor for each task, and with the constants by one for all where the tasks
/// share their matrices. data must outlive it.
std::unique_ptr<engine::SolveStage<double>> make_qp_stage(exec::Backend& exec, QpKind const& kind, QpData const& data,
                                                          engine::StageLimits const& limits);

}  // namespace metasolve::problems
