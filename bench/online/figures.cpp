// SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>

namespace metasolve::bench::online {

namespace {

double total(Counts const& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

double mean_of(std::vector<double> const& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
/// Of a sample; 0 for one value.
double deviation(std::vector<double> const& values) {
  if (values.size() < 2) return 0;
  double const m = mean_of(values);
  double squares = 0;
  for (double const v : values) squares += (v - m) * (v - m);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

double mean(Counts const& counts) { return total(counts) / static_cast<double>(counts.size()); }

template <class T>
T percentile99(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() * 99 + 99) / 100 - 1];
}
template std::int32_t percentile99(std::vector<std::int32_t>);
template double percentile99(std::vector<double>);

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto const middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double worst_window(Counts const& counts, Counts const& reference) {
  auto const length = std::min(window, counts.size());
  double ours = 0, theirs = 0, worst = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    ours += counts[i];
    theirs += reference[i];
    if (i >= length) {
      ours -= counts[i - length];
      theirs -= reference[i - length];
    }
    if (i + 1 >= length) worst = std::max(worst, ours / theirs);
  }
  return worst;
}

std::size_t break_even(Counts const& counts, Counts const& reference) {
  double gained = 0;
  std::size_t last = 0;  // solves after which nothing was gained
  for (std::size_t i = 0; i < counts.size(); ++i) {
    gained += reference[i] - counts[i];
    if (!(gained > 0)) last = i + 1;
  }
  return std::min(last + 1, counts.size());
}

Json row(std::string const& problem, Rival const& rival, Counts const& best_fixed, Counts const& bound) {
  std::vector<double> means;
  double worst = 0;
  std::vector<std::size_t> gains;
  std::int32_t p99 = 0;
  for (auto const& counts : rival.runs) {
    means.push_back(mean(counts));
    if (rival.against != nullptr) worst = std::max(worst, worst_window(counts, *rival.against));
    gains.push_back(break_even(counts, best_fixed));
    p99 = std::max(p99, percentile99(counts));
  }
  double const worst_seed = *std::max_element(means.begin(), means.end());
  Json out{{"name", problem + ", " + rival.name},
           {"method", rival.name},
           {"mean", mean_of(means)},
           {"std", deviation(means)},
           {"seeds", rival.runs.size()},
           {"worst_seed", worst_seed},
           {"of_per_step_best", mean_of(means) / mean(bound)},
           {"worst_seed_of_per_step_best", worst_seed / mean(bound)},
           {"p99_iterations", p99}};
  auto const steps = rival.runs[0].size();
  auto const most = *std::max_element(gains.begin(), gains.end());
  if (most < steps) {
    out["break_even_solves"] = most;
  } else {
    out["break_even_solves"] = nullptr;  // some seed never
  }
  out["break_even_by_seed"] = gains;
  if (rival.against != nullptr) out["worst_window_of_constant"] = worst;
  if (!rival.note.empty()) out["note"] = rival.note;
  return out;
}

std::vector<std::size_t> curve_points(std::size_t steps) {
  std::vector<std::size_t> at;
  for (double x = 1; x < static_cast<double>(steps); x *= 1.04) {
    auto const whole = static_cast<std::size_t>(x);
    if (at.empty() || at.back() != whole) at.push_back(whole);
  }
  if (at.empty() || at.back() != steps) at.push_back(steps);
  return at;
}

Json relative_cost(std::vector<Counts> const& runs, Counts const& reference, std::vector<std::size_t> const& at) {
  Json out = Json::array();
  double ours = 0, theirs = 0;
  std::size_t done = 0;
  for (auto const until : at) {
    for (; done < until; ++done) {
      for (auto const& run : runs) ours += run[done];
      theirs += reference[done];
    }
    out.push_back(ours / (theirs * static_cast<double>(runs.size())));
  }
  return out;
}

}  // namespace metasolve::bench::online
