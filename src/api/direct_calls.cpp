// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/direct_calls.hpp"

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/api/direct_launches.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/api/values_gradient.hpp"
#include "metasolve/error.hpp"

namespace metasolve::api {

namespace {

using kernels::Factors;

template <class Family>
class DirectCalls final : public LinearSolver::Implementation {
 public:
  DirectCalls(Executor executor, Pattern const& pattern, LinearSolver::Options const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        method_(options.method),
        keeps_(options.keeps_factors),
        capacity_(setup.capacity),
        launches_(exec_, pattern, options, capacity_, keeps_),
        gradient_(exec_, pattern, data().read()),
        arguments_(exec_, setup.workspace) {}

  [[nodiscard]] int unknowns() const override { return data().unknowns(); }
  [[nodiscard]] LinearSolver::Method method() const override { return method_; }
  [[nodiscard]] LinearSolver::Ordering ordering() const override { return data().ordering(); }
  [[nodiscard]] std::int64_t factor_entries() const override { return launches_.factor_size(); }

  void solve(LinearSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) override {
    if (policy.online.meta_solver != nullptr) reject("policy.online: a direct method has no parameters to choose");
    check(tasks, stopping, results, true);
    arguments_.finish();
    if (keeps_) kept_count_ = tasks.count;
    run(tasks.values, tasks.rhs, tasks.count, stopping, results, keeps_ ? Factors::keep : Factors::discard, false);
  }

  void solve_again(LinearSolver::Tasks const& tasks, Stopping<double> const& stopping,
                   Results<double> const& results) override {
    require_kept(tasks.count);
    check(tasks, stopping, results, true);
    arguments_.finish();
    run(tasks.values, tasks.rhs, tasks.count, stopping, results, Factors::reuse, false);
  }

  void gradient(LinearSolver::Tasks const& tasks, LinearSolver::Gradient const& g, Stopping<double> const& stopping,
                Results<double> const& results) override {
    if (keeps_) require_kept(tasks.count);
    auto to = results;
    to.solution = {};
    check(tasks, stopping, to, false);
    gradient_.name(arguments_, tasks.count, g);
    arguments_.finish();
    gradient_.prepare(tasks.count, g);
    to.solution = g.rhs_bar;
    run(tasks.values, g.solution_bar, tasks.count, stopping, to, keeps_ ? Factors::reuse : Factors::discard, true);
    gradient_.finish(tasks.count, g);
  }

 private:
  [[nodiscard]] DirectData const& data() const { return launches_.data(); }

  void run(BatchView<double const> const& values, BatchView<double const> const& rhs, std::int64_t count,
           Stopping<double> const& stopping, Results<double> const& results, Factors factors, bool transposed) {
    if (results.tally != nullptr) exec_.zero(results.tally, sizeof(Tally));
    if (count == 0) return;
    launches_.run(arguments_of(count, stopping, results), {.values = view(values),
                                                           .rhs = view(rhs),
                                                           .origin = results.origin,
                                                           .factors = factors,
                                                           .transposed = transposed});
  }

  void check(LinearSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             bool reads_rhs) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0 && tasks.values.data == nullptr) reject("tasks.values is null; each task's matrix is needed");
    if (tasks.count > 0 && reads_rhs && tasks.rhs.data == nullptr) reject("tasks.rhs is null; each task's b is needed");
    arguments_.reads("tasks.values", tasks.values, data().entries());
    if (reads_rhs) arguments_.reads("tasks.rhs", tasks.rhs, unknowns());
    name_results(arguments_, stopping, results, {}, unknowns());
  }
  void require_kept(std::int64_t count) const {
    if (!keeps_) reject("solve_again: this solver was made without options.keeps_factors");
    if (count != kept_count_) {
      reject("tasks.count is " + std::to_string(count) + ", but the kept factors are those of " +
             std::to_string(kept_count_) + " tasks");
    }
  }

  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  LinearSolver::Method method_;
  bool keeps_;
  std::int64_t capacity_, kept_count_ = 0;
  DirectLaunches<Family> launches_;
  ValuesGradient gradient_;
  Arguments arguments_;
};

template <class Real>
std::unique_ptr<LinearSolver::Implementation> make(Executor const& executor, Pattern const& pattern,
                                                   LinearSolver::Options const& options, Setup const& setup) {
  using kernels::Factorization;
  switch (options.method) {
    case LinearSolver::Method::cholesky:
      return std::make_unique<DirectCalls<exec::SparseFamily<Factorization::cholesky, Real>>>(executor, pattern,
                                                                                              options, setup);
    case LinearSolver::Method::ldl:
      return std::make_unique<DirectCalls<exec::SparseFamily<Factorization::ldl, Real>>>(executor, pattern, options,
                                                                                         setup);
    case LinearSolver::Method::lu:
      return std::make_unique<DirectCalls<exec::SparseFamily<Factorization::lu, Real>>>(executor, pattern, options,
                                                                                        setup);
    default:
      return std::make_unique<DirectCalls<exec::DenseFamily<Real>>>(executor, pattern, options, setup);
  }
}

}  // namespace

std::unique_ptr<LinearSolver::Implementation> make_direct(Executor const& executor, Pattern const& pattern,
                                                          LinearSolver::Options const& options, Setup const& setup) {
  bool const mixed = options.precision == LinearSolver::Precision::mixed;
  return mixed ? make<float>(executor, pattern, options, setup) : make<double>(executor, pattern, options, setup);
}

}  // namespace metasolve::api
