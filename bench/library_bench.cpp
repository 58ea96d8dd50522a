// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>

#include "metasolve/implicit_euler_solver.hpp"
#include "support/solving.hpp"

/// The library's call on Robertson's steps in the caller's memory (r = 1.37, eps = 1e-9), against the engine's stage on
/// its own rows, in one run; and the cost of a call with one task or none: host time until it returns, and as a
/// replayed CUDA graph. Names: what/device/tasks.
namespace metasolve::bench {
namespace {

/// The engine's rows [tasks][9] split up: c and y in either layout, h.
class Steps {
 public:
  Steps(Executor executor, std::int64_t tasks, bool by_columns)
      : executor_(std::move(executor)), tasks_(tasks), by_columns_(by_columns) {
    auto const n = static_cast<std::size_t>(tasks);
    std::vector<double> rows(9 * n), c(3 * n), y(3 * n), h(n);
    if (tasks > 0) tasks_of(robertson(), tasks).fill(0, tasks, rows.data());
    for (std::size_t t = 0; t < n; ++t) {
      h[t] = rows[9 * t + 1];
      for (std::size_t i = 0; i < 3; ++i) {
        auto const at = by_columns ? i * n + t : 3 * t + i;
        c[at] = rows[9 * t + 2 + i];
        y[at] = rows[9 * t + 6 + i];
      }
    }
    c_ = exec::uploaded(backend(), c);
    y_ = exec::uploaded(backend(), y);
    h_ = exec::uploaded(backend(), h);
    iterations_ = exec::Buffer<std::int32_t>(backend(), tasks);
  }

  void solve(ImplicitEulerSolver& ode) {
    ode.solve(
        {.count = tasks_, .previous = view(y_), .parameters = view(c_), .step = {h_.data(), 1}, .relaxation = 1.37},
        {1e-9, 10000}, {.iterations = iterations_.data()});
  }
  [[nodiscard]] double iterations_made() const {
    std::vector<std::int32_t> counts(static_cast<std::size_t>(tasks_));
    iterations_.download(counts.data(), tasks_);
    double sum = 0;
    for (auto const k : counts) sum += k;
    return sum;
  }

 private:
  [[nodiscard]] exec::Backend& backend() const { return executor_.backend(); }
  [[nodiscard]] BatchView<double const> view(exec::Buffer<double> const& of) const {
    using View = BatchView<double const>;
    return by_columns_ ? View::struct_of_arrays(of.data(), tasks_) : View::array_of_structs(of.data(), 3);
  }
  Executor executor_;
  std::int64_t tasks_;
  bool by_columns_;
  exec::Buffer<double> c_, y_, h_;
  exec::Buffer<std::int32_t> iterations_;
};

ImplicitEulerSolver solver_for(Device const& device, std::int64_t tasks) {
  return {device.executor, {"robertson", true}, {std::max<std::int64_t>(1, tasks)}};
}

void library(benchmark::State& state, Device const& device, std::int64_t tasks, bool by_columns) {
  auto const of = robertson();
  Steps steps(device.executor, tasks, by_columns);
  auto ode = solver_for(device, tasks);
  timed(state, device.executor, [&] { steps.solve(ode); });
  double const made = steps.iterations_made(), n = static_cast<double>(tasks);
  declare(
      state, device.executor,
      {.task_iterations = made, .flops = made * of.flops, .bytes = n * (7 * sizeof(double) + sizeof(std::int32_t))});
}

void engine_stage(benchmark::State& state, Device const& device, std::int64_t tasks) {
  auto const of = robertson();
  Solving<double> solving(device.executor, of, tasks_of(of, tasks), {.capacity = tasks});
  timed(state, device.executor, [&] { solving.group.solver->solve(solving.run); });
  solving.report(state);
}

/// Host time of a call, without the work that it starts on the device.
void call(benchmark::State& state, Device const& device, std::int64_t tasks, bool replayed) {
  using Clock = std::chrono::steady_clock;
  constexpr int calls = 100;  // reading the clock costs as much as an empty call
  Steps steps(device.executor, tasks, false);
  auto ode = solver_for(device, tasks);
  std::function<void()> f = [&] { steps.solve(ode); };
  if (replayed) f = captured(device.executor, f);
  f();
  device.executor.synchronize();
  for (auto _ : state) {
    auto const start = Clock::now();
    for (int i = 0; i < calls; ++i) f();
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count() / calls);
    device.executor.synchronize();
  }
}

}  // namespace

void register_all() {
  for (auto const& device : devices()) {
    auto const add = [&](std::string const& what, std::int64_t tasks, auto&& f) {
      auto const name = what + "/" + device.name + "/tasks:" + std::to_string(tasks);
      return register_guarded(name, [=, &device](benchmark::State& s) { f(s, device, tasks); })->UseManualTime();
    };
    bool const cpu = device.executor.name() == "cpu";
    add("engine_stage", 1'000'000, engine_stage)->Unit(benchmark::kMillisecond);
    for (bool const by_columns : {false, true}) {
      add(by_columns ? "struct_of_arrays" : "array_of_structs", 1'000'000, [=](auto& s, auto& d, auto n) {
        library(s, d, n, by_columns);
      })->Unit(benchmark::kMillisecond);
    }
    for (std::int64_t const tasks : {0, 1}) {
      // A fixed number: summing up the time of calls alone would take long.
      add("call", tasks, [](auto& s, auto& d, auto n) { call(s, d, n, false); })->Iterations(1000);
      if (cpu) continue;
      add("replayed_call", tasks, [](auto& s, auto& d, auto n) { call(s, d, n, true); })->Iterations(1000);
    }
  }
}

}  // namespace metasolve::bench
