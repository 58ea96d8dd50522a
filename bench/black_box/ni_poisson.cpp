// SPDX-License-Identifier: Apache-2.0
#include "ni_poisson.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "metasolve/detail/random/philox.hpp"

namespace metasolve::bench::ni_poisson {

namespace {

constexpr int lanes = 8;
using Lanes = std::array<double, lanes>;
using Grid = std::array<Lanes, unknowns + 2>;  // with the ends, which are 0

std::vector<double> const& sines() {
  static std::vector<double> const values = [] {
    std::vector<double> v;
    for (int i = 0; i < unknowns; ++i) {
      for (int j = 0; j < unknowns; ++j) v.push_back(std::sin((i + 1) * (j + 1) * std::numbers::pi / (unknowns + 1)));
    }
    return v;
  }();
  return values;
}

/// Squared norms of rhs - A x; to: x + (rhs - A x) / 2.
Lanes sweep(Grid const& x, Grid const& rhs, Grid& to) {
  Lanes squares{};
  for (int j = 1; j <= unknowns; ++j) {
    auto const at = static_cast<std::size_t>(j);
    for (std::size_t l = 0; l < lanes; ++l) {
      double const residual = rhs[at][l] - 2 * x[at][l] + x[at - 1][l] + x[at + 1][l];
      squares[l] += residual * residual;
      to[at][l] = x[at][l] + residual / 2;
    }
  }
  return squares;
}

/// Solves probes first ... first + lanes - 1, or as many as there are.
void solve_lanes(Probes const& p, std::int64_t first) {
  Grid x{}, next{}, rhs{};
  Lanes norm{};
  std::array<bool, lanes> runs{};
  auto const occupied = static_cast<std::size_t>(std::min<std::int64_t>(lanes, p.count - first));
  for (std::size_t l = 0; l < occupied; ++l) {
    auto const probe = first + static_cast<std::int64_t>(l);
    double const* const task = p.tasks + probe * 2 * unknowns;
    double const* const theta = p.theta + probe * unknowns;
    for (int j = 0; j < unknowns; ++j) {
      auto const at = static_cast<std::size_t>(j + 1);
      rhs[at][l] = task[j];
      norm[l] += task[j] * task[j];
      for (int i = 0; i < unknowns; ++i) x[at][l] += theta[i] * sine(i, j);
    }
    norm[l] = std::sqrt(norm[l]);
    runs[l] = true;
  }
  for (std::int32_t k = 0; std::ranges::count(runs, true) > 0; ++k) {
    auto const squares = sweep(x, rhs, next);
    for (std::size_t l = 0; l < occupied; ++l) {
      if (!runs[l]) continue;
      auto const probe = first + static_cast<std::int64_t>(l);
      double const measure = std::sqrt(squares[l]) / norm[l];
      if (p.history != nullptr) p.history[probe * (std::int64_t{p.max_iterations} + 1) + k] = measure;
      runs[l] = measure > p.tolerance && k < p.max_iterations;
      p.iterations[probe] = k;
      p.status[probe] = measure <= p.tolerance ? 0 : 1;
    }
    std::swap(x, next);
  }
}

}  // namespace

double sine(int i, int j) { return sines()[static_cast<std::size_t>(i * unknowns + j)]; }

Task drawn(TaskSet set, std::int64_t number) {
  constexpr double share_hard = 0.01, largest = 10;
  random::Draws const draws(0, static_cast<random::Stream>(set), static_cast<std::uint64_t>(number));
  bool const hard = draws.uniform(200) < share_hard;
  Task task{};
  for (int i = 0; i < unknowns; ++i) {
    double const rise = static_cast<double>(i) / (unknowns - 1);
    auto const at = static_cast<std::size_t>(i);
    task.solution[at] = largest * (hard ? 1 - rise : rise) * draws.normal(static_cast<std::uint64_t>(i));
    double const eigenvalue = 2 - 2 * std::cos((i + 1) * std::numbers::pi / (unknowns + 1));
    for (int j = 0; j < unknowns; ++j)
      task.rhs[static_cast<std::size_t>(j)] += eigenvalue * task.solution[at] * sine(i, j);
  }
  return task;
}

BlackBox box() {
  BlackBox box;
  box.name = "ni_poisson";
  box.cost = BlackBoxCost::history;
  for (int j = 1; j <= unknowns; ++j) box.columns.push_back("b" + std::to_string(j));
  for (int i = 1; i <= unknowns; ++i) {
    box.reference.push_back("u" + std::to_string(i));
    box.parameters.push_back({.name = "guess" + std::to_string(i), .kind = ParameterKind::real, .constant = 0});
  }
  box.hidden = box.reference;
  box.columns.insert(box.columns.end(), box.reference.begin(), box.reference.end());
  box.solve = solve;
  return box;
}

void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to) {
  for (std::int64_t t = 0; t < n; ++t) {
    auto const task = drawn(set, first + t);
    std::ranges::copy(task.rhs, to + t * 2 * unknowns);
    std::ranges::copy(task.solution, to + t * 2 * unknowns + unknowns);
  }
}

void solve(Probes const& probes) {
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t first = 0; first < probes.count; first += lanes) solve_lanes(probes, first);
}

}  // namespace metasolve::bench::ni_poisson
