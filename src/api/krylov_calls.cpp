// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/krylov_calls.hpp"

#include <algorithm>
#include <limits>

#include "metasolve/detail/api/cg_calls.hpp"
#include "metasolve/detail/api/values_gradient.hpp"
#include "metasolve/detail/sparse/krylov_plan.hpp"
#include "metasolve/kernels/solvers/bicgstab.hpp"
#include "metasolve/kernels/solvers/gmres.hpp"

namespace metasolve::api {

namespace {

using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Kind = PreconditionerKind;

/// Common to all Krylov methods.
class KrylovImplementation : public LinearSolver::Implementation {
 public:
  KrylovImplementation(Executor const& executor, Pattern const& pattern, LinearSolver::Options const& options,
                       sparse::CallerEntries entries)
      : executor_(executor),
        exec_(executor_.backend()),
        options_(options),
        gradient_(exec_, pattern, entries),
        entries_(static_cast<std::int64_t>(pattern.col_idxs.size())) {}

  [[nodiscard]] Method method() const override { return options_.method; }
  [[nodiscard]] LinearSolver::Ordering ordering() const override { return options_.ordering; }
  void solve_again(LinearSolver::Tasks const&, Stopping<double> const&, Results<double> const&) override {
    reject("solve_again: Krylov methods keep no factors; use solve");
  }

 protected:
  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  LinearSolver::Options options_;  ///< none automatic
  ValuesGradient gradient_;
  std::int64_t entries_;
};

/// By CgSolver's implementation. Its parameters mean the same.
class LinearCg final : public KrylovImplementation {
 public:
  LinearCg(Executor const& executor, Pattern const& pattern, LinearSolver::Options const& options,
           sparse::CallerPattern const& given, Setup const& setup)
      : KrylovImplementation(executor, pattern, options, sparse::CallerEntries::lower),
        arguments_(exec_, setup.workspace),
        capacity_(setup.capacity),
        cg_(make_cg(executor, {given, entries_},
                    {.preconditioner = options.preconditioner,
                     .fill_level = options.fill_level,
                     .fill_entries = -1,
                     .shift_scale = CgSolver::ShiftScale::diagonal,
                     .block_size = options.block_size},
                    setup)) {
    if (options.preconditioner == Kind::incomplete_cholesky) {
      auto const filled = sparse::filled(given.structure, options.fill_level);
      factor_entries_ = filled.entries() + filled.unknowns;
    }
  }

  [[nodiscard]] int unknowns() const override { return cg_->unknowns(); }
  [[nodiscard]] std::int64_t factor_entries() const override { return factor_entries_; }

  void solve(LinearSolver::Tasks const& t, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) override {
    cg_->solve({t.count, t.values, t.rhs, t.shift, t.omega, t.guess}, stopping, results, policy);
  }
  void gradient(LinearSolver::Tasks const& t, LinearSolver::Gradient const& g, Stopping<double> const& stopping,
                Results<double> const& results) override {
    check_count(t.count, capacity_);
    arguments_.begin(t.count);
    gradient_.name(arguments_, t.count, g);
    arguments_.reads("tasks.values", t.values, entries_);
    auto to = results;
    to.solution = {};
    name_results(arguments_, stopping, to, {}, unknowns());
    arguments_.finish();
    gradient_.prepare(t.count, g);
    to.solution = g.rhs_bar;
    cg_->solve({t.count, t.values, g.solution_bar, t.shift, t.omega, {}}, stopping, to, {.meta_solver = false});
    gradient_.finish(t.count, g);
  }

 private:
  Arguments arguments_;
  std::int64_t capacity_, factor_entries_ = 0;
  std::unique_ptr<CgSolver::Implementation> cg_;
};

/// Memory of kernels::KrylovSystems.
struct KrylovData {
  sparse::LowerPattern pattern;
  exec::Buffer<std::int32_t> place_of_value, unknown_at;
  std::shared_ptr<void const> preconditioner;
};

/// BiCGSTAB or GMRES.
template <class Solver>
class KrylovCalls final : public KrylovImplementation {
 public:
  KrylovCalls(Executor const& executor, Pattern const& pattern, LinearSolver::Options const& options,
              sparse::CallerEntries entries, KrylovData data, sparse::KrylovPlan const& plan, Setup const& setup)
      : KrylovImplementation(executor, pattern, options, entries),
        data_(std::move(data)),
        factor_entries_(plan.factor_entries),
        capacity_(setup.capacity),
        arguments_(exec_, setup.workspace),
        stage_(exec_, engine::compiled_for<typename Stage::Functions>(exec_), make_solver(plan),
               {.capacity = capacity_}),
        batch_(exec_, stage_, capacity_, false) {
    stage_.constants().is_relative = true;
    stage_.constants().is_as_given = !has_shift();
  }

  [[nodiscard]] int unknowns() const override { return stage_.solver().unknowns(); }
  [[nodiscard]] std::int64_t factor_entries() const override { return factor_entries_; }

  void solve(LinearSolver::Tasks const& tasks, Stopping<double> const& stopping, Results<double> const& results,
             Policy const& policy) override {
    check(tasks);
    if (tasks.count > 0 && tasks.rhs.data == nullptr) reject("tasks.rhs is null; each task's b is needed");
    arguments_.reads("tasks.rhs", tasks.rhs, unknowns());
    arguments_.reads("tasks.guess", tasks.guess, unknowns());
    name_results(arguments_, stopping, results, policy, unknowns());
    arguments_.finish();
    run(tasks, tasks.rhs, tasks.guess, false, stopping, results, policy);
  }

  void gradient(LinearSolver::Tasks const& tasks, LinearSolver::Gradient const& g, Stopping<double> const& stopping,
                Results<double> const& results) override {
    check(tasks);
    gradient_.name(arguments_, tasks.count, g);
    auto to = results;
    to.solution = {};
    name_results(arguments_, stopping, to, {}, unknowns());
    arguments_.finish();
    gradient_.prepare(tasks.count, g);
    to.solution = g.rhs_bar;
    run(tasks, g.solution_bar, {}, true, stopping, to, {});
    gradient_.finish(tasks.count, g);
  }

 private:
  using Stage = engine::SolverStage<Solver, kernels::KrylovConstants, false>;
  static constexpr bool has_restart = requires(Solver solver) { solver.restart; };

  [[nodiscard]] bool has_shift() const { return options_.preconditioner == Kind::ilu; }

  [[nodiscard]] Solver make_solver(sparse::KrylovPlan const& plan) const {
    Solver solver;
    solver.matrix = data_.pattern.view();
    solver.preconditioner = plan.preconditioner;
    solver.place_of_value = data_.place_of_value.data();
    solver.unknown_at = data_.unknown_at.data();
    solver.takes_guess = solver.scales_guess = true;  // a call may
    if constexpr (has_restart) {
      solver.restart = options_.restart;
      solver.varies_restart = true;
    }
    return solver;
  }

  void check(LinearSolver::Tasks const& tasks) {
    check_count(tasks.count, capacity_);
    arguments_.begin(tasks.count);
    if (tasks.count > 0 && tasks.values.data == nullptr) reject("tasks.values is null; each task's matrix is needed");
    if (tasks.count > 0 && tasks.shift.data == nullptr && tasks.shift.value < 0) {
      reject("tasks.shift is " + std::to_string(tasks.shift.value) + ", expected 0 or more");
    }
    arguments_.reads("tasks.values", tasks.values, entries_);
    arguments_.reads("tasks.shift", tasks.shift);
    arguments_.reads("tasks.omega", tasks.omega);
  }

  void run(LinearSolver::Tasks const& tasks, BatchView<double const> const& rhs, BatchView<double const> const& guess,
           bool transposed, Stopping<double> const& stopping, Results<double> const& results, Policy const& policy) {
    auto& solver = stage_.solver();
    solver.values = view(tasks.values);
    solver.rhs = view(rhs);
    solver.guess = view(guess);
    solver.takes_guess = guess.data != nullptr;
    solver.transposed = transposed;
    stage_.constants().column.column[0] = has_shift() ? tasks.shift : tasks.omega;
    solver.scales_guess = false;
    if constexpr (has_restart) solver.varies_restart = false;
    if (policy.online.meta_solver != nullptr) bind(*policy.online.meta_solver);
    solve_call(exec_, batch_, tasks.count, stopping, results, policy);
  }

  /// Column 1 on: the factor on the guess and the restart length, those of the two that are chosen.
  void bind(OnlineMetaSolver& online) {
    auto& solver = stage_.solver();
    auto* const column = stage_.constants().column.column;
    auto* const proposed = stage_.proposal().column.column;
    solver.scales_guess = chooses(online, online_names::guess_scale);
    int const restart_at = solver.scales_guess ? 2 : 1;
    column[1] = 1.0;
    if constexpr (has_restart) {
      solver.varies_restart = chooses(online, online_names::restart);
      column[restart_at] = options_.restart;
    }
    stage_.proposal() = stage_.constants();
    bind_online(online, {online_shift(has_shift(), proposed[0]),
                         online_omega(options_.preconditioner == Kind::ssor, proposed[0]),
                         online_guess_scale(solver.takes_guess, proposed[1]),
                         online_restart(has_restart ? options_.restart : 0, proposed[restart_at])});
  }

  KrylovData data_;
  std::int64_t factor_entries_, capacity_;
  Arguments arguments_;
  Stage stage_;
  engine::BatchSolver<double> batch_;
};

/// The options without anything automatic.
/// @throws InputError a preconditioner or an ordering that does not fit the method
LinearSolver::Options completed(LinearSolver::Options options) {
  bool const cg = options.method == Method::cg;
  if (options.preconditioner == Kind::automatic) options.preconditioner = cg ? Kind::incomplete_cholesky : Kind::ilu;
  if (cg ? options.preconditioner == Kind::ilu : options.preconditioner == Kind::incomplete_cholesky) {
    reject(cg ? "options.preconditioner is ilu, which is not symmetric; with cg use incomplete_cholesky"
              : "options.preconditioner is incomplete_cholesky, which is for cg; use ilu");
  }
  if (options.ordering == LinearSolver::Ordering::amd) {
    reject("options.ordering is amd, which is for direct methods; incomplete factors want rcm or natural");
  }
  if (options.ordering == LinearSolver::Ordering::automatic) options.ordering = LinearSolver::Ordering::rcm;
  return options;
}

/// A task's numbers have 32-bit indices.
void check_numbers(sparse::SymmetricStructure const& s, std::int64_t factor_entries, LinearSolver::Options const& o) {
  std::int64_t const n = s.unknowns, values = 2 * s.entries() + n, restart = o.method == Method::gmres ? o.restart : 0;
  std::int64_t const of_preconditioner = std::max({factor_entries, values, n * (o.block_size + 1)}) + 1;
  std::int64_t const vectors = (restart + 12) * n, scalars = restart * (restart + 11) / 2 + 32;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (of_preconditioner + values + vectors + scalars <= most) return;
  reject("a task of " + std::to_string(n) + " unknowns needs more than " + std::to_string(most) + " numbers: lower " +
         (restart > 0 ? "options.restart or " : "") + "options.fill_level");
}

/// The place of the upper triangle is that of the lower one.
void mirror(sparse::CallerPattern& pattern) {
  auto const lower = pattern.structure.entries();
  std::vector<std::int32_t> const upper(pattern.place_of.begin(), pattern.place_of.begin() + lower);
  pattern.place_of.insert(pattern.place_of.end(), upper.begin(), upper.end());
}

}  // namespace

std::unique_ptr<LinearSolver::Implementation> make_krylov(Executor const& executor, Pattern const& pattern,
                                                          LinearSolver::Options const& given, Setup const& setup) {
  auto const options = completed(given);
  bool const is_symmetric = options.matrix != Matrix::general;
  auto const entries = is_symmetric ? sparse::CallerEntries::lower : sparse::CallerEntries::all;
  auto ordered = sparse::caller_pattern(pattern, entries, [&](sparse::SymmetricStructure const& s) {
    return options.ordering == LinearSolver::Ordering::rcm ? sparse::reverse_cuthill_mckee(s)
                                                           : sparse::natural_ordering(s.unknowns);
  });
  if (options.method == Method::cg) return std::make_unique<LinearCg>(executor, pattern, options, ordered, setup);
  if (is_symmetric) mirror(ordered);
  auto& exec = executor.backend();
  auto const plan =
      sparse::krylov_plan(exec, ordered, {options.preconditioner, options.block_size, {options.fill_level, {}}, false});
  check_numbers(ordered.structure, plan.factor_entries, options);
  KrylovData data{sparse::LowerPattern(exec, ordered.structure), exec::uploaded(exec, ordered.place_of),
                  exec::uploaded(exec, ordered.order), plan.data};
  auto const make = [&]<class Solver>(std::type_identity<Solver>) -> std::unique_ptr<LinearSolver::Implementation> {
    return std::make_unique<KrylovCalls<Solver>>(executor, pattern, options, entries, std::move(data), plan, setup);
  };
  using P = kernels::KrylovPreconditioner;
  if (options.method == Method::gmres) return make(std::type_identity<kernels::Gmres<double, P>>{});
  return make(std::type_identity<kernels::BiCgStab<double, P>>{});
}

}  // namespace metasolve::api
