// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/probe_runner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/black_box.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/lockstep/status.hpp"

namespace metasolve::problems {

namespace {

constexpr std::int64_t most_history_bytes = std::int64_t{256} << 20;

/// What the costs of a box depend on beside the numbers of a solve.
std::string identity_of(BlackBox const& box) {
  std::string text = box.name + '\n' + std::to_string(static_cast<int>(box.cost));
  for (auto const& column : box.columns) text += '\n' + column;
  for (auto const& p : box.parameters) {
    text += '\n' + p.name;
    for (auto const& option : p.options) text += '\t' + option;
  }
  return text;
}

}  // namespace

ProbeRunner::ProbeRunner(BlackBox box) : box_(std::move(box)) {
  if (!box_.cache.empty()) cache_ = std::make_unique<CostCache>(box_.cache, identity_of(box_));
}

bool ProbeRunner::failed(std::int64_t i) const {
  return kernels::is_failure(static_cast<kernels::Status>((*this)[i].status));
}

void ProbeRunner::run(std::int64_t n, double const* tasks, double const* theta, ProbeLimits const& limits) {
  results_.resize(static_cast<std::size_t>(n));
  auto const columns = static_cast<std::int64_t>(box_.columns.size());
  auto const parameters = static_cast<std::int64_t>(box_.parameters.size());
  std::int64_t part = n;
  if (box_.cost == BlackBoxCost::history) {
    std::int64_t const bytes = (std::int64_t{limits.max_iterations} + 1) * static_cast<std::int64_t>(sizeof(double));
    part = std::clamp<std::int64_t>(most_history_bytes / bytes, 1, std::max<std::int64_t>(n, 1));
  }
  for (std::int64_t first = 0; first < n; first += part) {
    run_part(first, std::min(part, n - first), tasks + first * columns, theta + first * parameters, limits);
  }
}

void ProbeRunner::run_part(std::int64_t first, std::int64_t n, double const* tasks, double const* theta,
                           ProbeLimits const& limits) {
  auto* const results = results_.data() + first;
  if (!cache_) return run_uncached(n, tasks, theta, limits, results);
  auto const columns = box_.columns.size(), parameters = box_.parameters.size();
  std::vector<double> numbers{limits.tolerance, static_cast<double>(limits.max_iterations)};
  if (box_.cost == BlackBoxCost::history) {
    auto const& s = limits.surrogate;
    numbers.insert(numbers.end(), {static_cast<double>(s.kind), static_cast<double>(s.scale),
                                   static_cast<double>(s.squared), s.center, limits.gain});
  }
  auto const fixed = numbers.size();
  std::vector<CostCache::Key> keys, unknown;
  std::set<CostCache::Key> met;
  std::vector<double> new_tasks, new_theta;
  for (std::int64_t i = 0; i < n; ++i) {
    auto const* const row = tasks + static_cast<std::size_t>(i) * columns;
    auto const* const values = theta + static_cast<std::size_t>(i) * parameters;
    numbers.resize(fixed);
    numbers.insert(numbers.end(), row, row + columns);
    numbers.insert(numbers.end(), values, values + parameters);
    keys.push_back(cache_->key(numbers));
    if (cache_->find(keys.back()) || !met.insert(keys.back()).second) continue;  // known, or twice in this batch
    unknown.push_back(keys.back());
    new_tasks.insert(new_tasks.end(), row, row + columns);
    new_theta.insert(new_theta.end(), values, values + parameters);
  }
  if (!unknown.empty()) {
    std::vector<ProbeResult> solved(unknown.size());
    run_uncached(static_cast<std::int64_t>(unknown.size()), new_tasks.data(), new_theta.data(), limits, solved.data());
    for (std::size_t i = 0; i < unknown.size(); ++i) cache_->add(unknown[i], solved[i]);
    cache_->flush();
  }
  for (std::int64_t i = 0; i < n; ++i) results[i] = *cache_->find(keys[static_cast<std::size_t>(i)]);
}

void ProbeRunner::run_uncached(std::int64_t n, double const* tasks, double const* theta, ProbeLimits const& limits,
                               ProbeResult* to) {
  auto const count = static_cast<std::size_t>(n);
  auto const length = static_cast<std::size_t>(limits.max_iterations) + 1;
  bool const with_history = box_.cost == BlackBoxCost::history, with_seconds = box_.cost == BlackBoxCost::seconds;
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  iterations_.assign(count, 0);
  status_.assign(count, 0);
  if (with_history) history_.assign(count * length, unknown);
  if (with_seconds) seconds_.assign(count, unknown);
  auto const start = io::Clock::now();
  box_.solve({.count = n,
              .tasks = tasks,
              .theta = theta,
              .tolerance = limits.tolerance,
              .max_iterations = limits.max_iterations,
              .iterations = iterations_.data(),
              .status = status_.data(),
              .history = with_history ? history_.data() : nullptr,
              .seconds = with_seconds ? seconds_.data() : nullptr});
  double const share = io::seconds_since(start) / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    auto const at = static_cast<std::size_t>(i);
    check(iterations_[at], status_[at]);
    auto const limit = limits.max_iterations;
    auto made = std::min(iterations_[at], limit);
    bool is_over = iterations_[at] > limit;
    double loss = made;
    if (with_seconds) {
      double const seconds = std::isnan(seconds_[at]) ? share : seconds_[at];
      if (!(seconds >= 0 && std::isfinite(seconds))) {
        reject(box_, "its solve gave a task " + io::shortest(seconds) + " seconds; expected 0 or more");
      }
      is_over = 1e6 * seconds > limit;
      loss = std::min(1e6 * seconds, static_cast<double>(limit));
      made = static_cast<std::int32_t>(std::lround(loss));
    }
    is_over = is_over || (with_history && made == limit && history_[at * length + length - 1] > limits.tolerance);
    auto const converged = static_cast<std::int32_t>(Status::converged);
    if (is_over && status_[at] == converged) status_[at] = static_cast<std::int32_t>(Status::iteration_limit);
    auto const status = static_cast<kernels::Status>(status_[at]);
    // Who gives up early must not look fast.
    if (kernels::is_failure(status) || (status != kernels::Status::converged && made < limit)) {
      to[i] = {limits.max_iterations, status_[at], static_cast<double>(limits.max_iterations), 0};
    } else {
      to[i] = with_history ? of_history(made, status_[at], history_.data() + at * length, limits)
                           : ProbeResult{made, status_[at], loss, 0};
    }
  }
}

void ProbeRunner::check(std::int32_t iterations, std::int32_t status) const {
  bool const is_known = status >= 0 && status <= static_cast<std::int32_t>(Status::stagnated);
  if (is_known && iterations >= 0) return;
  reject(box_, "its solve gave a task status " + std::to_string(status) + " and " + std::to_string(iterations) +
                   " iterations; expected a value of Status, and 0 or more");
}

ProbeResult ProbeRunner::of_history(std::int32_t iterations, std::int32_t status, double const* history,
                                    ProbeLimits const& limits) const {
  double soft = 0;
  for (std::int32_t k = 0; k <= iterations; ++k) {
    if (!(history[k] >= 0)) {
      reject(box_, "its solve gave a task " + std::to_string(iterations) + " iterations, and L_" + std::to_string(k) +
                       " of its history is " + (std::isnan(history[k]) ? "not written" : "negative") +
                       "; expected L_0 ... L_K, 0 or more");
    }
    if (!std::isfinite(history[k])) {
      return {limits.max_iterations, static_cast<std::int32_t>(Status::not_finite),
              static_cast<double>(limits.max_iterations), 0};
    }
    if (k < iterations) soft += limits.surrogate.term(history[k], limits.tolerance, limits.gain);
  }
  double const last = history[iterations];
  bool const is_measure = limits.surrogate.kind == kernels::LossKind::measure;
  return {iterations, status, is_measure ? limits.surrogate.last(last) : soft, last};
}

}  // namespace metasolve::problems
