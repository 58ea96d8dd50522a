// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "support/beam_batch.hpp"
#include "support/launch_loop.hpp"
#include "support/plain_iccg.hpp"
#include "support/plain_jacobi.hpp"
#include "support/plain_newton_sor.hpp"
#include "support/solving.hpp"

/// Forward solves with constant parameters, in one run with the usual alternatives: a plain scalar loop over the tasks
/// (CPU); one launch per iteration with a check by the host; on a CUDA device, for ICCG, cuSPARSE's products and
/// triangular solves on the batch as one block-diagonal system. Names: what/case/device/tasks.
namespace metasolve::bench {
namespace {

template <class Scalar>
void forward(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  Solving<Scalar> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

std::vector<double> rows_of(Case const& of, std::int64_t tasks) {
  std::vector<double> rows(static_cast<std::size_t>(9 * tasks));
  tasks_of(of, tasks).fill(0, tasks, rows.data());
  return rows;
}

/// Reports the work of a loop outside the engine in the engine's terms.
void report_loop(benchmark::State& state, Device const& device, Case const& of, std::int32_t const* counts,
                 std::int64_t tasks) {
  double const made = std::accumulate(counts, counts + tasks, 0.0), n = static_cast<double>(tasks);
  declare(state, device.executor,
          {.task_iterations = made, .flops = made * of.flops + n * of.start_flops, .bytes = n * of.bytes});
  state.counters["mean_iterations"] = made / n;
}

void plain(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  int const threads = device.executor.backend().threads();
  std::vector<std::int32_t> counts(static_cast<std::size_t>(tasks));
  auto const all = tasks_of(of, tasks);
  if (auto const* const poisson = dynamic_cast<problems::PoissonKind const*>(all.kind.get())) {
    std::int64_t const n = poisson->unknowns;
    std::vector<double> rhs(counts.size() * static_cast<std::size_t>(n)), solution(rhs.size());
    engine::for_each_part(all, 4096, [&](double const* rows, std::int64_t first, std::int64_t here) {
      for (std::int64_t t = 0; t < here; ++t, rows += 2 * n) {
        std::copy_n(rows, n, rhs.data() + (first + t) * n);
        std::copy_n(rows + n, n, solution.data() + (first + t) * n);
      }
    });
    PlainJacobi const loop{poisson->unknowns, rhs.data(), solution.data(), of.limits.tolerance,
                           of.limits.max_iterations};
    timed(state, device.executor, [&] { loop.solve(tasks, threads, counts.data()); });
  } else if (of.config.problem.name == "robertson") {
    auto const rows = rows_of(of, tasks);
    PlainNewtonSor const loop{rows.data(), of.limits.tolerance, of.limits.max_iterations};
    timed(state, device.executor, [&] { loop.solve(tasks, threads, counts.data()); });
  } else {
    BeamBatch const batch(tasks);
    PlainIccg const loop(batch.stencil.structure, of.config.of<problems::ShiftSettings>().fill_level);
    timed(state, device.executor, [&] {
      loop.solve(tasks, batch.values.data(), batch.rhs.data(), of.config.of<problems::ShiftSettings>().shift,
                 of.limits.tolerance, of.limits.max_iterations, threads, counts.data());
    });
  }
  report_loop(state, device, of, counts.data(), tasks);
}

void launch_an_iteration(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  auto& exec = device.executor.backend();
  auto const rows = rows_of(of, tasks);
  std::vector<double> columns(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) columns[i % 9 * static_cast<std::size_t>(tasks) + i / 9] = rows[i];
  auto const loop = make_launch_loop(device.executor, columns, tasks);
  std::int32_t const* counts = nullptr;
  timed(state, device.executor, [&] { counts = loop->solve(of.limits.tolerance, of.limits.max_iterations); });
  std::vector<std::int32_t> fetched(static_cast<std::size_t>(tasks));
  exec.download(fetched.data(), counts, fetched.size() * sizeof(std::int32_t));
  report_loop(state, device, of, fetched.data(), tasks);
}

/// Distribution of counts over the batch: as drawn; sorted, so that adjacent tasks need similar counts; or the same
/// mean count for every task.
enum class Spread { drawn, sorted, none };

void spread(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks, Spread kind) {
  auto drawn = tasks_of(of, tasks);
  std::vector<std::int64_t> order(static_cast<std::size_t>(tasks));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (kind != Spread::drawn) {
    Solving<double> once(devices().front().executor, of, drawn, {.capacity = tasks});
    once.group.solver->solve(once.run);
    auto const counts = once.counts();
    std::ranges::sort(order, {}, [&](std::int64_t t) { return counts[static_cast<std::size_t>(t)]; });
    double const mean = std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(tasks);
    auto const middle = std::ranges::lower_bound(
        order, mean, {}, [&](std::int64_t t) { return static_cast<double>(counts[static_cast<std::size_t>(t)]); });
    if (kind == Spread::none) std::ranges::fill(order, *middle);
  }
  auto const fill = drawn.fill;
  drawn.fill = [fill, order](std::int64_t first, std::int64_t n, double* rows) {
    for (std::int64_t t = 0; t < n; ++t) fill(order[static_cast<std::size_t>(first + t)], 1, rows + 9 * t);
  };
  Solving<double> solving(device.executor, of, drawn, {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

template <class F>
void add(std::string const& what, Case const& of, Device const& device, std::int64_t tasks, F&& f) {
  auto const name = what + "/" + of.name + "/" + device.name + "/tasks:" + std::to_string(tasks);
  register_guarded(name, [f, of, &device, tasks](benchmark::State& state) { f(state, device, of, tasks); })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_all() {
  struct Sized {
    Case of;
    std::vector<std::int64_t> tasks;
  };
  std::vector<Sized> const sizes = {{robertson(), {1, 100, 10'000, 100'000, 1'000'000, 10'000'000}},
                                    {poisson(16), {1, 100, 10'000, 100'000, 1'000'000}},
                                    {poisson(16, true), {100'000}},
                                    {poisson(64), {10'000}},
                                    {beams({8, 2, 2}, 1, -1), {1, 32, 1024, 8192}},
                                    {beams({8, 2, 2}, 0, 5), {1024}}};
  for (auto const& device : devices()) {
    bool const cpu = device.executor.name() == "cpu";
    for (auto const& [of, all] : sizes) {
      for (auto const tasks : all) {
        add("forward", of, device, tasks, of.single ? forward<float> : forward<double>);
        bool const has_plain = of.name == "robertson" || of.name == "poisson_16" || of.name == "beams_243_level1";
        if (cpu && has_plain && tasks > 100 && tasks <= 1'000'000) add("plain", of, device, tasks, plain);
      }
    }
    if (!cpu) {
      auto cusparse = beams({8, 2, 2}, 1, -1);
      cusparse.config.of<problems::ShiftSettings>().batching = problems::Batching::block_diagonal;
      for (std::int64_t const tasks : {32, 1024, 8192}) add("cusparse", cusparse, device, tasks, forward<double>);
    }
    add("launch_an_iteration", robertson(), device, 100'000, launch_an_iteration);
    add("spread_drawn", robertson(), device, 100'000, [](auto&... a) { spread(a..., Spread::drawn); });
    add("spread_sorted", robertson(), device, 100'000, [](auto&... a) { spread(a..., Spread::sorted); });
    add("spread_none", robertson(), device, 100'000, [](auto&... a) { spread(a..., Spread::none); });
  }
}

}  // namespace metasolve::bench
