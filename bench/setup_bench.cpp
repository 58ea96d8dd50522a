// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/elasticity.hpp"
#include "support/assembly.hpp"
#include "support/solving.hpp"

/// The work before the iterations: drawing on the host, transfer, assembly and factorisation on the device, each
/// separately, and everything a batch needs before the solve. Names: what/case/device/tasks.
namespace metasolve::bench {
namespace {

/// Rows drawn by `of`, [tasks][...].
std::vector<double> drawn_rows(Case const& of, std::int64_t tasks) {
  std::vector<double> rows(static_cast<std::size_t>(static_cast<double>(tasks) * of.bytes_drawn / sizeof(double)));
  // New tasks each time: tasks cache their trajectories.
  tasks_of(of, tasks).fill(0, tasks, rows.data());
  return rows;
}

/// Reports numbers that are moved once.
void report(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  declare(state, device.executor, {.bytes = static_cast<double>(tasks) * of.bytes_drawn});
  state.counters["tasks/s"] =
      benchmark::Counter(static_cast<double>(tasks * state.iterations()), benchmark::Counter::kIsRate);
}

/// ICCG with zero iterations: factorisation, and the first measure.
void factorisation(benchmark::State& state, Device const& device, Case of, std::int64_t tasks) {
  of.limits = {1e-300, 0};
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

/// The kernel alone.
void assembly(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  auto const stencil = dynamic_cast<problems::BeamKind const&>(*tasks_of(of, tasks).kind).stencil;
  auto const assemble = make_assembly(device.executor, *stencil, drawn_rows(of, tasks));
  timed(state, device.executor, assemble);
  // 15 operations per value and 7 divisions (kernels/problems/elasticity.hpp); writes values and right-hand sides.
  double const n = static_cast<double>(tasks), unknowns = stencil->structure.unknowns,
               values = static_cast<double>(stencil->structure.entries()) + unknowns;
  declare(state, device.executor,
          {.flops = n * (22 * values + 4 * unknowns), .bytes = n * (values + unknowns) * sizeof(double)});
}

/// Copies rows from host to device memory, which waits: measured by the host's clock.
void transfer(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  auto const rows = drawn_rows(of, tasks);
  auto const there = exec::uploaded(device.executor.backend(), rows);
  for (auto _ : state) device.executor.upload(there.data(), rows.data(), there.bytes());
  report(state, device, of, tasks);
}

/// From drawn rows to tasks ready to be solved: memory, transfer, features, and for beams the assembly. By the host's
/// clock: allocation and transfer wait.
void binding(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  auto const width = static_cast<std::int64_t>(of.bytes_drawn / sizeof(double));
  auto const rows = std::make_shared<std::vector<double> const>(drawn_rows(of, tasks));
  auto drawn = tasks_of(of, tasks);
  drawn.fill = [rows, width](std::int64_t first, std::int64_t n, double* to) {
    std::copy_n(rows->begin() + first * width, n * width, to);
  };
  for (auto _ : state) {
    auto const group = engine::bind<double>(device.executor.backend(), drawn, {.capacity = tasks});
    device.executor.synchronize();
    benchmark::DoNotOptimize(group.count);
  }
  report(state, device, of, tasks);
}

void drawing(benchmark::State& state, Device const& host, Case const& of, std::int64_t tasks) {
  for (auto _ : state) benchmark::DoNotOptimize(drawn_rows(of, tasks).data());
  report(state, host, of, tasks);
}

}  // namespace

void register_all() {
  auto const level1 = beams({8, 2, 2}, 1, -1), entries5 = beams({8, 2, 2}, 0, 5);
  auto const add = [](char const* what, auto* f, Case const& of, Device const& device, std::int64_t tasks) {
    auto const name = std::string(what) + "/" + of.name + "/" + device.name + "/tasks:" + std::to_string(tasks);
    return register_guarded(name, [=, &device](benchmark::State& s) { f(s, device, of, tasks); })
        ->Unit(benchmark::kMillisecond);
  };
  for (auto const& device : devices()) {
    for (auto const& of : {level1, entries5}) add("factorisation", factorisation, of, device, 1024)->UseManualTime();
    for (std::int64_t const tasks : {1024, 16'384}) add("assembly", assembly, level1, device, tasks)->UseManualTime();
    for (auto const& [of, tasks] : {std::pair{level1, 1024}, std::pair{robertson(), 100'000}}) {
      add("transfer", transfer, of, device, tasks)->UseRealTime();
      add("binding", binding, of, device, tasks)->UseRealTime();
    }
  }
  for (auto const& of : {poisson(16), robertson(), level1}) {
    add("drawing", drawing, of, devices().front(), 100'000)->UseRealTime();
  }
}

}  // namespace metasolve::bench
