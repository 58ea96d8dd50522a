// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <limits>
#include <numeric>

#include "contender.hpp"
#include "metasolve/cg_solver.hpp"

/// CgSolver with incomplete Cholesky and five entries of fill a column. The shift, of the diagonal or
/// absolute, is the one that needs fewest iterations on the training tasks, which are others than the measured ones.
namespace metasolve::bench::linear {
namespace {

using Scale = CgSolver::ShiftScale;

class Cg final : public Contender {
 public:
  Cg(System const& s, std::int64_t batch)
      : system_(s),
        executor_(Executor::cpu(1)),
        batch_(batch > 0 ? batch : s.tasks),
        iterations_(static_cast<std::size_t>(s.tasks)) {
    if (s.training) choose_shift(*s.training);
  }
  void analyse() override {
    solver_.reset();
    solver_ = std::make_unique<CgSolver>(made(system_, batch_));
  }
  void solve(double* x) override { run(*solver_, system_, batch_, shift_, limit, x, iterations_.data(), nullptr); }
  [[nodiscard]] double iterations() const override {
    return std::accumulate(iterations_.begin(), iterations_.end(), 0.0) / static_cast<double>(system_.tasks);
  }
  [[nodiscard]] std::string note() const override {
    char text[64];
    std::snprintf(text, sizeof text, scale_ == Scale::absolute ? "alpha %.3g I" : "alpha %.3g diag(A)", shift_);
    return text;
  }

 private:
  static constexpr std::int32_t limit = 2000, training_limit = 500;

  [[nodiscard]] CgSolver made(System const& s, std::int64_t capacity) const {
    return {executor_, Pattern{s.lower.row_ptrs, s.lower.col_idxs},
            CgSolver::Options{.fill_entries = 5, .shift_scale = scale_}, Setup{.capacity = capacity}};
  }

  static void run(CgSolver& solver, System const& s, std::int64_t batch, double shift, std::int32_t most, double* x,
                  std::int32_t* iterations, std::int32_t* status) {
    auto const n = s.unknowns();
    std::fill_n(x, s.tasks * n, std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t first = 0; first < s.tasks; first += batch) {
      CgSolver::Tasks tasks;
      tasks.count = std::min(batch, s.tasks - first);
      tasks.values = BatchView<double const>::array_of_structs(s.lower_of(first), s.lower.entries());
      tasks.rhs = BatchView<double const>::array_of_structs(s.rhs_of(first), n);
      tasks.shift = shift;
      Results<double> results;
      results.status = status == nullptr ? nullptr : status + first;
      results.iterations = iterations + first;
      results.solution = BatchView<double>::array_of_structs(x + first * n, n);
      solver.solve(tasks, {.tolerance = s.tolerance, .max_iterations = most}, results);
    }
  }

  void choose_shift(System const& s) {
    std::vector<double> x(static_cast<std::size_t>(s.tasks * s.unknowns()));
    std::vector<std::int32_t> iterations(static_cast<std::size_t>(s.tasks)), status(iterations.size());
    Scale best_scale = Scale::diagonal;
    double best = 0, fewest = std::numeric_limits<double>::infinity();
    for (auto const scale : {Scale::diagonal, Scale::absolute}) {
      if (scale == Scale::absolute && s.unknowns() > 2000) break;  // minutes, and never the better one so far
      scale_ = scale;
      auto solver = made(s, s.tasks);
      for (double const shift : {0.0, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1}) {
        run(solver, s, s.tasks, shift, training_limit, x.data(), iterations.data(), status.data());
        double total = 0;
        for (std::size_t t = 0; t < status.size(); ++t) {
          total += status[t] == static_cast<std::int32_t>(Status::converged) ? iterations[t] : training_limit;
        }
        if (total < fewest) {
          best_scale = scale;
          best = shift;
          fewest = total;
        }
      }
    }
    scale_ = best_scale;
    shift_ = best;
  }

  System const& system_;
  Executor executor_;
  std::int64_t batch_;
  Scale scale_ = Scale::diagonal;
  double shift_ = 0;
  std::vector<std::int32_t> iterations_;
  std::unique_ptr<CgSolver> solver_;
};

Registered const registered([](auto& entries, auto&) {
  for (std::int64_t const batch : {0, 1}) {
    entries.push_back({.name = batch == 1 ? "iccg best constant, one a call" : "iccg best constant",
                       .ours = true,
                       .family = Family::krylov,
                       .applies =
                           [=](System const& s) {
                             if (!is_positive_definite(s)) return false;
                             return batch == 0 ? s.unknowns() <= (s.sweep ? 4000 : 15'000)
                                               : s.unknowns() <= 4000 && !s.sweep;
                           },
                       .make = [=](System const& s) { return std::make_unique<Cg>(s, batch); },
                       .batch = batch});
  }
});

}  // namespace
}  // namespace metasolve::bench::linear
