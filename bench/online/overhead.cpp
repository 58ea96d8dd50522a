// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>

#include "figures.hpp"

namespace metasolve::bench::online {

namespace {

struct Seconds {
  double usual, least;  ///< median and minimum of the rounds
};

/// Processor time of a call, by turns with the others; a round has enough calls for some milliseconds.
template <class Call>
std::vector<Seconds> timed(std::vector<Call> const& calls, std::int64_t count, int rounds) {
  auto const repeats = std::max<std::int64_t>(1, 20000 / count);
  std::vector<std::vector<double>> all(calls.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t c = 0; c < calls.size(); ++c) {
      double const start = processor_seconds();
      for (std::int64_t r = 0; r < repeats; ++r) calls[c]();
      all[c].push_back((processor_seconds() - start) / static_cast<double>(repeats));
    }
  }
  std::vector<Seconds> seconds;
  for (auto const& times : all) seconds.push_back({median(times), *std::min_element(times.begin(), times.end())});
  return seconds;
}

constexpr std::int64_t beginnings = 1000;

/// Features spread over the range, as they come, not sorted: of a call's tasks from any of the `beginnings` on, since
/// in calls of one task each is another.
std::vector<double> spread_features(std::int64_t count) {
  count += beginnings;
  std::vector<double> features;
  double whole;
  for (std::int64_t t = 0; t < count; ++t) {
    features.push_back(std::pow(1000.0, std::modf(0.6180339887498949 * static_cast<double>(t), &whole)));
  }
  return features;
}

OnlineMetaSolver learner(Executor const& executor, std::int64_t count, OnlineMetaSolver::Exploration exploration) {
  return {executor, learner_options(999, 1.5, exploration, 1, count)};
}

using Call = std::function<void()>;

}  // namespace

Json overhead(int rounds) {
  auto const executor = Executor::cpu(1);
  Json out{{"threads", 1}, {"alone", Json::array()}, {"in_a_call", Json::array()}};
  for (std::int64_t const count : {1LL, 100LL, 1000LL, 10000LL, 1000000LL}) {
    auto const features = spread_features(count);
    std::vector<double> cost(features.size());
    for (std::size_t t = 0; t < cost.size(); ++t) cost[t] = 5 + static_cast<double>(t % 7);
    auto online = learner(executor, count, OnlineMetaSolver::Exploration::confidence);
    auto thompson = learner(executor, count, OnlineMetaSolver::Exploration::thompson);
    std::int64_t call = 0;
    auto const next = [&] { return BatchView<double const>{features.data() + call++ % beginnings, 1}; };
    auto const both = [&](OnlineMetaSolver& of) {
      of.choose(count, next());
      of.learn({cost.data(), 1});
    };
    for (int warm = 0; warm < 20; ++warm) both(online), both(thompson);
    std::vector<Call> const calls{[&] { both(online); }, [&] { both(thompson); },
                                  [&] {
                                    online.choose(count, {features.data(), 1});
                                  }};
    auto const t = timed(calls, count, rounds);
    double const per = 1e9 / static_cast<double>(count);
    out["alone"].push_back({{"tasks", count},
                            {"ns_per_task", t[0].usual * per},
                            {"ns_per_task_least", t[0].least * per},
                            {"ns_per_task_thompson", t[1].usual * per},
                            {"ns_per_task_thompson_least", t[1].least * per},
                            {"ns_per_task_choose_alone", t[2].usual * per},
                            {"us_per_call", t[0].usual * 1e6}});
  }
  // Systems of one unknown, solved by one iteration: as cheap as a solve can be.
  std::vector<std::int32_t> const row_ptrs{0, 1}, col_idxs{0};
  for (std::int64_t const count : {1LL, 100LL, 1000LL, 10000LL, 1000000LL}) {
    CgSolver solver(executor, Pattern{row_ptrs, col_idxs}, {.preconditioner = PreconditionerKind::ssor},
                    {.capacity = count});
    auto const features = spread_features(count);
    std::vector<double> const ones(features.size(), 1.0);
    std::vector<double> x(features.size());
    auto online = learner(executor, count, OnlineMetaSolver::Exploration::confidence);
    std::int64_t call = 0;
    auto const solve = [&](OnlineMetaSolver* of) {
      BatchView<double const> const seen{features.data() + call++ % beginnings, 1};
      solver.solve({.count = count, .values = {ones.data(), 1}, .rhs = {ones.data(), 1}, .omega = 1.5},
                   {.tolerance = tolerance}, {.solution = {x.data(), 1}}, {.online = {of, seen}});
    };
    for (int warm = 0; warm < 20; ++warm) solve(&online);
    std::vector<Call> const calls{[&] { solve(nullptr); }, [&] { solve(&online); }};
    auto const t = timed(calls, count, rounds);
    double const per = 1e9 / static_cast<double>(count);
    out["in_a_call"].push_back({{"tasks", count},
                                {"ns_per_task_without", t[0].usual * per},
                                {"ns_per_task_with", t[1].usual * per},
                                {"ns_per_task_more", (t[1].usual - t[0].usual) * per},
                                {"ns_per_task_more_least", (t[1].least - t[0].least) * per}});
  }
  return out;
}

}  // namespace metasolve::bench::online
