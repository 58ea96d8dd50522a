// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/shared_evaluator.hpp"

#include <algorithm>

#include "metasolve/ranks.hpp"

namespace metasolve::engine {

TaskDeal::TaskDeal(std::int64_t tasks, int rank, int ranks) : tasks_(tasks), rank_(rank), ranks_(ranks) {
  // Some tens of chunks a rank level out differences; each fills a CPU's vectors and a device's teams.
  constexpr std::int64_t chunks = 32, most = 256;
  chunk_ = std::clamp<std::int64_t>(tasks / (chunks * ranks), 1, most);
}

std::int64_t TaskDeal::before(std::int64_t tasks, int of_rank) const {
  std::int64_t const round = chunk_ * ranks_, whole = tasks / round;
  return whole * chunk_ + std::clamp<std::int64_t>(tasks - whole * round - of_rank * chunk_, 0, chunk_);
}

std::int64_t TaskDeal::most() const { return before(tasks_, 0); }

Tasks TaskDeal::own_of(Tasks const& all) const {
  Tasks own{before(tasks_, rank_), all.kind, {}};
  own.fill = [fill = all.fill, width = all.kind->width(), deal = *this](std::int64_t first, std::int64_t n,
                                                                        double* rows) {
    while (n > 0) {
      std::int64_t const chunk = first / deal.chunk_, in_chunk = first % deal.chunk_;
      std::int64_t const here = std::min(n, deal.chunk_ - in_chunk);
      fill((chunk * deal.ranks_ + deal.rank_) * deal.chunk_ + in_chunk, here, rows);
      first += here;
      n -= here;
      rows += here * width;
    }
  };
  return own;
}

void SharedEvaluator::solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) {
  int const rank = executor_.ranks()->rank();
  std::int64_t const end = deal_.before(first + count, rank);
  for (std::int64_t at = deal_.before(first, rank); at < end; at += own_->capacity()) {
    own_->solve(parameters, limits, at, std::min(own_->capacity(), end - at));
  }
}

template <class T>
std::vector<T> SharedEvaluator::gather(std::vector<T> own, std::int64_t size) {
  auto& ranks = *executor_.ranks();
  own.resize(static_cast<std::size_t>(deal_.most() * size));
  std::vector<T> all(own.size() * static_cast<std::size_t>(ranks.size()));
  ranks.all_gather(own.data(), own.size() * sizeof(T), all.data());
  std::vector<T> ordered(static_cast<std::size_t>(deal_.tasks() * size));
  deal_.put_in_order(all.data(), size, ordered.data());
  return ordered;
}

Outcomes SharedEvaluator::outcomes() {
  auto own = own_->outcomes();
  return {gather(std::move(own.status), 1), gather(std::move(own.iterations), 1), gather(std::move(own.measure), 1)};
}

std::vector<double> SharedEvaluator::solutions() {
  auto own = own_->solutions();
  // A rank without tasks does not know the size.
  double size = deal_.own() > 0 ? static_cast<double>(own.size()) / static_cast<double>(deal_.own()) : 0;
  std::vector<double> sizes(static_cast<std::size_t>(executor_.ranks()->size()));
  executor_.ranks()->all_gather(&size, sizeof(size), sizes.data());
  return gather(std::move(own), static_cast<std::int64_t>(std::ranges::max(sizes)));
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
