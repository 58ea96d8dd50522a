// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/quick_tuning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace metasolve::train {

namespace {

/// Rounds to three digits: the search is no more precise, and the value is easy to write.
double rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return std::strtod(text.data(), nullptr);
}

/// Where a search looks.
struct Range {
  double low = 0, high = 0;
  bool with_ends = false;  ///< of a parameter that is not a shift
};

/// Failures, and then what is made least.
using Figure = std::pair<std::int64_t, double>;

/// A value in the range with the least figure among a few trials that close in on it. figure_at(value): called once for
/// each.
template <class FigureAt>
double searched(TunedParameter const& parameter, Range const& range, FigureAt&& figure_at) {
  std::map<double, Figure> figures;  // by position: decades below `high`, or the share of the way from low to high
  auto const value = [&](double place) {
    return rounded(parameter.is_shift ? range.high * std::pow(10.0, place)
                                      : range.low + place * (range.high - range.low));
  };
  auto const add = [&](double place) {
    if (!figures.contains(place)) figures[place] = figure_at(value(place));
  };
  // On a tie choose the largest shift, which is the safest.
  auto const best = [&] {
    auto found = figures.begin();
    for (auto at = figures.begin(); at != figures.end(); ++at) {
      if (at->second < found->second || (parameter.is_shift && at->second == found->second)) found = at;
    }
    return found->first;
  };
  constexpr int decades = 8, parts = 10, refinements = 3;
  int const end = range.with_ends ? 0 : 1;
  for (int i = 0; i <= decades && parameter.is_shift; ++i) add(-i);
  for (int i = end; i <= parts - end && !parameter.is_shift; ++i) add(static_cast<double>(i) / parts);
  double step = parameter.is_shift ? 1.0 : 1.0 / parts;
  for (int i = 0; i < refinements; ++i) {
    step /= 2;
    double const middle = best();
    for (double const place : {middle - step, middle + step}) {
      if (parameter.is_shift ? place <= 0 : place > 0 && place < 1) add(place);
    }
  }
  double const found = best();
  if (parameter.is_shift && figure_at(0) < figures[found]) return 0;
  return value(found);
}

/// `count` of the tasks, evenly spread over all: those that lie together may be alike.
engine::Tasks spread(engine::Tasks const& tasks, std::int64_t count) {
  if (count >= tasks.count) return tasks;
  auto const place = [all = tasks.count, count](std::int64_t i) { return i * all / count; };
  return {count, tasks.kind,
          [fill = tasks.fill, place, width = tasks.kind->width()](std::int64_t first, std::int64_t n, double* rows) {
            for (std::int64_t i = 0; i < n; ++i) fill(place(first + i), 1, rows + i * width);
          }};
}

/// As many tasks as a trial of about a second solves, found with one value.
std::int64_t affordable(Executor const& executor, config::RunConfig const& config, engine::Tasks const& tasks,
                        double value) {
  constexpr double seconds = 1;
  constexpr std::int64_t probed = 64, most = 1 << 14;
  double per_task = 0;
  Tries probe(executor, config, spread(tasks, probed), config.evaluation.max_iterations,
              engine::ParameterOrigin::predicted);
  [[maybe_unused]] auto const outcomes = probe.at(value, &per_task);
  return std::clamp(static_cast<std::int64_t>(seconds / per_task), probed, most);
}

}  // namespace

double quickly_tuned(Executor const& executor, config::RunConfig const& config, TunedParameter const& parameter,
                     engine::Tasks tasks, double low, double high) {
  tasks.count = std::min(tasks.count, std::int64_t{1024});
  Tries tries(executor, config, std::move(tasks), config.solver.max_iterations, engine::ParameterOrigin::predicted);
  return searched(parameter, {low, high}, [&](double value) { return Figure{0, mean_of(tries.at(value).iterations)}; });
}

FastestConstant fastest_constant(Executor const& executor, config::RunConfig const& config,
                                 TunedParameter const& parameter, engine::Tasks const& tasks,
                                 std::span<double const> also) {
  double const first = also.empty() ? parameter.grid.high : also.front();
  Tries tries(executor, config, spread(tasks, affordable(executor, config, tasks, first)),
              config.evaluation.max_iterations, engine::ParameterOrigin::predicted);
  TriedValues tried;
  std::map<double, TunedValue> known;
  auto const figure_at = [&](double value) {
    if (!known.contains(value)) known[value] = tried.add(tries, value);
    return Figure{known[value].failed(), known[value].seconds_per_task};
  };
  double best = searched(parameter, {parameter.grid.low, parameter.grid.high, true}, figure_at);
  for (double const value : also) {
    if (figure_at(value) < figure_at(best)) best = value;
  }
  return {known[best], mean_of(tried.least), known.size()};
}

}  // namespace metasolve::train
