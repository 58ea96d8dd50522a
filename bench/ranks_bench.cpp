// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "metasolve/detail/train/setup.hpp"
#include "support/one_rank.hpp"
#include "support/solving.hpp"

/// What it costs to train with the same bits on any number of ranks: steps of Adam whose sums are "fast", by a tree
/// ("ranks"), and by a tree through the exchange of a group of one rank ("one_rank"; on a device NCCL within the
/// captured step). Names: ranks_step/case/device/tasks/way. Compare the ways of one case in one run.
namespace metasolve::bench {
namespace {

enum class Sums { fast, ranks, one_rank };
constexpr char const* names[] = {"fast", "ranks", "one_rank"};

void step(benchmark::State& state, Device const& device, Case const& of, std::int64_t batch, Sums sums) {
  constexpr int steps = 8, hidden = 16;
  auto options = options_of(of, hidden, batch);
  options.failure_slope = 0;
  options.reproducible = sums == Sums::fast ? engine::Reproducible::fast : engine::Reproducible::ranks;
  auto const executor = sums == Sums::one_rank ? device.executor.over(std::make_shared<OneRank>()) : device.executor;
  auto const learner = engine::make_learner(executor, options, {tasks_of(of, steps * batch), tasks_of(of, 1)});
  auto config = of.config;
  config.network.hidden = {hidden, hidden};
  config.network.initial_gain = 0.1;
  auto const weights = train::initial_weights(config);
  engine::LearnerState const drawn{
      weights, std::vector<double>(weights.size()), std::vector<double>(weights.size()), {}, 0};
  learner->restore({&drawn, 1});
  std::vector<std::int32_t> order(static_cast<std::size_t>(steps * batch));
  std::iota(order.begin(), order.end(), 0);
  engine::EpochSettings const settings{1e-6, of.limits.tolerance};  // keeps the tasks' difficulty constant
  auto const epoch = [&] {
    learner->begin_epoch(order, {&settings, 1});
    for (int s = 0; s < steps; ++s) learner->step(batch);
    benchmark::DoNotOptimize(learner->epoch_totals().front().iterations);
  };
  for (int i = 0; i < 3; ++i) epoch();  // the second is recorded on a device
  for (auto _ : state) epoch();
  state.counters["seconds_a_step"] = benchmark::Counter(steps * static_cast<double>(state.iterations()),
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

void register_all() {
  struct Step {
    Case of;
    std::int64_t batch;
  };
  for (auto const& device : devices()) {
    for (auto const& [of, batch] : {Step{robertson(), 1024}, Step{robertson(), 16'384}, Step{poisson(16), 64},
                                    Step{poisson(16), 4096}, Step{beams({8, 2, 2}, 0, 5), 64}}) {
      for (auto const sums : {Sums::fast, Sums::ranks, Sums::one_rank}) {
        register_guarded(
            "ranks_step/" + of.name + "/" + device.name + "/tasks:" + std::to_string(batch) + "/" +
                names[static_cast<int>(sums)],
            [of = of, batch = batch, sums, &device](benchmark::State& s) { step(s, device, of, batch, sums); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
}

}  // namespace metasolve::bench
