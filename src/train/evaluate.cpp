// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/constant.hpp"
#include "metasolve/detail/train/tune.hpp"
#include "metasolve/kernels/lockstep/solver.hpp"

namespace metasolve::train {

namespace {

using engine::Parameters;
using engine::SolveLimits;

std::vector<double> sorted_counts(engine::Outcomes const& outcomes) {
  std::vector<double> counts(outcomes.iterations.begin(), outcomes.iterations.end());
  std::sort(counts.begin(), counts.end());
  return counts;
}

double mean(std::vector<double> const& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double quantile(std::vector<double> const& sorted, double q) {
  double const at = q * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(at);
  auto const above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Bins for two sets of counts, of integer width, or with a constant ratio if the two lie so far apart that equal bins
/// would compress one of them into a line.
std::vector<double> shared_edges(std::vector<double> const& a, std::vector<double> const& b) {
  constexpr int most_bins = 40;
  constexpr double far_apart = 10;
  double const low = std::min(a.front(), b.front());
  double const end = std::max(a.back(), b.back()) + 1;
  double const ratio = mean(a) / mean(b);
  std::vector<double> edges;
  if (low > 0 && std::max(ratio, 1 / ratio) >= far_apart) {
    constexpr int bins = most_bins / 2;
    for (int i = 0; i < bins; ++i) edges.push_back(low * std::pow(end / low, static_cast<double>(i) / bins));
    edges.push_back(end);
    return edges;
  }
  double const width = std::ceil((end - low) / most_bins);
  for (int i = 0; low + i * width < end; ++i) edges.push_back(low + i * width);
  edges.push_back(edges.back() + width);
  return edges;
}

Histogram histogram(std::vector<double> const& sorted, std::vector<double> const& edges) {
  Histogram h{edges, {}};
  auto from = sorted.begin();
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    auto const to = std::lower_bound(from, sorted.end(), edges[i + 1]);
    h.counts.push_back(to - from);
    from = to;
  }
  return h;
}

SideFigures figures(engine::Outcomes const& outcomes, std::vector<double> const& sorted,
                    std::vector<double> const& edges) {
  SideFigures f;
  auto const tasks = static_cast<double>(sorted.size());
  f.mean = mean(sorted);
  double squares = 0;
  for (double const x : sorted) squares += (x - f.mean) * (x - f.mean);
  f.deviation = std::sqrt(squares / tasks);
  f.minimum = sorted.front();
  f.maximum = sorted.back();
  std::transform(evaluation_quantiles.begin(), evaluation_quantiles.end(), f.quantiles.begin(),
                 [&](double q) { return quantile(sorted, q); });
  f.histogram = histogram(sorted, edges);
  for (auto const status : outcomes.status) ++f.status[static_cast<std::size_t>(status)];
  double converged = 0;
  for (std::size_t t = 0; t < outcomes.status.size(); ++t) {
    if (outcomes.status[t] == static_cast<std::int32_t>(kernels::Status::converged))
      converged += outcomes.iterations[t];
  }
  f.converged_mean = converged / static_cast<double>(f.status[static_cast<std::size_t>(kernels::Status::converged)]);
  f.converged_share = static_cast<double>(f.status[static_cast<std::size_t>(kernels::Status::converged)]) / tasks;
  return f;
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return quantile(x, 0.5);
}

/// One method of solving all tasks.
struct Way {
  engine::Evaluator* evaluator;
  Parameters parameters;
};

struct Turns {
  double seconds = 0;     ///< minimum total of all ways
  std::size_t turns = 0;  ///< minimum
};

/// Seconds of each way, alternating, so that other load on the machine affects all of them equally.
std::vector<std::vector<double>> time_in_turn(std::vector<Way> const& ways, SolveLimits const& limits,
                                              std::int64_t tasks, Turns const& least) {
  auto const seconds = [&](Way const& way) {
    auto const start = io::Clock::now();
    solve_all(*way.evaluator, way.parameters, limits, tasks);
    way.evaluator->synchronize();
    return io::seconds_since(start);
  };
  std::vector<std::vector<double>> times(ways.size());
  double warm_up = 0;
  for (std::size_t w = 0; w < ways.size(); ++w) warm_up += times[w].emplace_back(seconds(ways[w]));
  constexpr double slow = 2;  // of such solves each is dear, and the first times are good enough
  if (warm_up >= slow) return times;
  for (auto& of_way : times) of_way.clear();
  for (double total = 0; total < least.seconds || times.front().size() < least.turns;) {
    for (std::size_t w = 0; w < ways.size(); ++w) total += times[w].emplace_back(seconds(ways[w]));
  }
  return times;
}

/// tuned: solves with the tuned constant; may be null.
Timing time_ways(engine::Evaluator& evaluator, engine::Evaluator* tuned, SolveLimits const& limits,
                 std::int64_t tasks) {
  std::vector<Way> ways{{&evaluator, Parameters::meta_solver}, {&evaluator, Parameters::given}};
  if (tuned != nullptr) ways.push_back({tuned, Parameters::given});
  auto const times = time_in_turn(ways, limits, tasks, {0.3, 5});
  auto const per_task = [&](std::size_t way) { return median(times[way]) / static_cast<double>(tasks); };
  Timing t{limits.tolerance, per_task(0), per_task(1), per_task(0) / per_task(1),
           static_cast<int>(times.front().size())};
  if (tuned == nullptr) return t;
  t.tuned_seconds_per_task = per_task(2);
  t.tuned_ratio = per_task(0) / per_task(2);
  return t;
}

/// Evaluator of the tuned constant if it differs from the baseline; null: none.
std::unique_ptr<engine::Evaluator> tuned_evaluator(Executor const& executor, Checkpoint const& c,
                                                   engine::LearnerOptions const& options, engine::Tasks const& tasks) {
  if (!c.constants.is_tuned) return nullptr;
  auto const& parameter = *problems::problem_of(c.config).tuned_in(c.config);
  if (parameter.own && parameter.own(c.config) == c.constants.value) return nullptr;
  return engine::make_evaluator(executor, options,
                                with_parameter(tasks, c.constants.value, engine::ParameterOrigin::predicted));
}

}  // namespace

void solve_all(engine::Evaluator& evaluator, Parameters parameters, SolveLimits const& limits, std::int64_t tasks) {
  for (std::int64_t first = 0; first < tasks; first += evaluator.capacity()) {
    evaluator.solve(parameters, limits, first, std::min(evaluator.capacity(), tasks - first));
  }
}

ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance) {
  auto const meta_counts = sorted_counts(meta);
  auto const baseline_counts = sorted_counts(baseline);
  auto const edges = shared_edges(meta_counts, baseline_counts);
  ToleranceFigures f{tolerance, figures(meta, meta_counts, edges), figures(baseline, baseline_counts, edges), 0};
  f.reduction = f.baseline.mean > 0 ? 1 - f.meta.mean / f.baseline.mean : std::nan("");
  return f;
}

Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint) {
  auto const& config = checkpoint.config;
  auto const options = learner_options(checkpoint);
  auto const tasks = problems::problem_of(config).tasks(config).test;
  auto const evaluator = engine::make_evaluator(executor, options, tasks);
  evaluator->set_weights(checkpoint.learner.weights);
  auto const tuned = tuned_evaluator(executor, checkpoint, options, tasks);

  Evaluation result;
  result.tasks = config.problem.test_tasks;
  result.max_iterations = config.evaluation.max_iterations;
  if (tuned) {
    result.tuned_name =
        problems::problem_of(config).tuned_in(config)->name + " " + config::real_text(checkpoint.constants.value);
  }
  auto const outcomes = [&](engine::Evaluator& by, Parameters parameters, SolveLimits const& limits) {
    solve_all(by, parameters, limits, result.tasks);
    return by.outcomes();
  };
  for (double const tolerance : config.evaluation.tolerances) {
    SolveLimits const limits{tolerance, config.evaluation.max_iterations};
    auto const meta = outcomes(*evaluator, Parameters::meta_solver, limits);
    result.tolerances.push_back(compare(meta, outcomes(*evaluator, Parameters::given, limits), tolerance));
    if (!tuned) continue;
    auto const found = outcomes(*tuned, Parameters::given, limits);
    auto const counts = sorted_counts(found);
    result.tolerances.back().tuned = figures(found, counts, shared_edges(counts, counts));
  }
  result.timing =
      time_ways(*evaluator, tuned.get(), {config.solver.tolerance, config.evaluation.max_iterations}, result.tasks);
  return result;
}

double time_beside_constant(Executor const& executor, Checkpoint const& checkpoint, engine::Tasks const& tasks) {
  auto const& config = checkpoint.config;
  auto const options = learner_options(checkpoint);
  auto const evaluator = engine::make_evaluator(executor, options, tasks);
  evaluator->set_weights(checkpoint.learner.weights);
  std::unique_ptr<engine::Evaluator> tuned;
  if (checkpoint.constants.tuned_is_best()) {
    tuned = engine::make_evaluator(executor, options, with_best_constant(checkpoint.constants, tasks));
  }
  auto const count = tasks.count;
  auto const times = time_in_turn(
      {{evaluator.get(), Parameters::meta_solver}, {tuned ? tuned.get() : evaluator.get(), Parameters::given}},
      {config.solver.tolerance, config.solver.max_iterations}, count, {0.1, 5});
  // Use the fastest of few turns: other load on the machine only adds time.
  double const constant = std::ranges::min(times[1]);
  return constant > 0 ? std::ranges::min(times[0]) / constant : 0;
}

}  // namespace metasolve::train
