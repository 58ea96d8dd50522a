// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "metasolve/detail/train/setup.hpp"
#include "support/network_passes.hpp"
#include "support/solving.hpp"

/// Training and inference: whole steps of Adam (gather, network, solves with gradient, network's adjoint, update), the
/// network's own passes, and the time to solution with a network against constant parameters. The network is random,
/// not trained: the cost is the same. Names: what/case/device/tasks/hidden.
namespace metasolve::bench {
namespace {

/// Per task: multiplications and additions with the weights.
double network_flops(engine::LearnerOptions const& options) {
  return 2.0 * static_cast<double>(network::weight_count(network::layer_shapes(options.network.sizes)));
}

/// Per task, in single precision. Forward: reads the input, and writes each layer's numbers before and after the
/// activation; a block of rows stays in the cache. Backward: reads both; each layer's derivatives are written by a
/// product, read and written by the activation, and read by the next product.
double network_bytes(engine::LearnerOptions const& options, bool backward) {
  auto const& sizes = options.network.sizes;
  auto const ends = static_cast<double>(sizes.front() + sizes.back());
  double const hidden = std::accumulate(sizes.begin() + 1, sizes.end() - 1, 0.0);
  return sizeof(float) * (ends + hidden * (backward ? 6 : 2));
}

/// An epoch of a few steps, so that the cost per epoch is shared as in training. By the host's clock: a step is a graph
/// launch on a device, and the host must keep up.
void training_step(benchmark::State& state, Device const& device, Case const& of, std::int64_t batch, int hidden) {
  constexpr int steps = 4;
  auto options = options_of(of, hidden, batch);
  options.failure_slope = 0;
  options.task_clip = 30;
  auto const learner = engine::make_learner(device.executor, options, {tasks_of(of, steps * batch), tasks_of(of, 1)});
  auto config = of.config;
  config.network.hidden = {hidden, hidden};
  config.network.initial_gain = 0.1;
  auto const weights = train::initial_weights(config);
  engine::LearnerState drawn{weights, std::vector<double>(weights.size()), std::vector<double>(weights.size()), {}, 0};
  std::vector<std::int32_t> order(static_cast<std::size_t>(steps * batch));
  std::iota(order.begin(), order.end(), 0);
  engine::EpochSettings const settings{1e-6, of.limits.tolerance};  // keeps the tasks' difficulty constant
  learner->restore({&drawn, 1});
  double made = 0;
  auto const epoch = [&] {
    learner->begin_epoch(order, {&settings, 1});
    for (int s = 0; s < steps; ++s) learner->step(batch);
    made = learner->epoch_totals().front().iterations;
  };
  epoch();
  for (auto _ : state) epoch();
  double const tasks = static_cast<double>(steps * batch), runs = static_cast<double>(state.iterations());
  using Counter = benchmark::Counter;
  // A solver with several parameters uses the adjoint (engine/choices.hpp). One forward pass, and two backward.
  auto const way = of.name.starts_with("beams") ? Way::difference : Way::adjoint;
  declare(state, device.executor,
          {.task_iterations = made,
           .flops = made * of.flops_of(way) + tasks * of.start_flops,
           .single_flops = tasks * 3 * network_flops(options),
           .bytes = tasks *
                    (of.bytes_of(way, made / tasks) + network_bytes(options, false) + network_bytes(options, true))});
  state.counters["tasks/s"] = Counter(tasks * runs, Counter::kIsRate);
  state.counters["steps/s"] = Counter(steps * runs, Counter::kIsRate);
  state.counters["mean_iterations"] = made / tasks;
}

void network_pass(benchmark::State& state, Device const& device, std::int64_t tasks, int hidden, bool backward) {
  auto const options = options_of(robertson(), hidden, tasks);
  NetworkPasses passes(device.executor, options.network, tasks);
  passes.forward();
  timed(state, device.executor, [&] { backward ? passes.backward() : passes.forward(); });
  // Backward: with respect to the weights and the layers' inputs.
  double const n = static_cast<double>(tasks), flops = n * network_flops(options) * (backward ? 2 : 1);
  declare(state, device.executor, {.single_flops = flops, .bytes = n * network_bytes(options, backward)});
  state.counters["of_gemm"] =
      benchmark::Counter(flops * static_cast<double>(state.iterations()) / ceilings_of(device.executor).gemm_float,
                         benchmark::Counter::kIsRate);
}

/// Inference and solve; constant: only the solve, with the constant parameters.
void to_solution(benchmark::State& state, Device const& device, Case const& of, std::int64_t tasks, int hidden) {
  bool const constant = hidden == 0;
  auto options = options_of(of, std::max(hidden, 1), tasks);
  options.memory = std::int64_t{8} << 30;
  auto const evaluator = engine::make_evaluator(device.executor, options, tasks_of(of, tasks));
  auto config = of.config;
  config.network.hidden = {std::max(hidden, 1), std::max(hidden, 1)};
  config.network.initial_gain = 0.1;
  evaluator->set_weights(train::initial_weights(config));
  auto const which = constant ? engine::Parameters::given : engine::Parameters::meta_solver;
  auto const part = std::min(tasks, evaluator->capacity());
  timed(state, device.executor, [&] {
    for (std::int64_t first = 0; first < tasks; first += part) {
      evaluator->solve(which, of.limits, first, std::min(part, tasks - first));
    }
  });
  auto const counts = evaluator->outcomes().iterations;
  double const made = std::accumulate(counts.begin(), counts.end(), 0.0), n = static_cast<double>(tasks);
  declare(state, device.executor,
          {.task_iterations = made,
           .flops = made * of.flops + n * of.start_flops,
           .single_flops = constant ? 0 : n * network_flops(options),
           .bytes = n * of.bytes});
  state.counters["mean_iterations"] = made / n;
}

}  // namespace

void register_all() {
  for (auto const& device : devices()) {
    auto const name = [&](std::string const& what, std::string const& of, std::int64_t tasks, int hidden) {
      return what + "/" + of + "/" + device.name + "/tasks:" + std::to_string(tasks) +
             "/hidden:" + std::to_string(hidden);
    };
    struct Step {
      Case of;
      std::int64_t batch;
      int hidden;
    };
    for (auto const& [of, batch, hidden] :
         {Step{robertson(), 1024, 16}, Step{robertson(), 16'384, 64}, Step{robertson(), 16'384, 1024},
          Step{poisson(16), 256, 16}, Step{beams({8, 2, 2}, 0, 5), 256, 64}}) {
      register_guarded(name("training_step", of.name, batch, hidden),
                       [of = of, batch = batch, hidden = hidden, &device](benchmark::State& s) {
                         training_step(s, device, of, batch, hidden);
                       })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
    for (int const hidden : {16, 64, 256, 1024}) {
      for (bool const backward : {false, true}) {
        register_guarded(name(backward ? "backward" : "forward", "network", 16'384, hidden),
                         [=, &device](benchmark::State& s) { network_pass(s, device, 16'384, hidden, backward); })
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
    for (int const hidden : {0, 16, 64, 256}) {
      register_guarded(name("to_solution", "robertson", 100'000, hidden),
                       [=, &device](benchmark::State& s) { to_solution(s, device, robertson(), 100'000, hidden); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace metasolve::bench
