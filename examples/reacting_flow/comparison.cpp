// SPDX-License-Identifier: Apache-2.0
#include "comparison.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "frame.hpp"

namespace flow {

namespace {

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

}  // namespace

Comparison::Comparison(Processes const& processes, metasolve::Executor const& executor, Loops& loops,
                       Options const& options)
    : processes_(processes),
      executor_(executor),
      loops_(loops),
      options_(options),
      grid_(options.grid),
      slab_(slab_of(grid_, processes.rank(), processes.size())),
      scenario_(make_scenario(grid_, slab_, executor.ranks())),
      mass_(total(processes.gather(grid_, slab_, scenario_.y))) {}

void Comparison::run(Method method, bool draws, std::vector<double> const* reference, Record& record) const {
  Simulation simulation(processes_, executor_, loops_, grid_, slab_, scenario_, method, options_.chemistry);
  auto const draw = [&](int step) {
    auto const state = simulation.state();
    if (!processes_.is_first()) return;
    char name[32];
    std::snprintf(name, sizeof(name), "frame-%05d.png", step);
    write_frame((std::filesystem::path(options_.frames) / name).string(), grid_, state);
  };
  if (draws) draw(0);
  for (int step = 0; step < options_.steps; ++step) {
    simulation.advance(step_size(step, options_.steps, options_.first_step, options_.last_step));
    bool const is_last = step + 1 == options_.steps;
    if (draws && (is_last || (step + 1) % options_.frames_every == 0)) draw(step + 1);
  }
  record.totals = simulation.chemistry();
  record.chemistry.push_back(record.totals.seconds);
  record.transport.push_back(simulation.transport_seconds());
  record.y = simulation.state();
  if (!processes_.is_first()) return;
  record.mass_error = std::abs(total(record.y) - mass_) / mass_;
  record.difference = reference == nullptr ? 0 : largest_difference(record.y, *reference);
  // Each solve may leave ||g|| at the tolerance, and the sum of g is the mass that the step adds.
  double const mass_limit = 2 * options_.steps * options_.chemistry.tolerance;
  record.is_right = record.is_right && record.totals.failed == 0 && record.mass_error <= mass_limit &&
                    record.difference <= options_.agreement;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto const middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

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

void print_digest(Method method, Record const& record) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (double const y : record.y) digest = (digest ^ std::bit_cast<std::uint64_t>(y)) * 0x100000001b3;
  std::printf("digest of %s: %016llx\n", name_of(method).c_str(), static_cast<unsigned long long>(digest));
}

}  // namespace flow
