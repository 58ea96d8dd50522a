// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/shared_tasks.hpp"

#include <algorithm>
#include <memory>

#include "metasolve/detail/exec/from_first.hpp"

namespace metasolve::engine {

Tasks shared_tasks(Executor const& executor, Tasks const& tasks) {
  int const ranks = exec::ranks_of(executor), rank = exec::rank_of(executor);
  if (ranks == 1 || tasks.count == 0 || executor.backend().planning()) return tasks;
  std::int64_t const width = tasks.kind->width(), of_rank = (tasks.count + ranks - 1) / ranks;
  constexpr std::int64_t most_numbers = (std::int64_t{1} << 30) / sizeof(double);
  if (of_rank * ranks > most_numbers / std::max<std::int64_t>(1, width)) return tasks;

  std::vector<double> own(static_cast<std::size_t>(of_rank * width));
  std::int64_t const first = std::min(tasks.count, rank * of_rank), end = std::min(tasks.count, first + of_rank);
  if (end > first) tasks.fill(first, end - first, own.data());
  auto all = std::make_shared<std::vector<double>>(own.size() * static_cast<std::size_t>(ranks));
  executor.ranks()->all_gather(own.data(), own.size() * sizeof(double), all->data());
  return {tasks.count, tasks.kind, [all = std::move(all), width](std::int64_t from, std::int64_t n, double* rows) {
            std::copy_n(all->data() + from * width, n * width, rows);
          }};
}

}  // namespace metasolve::engine
