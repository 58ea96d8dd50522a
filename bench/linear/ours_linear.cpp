// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <numeric>

#include "contender.hpp"
#include "metasolve/linear_solver.hpp"

/// LinearSolver: the whole set in one call, in batches of 96, and one system a call.
namespace metasolve::bench::linear {
namespace {

using Method = LinearSolver::Method;
using Preconditioner = LinearSolver::Preconditioner;

struct Choice {
  char const* name;
  Method method;
  Preconditioner preconditioner = Preconditioner::automatic;
  LinearSolver::Precision precision = LinearSolver::Precision::full;
};

class Linear final : public Contender {
 public:
  Linear(System const& s, Choice const& choice, std::int64_t batch)
      : system_(s),
        symmetric_(s.kind == Kind::positive_definite && reads_lower(choice.method)),
        executor_(Executor::cpu(1)),
        batch_(batch > 0 ? batch : s.tasks),
        iterations_(static_cast<std::size_t>(s.tasks)) {
    options_.method = choice.method;
    options_.preconditioner = choice.preconditioner;
    options_.precision = choice.precision;
    options_.matrix = symmetric_ ? LinearSolver::Matrix::positive_definite : LinearSolver::Matrix::general;
    if (choice.method == Method::ldl) options_.matrix = LinearSolver::Matrix::symmetric;
  }

  void analyse() override {
    auto const& rows = symmetric_ ? system_.lower : system_.rows;
    solver_.reset();
    solver_ = std::make_unique<LinearSolver>(executor_, Pattern{rows.row_ptrs, rows.col_idxs}, options_,
                                             Setup{.capacity = batch_});
  }

  void solve(double* x) override {
    auto const& rows = symmetric_ ? system_.lower : system_.rows;
    auto const n = system_.unknowns();
    // Tasks that fail leave x alone.
    std::fill_n(x, system_.tasks * n, std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t first = 0; first < system_.tasks; first += batch_) {
      LinearSolver::Tasks tasks;
      tasks.count = std::min(batch_, system_.tasks - first);
      tasks.values = BatchView<double const>::array_of_structs(
          symmetric_ ? system_.lower_of(first) : system_.values_of(first), rows.entries());
      tasks.rhs = BatchView<double const>::array_of_structs(system_.rhs_of(first), n);
      Results<double> results;
      results.iterations = iterations_.data() + first;
      results.solution = BatchView<double>::array_of_structs(x + first * n, n);
      solver_->solve(tasks, {.tolerance = system_.tolerance, .max_iterations = 2000}, results);
    }
  }

  [[nodiscard]] double iterations() const override {
    return std::accumulate(iterations_.begin(), iterations_.end(), 0.0) / static_cast<double>(system_.tasks);
  }
  [[nodiscard]] std::string note() const override {
    return "method " + std::to_string(static_cast<int>(solver_->method())) + ", ordering " +
           std::to_string(static_cast<int>(solver_->ordering())) + ", " + std::to_string(solver_->factor_entries()) +
           " numbers in the factors";
  }

 private:
  static bool reads_lower(Method method) {
    return method == Method::automatic || method == Method::cholesky || method == Method::ldl || method == Method::cg;
  }

  System const& system_;
  bool symmetric_;
  Executor executor_;
  LinearSolver::Options options_;
  std::int64_t batch_;
  std::vector<std::int32_t> iterations_;
  std::unique_ptr<LinearSolver> solver_;
};

Registered const registered([](auto& entries, auto&) {
  auto const add = [&](Choice const& choice, Family family, bool (*applies)(System const&)) {
    for (std::int64_t const batch : {0, 96, 1}) {
      auto const suits = [=](System const& s) {
        if (!applies(s) || (s.sweep && !(choice.method == Method::cholesky && batch == 0))) return false;
        // A set of no more than 96 tasks is such a batch anyway. A system a call: for sets whose calls are short.
        return (batch != 96 || s.tasks > 96) && (batch != 1 || s.unknowns() <= 4000);
      };
      entries.push_back({.name = choice.name + std::string(batch == 0   ? ""
                                                           : batch == 1 ? ", one a call"
                                                                        : ", batches of 96"),
                         .ours = true,
                         .family = family,
                         .applies = suits,
                         .make = [=](System const& s) { return std::make_unique<Linear>(s, choice, batch); },
                         .batch = batch});
    }
  };
  auto const everything = [](System const&) { return true; };
  add({"automatic", Method::automatic}, Family::direct, everything);
  add({"cholesky", Method::cholesky}, Family::direct, is_positive_definite);
  add({"cholesky, mixed", Method::cholesky, Preconditioner::automatic, LinearSolver::Precision::mixed}, Family::direct,
      is_positive_definite);
  add({"ldl", Method::ldl}, Family::direct, is_positive_definite);
  add({"lu", Method::lu}, Family::direct, is_sparse);
  add({"lu, mixed", Method::lu, Preconditioner::automatic, LinearSolver::Precision::mixed}, Family::direct, is_general);
  add({"dense_lu", Method::dense_lu}, Family::direct, is_dense);
  add({"iccg, ic(0)", Method::cg, Preconditioner::incomplete_cholesky}, Family::krylov, is_positive_definite);
  add({"bicgstab, jacobi", Method::bicgstab, Preconditioner::jacobi}, Family::krylov, is_sparse);
  add({"bicgstab, ssor=1", Method::bicgstab, Preconditioner::ssor}, Family::krylov, is_sparse);
  add({"bicgstab, ilu", Method::bicgstab, Preconditioner::ilu}, Family::krylov, is_sparse);
  add({"gmres(30), ilu", Method::gmres, Preconditioner::ilu}, Family::krylov, is_sparse);
});

}  // namespace
}  // namespace metasolve::bench::linear
