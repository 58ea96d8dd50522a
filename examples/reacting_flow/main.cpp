// SPDX-License-Identifier: Apache-2.0
//
// Robertson's reaction carried by a flow on a grid, one implicit chemistry task a cell and step: with Newton's method,
// with the constant relaxation factor, and with a trained meta-solver. README.md says what is simulated and why.
// Exit status: 0 all methods agree, 1 they do not or a cell failed, 2 it could not be run.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <numeric>

#include "frame.hpp"
#include "options.hpp"
#include "simulation.hpp"

namespace {

using namespace flow;

struct Outcome {
  std::vector<double> y;
  bool is_right = false;
};

double total(std::vector<double> const& y) { return std::accumulate(y.begin(), y.end(), 0.0); }

/// NaN counts as the largest.
double largest_difference(std::vector<double> const& a, std::vector<double> const& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double const difference = std::abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

Outcome run(metasolve::Executor const& executor, Loops& loops, Grid const& grid, Scenario const& scenario,
            Options const& options, Method method, std::vector<double> const* reference) {
  Simulation simulation(executor, loops, grid, scenario, method, options.chemistry);
  bool const draws = !options.frames.empty() && method == options.methods.back();
  auto const draw = [&](int step) {
    char name[32];
    std::snprintf(name, sizeof(name), "frame-%05d.png", step);
    write_frame((std::filesystem::path(options.frames) / name).string(), grid, simulation.state());
  };
  if (draws) draw(0);
  for (int step = 0; step < options.steps; ++step) {
    simulation.advance(step_size(step, options.steps, options.first_step, options.last_step));
    bool const is_last = step + 1 == options.steps;
    if (draws && (is_last || (step + 1) % options.frames_every == 0)) draw(step + 1);
  }

  Outcome outcome{.y = simulation.state()};
  auto const& chemistry = simulation.chemistry();
  auto const tasks = static_cast<double>(chemistry.tasks);
  double const mass_error = std::abs(total(outcome.y) - total(scenario.y)) / total(scenario.y);
  double const lowest = *std::min_element(outcome.y.begin(), outcome.y.end());
  double const difference = reference == nullptr ? 0 : largest_difference(outcome.y, *reference);
  std::printf("%-9s %11.3f %11.3f %11.2f %8.2f %9lld %9lld %11.1e %10.0e %11.1e\n", name_of(method).c_str(),
              chemistry.seconds, simulation.transport_seconds(), tasks / chemistry.seconds / 1e6,
              static_cast<double>(chemistry.iterations) / tasks, chemistry.failed, chemistry.retried, mass_error,
              lowest, difference);
  std::fflush(stdout);
  // Each solve may leave ||g|| at the tolerance, and g sums to what the step adds to the mass.
  double const mass_limit = 2 * options.steps * options.chemistry.tolerance;
  outcome.is_right = chemistry.failed == 0 && mass_error <= mass_limit && difference <= options.agreement;
  return outcome;
}

}  // namespace

int main(int argc, char** argv) try {
  auto const options = parse_options(argc, argv);
  if (options.help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (!options.frames.empty()) std::filesystem::create_directories(options.frames);

  bool const on_gpu = options.device != "cpu";
  int const threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  int const device = options.device.starts_with("cuda:") ? std::stoi(options.device.substr(5)) : 0;
  void* const stream = on_gpu ? cuda_stream(device) : nullptr;
  auto const executor = on_gpu ? metasolve::Executor::cuda(device, stream) : metasolve::Executor::cpu(threads);
  auto const loops = on_gpu ? cuda_loops(stream) : cpu_loops(threads);

  Grid const grid(options.grid);
  auto const scenario = make_scenario(grid);
  std::printf("%s\n%d x %d cells, %d steps of %g to %g s, ||g|| <= %g; agreement within %g\n\n",
              executor.description().c_str(), grid.n, grid.n, options.steps, options.first_step, options.last_step,
              options.chemistry.tolerance, options.agreement);
  std::printf("%-9s %11s %11s %11s %8s %9s %9s %11s %10s %11s\n", "method", "chemistry s", "transport s", "Mtasks/s",
              "sweeps", "failed", "retried", "mass error", "lowest y", "off newton");
  bool all_right = true;
  std::vector<double> reference;
  for (auto const method : options.methods) {
    auto outcome = run(executor, *loops, grid, scenario, options, method, reference.empty() ? nullptr : &reference);
    all_right = all_right && outcome.is_right;
    if (reference.empty()) reference = std::move(outcome.y);
  }
  if (!options.frames.empty()) std::printf("\nframes: %s\n", options.frames.c_str());
  if (!all_right) std::fprintf(stderr, "reacting_flow: the methods do not agree, or cells failed\n");
  return all_right ? 0 : 1;
} catch (std::exception const& error) {
  std::fprintf(stderr, "reacting_flow: %s\n", error.what());
  return 2;
}
