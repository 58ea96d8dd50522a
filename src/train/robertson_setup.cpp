// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/problems/ode_problem.hpp"
#include "src/config/values.hpp"
#include "src/train/problem_setup.hpp"

namespace metasolve::train {

namespace {

using config::Learned;
using kernels::Robertson;

using Problem = kernels::OdeProblem<Robertson>;

bool learns_relaxation(config::RunConfig const& c) { return c.solver.learned != Learned::guess; }
bool learns_guess(config::RunConfig const& c) { return c.solver.learned != Learned::relaxation; }

int features(config::RunConfig const&) { return Problem::features; }

/// The relaxation factor's first, then the guess's.
int outputs(config::RunConfig const& c) {
  return (learns_relaxation(c) ? 1 : 0) + (learns_guess(c) ? Robertson::size : 0);
}

Splits tasks(config::RunConfig const& c) {
  auto const& p = c.problem;
  problems::RobertsonDistribution const distribution{p.steps, p.last_time, c.solver.relaxation, c.solver.clamp};
  auto const cache = problems::TrajectoryCache::from_environment();
  auto const draw = [&](std::int64_t count, random::Stream stream) {
    return problems::sampled_robertson(distribution, count, c.training.seed, stream, cache);
  };
  return {draw(p.train_tasks, random::Stream::train_tasks), draw(p.validation_tasks, random::Stream::validation_tasks),
          draw(p.test_tasks, random::Stream::test_tasks)};
}

void shape(config::RunConfig const& c, network::MetaNetworkShape& s) {
  s.parameters = Problem::parameters;
  std::int32_t output = 0;
  for (auto entry : Problem::head(c.solver.relaxation)) {
    bool const learned = entry.kind == kernels::HeadKind::interval ? learns_relaxation(c) : learns_guess(c);
    if (learned) entry.output = output++;
    s.head.push_back(learned ? entry : kernels::HeadEntry{});
  }
}

/// The states of all training and validation tasks stay; the file of them is held twice more while it is read or
/// written. Rows are made a part at a time (problems/bind_ode.hpp).
std::uint64_t host_bytes(config::RunConfig const& c) {
  auto const train = static_cast<std::uint64_t>(c.problem.train_tasks);
  auto const validation = static_cast<std::uint64_t>(c.problem.validation_tasks);
  std::uint64_t const rows = kernels::ImplicitEuler<Robertson, double>::columns * sizeof(double) *
                             std::min(std::max(train, validation), std::uint64_t{65536});
  return Robertson::size * sizeof(double) * (train + validation + 2 * std::max(train, validation)) + rows;
}

std::string baseline(config::RunConfig const& c) { return "r = " + config::real_text(c.solver.relaxation); }

/// What a fixed number of iterations ends with is no failure.
double failure_slope(config::RunConfig const& c) {
  return c.loss.kind == config::LossKind::measure ? 0 : c.loss.failure_slope;
}

void initialise(config::RunConfig const& c, std::vector<network::LayerShape> const& layers,
                std::vector<double>& weights) {
  if (learns_relaxation(c)) weights[static_cast<std::size_t>(layers.back().bias)] = c.network.relaxation_bias;
}

/// At 2 no sweep converges.
TunedParameter const relaxation{.name = "relaxation factor",
                                .key = "solver.relaxation",
                                .grid = {1, 1.99, 0.01},
                                .below = 2,
                                .put =
                                    [](problems::AnyTasks& tasks, double value) {
                                      auto& steps = std::get<problems::RobertsonTasks>(tasks);
                                      steps.fill = [fill = steps.fill, value](std::int64_t first, std::int64_t n,
                                                                              double* rows) {
                                        using System = Problem::System;
                                        fill(first, n, rows);
                                        for (std::int64_t t = 0; t < n; ++t)
                                          rows[t * System::columns + System::relaxation_at] = value;
                                      };
                                    },
                                .own = [](config::RunConfig const& c) { return c.solver.relaxation; }};

}  // namespace

ProblemSetup const robertson_setup{"robertson", tasks,    features,      outputs,    shape,
                                   host_bytes,  baseline, failure_slope, initialise, &relaxation};

}  // namespace metasolve::train
