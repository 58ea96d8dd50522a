// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "figures.hpp"

namespace metasolve::bench::online {

namespace {

/// Iterations of all members in each step. online: may be null.
std::vector<double> run(Executor const& executor, heat::HeatEquation const& heat, double constant, int members,
                        int steps, OnlineMetaSolver* online) {
  std::ptrdiff_t const n = heat.unknowns(), entries = heat.entries();
  auto const size = static_cast<std::size_t>(members);
  CgSolver solver(executor, heat.pattern(),
                  {.preconditioner = PreconditionerKind::ssor, .ordering = CgSolver::Ordering::natural},
                  {.capacity = members});
  std::vector<double> u(size * static_cast<std::size_t>(n)), next(u.size()), b(u.size());
  std::vector<double> a(size * static_cast<std::size_t>(entries)), features(size), start(size);
  std::vector<std::int32_t> iterations(size);
  for (std::size_t m = 0; m < size; ++m) {
    heat.start(u.data() + static_cast<std::ptrdiff_t>(m) * n);
    double whole;
    start[m] = std::modf(0.6180339887498949 * static_cast<double>(m), &whole);  // evenly over the cycle
  }
  std::vector<double> totals;
  for (int step = 0; step < steps; ++step) {
    for (std::size_t m = 0; m < size; ++m) {
      auto const at = static_cast<std::ptrdiff_t>(m);
      double const time = start[m] + step * heat.step();
      heat.assemble(time, u.data() + at * n, a.data() + at * entries, b.data() + at * n);
      features[m] = 1 + heat.coupling(time);
    }
    solver.solve({.count = members,
                  .values = {a.data(), entries},
                  .rhs = {b.data(), n},
                  .omega = constant,
                  .guess = {u.data(), n}},
                 {.tolerance = tolerance}, {.iterations = iterations.data(), .solution = {next.data(), n}},
                 {.online = {online, {features.data(), 1}}});
    std::swap(u, next);
    double total = 0;
    for (auto const k : iterations) total += k;
    totals.push_back(total);
  }
  return totals;
}

}  // namespace

Json batches(heat::HeatEquation const& heat, double constant, int members, int steps, int seeds) {
  auto const executor = Executor::cpu(1);
  auto const fixed = run(executor, heat, constant, members, steps, nullptr);
  Json out{{"members", members}, {"steps", steps}, {"constant", constant}, {"runs", Json::array()}};
  for (int seed = 1; seed <= seeds; ++seed) {
    OnlineMetaSolver online(executor,
                            learner_options(heat.most_coupling(), constant, OnlineMetaSolver::Exploration::confidence,
                                            static_cast<std::uint64_t>(seed), members));
    auto const learned = run(executor, heat, constant, members, steps, &online);
    Json of_step = Json::array(), so_far = Json::array();
    double ours = 0, theirs = 0;
    int better = 0;  // the last step after which nothing was gained
    for (std::size_t s = 0; s < learned.size(); ++s) {
      ours += learned[s];
      theirs += fixed[s];
      of_step.push_back(learned[s] / fixed[s]);
      so_far.push_back(ours / theirs);
      if (!(ours < theirs)) better = static_cast<int>(s) + 1;
    }
    out["runs"].push_back({{"seed", seed},
                           {"of_constant_by_step", of_step},
                           {"of_constant_so_far", so_far},
                           {"better_from_step", better < steps ? Json(better + 1) : Json(nullptr)}});
  }
  return out;
}

}  // namespace metasolve::bench::online
