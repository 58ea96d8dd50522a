// SPDX-License-Identifier: Apache-2.0
//
// The heat equation with a conductivity that changes by a factor of a hundred: the best omega of SSOR-preconditioned
// conjugate gradients changes with it, and is learned while the simulation runs. README.md. Exit status: 0, or 2: it
// could not run, or a step was not solved.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>

#include "options.hpp"
#include "simulation.hpp"

namespace {

using namespace heat;

metasolve::OnlineMetaSolver make_learner(metasolve::Executor const& executor, HeatEquation const& heat,
                                         Options const& o) {
  auto const options = learner_options(heat, o.members, o.omega, o.seed);
  if (o.load.empty()) return {executor, options};
  auto learner = metasolve::OnlineMetaSolver::load(executor, o.load, o.members);
  if (learner.options().features.at(0).high != options.features[0].high) {
    throw std::runtime_error("--load: " + o.load + " was learned with another --nx");
  }
  return learner;
}

void print(metasolve::OnlineReport const& report, double constant) {
  std::printf("\nlearned from %lld solves: %.3f iterations each, with omega %g an estimated %.3f; %.1f %% saved\n",
              static_cast<long long>(report.tasks), report.cost, constant, report.constant_cost, 100 * report.saved());
  std::printf("solved with the constant: %lld, with values to be tried: %lld, again after a bad choice: %lld\n\n",
              static_cast<long long>(report.constants), static_cast<long long>(report.explored),
              static_cast<long long>(report.retried));
  std::printf("%17s %8s %11s %15s %10s\n", "1 + coupling", "omega", "iterations", "with constant", "solves");
  for (auto const& bin : report.bins) {
    if (bin.cost == 0) continue;  // nothing of this kind was solved
    std::printf("%7.2f - %7.2f %8.2f %11.2f %15.2f %10.0f\n", bin.low[0], bin.high[0], bin.best[0], bin.cost,
                bin.constant_cost, bin.tasks);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  auto const o = parse_options(argc, argv);
  if (o.help) {
    std::fputs(usage, stdout);
    return 0;
  }
  auto const executor = metasolve::Executor::open(o.device, o.threads);
  HeatEquation const heat(o.nx);
  std::optional<metasolve::OnlineMetaSolver> online;
  if (o.online) online = make_learner(executor, heat, o);
  double const constant = online ? online->options().parameters[0].constant : o.omega;
  Simulation simulation(executor, heat, o.members, constant, online ? &*online : nullptr);

  std::printf("%s\n%d steps, %d unknowns, simulations side by side: %d; omega %g%s\n\n", executor.description().c_str(),
              o.steps, heat.unknowns(), o.members, constant, online ? " at first, and learned online" : "");
  std::printf("%8s %22s\n", "steps", "iterations of a solve");
  long total = 0, lately = 0;
  int const part = std::max(1, o.steps / 10);
  for (int step = 1; step <= o.steps; ++step) {
    long const iterations = simulation.advance();
    total += iterations;
    lately += iterations;
    if (step % part > 0) continue;
    std::printf("%8d %22.3f\n", step, double(lately) / part / o.members);
    lately = 0;
  }
  std::printf("\nmean iterations: %.4f\nseconds per step: %.3g\nmean temperature: %.9f\n",
              double(total) / o.steps / o.members, simulation.seconds() / o.steps, simulation.mean_temperature());
  if (online) {
    print(online->report(), constant);
    if (!o.save.empty()) online->save(o.save);
  }
  return 0;
} catch (std::exception const& error) {
  std::fprintf(stderr, "heat_equation: %s\n", error.what());
  return 2;
}
