// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/online_call.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/online/learner.hpp"
#include "metasolve/online_meta_solver.hpp"

namespace metasolve::api {

namespace {

constexpr double most = std::numeric_limits<double>::max();
constexpr double least = std::numeric_limits<double>::min();
double const below_two = std::nextafter(2.0, 0.0);

OnlineParameter parameter(std::string_view name, double low, double high, Column<double>& column,
                          char const* why_not = nullptr) {
  return {name, low, high, &column, why_not};
}

std::string names_of(std::span<OnlineParameter const> parameters) {
  std::string names;
  for (auto const& p : parameters) {
    if (p.why_not == nullptr) names += (names.empty() ? "" : ", ") + std::string(p.name);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

void Arguments::reads(Online const& online, bool is_of_solver) {
  if (online.meta_solver == nullptr) return;
  auto const& learner = online.meta_solver->learner();
  if (&learner.backend() != &backend_) {
    reject("the online meta-solver was made with another executor than the solver; give both the same one");
  }
  if (count_ > learner.options().capacity) {
    reject("the online meta-solver has a capacity of " + std::to_string(learner.options().capacity) + " tasks, given " +
           std::to_string(count_));
  }
  if (count_ > 0 && learner.features() > 0 && online.features.data == nullptr) {
    reject("online.features is null; the online meta-solver has " + std::to_string(learner.features()) +
           " features a task");
  }
  if (is_of_solver && !learner.can_learn_counts()) {
    reject("the online meta-solver has learned from costs given to `learn`; use another for a solver's counts");
  }
  if (learner.features() == 0) return;
  reads("online.features", online.features, learner.features());
  if (count_ > 0) extents_.pop_back();  // read before anything is written: may overlap results
}

OnlineParameter online_shift(bool has, Column<double>& column) {
  return parameter(online_names::shift, 0, most, column, has ? nullptr : "this preconditioner has none");
}
OnlineParameter online_omega(bool has, Column<double>& column) {
  return parameter(online_names::omega, least, below_two, column,
                   has ? nullptr : "only the preconditioner ssor has it");
}
OnlineParameter online_guess_scale(bool takes_guess, Column<double>& column) {
  return parameter(online_names::guess_scale, -most, most, column,
                   takes_guess ? nullptr : "it scales tasks.guess, which is null");
}
OnlineParameter online_restart(int restart, Column<double>& column) {
  return parameter(online_names::restart, 1, restart, column, restart > 0 ? nullptr : "only gmres has it");
}
OnlineParameter online_rho(bool has, Column<double>& column) {
  return parameter(online_names::rho, least, most, column, has ? nullptr : "there are no rows");
}
OnlineParameter online_alpha(Column<double>& column) {
  return parameter(online_names::alpha, least, below_two, column);
}
OnlineParameter online_factor(Column<double>& column) { return parameter(online_names::factor, least, most, column); }
OnlineParameter online_column(std::string_view name, Column<double>& column) {
  if (name.starts_with("relaxation factor")) {
    return parameter(online_names::relaxation, least, below_two, column);
  }
  return parameter(name, -most, most, column);
}

bool chooses(OnlineMetaSolver const& online, std::string_view name) {
  for (auto const& p : online.options().parameters) {
    if (p.name == name) return true;
  }
  return false;
}

void bind_online(OnlineMetaSolver const& online, std::span<OnlineParameter const> parameters) {
  auto const& of = online.options().parameters;
  for (std::size_t i = 0; i < of.size(); ++i) {
    OnlineParameter const* found = nullptr;
    for (auto const& p : parameters) {
      if (p.name == of[i].name) found = &p;
    }
    if (found == nullptr || found->why_not != nullptr) {
      reject("the online meta-solver chooses \"" + of[i].name + "\", " +
             (found != nullptr ? std::string(found->why_not) : std::string("which this solver has not")) +
             "; it has: " + names_of(parameters));
    }
    if (of[i].low < found->low || of[i].high > found->high) {
      reject("the online meta-solver chooses \"" + of[i].name + "\" from " + io::shortest(of[i].low) + " to " +
             io::shortest(of[i].high) + "; this solver takes " +
             (found->low == least ? std::string("above 0") : io::shortest(found->low)) +
             (found->high == most        ? std::string(" on")
              : found->high == below_two ? std::string(" and below 2")
                                         : " to " + io::shortest(found->high)));
    }
    *found->column = {online.learner().chosen() + i, static_cast<std::int64_t>(of.size())};
  }
}

engine::Proposal choose(OnlineMetaSolver& online, std::int64_t count, BatchView<double const> const& features) {
  auto& learner = online.learner();
  learner.choose(count, {features.data, features.task_stride, features.item_stride});
  return {learner.limits(), learner.status(), learner.iterations(), learner.origin()};
}

void learn(OnlineMetaSolver& online, std::int32_t const* iterations, std::int32_t const* status, Origin const* origin) {
  online.learner().learn_counts(iterations, status, origin);
}

}  // namespace metasolve::api
