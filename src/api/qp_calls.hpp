// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/api/qp_setup.hpp"
#include "metasolve/detail/api/qp_stage.hpp"
#include "metasolve/detail/engine/batch_solver.hpp"
#include "metasolve/detail/sparse/kkt_plan.hpp"

namespace metasolve {

namespace api {
/// Whether all tasks read the same numbers.
inline bool is_shared(BatchView<double const> const& view) { return view.task_stride == 0; }
}  // namespace api

/// The implementation of QpSolver. Its solve: src/api/qp_solve_call.cpp.
class QpSolver::Implementation {
 public:
  Implementation(Executor executor, Problem const& problem, Options const& options, Setup const& setup);

  [[nodiscard]] api::QpSetup const& setup() const { return setup_; }
  [[nodiscard]] int features() const { return feature_count_; }
  /// Of calls without one; NaN: none is known, or not the same for all groups.
  [[nodiscard]] double rho() const;
  [[nodiscard]] std::int64_t factor_entries() const { return plan_.factor_entries(); }

  void set_codebook(Codebook const& codebook);
  void solve(Tasks const& given, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy);
  void polish(Tasks const& tasks, Polish const& polish);
  void gradient(Tasks const& tasks, Gradient const& gradient);

 private:
  using Own = api::QpStage::Own;

  /// What the tasks of this solver share, in the executor's memory.
  struct Shared {
    exec::Buffer<double> weight, delta, root, no_lower, no_upper, rho;
    exec::Buffer<std::int32_t> group, group_ptrs, group_rows, guess_row, shift_x, shift_y;
    Shared(exec::Backend& exec, api::QpSetup const& setup);
  };
  /// The memory of kernels::AdmmCodebook.
  struct Factors {
    exec::Buffer<double> rho, log_rho, penalties, factors;
    exec::Buffer<std::int32_t> usable;
    Factors(exec::Backend& exec, api::QpSetup const& setup, std::int64_t entries, std::int64_t factor_size);
  };

  /// Of tasks without one: src/api/qp_rho.cpp.
  [[nodiscard]] std::vector<double> default_rho(Problem const& problem, Options const& options, Setup const& setup);
  [[nodiscard]] double best_rho(Problem const& problem);
  [[nodiscard]] Own make_solver(Options const& options) const;
  void set_meta_solver(MetaSolver const& meta_solver);
  [[nodiscard]] engine::BatchSolver<double>::Inputs inputs(std::int64_t first, std::int64_t count);

  [[nodiscard]] int columns() const { return setup_.variables + setup_.rows; }
  void name_matrices(char const* p_name, BatchView<double const> const& p, char const* a_name,
                     BatchView<double const> const& a);
  /// P, A, q, l, u and scales.
  void name_tasks(Tasks const& tasks);
  void check_parameters(Tasks const& tasks, bool chooses_rho) const;
  void bind_tasks(Tasks const& tasks);
  void bind_constants(Tasks const& tasks, bool is_predicted);
  void bind_online(OnlineMetaSolver const& online, Tasks const& tasks);
  void factor(BatchView<double const> const& p, BatchView<double const> const& a, BatchView<double const> const& rho,
              int entries);

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  sparse::KktPlan plan_;  ///< checks the patterns, which setup_ relies on
  api::QpSetup setup_;
  std::int64_t capacity_;
  int codebook_;
  bool has_codebook_ = false;  ///< it was set
  Shared shared_;
  Factors factors_;
  api::Arguments arguments_;
  std::vector<double> rho_;  ///< [groups] of tasks without one; empty: not known
  int guessed_ = 0;          ///< rows whose start the meta-solver predicts
  int feature_count_ = 0;    ///< of the meta-solver
  BatchView<double const> features_;
  api::QpStage stage_;
  engine::BatchSolver<double> batch_;
  exec::Buffer<double> defaults_;
};

}  // namespace metasolve
