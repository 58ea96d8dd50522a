// SPDX-License-Identifier: Apache-2.0
//
// Robertson's reaction transported by a flow on a grid, one implicit chemistry task per cell and step: with Newton's
// method, with the constant relaxation factor, with a trained meta-solver, and with one that learns while the
// simulation runs. README.md describes the simulation.
// Exit status: 0 all methods agree, 1 they differ or a cell failed, 2 it could not run.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <numeric>

#include "frame.hpp"
#include "options.hpp"
#include "simulation.hpp"

namespace {

using namespace flow;

/// One method's runs: times of each; the rest is equal in all runs.
struct Record {
  std::vector<double> chemistry, transport;  ///< seconds
  ChemistryTotals totals;                    ///< of one run
  std::vector<double> y;                     ///< at the end
  double mass_error = 0, difference = 0;     ///< difference: from the reference
  bool is_right = true;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto const middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

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

/// Shared by all runs of all methods.
struct Comparison {
  metasolve::Executor executor;
  Loops& loops;
  Grid grid;
  Scenario scenario;
  Options const& options;

  /// Adds a run of this method to its record. reference: another method's final state; null: this run is the reference.
  void run(Method method, bool draws, std::vector<double> const* reference, Record& record) const {
    Simulation simulation(executor, loops, grid, scenario, method, options.chemistry);
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
    record.chemistry.push_back(simulation.chemistry().seconds);
    record.transport.push_back(simulation.transport_seconds());
    record.totals = simulation.chemistry();
    record.y = simulation.state();
    record.mass_error = std::abs(total(record.y) - total(scenario.y)) / total(scenario.y);
    record.difference = reference == nullptr ? 0 : largest_difference(record.y, *reference);
    // Each solve may leave ||g|| at the tolerance, and the sum of g is the mass that the step adds.
    double const mass_limit = 2 * options.steps * options.chemistry.tolerance;
    record.is_right = record.is_right && record.totals.failed == 0 && record.mass_error <= mass_limit &&
                      record.difference <= options.agreement;
  }
};

void print_header() {
  std::printf("%-9s %11s %11s %11s %8s %9s %9s %11s %10s %11s\n", "method", "chemistry s", "transport s", "Mtasks/s",
              "sweeps", "failed", "retried", "mass error", "lowest y", "off newton");
}
void print(Method method, Record const& record) {
  auto const tasks = static_cast<double>(record.totals.tasks);
  std::printf("%-9s %11.3f %11.3f %11.2f %8.2f %9lld %9lld %11.1e %10.0e %11.1e\n", name_of(method).c_str(),
              median(record.chemistry), median(record.transport), tasks / median(record.chemistry) / 1e6,
              static_cast<double>(record.totals.iterations) / tasks, record.totals.failed, record.totals.retried,
              record.mass_error, *std::min_element(record.y.begin(), record.y.end()), record.difference);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  auto const options = parse_options(argc, argv);
  if (options.help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (!options.frames.empty()) std::filesystem::create_directories(options.frames);

  int const threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  void* const stream = options.on_gpu ? cuda_stream(options.device) : nullptr;
  auto const executor =
      options.on_gpu ? metasolve::Executor::cuda(options.device, stream) : metasolve::Executor::cpu(threads);
  auto const loops = options.on_gpu ? cuda_loops(stream) : cpu_loops(threads);

  Grid const grid(options.grid);
  Comparison const comparison{executor, *loops, grid, make_scenario(grid), options};
  std::printf("%s\n%d x %d cells, %d steps of %g to %g s, ||g|| <= %g; agreement within %g\n",
              executor.description().c_str(), grid.n, grid.n, options.steps, options.first_step, options.last_step,
              options.chemistry.tolerance, options.agreement);
  if (options.repeats > 1) std::printf("times: medians of %d runs\n", options.repeats);
  std::printf("\n");
  print_header();

  std::map<Method, Record> records;
  auto const reference = options.methods.front();
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    for (auto const method : options.methods) {
      bool const draws = repeat == 0 && !options.frames.empty() && method == options.methods.back();
      comparison.run(method, draws, method == reference ? nullptr : &records[reference].y, records[method]);
      if (repeat + 1 == options.repeats) print(method, records[method]);
    }
  }
  bool all_right = true;
  for (auto const& [method, record] : records) all_right = all_right && record.is_right;
  for (auto const method : {Method::meta_solver, Method::online}) {
    if (!records.contains(Method::constant) || !records.contains(method)) continue;
    std::printf("\nchemistry, constant / %s: %.2f\n", name_of(method).c_str(),
                median(records[Method::constant].chemistry) / median(records[method].chemistry));
  }
  if (!options.frames.empty()) std::printf("\nframes: %s\n", options.frames.c_str());
  if (!all_right) std::fprintf(stderr, "reacting_flow: the methods do not agree, or cells failed\n");
  return all_right ? 0 : 1;
} catch (std::exception const& error) {
  std::fprintf(stderr, "reacting_flow: %s\n", error.what());
  return 2;
}
