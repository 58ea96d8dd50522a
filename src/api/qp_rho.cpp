// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/detail/api/qp_calls.hpp"
#include "metasolve/detail/api/solve_call.hpp"

namespace metasolve {

namespace {

/// Half decades, from the middle outwards: of equally good ones the first is taken.
constexpr double tried_rho[] = {1, 3, 0.3, 10, 0.1, 30, 0.03, 100, 0.01, 300, 0.003, 1000, 0.001};

}  // namespace

double QpSolver::Implementation::rho() const {
  bool const is_one = !rho_.empty() && std::ranges::all_of(rho_, [&](double r) { return r == rho_.front(); });
  return is_one ? rho_.front() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> QpSolver::Implementation::default_rho(Problem const& problem, Options const& options,
                                                          Setup const& setup) {
  auto const of_all = [this](double rho) { return std::vector<double>(static_cast<std::size_t>(setup_.groups), rho); };
  if (options.rho > 0) return of_all(options.rho);
  if (setup.meta_solver) return setup_.rho;  // what `retry` falls back to
  bool const is_known = (setup_.p_entries == 0 || !problem.p_values.empty()) && !problem.q.empty() &&
                        !problem.a_values.empty() && !problem.lower.empty() && !problem.upper.empty();
  return of_all(is_known ? best_rho(problem) : 1);
}

/// Solves the typical task with each, in one batch or as many as the capacity holds.
double QpSolver::Implementation::best_rho(Problem const& problem) {
  auto const p = exec::uploaded(exec_, problem.p_values), q = exec::uploaded(exec_, problem.q),
             a = exec::uploaded(exec_, problem.a_values), lower = exec::uploaded(exec_, problem.lower),
             upper = exec::uploaded(exec_, problem.upper), rho = exec::uploaded(exec_, tried_rho);
  std::int64_t const together = std::min<std::int64_t>(capacity_, std::ssize(tried_rho));
  exec::Buffer<std::int32_t> const status(exec_, together), iterations(exec_, together);
  exec::Buffer<double> const measure(exec_, together);
  if (exec_.planning()) return 1;
  // In all a fraction of a second's work, or none.
  constexpr double most_operations = 2e8;
  double const tries = std::ssize(tried_rho), for_steps = most_operations / tries - plan_.factor_operations();
  if (for_steps < 50 * plan_.step_operations()) return 1;
  auto const limit = static_cast<std::int32_t>(std::min(for_steps / plan_.step_operations(), 2000.0));
  double best = 1, least_measure = std::numeric_limits<double>::infinity();
  std::int32_t fewest = std::numeric_limits<std::int32_t>::max();
  for (std::int64_t first = 0; first < std::ssize(tried_rho); first += together) {
    std::int64_t const count = std::min(together, std::ssize(tried_rho) - first);
    Tasks tasks;
    tasks.count = count;
    tasks.p_values = {p.data(), 0, 1};
    tasks.a_values = {a.data(), 0, 1};
    tasks.q = {q.data(), 0, 1};
    tasks.lower = {lower.data(), 0, 1};
    tasks.upper = {upper.data(), 0, 1};
    tasks.rho = {rho.data() + first, 1, 0};
    tasks.alpha = setup_.alpha;
    Results<double> results;
    results.status = status.data();
    results.iterations = iterations.data();
    results.measure = measure.data();
    bind_tasks(tasks);
    bind_constants(tasks, false);
    stage_.use_shared(false);
    api::solve_call(exec_, batch_, count, {1e-5, limit}, results, {.meta_solver = false});
    for (std::int64_t k = 0; k < count; ++k) {
      std::int32_t of_status = 0, of_iterations = 0;
      double of_measure = 0;
      status.download(&of_status, 1, k);
      iterations.download(&of_iterations, 1, k);
      measure.download(&of_measure, 1, k);
      // Not a convex program, which a large enough penalty would hide.
      if (of_status == static_cast<std::int32_t>(Status::breakdown)) return 1;
      bool const converged = of_status == static_cast<std::int32_t>(Status::converged);
      std::int32_t const score = converged ? of_iterations : std::numeric_limits<std::int32_t>::max();
      bool const is_better = score < fewest || (score == fewest && !converged && of_measure < least_measure);
      if (!is_better) continue;
      best = tried_rho[first + k];
      fewest = score;
      least_measure = of_measure;
    }
  }
  return best;
}

}  // namespace metasolve
