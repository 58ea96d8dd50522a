// SPDX-License-Identifier: Apache-2.0
#include "src/problems/elasticity.hpp"
#include "support/solving.hpp"

/// What comes before the iterations: a batch's factorisation, its assembly and upload on the way to a device, and the
/// drawing of tasks on the host. Names: what/case/device/tasks.
namespace metasolve::bench {
namespace {

/// ICCG without an iteration: factorisation, and the first measure.
void factorisation(benchmark::State& state, Device const& device, Case of, std::int64_t tasks) {
  of.limits = {1e-300, 0};
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

/// Rows that are already drawn, to tasks that are ready to be solved: transfer, features, for beams the assembly. By
/// the host's clock: allocation and transfer wait.
void binding(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks) {
  auto drawn = tasks_of(of, tasks);
  // Drawn once, and read from memory from then on.
  std::visit(
      [&](auto& t) {
        if constexpr (requires { t.fill(0, 0, static_cast<double*>(nullptr)); }) {
          auto const width = static_cast<std::int64_t>(of.bytes_drawn / sizeof(double));
          auto const rows = std::make_shared<std::vector<double>>(static_cast<std::size_t>(tasks * width));
          t.fill(0, tasks, rows->data());
          t.fill = [rows, width](std::int64_t first, std::int64_t n, double* to) {
            std::copy_n(rows->begin() + first * width, n * width, to);
          };
        }
      },
      drawn);
  for (auto _ : state) {
    auto const group = engine::make_group(device.executor, drawn, {.capacity = tasks});
    device.executor.synchronize();
    benchmark::DoNotOptimize(group.count);
  }
  state.counters["tasks/s"] =
      benchmark::Counter(static_cast<double>(tasks * state.iterations()), benchmark::Counter::kIsRate);
}

void drawing(benchmark::State& state, Case const& of, std::int64_t tasks) {
  std::vector<double> rows(static_cast<std::size_t>(static_cast<double>(tasks) * of.bytes_drawn / sizeof(double)));
  for (auto _ : state) {
    // Anew each time: trajectories are kept by the tasks that made them.
    std::visit(
        [&](auto const& t) {
          if constexpr (requires { t.fill(0, 0, static_cast<double*>(nullptr)); }) {
            t.fill(0, tasks, rows.data());
          } else if constexpr (requires {
                                 t.unknowns;
                                 t.fill(0, 0, rows.data(), rows.data());
                               }) {
            t.fill(0, tasks, rows.data(), rows.data() + rows.size() / 2);
          }
        },
        tasks_of(of, tasks));
    benchmark::DoNotOptimize(rows.data());
  }
  state.counters["tasks/s"] =
      benchmark::Counter(static_cast<double>(tasks * state.iterations()), benchmark::Counter::kIsRate);
}

}  // namespace

void register_all() {
  auto const level1 = beams({8, 2, 2}, 1, -1), entries5 = beams({8, 2, 2}, 0, 5);
  for (auto const& device : devices()) {
    auto const tail = "/" + device.name + "/tasks:";
    for (auto const& of : {level1, entries5}) {
      benchmark::RegisterBenchmark(("factorisation/" + of.name + tail + "1024").c_str(),
                                   [of, &device](benchmark::State& s) { factorisation(s, device, of, 1024); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
    for (auto const& [of, tasks] : {std::pair{level1, 1024}, std::pair{robertson(), 100'000}}) {
      benchmark::RegisterBenchmark(
          ("binding/" + of.name + tail + std::to_string(tasks)).c_str(),
          [of = of, tasks = tasks, &device](benchmark::State& s) { binding(s, device, of, tasks); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  for (auto const& [of, tasks] :
       {std::pair{poisson(16), 100'000}, std::pair{robertson(), 100'000}, std::pair{level1, 100'000}}) {
    benchmark::RegisterBenchmark(("drawing/" + of.name + "/host/tasks:" + std::to_string(tasks)).c_str(),
                                 [of = of, tasks = tasks](benchmark::State& s) { drawing(s, of, tasks); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace metasolve::bench
