// SPDX-License-Identifier: Apache-2.0
//
// Under mpirun: times of training steps and of solves that the ranks share, one thread each, and of the exchanges
// alone, as one JSON document from rank 0. scripts/scale-figures runs it on several numbers of ranks.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/detail/train/timing.hpp"
#include "metasolve/mpi.hpp"
#include "support/cases.hpp"

namespace metasolve::bench {
namespace {

using nlohmann::ordered_json;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Seconds of the slowest rank, the least of several rounds: other load only adds time.
template <class F>
double least(Ranks& ranks, int rounds, F&& f) {
  double best = 1e300;
  for (int round = 0; round < rounds; ++round) {
    double nothing = 0;
    ranks.all_reduce(&nothing, 1);
    double const start = now();
    f();
    double mine = now() - start;
    std::vector<double> all(static_cast<std::size_t>(ranks.size()));
    ranks.all_gather(&mine, sizeof(mine), all.data());
    best = std::min(best, *std::ranges::max_element(all));
  }
  return best;
}

ordered_json step(Executor const& executor, Ranks& ranks, Case const& of, std::int64_t batch, bool exact) {
  constexpr int hidden = 16;
  std::int64_t const steps = of.start_flops > 0 ? 2 : std::clamp<std::int64_t>(16384 / batch, 2, 32);
  auto options = options_of(of, hidden, batch);
  options.failure_slope = 0;
  options.reproducible = exact ? engine::Reproducible::ranks : engine::Reproducible::fast;
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
    for (std::int64_t s = 0; s < steps; ++s) learner->step(batch);
    (void)learner->epoch_totals();
  };
  epoch();
  return {{"case", of.name + ", " + std::to_string(batch)},
          {"batch", batch},
          {"ranks", ranks.size()},
          {"exact", exact},
          {"weights", weights.size()},
          {"seconds", least(ranks, 5, epoch) / static_cast<double>(steps)}};
}

ordered_json solve(Executor const& executor, Ranks& ranks, Case const& of, std::int64_t tasks) {
  auto const options = options_of(of, 1, tasks);
  auto const evaluator = engine::make_evaluator(executor, options, tasks_of(of, tasks));
  auto const all = [&] {
    train::solve_all(*evaluator, engine::Parameters::given, of.limits, tasks);
    evaluator->synchronize();
  };
  all();
  return {{"case", of.name + ", " + std::to_string(tasks)}, {"ranks", ranks.size()}, {"seconds", least(ranks, 3, all)}};
}

ordered_json exchanges(Ranks& ranks) {
  auto rows = ordered_json::array();
  for (std::size_t const bytes : {16, 1024, 4096, 16384, 65536, 262144, 1048576}) {
    std::vector<char> mine(bytes), all(bytes * static_cast<std::size_t>(ranks.size()));
    std::vector<double> numbers(bytes / sizeof(double));
    int const calls = bytes <= 16384 ? 200 : 20;
    auto const each = [&](auto&& f) {
      return least(ranks, 7,
                   [&] {
                     for (int i = 0; i < calls; ++i) f();
                   }) /
             calls;
    };
    double const gathered = each([&] { ranks.all_gather(mine.data(), bytes, all.data()); });
    double const reduced = each([&] { ranks.all_reduce(numbers.data(), static_cast<std::int64_t>(numbers.size())); });
    rows.push_back({{"bytes", bytes}, {"gather", gathered}, {"reduce", reduced}});
  }
  return rows;
}

int run() {
  auto const ranks = mpi_ranks(MPI_COMM_WORLD);
  auto const executor = Executor::cpu(1).over(ranks);
  ordered_json document{{"ranks", ranks->size()}, {"device", executor.description()}};
  document["exchanges"] = exchanges(*ranks);
  for (bool const exact : {true, false}) {
    for (auto const& [of, batch] :
         {std::pair{robertson(), 1024}, std::pair{robertson(), 16'384}, std::pair{poisson(16), 64},
          std::pair{poisson(16), 4096}, std::pair{beams({8, 2, 2}, 0, 5), 64}}) {
      document["steps"].push_back(step(executor, *ranks, of, batch, exact));
    }
  }
  document["solves"].push_back(solve(executor, *ranks, robertson(), 50'000));
  document["solves"].push_back(solve(executor, *ranks, beams({8, 2, 2}, 0, 5), 2048));
  if (ranks->rank() == 0) std::cout << document.dump(1) << std::endl;
  return 0;
}

}  // namespace
}  // namespace metasolve::bench

int main(int argc, char** argv) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  try {
    metasolve::bench::run();
  } catch (std::exception const& error) {
    std::cerr << "over_ranks: " << error.what() << '\n';
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
  return 0;
}
