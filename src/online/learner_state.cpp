// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metasolve/detail/online/learner.hpp"
#include "metasolve/error.hpp"

namespace metasolve::online {

namespace {

template <class T>
std::vector<T> read(exec::Buffer<T> const& from) {
  std::vector<T> values(static_cast<std::size_t>(from.size()));
  from.download(values.data(), from.size());
  return values;
}
template <class T>
void write(exec::Buffer<T>& to, std::vector<T> const& from, char const* what) {
  if (static_cast<std::int64_t>(from.size()) != to.size()) {
    throw InputError(std::string("OnlineMetaSolver: ") + what + " has " + std::to_string(from.size()) +
                     " numbers, expected " + std::to_string(to.size()));
  }
  to.upload(from.data(), to.size());
}

}  // namespace

Snapshot Learner::snapshot() const {
  Snapshot s{read(sums_),       read(estimates_), read(drawn_),        read(counters_),
             read(drawn_arms_), read(best_arms_), read(drawn_limits_), {}};
  clock_.download(&s.clock, 1);
  return s;
}

void Learner::restore(Snapshot const& s) {
  write(sums_, s.sums, "sums");
  write(estimates_, s.estimates, "estimates");
  write(drawn_, s.values, "values");
  write(counters_, s.counters, "counters");
  write(drawn_arms_, s.arms, "arms");
  write(best_arms_, s.best, "best");
  write(drawn_limits_, s.limits, "limits");
  clock_.upload(&s.clock, 1);
  backend().synchronize();
}

/// [3 cells + totals + 1]: the increments since the base, in the caller's unit of costs; last the log of the base's
/// share that is still remembered.
std::vector<double> Learner::learned() const {
  auto s = up_to_date();
  auto const cells = static_cast<std::size_t>(grid_.cells());
  double const unit = unit_of(s.clock), kept = std::exp(s.clock.log_kept);
  auto const costs = {std::pair{std::size_t{1} * cells, 2 * cells}, std::pair{3 * cells + 1, 3 * cells + 4}};
  for (std::size_t i = 0; i < s.sums.size() && !base_.empty(); ++i) s.sums[i] -= base_[i] * (i < 3 * cells ? kept : 1.0);
  for (auto const& [first, last] : costs) {
    for (auto i = first; i < last; ++i) s.sums[i] *= unit;
  }
  for (auto i = 2 * cells; i < 3 * cells; ++i) s.sums[i] *= unit * unit;
  s.sums.push_back(s.clock.log_kept);
  return s.sums;
}

void Learner::merge(std::span<double const> sum) {
  auto s = up_to_date();
  auto const cells = static_cast<std::size_t>(grid_.cells());
  if (sum.size() != s.sums.size() + 1) {
    throw InputError("OnlineMetaSolver::merge: given " + std::to_string(sum.size()) + " numbers, expected " +
                     std::to_string(s.sums.size() + 1) + ", the sum of `learned` of meta-solvers with the same options");
  }
  if (!std::ranges::all_of(sum, [](double x) { return std::isfinite(x); })) {
    throw InputError("OnlineMetaSolver::merge: a number is not finite");
  }
  double unit = unit_of(s.clock);
  if (!(unit > 0)) {  // this one has seen no cost
    unit = unit_ = 1;
  }
  double const kept = std::exp(sum.back());
  auto const from_unit = [&](std::size_t i) {
    if (i >= cells && i < 2 * cells) return 1 / unit;
    if (i >= 2 * cells && i < 3 * cells) return 1 / (unit * unit);
    return i > 3 * cells && i < 3 * cells + 4 ? 1 / unit : 1.0;
  };
  for (std::size_t i = 0; i < s.sums.size(); ++i) {
    double const before = base_.empty() ? 0.0 : base_[i] * (i < 3 * cells ? kept : 1.0);
    s.sums[i] = before + sum[i] * from_unit(i);
    if (i < 3 * cells) s.sums[i] = std::max(s.sums[i], 0.0);  // rounding
  }
  auto const e = kernels::OnlineEstimates::at(s.estimates.data(), grid_.cells(), grid_.bins);
  for (std::size_t c = 0; c < cells; ++c) {
    if (s.sums[c] > 0) e.seen[c] = std::log(std::max(s.sums[cells + c], 1e-9) / s.sums[c]);
  }
  s.clock.warm = 0;
  s.clock.log_kept = 0;
  base_ = s.sums;
  restore(s);
}

OnlineReport Learner::report() const {
  auto s = up_to_date();
  auto const sums = kernels::OnlineSums::at(s.sums.data(), grid_.cells());
  auto const e = kernels::OnlineEstimates::at(s.estimates.data(), grid_.cells(), grid_.bins);
  auto const& totals = *sums.totals;
  double const unit = unit_of(s.clock), tasks = std::max(totals.tasks, 1.0);
  OnlineReport r;
  r.calls = s.clock.calls;
  r.tasks = static_cast<std::int64_t>(totals.tasks);
  r.cost = totals.cost / tasks * unit;
  r.constant_cost = totals.constant_cost / tasks * unit;
  r.regret = (totals.cost - totals.best_cost) / tasks * unit;
  r.constants = static_cast<std::int64_t>(totals.constant_tasks);
  r.explored = static_cast<std::int64_t>(totals.explored);
  r.replaced = static_cast<std::int64_t>(totals.replaced);
  r.retried = static_cast<std::int64_t>(totals.retried);
  r.debt = s.clock.debt;
  auto const values = values_of(options_, grid_);
  auto const parameters = options_.parameters.size();
  for (int bin = 0; bin < grid_.bins; ++bin) {
    OnlineReport::Bin b;
    for (std::size_t f = 0; f < options_.features.size(); ++f) {
      auto const& axis = grid_.feature[f];
      auto const border = [&](int place) {
        double const x = axis.low + place / (axis.scale * axis.count);
        return axis.is_logarithmic ? std::exp(x) : x;
      };
      int const place = kernels::OnlineGrid::place(bin, axis);
      b.low.push_back(border(place));
      b.high.push_back(border(place + 1));
    }
    int best = grid_.constant_arm;
    for (int arm = 0; arm < grid_.arms; ++arm) {
      int const c = bin * grid_.arms + arm;
      bool const is_known = e.constant_cost[bin] > 0 && e.variance[c] < kernels::OnlineSettings::unknown;
      double const cost = is_known ? std::exp(e.level[bin] + e.shape[c]) * unit : 0.0;
      auto const at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(arm) * parameters);
      r.cells.push_back({{at, at + static_cast<std::ptrdiff_t>(parameters)}, sums.tasks[c], cost});
      b.tasks += sums.tasks[c];
      if (e.distance[c] <= 0 && e.shape[c] < e.shape[bin * grid_.arms + best]) best = arm;
    }
    int const c = bin * grid_.arms + best;
    auto const at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(best) * parameters);
    b.best.assign(at, at + static_cast<std::ptrdiff_t>(parameters));
    b.cost = e.constant_cost[bin] > 0 ? std::exp(e.level[bin] + e.shape[c]) * unit : 0.0;
    b.constant_cost = e.constant_cost[bin] * unit;
    b.uncertainty = std::sqrt(e.variance[c]);
    r.bins.push_back(std::move(b));
  }
  return r;
}

}  // namespace metasolve::online
