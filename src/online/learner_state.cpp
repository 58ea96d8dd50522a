// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>

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

/// The cost of an estimate, in units.
double expected(double log_cost) { return std::max(std::exp(log_cost) - kernels::half_a_unit, 0.0); }

}  // namespace

Snapshot Learner::snapshot() const {
  Snapshot s;
  s.sums = read(sums_);
  s.estimates = read(estimates_);
  s.values = read(drawn_);
  s.counters = read(counters_);
  s.arms = read(drawn_arms_);
  s.best = read(best_arms_);
  s.limits = read(drawn_limits_);
  if (proposer_) s.proposer = proposer_->state();
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
  if (proposer_) {
    auto const expected = proposer_->state().size();
    if (s.proposer.size() != expected) {
      throw InputError("OnlineMetaSolver: the estimator's state has " + std::to_string(s.proposer.size()) +
                       " numbers, expected " + std::to_string(expected));
    }
    proposer_->restore(s.proposer);
  }
  backend().synchronize();
}

void Learner::copy(Learner const& other) {
  restore(other.snapshot());
  base_ = other.base_;
  unit_ = other.unit_;
}

/// How number i of the sums is counted: decayed, and in which power of the unit of costs.
struct Learner::SumKind {
  bool decays;
  int power;
};
Learner::SumKind Learner::kind_of(std::size_t i) const {
  auto const cells = static_cast<std::size_t>(grid_.cells());
  if (i < 3 * cells) return {true, static_cast<int>(i / cells)};
  auto const of_bins = static_cast<std::size_t>(kernels::OnlineSums::size(grid_.cells()));
  if (i >= of_bins) return {true, 0};
  constexpr std::size_t first = offsetof(kernels::OnlineTotals, cost) / sizeof(double);
  constexpr std::size_t last = offsetof(kernels::OnlineTotals, best_cost) / sizeof(double);
  std::size_t const at = i - 3 * cells;
  return {false, at >= first && at <= last ? 1 : 0};
}

/// The increments of the sums since the base, in the caller's costs; the log of the base's share that is still
/// remembered; the unit of costs and a 1, or zeros; what is averaged, and a 1 to divide by.
std::vector<double> Learner::learned() const {
  auto s = up_to_date();
  double const kept = std::exp(s.clock.log_kept);
  for (std::size_t i = 0; i < s.sums.size(); ++i) {
    auto const kind = kind_of(i);
    if (!base_.empty()) s.sums[i] -= base_[i] * (kind.decays ? kept : 1.0);
    s.sums[i] *= std::pow(unit_ > 0 ? unit_ : 1.0, kind.power);
  }
  s.sums.push_back(s.clock.log_kept);
  s.sums.push_back(unit_);
  s.sums.push_back(unit_ > 0 ? 1 : 0);
  if (proposer_) {
    auto const averaged = proposer_->averaged();
    s.sums.insert(s.sums.end(), averaged.begin(), averaged.end());
    s.sums.push_back(1);
  }
  return s.sums;
}

void Learner::merge(std::span<double const> sum) {
  auto s = up_to_date();
  auto const averaged = proposer_ ? proposer_->averaged().size() + 1 : 0;
  auto const expected = s.sums.size() + 3 + averaged;
  if (sum.size() != expected) {
    throw InputError("OnlineMetaSolver::merge: given " + std::to_string(sum.size()) + " numbers, expected " +
                     std::to_string(expected) + ", the sum of `learned` of meta-solvers with the same options");
  }
  if (!std::ranges::all_of(sum, [](double x) { return std::isfinite(x); })) {
    throw InputError("OnlineMetaSolver::merge: a number is not finite");
  }
  if (averaged > 0 && !(sum.back() > 0)) throw InputError("OnlineMetaSolver::merge: the last number is not positive");
  // Those that have seen no cost yet have no unit.
  double const units = sum[s.sums.size() + 1], known = sum[s.sums.size() + 2];
  if (known > 0) {
    double const of_all = units / known;
    if (unit_ > 0 && std::abs(of_all - unit_) > 1e-9 * unit_) {
      throw InputError(
          "OnlineMetaSolver::merge: the others count costs in another unit; give all the same options, and "
          "costs of one kind");
    }
    if (!(unit_ > 0)) unit_ = of_all;
  }
  double const unit = unit_ > 0 ? unit_ : 1.0;
  double const kept = std::exp(sum[s.sums.size()]);
  for (std::size_t i = 0; i < s.sums.size(); ++i) {
    auto const kind = kind_of(i);
    double const before = base_.empty() ? 0.0 : base_[i] * (kind.decays ? kept : 1.0);
    s.sums[i] = before + sum[i] / std::pow(unit, kind.power);
  }
  auto const cells = static_cast<std::size_t>(grid_.cells());
  auto const e = kernels::OnlineEstimates::at(s.estimates.data(), grid_.cells(), grid_.bins);
  for (std::size_t c = 0; c < cells; ++c) {
    for (auto i : {c, cells + c, 2 * cells + c}) s.sums[i] = std::max(s.sums[i], 0.0);  // rounding
    if (s.sums[c] > 0) e.seen[c] = std::log(s.sums[cells + c] / s.sums[c] + kernels::half_a_unit);
  }
  s.clock.warm = 0;
  s.clock.log_kept = 0;
  base_ = s.sums;
  // From nothing, so that all who merge know the same, whatever each knew before; and to the end.
  std::fill_n(e.shape, cells, 0.0);
  std::fill_n(e.level, grid_.bins, 0.0);
  restore(s);
  auto const calls = s.clock.calls;
  for (int update = 0; update < kernels::OnlineSettings::first_updates; ++update) {
    clock_.upload(&s.clock, 1);  // due
    this->update(1);
    clock_.download(&s.clock, 1);
    s.clock.warm = 0;
    s.clock.calls = calls;
  }
  clock_.upload(&s.clock, 1);
  if (averaged == 0) return;
  std::vector<double> mean(sum.end() - static_cast<std::ptrdiff_t>(averaged), sum.end() - 1);
  for (auto& x : mean) x /= sum.back();
  proposer_->set_averaged(mean);
}

OnlineReport Learner::report() const {
  auto s = up_to_date();
  auto const sums = kernels::OnlineSums::at(s.sums.data(), grid_.cells());
  auto const e = kernels::OnlineEstimates::at(s.estimates.data(), grid_.cells(), grid_.bins);
  auto const& totals = *sums.totals;
  double const unit = unit_ > 0 ? unit_ : 1.0, tasks = std::max(totals.tasks, 1.0);
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
      double const cost = is_known ? expected(e.level[bin] + e.shape[c]) * unit : 0.0;
      auto const at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(arm) * parameters);
      r.cells.push_back({{at, at + static_cast<std::ptrdiff_t>(parameters)}, sums.tasks[c], cost});
      b.tasks += sums.tasks[c];
      if (e.distance[c] <= 0 && e.shape[c] < e.shape[bin * grid_.arms + best]) best = arm;
    }
    int const c = bin * grid_.arms + best;
    auto const at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(best) * parameters);
    b.best.assign(at, at + static_cast<std::ptrdiff_t>(parameters));
    b.cost = e.constant_cost[bin] > 0 ? expected(e.level[bin] + e.shape[c]) * unit : 0.0;
    b.constant_cost = std::max(e.constant_cost[bin] - kernels::half_a_unit, 0.0) * unit;
    b.uncertainty = std::sqrt(e.variance[c]);
    r.bins.push_back(std::move(b));
  }
  return r;
}

}  // namespace metasolve::online
