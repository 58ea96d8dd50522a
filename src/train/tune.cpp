// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/tune.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>

#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/evaluate.hpp"
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

/// Solves tasks with a sequence of values of a parameter.
class Tries {
 public:
  Tries(Executor const& executor, config::RunConfig const& config, engine::Tasks tasks, std::int32_t limit,
        engine::ParameterOrigin origin)
      : executor_(executor), config_(config), tasks_(std::move(tasks)), limit_(limit), origin_(origin) {
    config_.network.hidden = {1};  // not used
  }

  [[nodiscard]] engine::Outcomes at(double value, double* seconds_per_task = nullptr) {
    auto const tasks = engine::with_parameter(tasks_, value, origin_);
    auto const width = static_cast<std::size_t>(network_sizes(config_).front());
    FeatureScale const unused{std::vector<double>(width), std::vector<double>(width)};
    auto const evaluator = engine::make_evaluator(executor_, learner_options(config_, unused), tasks);
    auto const count = tasks.count;
    auto const pass = [&] {
      auto const start = Clock::now();
      solve_all(*evaluator, engine::Parameters::given, {config_.solver.tolerance, limit_}, count);
      evaluator->synchronize();
      return seconds_since(start);
    };
    double total = pass(), least = total;
    // Repeat short passes: the first also wakes threads and fills caches.
    constexpr double enough = 0.3;
    constexpr int most = 3;
    for (int i = 1; i < most && seconds_per_task != nullptr && total < enough; ++i) {
      double const now = pass();
      total += now;
      least = std::min(least, now);
    }
    if (seconds_per_task != nullptr) *seconds_per_task = least / static_cast<double>(count);
    return evaluator->outcomes();
  }

 private:
  Executor const& executor_;
  config::RunConfig config_;
  engine::Tasks tasks_;
  std::int32_t limit_;
  engine::ParameterOrigin origin_;
};

/// Rounds to three digits: the search is no more precise, and the value is easy to write.
double rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return std::strtod(text.data(), nullptr);
}

double mean_of(std::vector<std::int32_t> const& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
}

std::int64_t count_status(engine::Outcomes const& outcomes, Status status) {
  return std::ranges::count(outcomes.status, static_cast<std::int32_t>(status));
}
std::int64_t breakdowns(engine::Outcomes const& outcomes) { return count_status(outcomes, Status::breakdown); }

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

/// Results of the values tried, in any order.
struct Gathered {
  std::vector<TunedValue> values;    ///< ascending
  std::vector<std::int64_t> broken;  ///< Status::breakdown only
  std::vector<std::int32_t> least;
  std::vector<char> converges;

  TunedValue const& add(Tries& tries, double value) {
    TunedValue v{.value = value};
    auto const outcomes = tries.at(value, &v.seconds_per_task);
    auto const& counts = outcomes.iterations;
    v.mean_iterations = mean_of(counts);
    std::int64_t const here = breakdowns(outcomes);
    v.breakdowns = here + count_status(outcomes, Status::not_finite);
    v.unconverged = static_cast<std::int64_t>(counts.size()) - count_status(outcomes, Status::converged) - v.breakdowns;
    if (least.empty()) least = counts;
    converges.resize(counts.size(), 0);
    for (std::size_t t = 0; t < counts.size(); ++t) {
      least[t] = std::min(least[t], counts[t]);
      if (outcomes.status[t] == static_cast<std::int32_t>(Status::converged)) converges[t] = 1;
    }
    auto const at = std::ranges::lower_bound(values, value, {}, &TunedValue::value) - values.begin();
    broken.insert(broken.begin() + at, here);
    return *values.insert(values.begin() + at, v);
  }
  [[nodiscard]] std::size_t least_by(double TunedValue::*figure) const {
    // Choose 0 only if it is strictly better than all others: a small shift does no harm.
    auto const first = values.begin() + (values.size() > 1 && values.front().value == 0 ? 1 : 0);
    auto const found = std::ranges::min_element(first, values.end(), {}, figure);
    return values.front().*figure < (*found).*figure ? 0 : static_cast<std::size_t>(found - values.begin());
  }
};

/// Fastest among the values with the fewest failures: giving up immediately is not fast.
std::size_t fastest_of(std::vector<TunedValue> const& values) {
  auto const is_better = [](TunedValue const& a, TunedValue const& b) {
    auto const failed = [](TunedValue const& v) { return v.breakdowns + v.unconverged; };
    return failed(a) != failed(b) ? failed(a) < failed(b) : a.seconds_per_task < b.seconds_per_task;
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
  Gathered found;
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

double quickly_tuned(Executor const& executor, config::RunConfig const& config, TunedParameter const& parameter,
                     engine::Tasks tasks, double low, double high) {
  tasks.count = std::min(tasks.count, std::int64_t{1024});
  Tries tries(executor, config, std::move(tasks), config.solver.max_iterations, engine::ParameterOrigin::predicted);
  std::map<double, double> means;  // by position: decades below `high`, or the share of the way from low to high
  auto const value = [&](double place) {
    return rounded(parameter.is_shift ? high * std::pow(10.0, place) : low + place * (high - low));
  };
  auto const add = [&](double place) {
    if (!means.contains(place)) means[place] = mean_of(tries.at(value(place)).iterations);
  };
  // On a tie choose the largest shift, which is the safest.
  auto const best = [&] {
    auto found = means.begin();
    for (auto at = means.begin(); at != means.end(); ++at) {
      if (at->second < found->second || (parameter.is_shift && at->second == found->second)) found = at;
    }
    return found->first;
  };
  constexpr int decades = 8, parts = 10, refinements = 3;
  for (int i = 0; i <= decades && parameter.is_shift; ++i) add(-i);
  for (int i = 1; i < parts && !parameter.is_shift; ++i) add(static_cast<double>(i) / parts);
  double step = parameter.is_shift ? 1.0 : 1.0 / parts;
  for (int i = 0; i < refinements; ++i) {
    step /= 2;
    double const middle = best();
    for (double const place : {middle - step, middle + step}) {
      if (parameter.is_shift ? place <= 0 : place > 0 && place < 1) add(place);
    }
  }
  double const found = best();
  if (parameter.is_shift && mean_of(tries.at(0).iterations) < means[found]) return 0;
  return value(found);
}

}  // namespace metasolve::train
