// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/online/online_options.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::online {

namespace {

using kernels::OnlineAxis;

[[noreturn]] void refuse(std::string const& what) { throw InputError("OnlineMetaSolver: " + what); }

void check_range(std::string const& of, double low, double high, bool is_logarithmic) {
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high) || !std::isfinite(high - low)) {
    refuse(of + ": the range " + io::shortest(low) + " to " + io::shortest(high) +
           " is none; low must be below high, both finite");
  }
  if (is_logarithmic && !(low > 0))
    refuse(of + " is logarithmic, and low is " + io::shortest(low) + "; expected above 0");
  if (is_logarithmic && !(std::log(low) < std::log(high) && std::isfinite(high / low))) {
    refuse(of + ": the range " + io::shortest(low) + " to " + io::shortest(high) + " is too narrow or too wide");
  }
}

void check_name(std::string const& of, std::string const& name, std::vector<std::string>& seen) {
  if (name.empty()) refuse(of + " has no name");
  for (auto const& other : seen) {
    if (other == name) refuse(of + ": \"" + name + "\" is there twice");
  }
  seen.push_back(name);
}

/// given: bins of the features that have none automatic.
int automatic_bins(std::size_t features, std::int64_t automatic, std::int64_t given, std::int64_t arms) {
  constexpr int of[] = {1, 10, 8, 4, 2, 2, 2};
  int bins = of[features];
  auto const fits = [&](double all) {
    return all * static_cast<double>(given) <= kernels::most_online_bins &&
           all * static_cast<double>(given * arms) <= kernels::most_online_cells;
  };
  while (bins > 1 && !fits(std::pow(bins, automatic))) --bins;
  return bins;
}

OnlineAxis axis_of(double low, double high, bool is_logarithmic, int count, int stride) {
  double const from = is_logarithmic ? std::log(low) : low, to = is_logarithmic ? std::log(high) : high;
  return {.low = from, .scale = 1 / (to - from), .is_logarithmic = is_logarithmic, .count = count, .stride = stride};
}

}  // namespace

Options checked(Options o) {
  if (o.parameters.empty() || o.parameters.size() > kernels::most_online_parameters) {
    refuse(std::to_string(o.parameters.size()) + " parameters given, expected 1 to 3");
  }
  if (o.features.size() > kernels::most_online_features) {
    refuse(std::to_string(o.features.size()) + " features given, expected at most 6");
  }
  std::int64_t arms = 1, bins = 1, given = 1, automatic = 0;
  std::vector<std::string> names;
  for (auto const& p : o.parameters) {
    auto const of = "parameter \"" + p.name + "\"";
    check_name("a parameter", p.name, names);
    check_range(of, p.low, p.high, p.is_logarithmic);
    if (!(p.constant >= p.low && p.constant <= p.high)) {
      refuse(of + ": the constant is " + io::shortest(p.constant) + ", expected " + io::shortest(p.low) + " to " +
             io::shortest(p.high));
    }
    if (p.values < 2 || p.values > 32) refuse(of + ": values is " + std::to_string(p.values) + ", expected 2 to 32");
    if (!std::isfinite(p.iteration_cost)) refuse(of + ": iteration_cost is not finite");
    arms *= p.values;
  }
  double cheapest = 1;
  for (auto const& p : o.parameters) cheapest += std::min(p.iteration_cost * p.low, p.iteration_cost * p.high);
  if (!(cheapest > 0))
    refuse("iteration_cost makes an iteration cost " + io::shortest(cheapest) + ", expected above 0");
  if (arms > kernels::most_online_arms) {
    refuse("the grid of all parameters has " + std::to_string(arms) + " points, at most 256; lower their `values`");
  }
  names.clear();
  for (auto& f : o.features) {
    auto const of = "feature \"" + f.name + "\"";
    check_name("a feature", f.name, names);
    check_range(of, f.low, f.high, f.is_logarithmic);
    if (f.bins < 0 || f.bins > kernels::most_online_bins) {
      refuse(of + ": bins is " + std::to_string(f.bins) + ", expected 1 to 256, or 0: automatic");
    }
    if (f.bins == 0) ++automatic;
    given *= std::max(f.bins, 1);
  }
  int const each = automatic_bins(o.features.size(), automatic, given, arms);
  for (auto& f : o.features) {
    if (f.bins == 0) f.bins = each;
    bins *= f.bins;
  }
  if (bins > kernels::most_online_bins) {
    refuse("the features have " + std::to_string(bins) + " bins together, at most 256; lower their `bins`");
  }
  if (bins * arms > kernels::most_online_cells) {
    refuse(std::to_string(bins) + " bins of " + std::to_string(arms) + " points each are more than " +
           std::to_string(kernels::most_online_cells) + "; lower `bins` or `values`");
  }
  constexpr auto most_tasks = std::int64_t{1} << 46;  // their bytes fit into 64 bits
  if (o.capacity < 1 || o.capacity > most_tasks) {
    refuse("capacity is " + std::to_string(o.capacity) + ", expected 1 to " + std::to_string(most_tasks));
  }
  if (o.estimator < OnlineMetaSolver::Estimator::bins || o.estimator > OnlineMetaSolver::Estimator::network) {
    refuse("estimator is none of its type's");
  }
  if (o.exploration < OnlineMetaSolver::Exploration::confidence ||
      o.exploration > OnlineMetaSolver::Exploration::thompson) {
    refuse("exploration is none of its type's");
  }
  if (o.prior && o.estimator != OnlineMetaSolver::Estimator::network) refuse("a prior is for Estimator::network alone");
  if (o.memory < 0) refuse("memory is " + std::to_string(o.memory) + ", expected 0 (all) or more");
  if (!(o.constant_share >= 0 && o.constant_share <= 1)) {
    refuse("constant_share is " + io::shortest(o.constant_share) + ", expected 0 to 1");
  }
  if (!(o.first_limit >= 1 && std::isfinite(o.first_limit)))
    refuse("first_limit is " + io::shortest(o.first_limit) + ", expected at least 1");
  if (!(o.cost_unit > 0 && std::isfinite(o.cost_unit))) {
    refuse("cost_unit is " + io::shortest(o.cost_unit) + ", expected above 0");
  }
  if (!(o.most_loss > 0 && std::isfinite(o.most_loss)))
    refuse("most_loss is " + io::shortest(o.most_loss) + ", expected above 0");
  return o;
}

kernels::OnlineGrid grid_of(Options const& o) {
  kernels::OnlineGrid grid;
  grid.parameters = static_cast<int>(o.parameters.size());
  grid.features = static_cast<int>(o.features.size());
  for (std::size_t p = 0; p < o.parameters.size(); ++p) {
    auto const& of = o.parameters[p];
    auto& axis = grid.parameter[p] = axis_of(of.low, of.high, of.is_logarithmic, of.values, grid.arms);
    auto const nearest = static_cast<int>(std::lround(axis.position(of.constant) * (of.values - 1)));
    grid.constant_arm += nearest * axis.stride;
    grid.arms *= of.values;
  }
  for (std::size_t f = 0; f < o.features.size(); ++f) {
    auto const& of = o.features[f];
    grid.feature[f] = axis_of(of.low, of.high, of.is_logarithmic, of.bins, grid.bins);
    grid.bins *= of.bins;
  }
  return grid;
}

double value_at(OnlineMetaSolver::Parameter const& p, double position) {
  if (position <= 0) return p.low;
  if (position >= 1) return p.high;
  return p.is_logarithmic ? p.low * std::pow(p.high / p.low, position) : p.low + (p.high - p.low) * position;
}

std::vector<double> values_of(Options const& o, kernels::OnlineGrid const& grid) {
  std::vector<double> values;
  for (int arm = 0; arm < grid.arms; ++arm) {
    for (std::size_t p = 0; p < o.parameters.size(); ++p) {
      auto const& axis = grid.parameter[p];
      int const at = kernels::OnlineGrid::place(arm, axis);
      bool const is_constant = at == kernels::OnlineGrid::place(grid.constant_arm, axis);
      values.push_back(is_constant ? o.parameters[p].constant
                                   : value_at(o.parameters[p], static_cast<double>(at) / (axis.count - 1)));
    }
  }
  return values;
}

}  // namespace metasolve::online
