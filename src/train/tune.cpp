// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/tune.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/error.hpp"
#include "metasolve/types.hpp"

namespace metasolve::train {

namespace {

using io::Clock, io::seconds_since;

/// @throws InputError
void require_values(TunedParameter const& p, ParameterGrid const& g) {
  double const least = p.is_shift ? 0 : p.least, spacing = p.is_shift ? 1e-4 : 1e-4 * std::min(1.0, p.below - least);
  if (g.low > least && g.low <= g.high && g.high < p.below && g.spacing >= spacing) return;
  throw InputError("tune: expected values of the " + p.name + " with " + config::real_text(least) + " < from <= to < " +
                   config::real_text(p.below) + " and a spacing of at least " + config::real_text(spacing) +
                   (p.is_shift ? " decades" : ""));
}

/// Value number i of a grid, also beyond its ends.
double value_at(TunedParameter const& p, ParameterGrid const& g, int i) {
  return p.is_shift ? g.low * std::pow(10.0, i * g.spacing) : g.low + i * g.spacing;
}
int count_of(TunedParameter const& p, ParameterGrid const& g) {
  double const length = p.is_shift ? std::log10(g.high / g.low) : g.high - g.low;
  return static_cast<int>(std::floor(length / g.spacing + 1e-9)) + 1;
}

/// Between the last value at which a task breaks down and the next one.
std::optional<double> smallest_safe(std::vector<TunedValue> const& values, std::vector<std::int64_t> const& broken,
                                    std::function<std::int64_t(double)> const& breakdowns_at) {
  auto const last = std::find_if(broken.rbegin(), broken.rend(), [](auto count) { return count > 0; });
  auto const index = static_cast<std::size_t>(broken.rend() - last);  // of the next one
  if (index == values.size()) return std::nullopt;
  double high = values[index].value;
  if (index == 0) return high;
  double low = values[index - 1].value;
  while (low == 0) {  // descend from the first value above 0
    double const below = high / 10;
    if (breakdowns_at(below) > 0 || below < 1e-300) {
      low = below;
    } else {
      high = below;
    }
  }
  while (high / low > 1 + 1e-4) {
    double const middle = std::sqrt(low * high);
    (breakdowns_at(middle) > 0 ? low : high) = middle;
  }
  return high;
}

/// Fastest among the values with the fewest failures: giving up immediately is not fast.
std::size_t fastest_of(std::vector<TunedValue> const& values) {
  auto const is_better = [](TunedValue const& a, TunedValue const& b) {
    return a.failed() != b.failed() ? a.failed() < b.failed() : a.seconds_per_task < b.seconds_per_task;
  };
  return static_cast<std::size_t>(std::min_element(values.begin(), values.end(), is_better) - values.begin());
}

}  // namespace

ParameterGrid grid_of(TuningRange const& r, TunedParameter const& parameter) {
  auto grid = parameter.grid;
  bool const from_zero = parameter.is_shift && r.from.value_or(0) == 0;
  grid.with_zero = from_zero;
  grid.widens_down = from_zero || !r.from;
  grid.widens_up = !r.to;
  grid.low = from_zero ? grid.low : r.from.value_or(grid.low);
  grid.high = r.to.value_or(std::max(grid.high, grid.low));
  if (from_zero) grid.low = std::min(grid.low, grid.high);
  grid.spacing = r.spacing.value_or(grid.spacing);
  return grid;
}

TunedParameter const& tuned_parameter(config::RunConfig const& config) {
  auto const* const parameter = problems::problem_of(config).tuned_in(config);
  if (parameter == nullptr) {
    std::string others;
    for (auto const* const problem : problems::known_problems()) {
      if (problem->tuned() == nullptr) continue;
      others += (others.empty() ? "" : ", ") + ("\"" + problem->name() + "\" (" + problem->tuned()->name + ")");
    }
    throw InputError("tune: problem \"" + config.problem.name +
                     "\" has no constant parameter to choose; expected one of " + others);
  }
  return *parameter;
}

End end_of(Tuning const& tuning, std::size_t index) {
  auto const& values = tuning.values;
  std::size_t const first = values.front().value == 0 ? 1 : 0, last = values.size() - 1;
  if (index < first || first == last) return End::none;
  // If the next value is equally good, the best lies on a plateau, not at an edge.
  auto const equals = [&](std::size_t other) {
    return values[other].mean_iterations == values[index].mean_iterations && index == tuning.best;
  };
  if (index == first && !equals(first + 1)) return End::low;
  return index == last && !equals(last - 1) ? End::high : End::none;
}

Tuning tune(Executor const& executor, config::RunConfig const& config, Split split, ParameterGrid const& grid,
            std::function<void(TunedValue const&)> const& say) {
  auto const& parameter = tuned_parameter(config);
  require_values(parameter, grid);
  auto const start = Clock::now();
  auto const splits = problems::problem_of(config).tasks(config);
  Tries tries(executor, config, split == Split::train ? splits.train : splits.test, config.evaluation.max_iterations,
              engine::ParameterOrigin::configured);
  TriedValues found;
  auto const add = [&](double value) {
    auto const v = found.add(tries, value);
    if (say) say(v);
  };
  if (grid.with_zero) add(0);
  int const count = count_of(parameter, grid);
  for (int i = 0; i < count; ++i) add(value_at(parameter, grid, i));
  auto const best = [&] { return found.values[found.least_by(&TunedValue::mean_iterations)]; };
  // Extend beyond an end where the best lies, until two in a row are no better; shifts by at least a tenth of a decade.
  int const stride = parameter.is_shift ? std::max(1, static_cast<int>(std::lround(0.1 / grid.spacing))) : 1;
  auto const widen = [&](int from, int by) {
    if (best().value != value_at(parameter, grid, from)) return;
    for (int i = from + by, worse = 0; worse < 2; i += by) {
      double const next = value_at(parameter, grid, i), before = best().mean_iterations;
      if (!(next > parameter.least && next < parameter.below)) return;
      add(next);
      worse = best().mean_iterations < before ? 0 : worse + 1;
    }
  };
  if (grid.widens_down) widen(0, -stride);
  if (grid.widens_up) widen(count - 1, stride);
  Tuning result;
  result.best = found.least_by(&TunedValue::mean_iterations);
  result.fastest = fastest_of(found.values);
  result.best_per_task = mean_of(found.least);
  result.best_converged =
      static_cast<double>(std::ranges::count(found.converges, 1)) / static_cast<double>(found.least.size());
  if (parameter.is_shift) {
    result.smallest_safe =
        smallest_safe(found.values, found.broken, [&](double value) { return breakdowns(tries.at(value)); });
  }
  result.values = std::move(found.values);
  result.least = std::move(found.least);
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace metasolve::train
