// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/learner_parts.hpp"
#include "metasolve/detail/network/training/gauss_newton.hpp"

namespace metasolve::engine {

/// Tasks that second-order training handles together: some of each member's, as slots [members][tasks]. The network's Q
/// outputs are coefficients c, and theta = c times the Q directions.
class LmBlock {
 public:
  /// tasks: of all members, [members][tasks.count / members]; first, count: those of each member. trains: with the
  /// arrays for gradients.
  LmBlock(exec::Backend& exec, LearnerOptions const& o, Tasks const& tasks, std::int64_t first, std::int64_t count,
          bool trains)
      : exec_(exec),
        outputs_(o.network.sizes.back()),
        parameters_(o.network.parameters),
        mlp_(exec, o.network.sizes, o.network.activation, o.members, count, trains),
        tasks_(bind<double>(exec, own_of(tasks, o.members, first, count),
                            trains ? StageLimits{.capacity = mlp_.pitch(), .directions = static_cast<int>(outputs_)}
                                   : StageLimits{.capacity = mlp_.pitch()})),
        results_(exec, mlp_.pitch()),
        ones_(exec, count),
        theta_(exec, parameters_ * mlp_.pitch()) {
    results_.set_gain(o.gain);
    if (trains) {
      gauss_newton_ = std::make_unique<network::GaussNewton>(exec, mlp_);
      slopes_ = exec::Buffer<double>(exec, outputs_ * mlp_.pitch());
      curvature_ = exec::Buffer<double>(exec, outputs_ * outputs_ * mlp_.pitch());
      bar_ = exec::Buffer<double>(exec, outputs_ * mlp_.pitch());
      tolerance_ = exec::Buffer<double>(exec, mlp_.pitch());
    }
    if (exec.planning()) return;
    std::vector<double> const ones(static_cast<std::size_t>(count), 1.0);
    ones_.upload(ones.data(), count);
    gather(o);
  }

  [[nodiscard]] network::MlpBatch& mlp() { return mlp_; }
  [[nodiscard]] SolveStage<double>& solver() { return *tasks_.solver; }
  [[nodiscard]] RunArrays<double>& results() { return results_; }
  [[nodiscard]] kernels::BatchView<double> theta() { return {theta_.data(), 1, mlp_.pitch()}; }

  void set_tolerances(std::span<EpochSettings const> settings) {
    std::vector<double> tolerances;
    for (auto const& s : settings) {
      tolerances.insert(tolerances.end(), static_cast<std::size_t>(mlp_.tasks()), s.tolerance);
    }
    tolerance_.upload(tolerances.data(), tolerance_.size());
  }
  [[nodiscard]] double const* tolerances() const { return tolerance_.data(); }  ///< [slots]

  /// weights [members][n], direction [Q][parameters] -> theta.
  void predict(double const* weights, double const* direction, bool with_derivatives) {
    mlp_.forward(weights, with_derivatives);
    exec_.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                                  .m = parameters_,
                                  .n = mlp_.tasks(),
                                  .k = outputs_,
                                  .a = direction,
                                  .lda = parameters_,
                                  .b = mlp_.output(),
                                  .ldb = mlp_.pitch(),
                                  .c = theta_.data(),
                                  .ldc = mlp_.pitch(),
                                  .batch = mlp_.members(),
                                  .stride_b = mlp_.tasks(),
                                  .stride_c = mlp_.tasks()});
  }

  /// theta -> losses, dloss/dc, d2loss/dc2.
  void differentiate(kernels::LockstepArguments<double> const& run, double const* direction) {
    tasks_.solver->gauss_newton(run, {.directions = static_cast<int>(outputs_),
                                      .direction = direction,
                                      .gradient = {slopes_.data(), 1, mlp_.pitch()},
                                      .matrix = {curvature_.data(), 1, mlp_.pitch()}});
  }
  /// -> gradient [members][n], matrix [members][n][n].
  void assemble(double const* weights, double* gradient, double* matrix) {
    mlp_.gradient(weights, slopes_.data(), gradient);
    gauss_newton_->assemble(weights, curvature_.data(), matrix);
  }
  /// The gradient of the second-order term of a step [members][n], after `assemble` -> gradient [members][n].
  void second_order(double const* weights, double const* step, double* gradient) {
    mlp_.second_derivative(weights, step);
    exec_.launch(outputs_ * mlp_.members(), mlp_.tasks(),
                 kernels::ApplyGaussNewton{mlp_.rows(), outputs_, curvature_.data(), mlp_.output(), bar_.data()});
    mlp_.gradient(weights, bar_.data(), gradient);
  }
  /// Losses times `weight`, summed -> to [members].
  void sum_losses(double weight, double* to) {
    exec_.gemm(exec::Gemm<double>{.m = 1,
                                  .n = 1,
                                  .k = mlp_.tasks(),
                                  .alpha = weight,
                                  .a = results_.loss.data(),
                                  .lda = mlp_.tasks(),
                                  .b = ones_.data(),
                                  .ldb = 1,
                                  .c = to,
                                  .ldc = 1,
                                  .batch = mlp_.members(),
                                  .stride_a = mlp_.tasks(),
                                  .stride_c = 1});
  }
  /// Adds each member's losses, if wanted, and iterations -> to [members][2].
  void add_totals(bool with_loss, double* to) {
    for (std::int64_t m = 0; m < mlp_.members(); ++m, to += 2) {
      std::int64_t const first = m * mlp_.tasks();
      if (with_loss) exec_.add_sum(results_.loss.data() + first, mlp_.tasks(), to);
      exec_.add_sum(results_.iterations.data() + first, mlp_.tasks(), to + 1);
    }
  }

 private:
  static Tasks own_of(Tasks const& tasks, std::int64_t members, std::int64_t first, std::int64_t count) {
    std::int64_t const of_member = tasks.count / members;
    std::vector<Tasks> own;
    for (std::int64_t m = 0; m < members; ++m) own.push_back(slice(tasks, m * of_member + first, count));
    return members == 1 ? own.front() : concatenated(std::move(own));
  }

  void gather(LearnerOptions const& o) {
    std::int64_t const width = mlp_.layers().front().in;
    exec::Buffer<double> shift(exec_, width), scale(exec_, width);
    write_all(shift, o.network.shift);
    write_all(scale, o.network.scale);
    exec_.launch(width * mlp_.members(), mlp_.tasks(),
                 kernels::GatherUnits{mlp_.rows(), tasks_.features, shift.data(), scale.data(), mlp_.input(0)});
    exec_.synchronize();  // shift and scale end their lifetime here
  }

  exec::Backend& exec_;
  std::int64_t outputs_, parameters_;
  network::MlpBatch mlp_;
  std::unique_ptr<network::GaussNewton> gauss_newton_;
  TaskGroup<double> tasks_;
  RunArrays<double> results_;
  exec::Buffer<double> ones_;                      ///< [tasks]
  exec::Buffer<double> theta_;                     ///< [parameters][slots]
  exec::Buffer<double> slopes_, curvature_, bar_;  ///< [Q][slots], [Q * Q][slots], [Q][slots]
  exec::Buffer<double> tolerance_;                 ///< [slots]
};

}  // namespace metasolve::engine
