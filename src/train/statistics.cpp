// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/types.hpp"

namespace metasolve::train {

namespace {

std::vector<double> sorted_counts(engine::Outcomes const& outcomes) {
  std::vector<double> counts(outcomes.iterations.begin(), outcomes.iterations.end());
  std::sort(counts.begin(), counts.end());
  return counts;
}

double mean(std::vector<double> const& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
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
    if (outcomes.status[t] == static_cast<std::int32_t>(Status::converged)) converged += outcomes.iterations[t];
  }
  f.converged_mean = converged / static_cast<double>(f.status[static_cast<std::size_t>(Status::converged)]);
  f.converged_share = static_cast<double>(f.status[static_cast<std::size_t>(Status::converged)]) / tasks;
  return f;
}

}  // namespace

double quantile(std::vector<double> const& sorted, double q) {
  double const at = q * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(at);
  auto const above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double quantile_of(std::vector<double> numbers, double q) {
  std::sort(numbers.begin(), numbers.end());
  return quantile(numbers, q);
}

SideFigures figures_of(engine::Outcomes const& outcomes) {
  auto const counts = sorted_counts(outcomes);
  return figures(outcomes, counts, shared_edges(counts, counts));
}

ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance) {
  auto const meta_counts = sorted_counts(meta);
  auto const baseline_counts = sorted_counts(baseline);
  auto const edges = shared_edges(meta_counts, baseline_counts);
  ToleranceFigures f{tolerance, figures(meta, meta_counts, edges), figures(baseline, baseline_counts, edges), 0};
  f.reduction = f.baseline.mean > 0 ? 1 - f.meta.mean / f.baseline.mean : std::nan("");
  return f;
}

}  // namespace metasolve::train
