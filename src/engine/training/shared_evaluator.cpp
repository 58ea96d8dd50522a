// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/shared_evaluator.hpp"

#include <algorithm>
#include <cstring>

#include "metasolve/detail/exec/from_first.hpp"

namespace metasolve::engine {

void SharedEvaluator::solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) {
  auto& ranks = *executor_.ranks();
  std::erase_if(parts_, [&](Part const& part) { return part.first >= first && part.first < first + count; });
  ranks.restart_counter();
  // Guided self-scheduling (Polychronopoulos and Kuck, 1987): each takes half of its share of what is left. Small parts
  // leave lanes without tasks at their ends, so there is a least size.
  std::int64_t const least = executor_.backend().returns_early() ? 4096 : 256;
  std::int64_t const shares = 2 * std::int64_t{ranks.size()};
  for (std::int64_t taken = 0;;) {
    std::int64_t const wanted = std::min(own_->capacity(), std::max((count - taken) / shares, least));
    taken = ranks.take(wanted);
    if (taken >= count) break;
    std::int64_t const here = std::min(wanted, count - taken);
    own_->solve(parameters, limits, first + taken, here);
    if (executor_.backend().returns_early()) own_->synchronize();  // who is done takes the next ones
    parts_.push_back({first + taken, here});
  }
}

template <class T>
void SharedEvaluator::exchange(std::vector<T>& of, std::int64_t size) const {
  std::string mine;
  auto const append = [&](void const* data, std::size_t bytes) { mine.append(static_cast<char const*>(data), bytes); };
  for (auto const& part : parts_) {
    append(&part, sizeof(part));
    append(of.data() + part.first * size, static_cast<std::size_t>(part.count * size) * sizeof(T));
  }
  for (auto const& text : exec::gathered(*executor_.ranks(), mine)) {
    for (std::size_t at = 0; at < text.size();) {
      Part part;
      std::memcpy(&part, text.data() + at, sizeof(part));
      at += sizeof(part);
      auto const bytes = static_cast<std::size_t>(part.count * size) * sizeof(T);
      std::memcpy(of.data() + part.first * size, text.data() + at, bytes);
      at += bytes;
    }
  }
}

Outcomes SharedEvaluator::outcomes() {
  auto outcomes = own_->outcomes();
  exchange(outcomes.status, 1);
  exchange(outcomes.iterations, 1);
  exchange(outcomes.measure, 1);
  return outcomes;
}

std::vector<double> SharedEvaluator::solutions() {
  auto solutions = own_->solutions();
  if (tasks_ > 0) exchange(solutions, static_cast<std::int64_t>(solutions.size()) / tasks_);
  return solutions;
}

void SharedEvaluator::synchronize() {
  own_->synchronize();
  double nothing = 0;
  executor_.ranks()->all_reduce(&nothing, 1);
}

double SharedEvaluator::agreed(double number) const {
  executor_.ranks()->broadcast(&number, sizeof(number));
  return number;
}

}  // namespace metasolve::engine
