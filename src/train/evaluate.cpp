// SPDX-License-Identifier: Apache-2.0
#include "src/train/evaluate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "kernels/solver.hpp"

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

/// Bins for two sets of counts. Whole numbers apart, or of a constant ratio where the two lie so far apart that
/// equal bins would squeeze one of them into a line.
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
  for (double edge = low; edge < end; edge += width) edges.push_back(edge);
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
  f.converged_share = static_cast<double>(f.status[static_cast<std::size_t>(kernels::Status::converged)]) / tasks;
  return f;
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return quantile(x, 0.5);
}

Timing time_both(engine::Evaluator& evaluator, SolveLimits const& limits, std::int64_t tasks) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t least_pairs = 5;
  constexpr double least_seconds = 0.3;
  auto const seconds = [&](Parameters parameters) {
    auto const start = Clock::now();
    solve_all(evaluator, parameters, limits, tasks);
    evaluator.synchronize();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (auto const parameters : {Parameters::meta_solver, Parameters::given}) seconds(parameters);  // to warm up
  std::vector<double> meta, baseline, ratio;
  for (double total = 0; total < least_seconds || ratio.size() < least_pairs; total += meta.back() + baseline.back()) {
    meta.push_back(seconds(Parameters::meta_solver));
    baseline.push_back(seconds(Parameters::given));
    ratio.push_back(meta.back() / baseline.back());
  }
  auto const per_task = [&](std::vector<double> const& x) { return median(x) / static_cast<double>(tasks); };
  return {limits.tolerance, per_task(meta), per_task(baseline), median(ratio), static_cast<int>(ratio.size())};
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
  auto const options = learner_options(config, checkpoint.features);
  auto const evaluator = engine::make_evaluator(executor, options, sampled_tasks(config).test);
  evaluator->set_weights(checkpoint.learner.weights);

  Evaluation result;
  result.tasks = config.problem.test_tasks;
  auto const outcomes = [&](Parameters parameters, SolveLimits const& limits) {
    solve_all(*evaluator, parameters, limits, result.tasks);
    return evaluator->outcomes();
  };
  for (double const tolerance : config.evaluation.tolerances) {
    SolveLimits const limits{tolerance, config.evaluation.max_iterations};
    auto const meta = outcomes(Parameters::meta_solver, limits);
    result.tolerances.push_back(compare(meta, outcomes(Parameters::given, limits), tolerance));
  }
  result.timing = time_both(*evaluator, {config.solver.tolerance, config.evaluation.max_iterations}, result.tasks);
  return result;
}

}  // namespace metasolve::train
