// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>

namespace metasolve::bench::linear {
namespace {

/// Peers whose Krylov method stops by a recursive residual may end a little above the tolerance.
constexpr double allowance = 2;
/// Of stiff beams even the rounded exact solution has a residual above the tolerance: x is good where its backward
/// error is of the order of rounding.
constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();
/// Seconds after which no further analysis, and no further solution, is timed.
constexpr double enough = 1, patience = 60;

template <class Run>
double seconds_of(Run const& run) {
  auto const start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

struct Running {
  Figures figures;
  std::unique_ptr<Contender> contender;
  std::vector<double> seconds, setup_seconds;
};

void verify(System const& s, std::vector<double> const& x, Figures& f) {
  f.worst = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  f.unsolved = 0;
  for (std::int64_t t = 0; t < s.tasks; ++t) {
    auto const error = error_of(s, t, x.data() + t * s.unknowns());
    if (!(error.residual <= allowance * s.tolerance || error.backward <= rounding)) {
      ++f.unsolved;
    } else {
      f.worst.residual = std::fmax(f.worst.residual, error.residual);
      f.worst.backward = std::fmax(f.worst.backward, error.backward);
    }
  }
}

}  // namespace

std::vector<Figures> measured(System const& s, int repeats) {
  std::vector<Running> all;
  std::vector<double> x(static_cast<std::size_t>(s.tasks * s.unknowns()));
  for (auto const& entry : entries()) {
    if (!entry.applies(s)) continue;
    std::fprintf(stderr, "  %s ...\n", entry.name.c_str());
    Running r;
    r.figures.entry = &entry;
    try {
      r.contender = entry.make(s);
      double spent = 0;
      for (int i = 0; i < repeats && spent < enough; ++i) {
        spent += r.setup_seconds.emplace_back(seconds_of([&] { r.contender->analyse(); }));
      }
      std::fill(x.begin(), x.end(), 0.0);
      r.seconds.push_back(seconds_of([&] { r.contender->solve(x.data()); }));
      verify(s, x, r.figures);
      r.figures.iterations = r.contender->iterations();
      r.figures.note = r.contender->note();
    } catch (std::exception const& error) {
      r.figures.failure = error.what();
      r.contender.reset();
    }
    all.push_back(std::move(r));
  }
  for (int i = 0; i < repeats; ++i) {
    for (auto& r : all) {
      if (!r.contender || r.figures.unsolved > 0 || r.seconds.front() > patience) continue;
      if (i == 0) r.seconds.clear();  // the first was to warm up
      r.seconds.push_back(seconds_of([&] { r.contender->solve(x.data()); }));
    }
  }
  std::vector<Figures> figures;
  for (auto& r : all) {
    if (!r.seconds.empty()) r.figures.seconds = median(r.seconds);
    if (!r.setup_seconds.empty()) r.figures.setup_seconds = median(r.setup_seconds);
    r.figures.repeats = static_cast<int>(r.seconds.size());
    figures.push_back(std::move(r.figures));
  }
  return figures;
}

}  // namespace metasolve::bench::linear
