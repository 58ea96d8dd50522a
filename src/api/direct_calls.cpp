// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/direct_calls.hpp"

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/api/direct_data.hpp"
#include "metasolve/detail/api/solve_call.hpp"
#include "metasolve/detail/api/values_gradient.hpp"
#include "metasolve/detail/exec/direct_functions.hpp"
#include "metasolve/error.hpp"

namespace metasolve::api {

namespace {

using kernels::Factors;

/// How much longer one system takes on its own, with vectors along its rows, than its share of a pack: measured on
/// AVX-512, factors of 0.1, 4, 190 and 2000 million operations. A pack of the last does not fit into a cache.
double single_over_lane(double operations) {
  if (operations < 2e6) return 4.0;
  if (operations < 5e7) return 2.2;
  return operations < 1.5e9 ? 1.3 : 0.8;
}

template <class Family>
class DirectCalls final : public LinearSolver::Implementation {
 public:
  using Functions = exec::DirectFunctions<Family>;

  DirectCalls(Executor executor, Pattern const& pattern, LinearSolver::Options const& options, Setup const& setup)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        functions_(exec::functions_for<Functions>(exec_)),
        data_(exec_, pattern, options),
        method_(options.method),
        keeps_(options.keeps_factors),
        capacity_(setup.capacity),
        gradient_(exec_, pattern, data_.read()),
        arguments_(exec_, setup.workspace) {
    if (keeps_) {
      std::int64_t const whole = (capacity_ + functions_.width - 1) / functions_.width * functions_.width;
      kept_ = exec::Buffer<typename Family::real>(exec_, whole * (factor_size() + kernels::factor_padding));
      usable_ = exec::Buffer<std::int32_t>(exec_, capacity_);
    }
    std::int64_t bytes = functions_.single.bytes(exec_, body<typename Functions::Single>(false), capacity_);
    if (has_lanes()) {
      bytes = std::max(bytes, functions_.lanes.bytes(exec_, body<typename Functions::Lanes>(false), capacity_));
    }
    workspace_ = exec::Buffer<std::byte>(exec_, bytes);
  }

  [[nodiscard]] int unknowns() const override { return data_.unknowns(); }
  [[nodiscard]] LinearSolver::Method method() const override { return method_; }
  [[nodiscard]] LinearSolver::Ordering ordering() const override { return data_.ordering(); }
  [[nodiscard]] std::int64_t factor_entries() const override { return factor_size(); }

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
  [[nodiscard]] bool has_lanes() const { return functions_.width > 1; }
  [[nodiscard]] std::int64_t factor_size() const {
    return method_ == LinearSolver::Method::dense_lu
               ? kernels::DenseLu<double, kernels::Within::single>::size_of(unknowns())
               : data_.plan().entries();
  }
  [[nodiscard]] double operations() const {
    double const n = unknowns();
    return method_ == LinearSolver::Method::dense_lu ? n * n * n / 3 : data_.plan().operations();
  }

  template <class Body>
  [[nodiscard]] Body body(bool transposed) const {
    Body b{};
    if constexpr (requires { b.method.plan; }) {
      b.method.plan = data_.plan().view();
    } else {
      b.method.unknowns = unknowns();
    }
    b.tasks = data_.tasks(Body::takes_batches, transposed);
    if (keeps_) {
      b.tasks.kept = kept_.data();
      b.tasks.usable = usable_.data();
    }
    return b;
  }

  /// Whether packs are faster, a system a lane. The same bits either way. With kept factors always: their layout.
  [[nodiscard]] bool prefers_lanes(std::int64_t count) const {
    if (!has_lanes()) return false;
    if (keeps_) return true;
    std::int64_t const threads = exec_.threads(), width = functions_.width;
    auto const shares = [](std::int64_t items, std::int64_t among) { return (items + among - 1) / among; };
    std::int64_t const in_packs = shares(shares(count, width), threads) * width, alone = shares(count, threads);
    return static_cast<double>(in_packs) < static_cast<double>(alone) * single_over_lane(operations());
  }

  void run(BatchView<double const> const& values, BatchView<double const> const& rhs, std::int64_t count,
           Stopping<double> const& stopping, Results<double> const& results, Factors factors, bool transposed) {
    if (results.tally != nullptr) exec_.zero(results.tally, sizeof(Tally));
    if (count == 0) return;
    if (results.origin != nullptr) exec_.zero(results.origin, static_cast<std::size_t>(count) * sizeof(Origin));
    auto const launch = [&](auto const& functions, auto b) {
      b.arguments = arguments_of(count, stopping, results);
      b.tasks.values = view(values);
      b.tasks.rhs = view(rhs);
      b.tasks.factors = factors;
      functions.launch(exec_, b, workspace_.data(), count);
    };
    if (prefers_lanes(count)) {
      launch(functions_.lanes, body<typename Functions::Lanes>(transposed));
    } else {
      launch(functions_.single, body<typename Functions::Single>(transposed));
    }
  }

  void check(LinearSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             bool reads_rhs) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0 && tasks.values.data == nullptr) reject("tasks.values is null; each task's matrix is needed");
    if (tasks.count > 0 && reads_rhs && tasks.rhs.data == nullptr) reject("tasks.rhs is null; each task's b is needed");
    arguments_.reads("tasks.values", tasks.values, data_.entries());
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
  Functions functions_;
  DirectData data_;
  LinearSolver::Method method_;
  bool keeps_;
  std::int64_t capacity_, kept_count_ = 0;
  ValuesGradient gradient_;
  Arguments arguments_;
  exec::Buffer<typename Family::real> kept_;
  exec::Buffer<std::int32_t> usable_;
  exec::Buffer<std::byte> workspace_;
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
