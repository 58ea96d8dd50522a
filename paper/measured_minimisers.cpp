// SPDX-License-Identifier: Apache-2.0
#include "paper/measured_minimisers.hpp"

#include <algorithm>
#include <cmath>

namespace metasolve::paper {

namespace {

/// points values from low to high, inclusive.
std::vector<double> even_grid(double low, double high, int points) {
  std::vector<double> w;
  for (int i = 0; i < points; ++i) w.push_back(low + (high - low) * i / (points - 1));
  return w;
}

/// Bracket of a local minimum during its search.
struct Bracket {
  std::size_t search;  ///< index
  double low, high;
};

}  // namespace

std::vector<LossMinimiser> measured_loss_minimisers(TwoTaskMeasurement& measurement, TwoTasks const& tasks, double p,
                                                    int most) {
  constexpr int points = 129;
  double const easy = 1 / tasks.mu(1);
  double const hard = 1 / tasks.mu(0);
  double const margin = 0.25 * (hard - easy);
  auto const w = even_grid(easy - margin, hard + margin, points);
  auto const losses = measurement.losses(tasks, p, w, most);
  auto const row = static_cast<std::size_t>(most) + 1;

  std::vector<LossMinimiser> minimisers;
  for (std::size_t m = 0; m < row; ++m) {
    auto const loss = [&](std::size_t i) { return losses[i * row + m]; };
    std::size_t least = 1;
    for (std::size_t i = 2; i + 1 < w.size(); ++i) {
      if (loss(i) < loss(least)) least = i;
    }
    // The loss is a quadratic function of w, so any three points give its vertex; a wide spacing minimises rounding
    // errors.
    std::size_t const last = w.size() - 1;
    double const left = (loss(least) - loss(0)) / (w[least] - w[0]);
    double const right = (loss(last) - loss(least)) / (w[last] - w[least]);
    double const curvature = (right - left) / (w[last] - w[0]);
    minimisers.push_back({0.5 * (w[0] + w[least]) - 0.5 * left / curvature, w[least], w[1] - w[0]});
  }
  return minimisers;
}

std::vector<std::vector<CountMinimum>> measured_count_minima(TwoTaskMeasurement& measurement,
                                                             std::span<CountSearch const> searches, int grid_points) {
  auto const brackets_found = [&] {
    std::vector<CountQuery> queries;
    std::vector<std::size_t> first(searches.size());  // of each search's points
    for (std::size_t s = 0; s < searches.size(); ++s) {
      auto const& [tasks, tolerance, p] = searches[s];
      if (s > 0 && tasks == searches[s - 1].tasks && tolerance == searches[s - 1].tolerance) {
        first[s] = first[s - 1];
        continue;
      }
      first[s] = queries.size();
      for (double const w : even_grid(0, 2 / tasks.mu(0), grid_points)) queries.push_back({tasks, w, tolerance});
    }
    auto const counts = measurement.count(queries);
    std::vector<Bracket> brackets;
    for (std::size_t s = 0; s < searches.size(); ++s) {
      auto const expected = [&](std::size_t i) { return counts[i].expected_relaxed(searches[s].p); };
      for (std::size_t i = first[s] + 1; i + 1 < first[s] + static_cast<std::size_t>(grid_points); ++i) {
        if (expected(i) < expected(i - 1) && expected(i) <= expected(i + 1)) {
          brackets.push_back({s, queries[i - 1].w, queries[i + 1].w});
        }
      }
    }
    return brackets;
  };

  constexpr int points = 33;  // each round narrows a bracket to a sixteenth
  auto brackets = brackets_found();
  std::vector<CountMinimum> best(brackets.size());
  bool narrow = brackets.empty();
  while (!narrow) {
    std::vector<CountQuery> queries;
    for (auto const& b : brackets) {
      auto const& [tasks, tolerance, p] = searches[b.search];
      for (double const w : even_grid(b.low, b.high, points)) queries.push_back({tasks, w, tolerance});
    }
    auto const counts = measurement.count(queries);
    narrow = true;
    for (std::size_t b = 0; b < brackets.size(); ++b) {
      double const p = searches[brackets[b].search].p;
      std::size_t const first = b * points, last = first + points - 1;
      std::size_t least = first;
      for (std::size_t i = first; i <= last; ++i) {
        if (counts[i].expected_relaxed(p) < counts[least].expected_relaxed(p)) least = i;
      }
      best[b] = {queries[least].w, counts[least]};
      brackets[b].low = queries[std::max(least, first + 1) - 1].w;
      brackets[b].high = queries[std::min(least + 1, last)].w;
      narrow = narrow && brackets[b].high - brackets[b].low <= 1e-13 * best[b].w;
    }
  }

  std::vector<std::vector<CountMinimum>> minima(searches.size());
  for (std::size_t b = 0; b < brackets.size(); ++b) minima[brackets[b].search].push_back(best[b]);
  return minima;
}

CountMinimum const& lowest(std::vector<CountMinimum> const& minima, double p) {
  return *std::min_element(minima.begin(), minima.end(), [p](auto const& a, auto const& b) {
    return a.counts.expected_relaxed(p) < b.counts.expected_relaxed(p);
  });
}

double tie_probability(CountMinimum const& a, CountMinimum const& b) {
  double const hard = a.counts.relaxed[0] - b.counts.relaxed[0];
  double const easy = b.counts.relaxed[1] - a.counts.relaxed[1];
  return easy / (hard + easy);
}

}  // namespace metasolve::paper
