// SPDX-License-Identifier: Apache-2.0
#include "chemistry.hpp"

#include <algorithm>
#include <chrono>
#include <metasolve/ranks.hpp>
#include <vector>

namespace flow {

std::string name_of(Method method) {
  switch (method) {
    case Method::constant:
      return "constant";
    case Method::newton:
      return "newton";
    case Method::meta_solver:
      return "meta";
    case Method::online:
      return "online";
  }
  return {};
}

Chemistry::Chemistry(metasolve::Executor const& executor, Loops& loops, Slab const& slab, Method method,
                     ChemistrySettings const& settings)
    : executor_(executor),
      loops_(loops),
      method_(method),
      settings_(settings),
      slab_(slab),
      cells_(slab.cells()),
      iterations_(executor.allocate(static_cast<std::size_t>(cells_) * sizeof(std::int32_t))),
      status_(executor.allocate(static_cast<std::size_t>(cells_) * sizeof(std::int32_t))),
      tally_(executor.allocate(sizeof(metasolve::Tally))) {
  if (method == Method::newton) return;
  metasolve::Setup setup{.capacity = cells_};
  if (method == Method::meta_solver) setup.meta_solver = metasolve::MetaSolver::load(settings.model);
  // The network was trained with the clamp.
  solver_.emplace(executor, metasolve::ImplicitEulerSolver::System{.name = "robertson", .clamps = true}, setup);
  if (method != Method::online) return;
  // The sweeps of a cell's previous step, none before the first. What is best changes from step to step, so little is
  // remembered.
  feature_ = executor.allocate(static_cast<std::size_t>(cells_) * sizeof(double));
  std::vector<std::int32_t> const none(static_cast<std::size_t>(cells_));
  executor.upload(iterations_.get(), none.data(), none.size() * sizeof(std::int32_t));
  online_.emplace(
      executor,
      metasolve::OnlineMetaSolver::Options{
          .parameters = {{.name = "relaxation",
                          .low = std::min(1.0, settings.relaxation),
                          .high = std::max(1.9, settings.relaxation),
                          .constant = settings.relaxation}},
          .features = {{.name = "previous sweeps", .low = 2, .high = 300, .is_logarithmic = true, .bins = 24}},
          .capacity = cells_,
          .memory = 2000,
          .first_limit = 5,
          .seed = executor.ranks() == nullptr ? 1 : 1 + static_cast<std::uint64_t>(executor.ranks()->rank())});
}

void Chemistry::advance(double* y, double const* c, double h) {
  using Clock = std::chrono::steady_clock;
  executor_.synchronize();
  auto const start = Clock::now();
  solve(y + slab_.start(), c + slab_.start(), h);
  executor_.synchronize();
  learn_from_others();
  totals_.seconds += std::chrono::duration<double>(Clock::now() - start).count();

  auto const counts =
      loops_.count(static_cast<int const*>(iterations_.get()), static_cast<int const*>(status_.get()), cells_);
  totals_.tasks += cells_;
  totals_.iterations += counts.iterations;
  totals_.failed += counts.failed;
  if (!solver_) return;
  metasolve::Tally tally;
  executor_.download(&tally, tally_.get(), sizeof(tally));
  totals_.retried += tally.retried;
  totals_.replaced += tally.replaced;
}

void Chemistry::learn_from_others() {
  auto* const ranks = executor_.ranks();
  if (ranks == nullptr || ranks->size() == 1) return;
  // The next transport needs all: waiting for the slowest belongs to the chemistry's time.
  double nothing = 0;
  ranks->all_reduce(&nothing, 1);
  if (online_ && settings_.merge_every > 0 && ++steps_ % settings_.merge_every == 0) online_->merge(*ranks);
}

ChemistryTotals Chemistry::totals() const {
  auto* const ranks = executor_.ranks();
  if (ranks == nullptr) return totals_;
  auto sum = totals_;
  for (auto* const count : {&sum.tasks, &sum.iterations, &sum.failed, &sum.retried, &sum.replaced}) {
    auto number = static_cast<double>(*count);  // exact below 2^53
    ranks->all_reduce(&number, 1);
    *count = static_cast<long long>(number);
  }
  return sum;
}

void Chemistry::solve(double* y, double const* c, double h) {
  auto* const iterations = static_cast<std::int32_t*>(iterations_.get());
  auto* const status = static_cast<std::int32_t*>(status_.get());
  if (!solver_) {
    loops_.run(NewtonStep{.y = y,
                          .c = c,
                          .iterations = iterations,
                          .status = status,
                          .h = h,
                          .tolerance = settings_.tolerance,
                          .max_iterations = settings_.max_iterations,
                          .cells = cells_,
                          .plane = slab_.plane()});
    return;
  }
  using Planes = metasolve::BatchView<double const>;
  metasolve::Online online;
  if (online_) {
    auto* const feature = static_cast<double*>(feature_.get());
    loops_.run(PreviousSweeps{.sweeps = iterations, .feature = feature, .cells = cells_});
    online = {&*online_, Planes::array_of_structs(feature, 1)};
  }
  // Planes of species are the solver's struct of arrays: nothing is copied, and the solution overwrites the old state.
  solver_->solve({.count = cells_,
                  .previous = Planes::struct_of_arrays(y, slab_.plane()),
                  .parameters = Planes::struct_of_arrays(c, slab_.plane()),
                  .step = h,
                  .relaxation = settings_.relaxation},
                 {.tolerance = settings_.tolerance, .max_iterations = settings_.max_iterations},
                 {.status = status,
                  .iterations = iterations,
                  .solution = metasolve::BatchView<double>::struct_of_arrays(y, slab_.plane()),
                  .tally = static_cast<metasolve::Tally*>(tally_.get())},
                 {.retry = method_ == Method::meta_solver,
                  .first_max_iterations = settings_.first_max_iterations,
                  .online = online});
}

}  // namespace flow
