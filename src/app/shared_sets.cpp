// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/shared_sets.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/shared_output.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

OwnSets own_sets(integrate::IntegrationSetup const& all, std::size_t size) {
  auto const* const ranks = this_process().ranks();
  if (ranks == nullptr) return {all, 0};
  auto const sets = all.initial.size() / size;
  if (sets < static_cast<std::size_t>(ranks->size())) {
    throw InputError("integrate: " + std::to_string(sets) + (sets == 1 ? " set" : " sets") + " for " +
                     std::to_string(ranks->size()) + " processes; start at most one for each set");
  }
  auto const own = own_rows(sets);
  auto const parameters = all.parameters.size() / sets;
  OwnSets result{all, own.first};
  auto const cut = [&](std::vector<double>& numbers, std::size_t width) {
    auto const at = [&](std::size_t set) { return numbers.begin() + static_cast<std::ptrdiff_t>(set * width); };
    numbers = std::vector<double>(at(own.first), at(own.end));
  };
  cut(result.setup.initial, size);
  cut(result.setup.parameters, parameters);
  if (!this_process().is_first()) result.setup.online_state.clear();  // merged, it would count once for each process
  return result;
}

integrate::IntegrationTotals summed(integrate::IntegrationTotals const& totals) {
  auto* const ranks = this_process().ranks();
  if (ranks == nullptr) return totals;
  std::vector<double> sums{static_cast<double>(totals.iterations), static_cast<double>(totals.failures),
                           static_cast<double>(totals.ended)};
  for (auto const repaired : totals.repaired) sums.push_back(static_cast<double>(repaired));
  ranks->all_reduce(sums.data(), static_cast<std::int64_t>(sums.size()));  // whole numbers: exact
  auto const whole = [&](std::size_t i) { return static_cast<std::int64_t>(sums[i]); };
  integrate::IntegrationTotals all;
  all.iterations = whole(0);
  all.failures = whole(1);
  all.ended = whole(2);
  for (std::size_t r = 0; r < all.repaired.size(); ++r) all.repaired[r] = whole(3 + r);
  return all;
}

double largest(double number) {
  auto* const ranks = this_process().ranks();
  if (ranks == nullptr) return number;
  std::vector<double> all(static_cast<std::size_t>(ranks->size()));
  ranks->all_gather(&number, sizeof(number), all.data());
  for (double const other : all) number = other <= number ? number : other;  // NaN counts as the largest
  return number;
}

std::vector<EndedSet> collected(std::vector<EndedSet> const& ended) {
  auto* const ranks = this_process().ranks();
  if (ranks == nullptr) return ended;
  std::string const own(reinterpret_cast<char const*>(ended.data()), ended.size() * sizeof(EndedSet));
  std::vector<EndedSet> all;
  for (auto const& text : exec::gathered(*ranks, own)) {
    std::vector<EndedSet> theirs(text.size() / sizeof(EndedSet));
    if (!theirs.empty()) std::memcpy(theirs.data(), text.data(), text.size());
    all.insert(all.end(), theirs.begin(), theirs.end());
  }
  std::ranges::sort(all, {}, [](EndedSet const& e) { return std::tuple(e.step, e.set); });
  return all;
}

void merge_online(integrate::Integration& integration, std::size_t n) {
  auto* const ranks = this_process().ranks();
  constexpr std::size_t between = 10;
  if (ranks != nullptr && (n + 1) % between == 0) integration.merge_online(*ranks);
}

}  // namespace metasolve::app
