// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/engine/training/learner_parts.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/iteration_loss.hpp"

namespace metasolve {

/// @throws InputError begins with the class
[[noreturn]] void refuse_loss(std::string const& what);

/// The implementation of IterationLoss, for any problem and executor. Arguments are validated where its comments do not
/// say otherwise.
class IterationLoss::Implementation {
 public:
  /// own: the problem's task sets; none: it has no tasks of its own.
  Implementation(Executor executor, config::RunConfig config, std::shared_ptr<engine::TaskKind const> kind,
                 std::optional<problems::Splits> own, std::int64_t capacity);

  [[nodiscard]] std::int64_t capacity() const { return capacity_; }
  [[nodiscard]] std::int64_t columns() const { return kind_->width(); }
  [[nodiscard]] std::int64_t features() const { return sides_.feature_count(); }
  [[nodiscard]] std::int64_t parameters() const { return parameters_; }
  [[nodiscard]] std::string description() const;

  /// Null: the problem has no tasks of its own.
  [[nodiscard]] engine::Tasks const* own(TaskSet set) const {
    if (!own_) return nullptr;
    return set == TaskSet::train ? &own_->train : set == TaskSet::validation ? &own_->validation : &own_->test;
  }
  /// Not validated.
  void features_of(std::int64_t n, double const* rows, double* to) const { kind_->features_of(rows, n, to); }

  void set_tasks(std::int64_t count, double const* rows);
  /// The pointer is not validated.
  void own_parameters(double* to) const;

  [[nodiscard]] double tolerance() const { return tolerance_; }
  /// Not validated.
  void set_tolerance(double tolerance) { tolerance_ = tolerance; }

  void evaluate(std::int64_t count, std::int32_t const* tasks, BatchView<double const> const& theta,
                Results const& results);

 private:
  using Arguments = kernels::LockstepArguments<double>;

  /// As in training's last epoch: the sigmoid is centred at the tolerance itself.
  [[nodiscard]] double stopping_tolerance() const {
    return config_.loss.kind == kernels::LossKind::measure ? 0 : config_.loss.margin * tolerance_;
  }
  void require_numbers(std::int64_t count, double const* rows) const;
  void allocate();
  void check(std::int64_t count, std::int32_t const* tasks, BatchView<double const> const& theta,
             Results const& results);
  /// The tasks' own parameters by slot; null: zeros.
  [[nodiscard]] kernels::BatchView<double const> own_of(std::int64_t count, std::int32_t const* tasks);
  /// Lanes of a pack finish together: groups tasks by their last counts, as training does.
  void differentiate(Arguments& run);

  std::int64_t capacity_;
  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  config::RunConfig config_;
  std::shared_ptr<engine::TaskKind const> kind_;
  std::optional<problems::Splits> own_;
  model::Interface sides_;
  std::int64_t parameters_;
  double tolerance_;  ///< solver.tolerance, or the caller's
  engine::LearnerOptions options_;
  api::Arguments arguments_;
  engine::RunArrays<double> run_;  ///< for the loss's settings; results are in the caller's memory
  engine::TaskGroup<double> group_;
  exec::Buffer<kernels::HeadEntry> given_;                    ///< [parameters] a head that passes the tasks' own on
  exec::Buffer<double> gathered_;                             ///< [capacity][parameters]
  exec::Buffer<std::int32_t> last_count_;                     ///< [tasks]
  exec::Buffer<std::int32_t> first_;                          ///< [capacity] 0, 1, ...
  exec::Buffer<std::int32_t> slot_order_, key_, iterations_;  ///< [capacity]
};

}  // namespace metasolve
