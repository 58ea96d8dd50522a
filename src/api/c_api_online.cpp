// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <vector>

#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/online_meta_solver.h"

/// OnlineMetaSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::InputError;
using metasolve::OnlineMetaSolver;
using metasolve::OnlineReport;
using Estimator = OnlineMetaSolver::Estimator;
using Exploration = OnlineMetaSolver::Exploration;

static_assert(METASOLVE_ONLINE_ESTIMATOR_BINS == static_cast<int>(Estimator::bins) &&
              METASOLVE_ONLINE_ESTIMATOR_LEAST_SQUARES == static_cast<int>(Estimator::least_squares) &&
              METASOLVE_ONLINE_ESTIMATOR_NETWORK == static_cast<int>(Estimator::network));
static_assert(METASOLVE_ONLINE_EXPLORATION_CONFIDENCE == static_cast<int>(Exploration::confidence) &&
              METASOLVE_ONLINE_EXPLORATION_THOMPSON == static_cast<int>(Exploration::thompson));

// No padding at the ends: see metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_online_parameter) ==
              offsetof(metasolve_online_parameter, values) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_online_feature) == offsetof(metasolve_online_feature, bins) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_online_options) == offsetof(metasolve_online_options, cost_unit) + sizeof(double));

namespace {

OnlineMetaSolver::Options options_of(metasolve_online_options const* given) {
  auto const o = c_api::sized<metasolve_online_options>("options", c_api::required("options", given),
                                                        METASOLVE_ONLINE_OPTIONS_DEFAULT);
  OnlineMetaSolver::Options made{
      .capacity = o.capacity,
      .estimator = c_api::one_of("options.estimator", o.estimator, Estimator::network,
                                 "METASOLVE_ONLINE_ESTIMATOR_BINS (0), METASOLVE_ONLINE_ESTIMATOR_LEAST_SQUARES (1) or "
                                 "METASOLVE_ONLINE_ESTIMATOR_NETWORK (2)"),
      .exploration = c_api::one_of("options.exploration", o.exploration, Exploration::thompson,
                                   "METASOLVE_ONLINE_EXPLORATION_CONFIDENCE (0) or "
                                   "METASOLVE_ONLINE_EXPLORATION_THOMPSON (1)"),
      .memory = o.memory,
      .constant_share = o.constant_share,
      .first_limit = o.first_limit,
      .most_loss = o.most_loss,
      .seed = o.seed,
      .cost_unit = o.cost_unit};
  if (o.prior != nullptr) made.prior = o.prior->meta_solver;
  for (auto const& p : c_api::elements_of<metasolve_online_parameter>(
           "options.parameter", o.parameters, o.parameter_count, METASOLVE_ONLINE_PARAMETER_DEFAULT)) {
    made.parameters.push_back({p.name, p.low, p.high, p.constant, p.is_logarithmic != 0, p.values, p.iteration_cost});
  }
  for (auto const& f : c_api::elements_of<metasolve_online_feature>("options.feature", o.features, o.feature_count,
                                                                    METASOLVE_ONLINE_FEATURE_DEFAULT)) {
    made.features.push_back({f.name, f.low, f.high, f.is_logarithmic != 0, f.bins});
  }
  return made;
}

OnlineMetaSolver::Options const& options_of(metasolve_online_meta_solver const& online) {
  return online.online.options();
}

/// @throws InputError there is no such element
template <class T>
T const& element(char const* what, std::vector<T> const& of, int index) {
  if (index >= 0 && static_cast<std::size_t>(index) < of.size()) return of[static_cast<std::size_t>(index)];
  throw InputError("index is " + std::to_string(index) + "; the online meta-solver has " + std::to_string(of.size()) +
                   " " + what + ", counted from 0");
}

/// @throws InputError the caller's arrays have another length
void require_count(char const* name, std::int64_t count, std::size_t expected) {
  if (count == static_cast<std::int64_t>(expected)) return;
  throw InputError(std::string(name) + ".count is " + std::to_string(count) + ", expected " + std::to_string(expected) +
                   ", as metasolve_online_meta_solver_report says in `" + name + "`");
}

/// Fills an array of the caller's, if there is one, with a number or with a vector of each element.
template <class T>
void fill(double* to, std::vector<T> const& from, double T::*number) {
  if (to == nullptr) return;
  for (auto const& x : from) *to++ = x.*number;
}
template <class T>
void fill(double* to, std::vector<T> const& from, std::vector<double> T::*numbers) {
  if (to == nullptr) return;
  for (auto const& x : from) to = std::ranges::copy(x.*numbers, to).out;
}

}  // namespace

int metasolve_online_meta_solver_create(metasolve_executor const* executor, metasolve_online_options const* options,
                                        metasolve_online_meta_solver** online) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("online", online);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_online_meta_solver{OnlineMetaSolver(on, options_of(options))};
  });
}

int metasolve_online_meta_solver_load(metasolve_executor const* executor, char const* path, int64_t capacity,
                                      metasolve_online_meta_solver** online) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("online", online);
    auto const& on = c_api::required("executor", executor).executor;
    c_api::required("path", path);
    made = new metasolve_online_meta_solver{OnlineMetaSolver::load(on, path, capacity)};
  });
}

void metasolve_online_meta_solver_release(metasolve_online_meta_solver* online) { delete online; }

int metasolve_online_meta_solver_parameters(metasolve_online_meta_solver const* online) {
  return online == nullptr ? 0 : static_cast<int>(options_of(*online).parameters.size());
}

int metasolve_online_meta_solver_features(metasolve_online_meta_solver const* online) {
  return online == nullptr ? 0 : static_cast<int>(options_of(*online).features.size());
}

int metasolve_online_meta_solver_parameter(metasolve_online_meta_solver const* online, int index,
                                           metasolve_online_parameter* parameter) {
  return c_api::guarded([&] {
    auto const& p = element("parameters", options_of(c_api::required("online", online)).parameters, index);
    c_api::write_sized("parameter", c_api::required("parameter", parameter),
                       metasolve_online_parameter{sizeof(metasolve_online_parameter), p.name.c_str(), p.low, p.high,
                                                  p.constant, p.iteration_cost, p.is_logarithmic ? 1 : 0, p.values});
  });
}

int metasolve_online_meta_solver_feature(metasolve_online_meta_solver const* online, int index,
                                         metasolve_online_feature* feature) {
  return c_api::guarded([&] {
    auto const& f = element("features", options_of(c_api::required("online", online)).features, index);
    c_api::write_sized("feature", c_api::required("feature", feature),
                       metasolve_online_feature{sizeof(metasolve_online_feature), f.name.c_str(), f.low, f.high,
                                                f.is_logarithmic ? 1 : 0, f.bins});
  });
}

int metasolve_online_meta_solver_options(metasolve_online_meta_solver const* online,
                                         metasolve_online_options* options) {
  return c_api::guarded([&] {
    auto const& o = options_of(c_api::required("online", online));
    c_api::write_sized("options", c_api::required("options", options),
                       metasolve_online_options{
                           sizeof(metasolve_online_options), nullptr, nullptr,
                           static_cast<std::int32_t>(o.parameters.size()), static_cast<std::int32_t>(o.features.size()),
                           o.capacity, static_cast<std::int32_t>(o.estimator), static_cast<std::int32_t>(o.exploration),
                           o.memory, o.constant_share, o.first_limit, o.most_loss, o.seed, nullptr, o.cost_unit});
  });
}

int metasolve_online_meta_solver_choose(metasolve_online_meta_solver* online, int64_t count,
                                        metasolve_const_batch_view const* features, metasolve_const_batch_view* theta) {
  return c_api::guarded([&] {
    auto& of = c_api::required("online", online).online;
    auto& to = c_api::required("theta", theta);
    auto const chosen =
        of.choose(count, c_api::view(features == nullptr ? metasolve_const_batch_view{nullptr, 0, 1} : *features));
    to = {chosen.data, chosen.task_stride, chosen.item_stride};
  });
}

int metasolve_online_meta_solver_learn(metasolve_online_meta_solver* online, metasolve_column const* cost) {
  return c_api::guarded([&] {
    auto& of = c_api::required("online", online).online;
    of.learn(c_api::column<double>(c_api::required("cost", cost)));
  });
}

int metasolve_online_meta_solver_report(metasolve_online_meta_solver const* online, metasolve_online_report* report) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    auto& to = c_api::required("report", report);
    OnlineReport const r = of.report();
    c_api::write_sized(
        "report", to,
        metasolve_online_report{sizeof(metasolve_online_report), r.calls, r.tasks, r.cost, r.constant_cost, r.regret,
                                r.saved(), r.debt, r.constants, r.explored, r.replaced, r.retried,
                                static_cast<std::int64_t>(r.bins.size()), static_cast<std::int64_t>(r.cells.size())});
  });
}

int metasolve_online_meta_solver_report_bins(metasolve_online_meta_solver const* online,
                                             metasolve_online_bins const* bins) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    auto const to =
        c_api::sized<metasolve_online_bins>("bins", c_api::required("bins", bins), METASOLVE_ONLINE_BINS_DEFAULT);
    using Bin = OnlineReport::Bin;
    auto const from = of.report().bins;
    require_count("bins", to.count, from.size());
    fill(to.low, from, &Bin::low);
    fill(to.high, from, &Bin::high);
    fill(to.tasks, from, &Bin::tasks);
    fill(to.best, from, &Bin::best);
    fill(to.cost, from, &Bin::cost);
    fill(to.constant_cost, from, &Bin::constant_cost);
    fill(to.uncertainty, from, &Bin::uncertainty);
  });
}

int metasolve_online_meta_solver_report_cells(metasolve_online_meta_solver const* online,
                                              metasolve_online_cells const* cells) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    auto const to =
        c_api::sized<metasolve_online_cells>("cells", c_api::required("cells", cells), METASOLVE_ONLINE_CELLS_DEFAULT);
    using Cell = OnlineReport::Cell;
    auto const from = of.report().cells;
    require_count("cells", to.count, from.size());
    fill(to.parameters, from, &Cell::parameters);
    fill(to.tasks, from, &Cell::tasks);
    fill(to.cost, from, &Cell::cost);
  });
}

int metasolve_online_meta_solver_save(metasolve_online_meta_solver const* online, char const* path) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    c_api::required("path", path);
    try {
      of.save(path);
    } catch (std::filesystem::filesystem_error const& error) {
      throw metasolve::OutputError(error.what());  // by itself it would be a file that cannot be read
    }
  });
}

int metasolve_online_meta_solver_learned_size(metasolve_online_meta_solver const* online, int64_t* size) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    auto& to = c_api::required("size", size);
    to = static_cast<std::int64_t>(of.learned().size());
  });
}

int metasolve_online_meta_solver_learned(metasolve_online_meta_solver const* online, double* sums, int64_t size) {
  return c_api::guarded([&] {
    auto const& of = c_api::required("online", online).online;
    auto* to = &c_api::required("sums", sums);
    auto const from = of.learned();
    if (size != static_cast<std::int64_t>(from.size())) {
      throw InputError("size is " + std::to_string(size) + ", expected " + std::to_string(from.size()) +
                       ", as metasolve_online_meta_solver_learned_size says");
    }
    std::ranges::copy(from, to);
  });
}

int metasolve_online_meta_solver_merge(metasolve_online_meta_solver* online, double const* sum, int64_t size) {
  return c_api::guarded([&] {
    auto& of = c_api::required("online", online).online;
    auto const* const from = &c_api::required("sum", sum);
    if (size < 0) throw InputError("size is " + std::to_string(size) + ", expected that of `learned`");
    of.merge({from, static_cast<std::size_t>(size)});
  });
}
