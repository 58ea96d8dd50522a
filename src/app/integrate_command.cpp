// SPDX-License-Identifier: Apache-2.0
#include "src/app/integrate_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <limits>

#include "metasolve/error.hpp"
#include "src/app/model.hpp"
#include "src/app/output.hpp"
#include "src/app/run_folder.hpp"
#include "src/integrate/integration.hpp"
#include "src/io/atomic_file.hpp"

namespace metasolve::app {

namespace {

using integrate::Integration;
using integrate::IntegrationSetup;
using integrate::Method;

/// t_0 = 0 ... t_N. log: as the paper spaces Robertson's, from 1e-6 on.
std::vector<double> time_points(IntegrateOptions const& o, double end) {
  constexpr double first = 1e-6;
  std::vector<double> t;
  for (int n = 0; n <= o.steps; ++n) {
    double const share = static_cast<double>(n) / o.steps;
    t.push_back(o.spacing == "log" ? first * std::pow(end / first + 1, share) - first : end * share);
  }
  return t;
}

/// CLI11's ranges let NaN pass.
void require_ranges(IntegrateOptions const& o) {
  auto const require = [](char const* name, double value, double below) {
    if (value > 0 && value < below) return;
    throw InputError(std::string(name) + ": given " + number("%g", value) + ", expected a finite real above 0" +
                     (below < 3 ? " and below 2" : ""));
  };
  constexpr double finite = std::numeric_limits<double>::max();
  if (o.end_time) require("--end-time", *o.end_time, finite);
  require("--relaxation", o.relaxation, 2);
  require("--tolerance", o.tolerance, finite);
}

IntegrationSetup make_setup(IntegrateOptions const& o, integrate::OdeDescription const& ode,
                            train::Checkpoint const& model) {
  IntegrationSetup s;
  s.problem = o.problem;
  s.relaxation = o.relaxation;
  s.clamps = o.problem == "robertson";
  s.tolerance = o.tolerance;
  s.max_iterations = static_cast<int>(o.max_iterations);
  if (o.sets == 0) {
    s.parameters = ode.default_parameters;
    s.initial = ode.initial_state;
  } else if (o.problem != "robertson") {
    throw InputError("--sets: only robertson's parameters have a distribution to draw from; leave it out for " +
                     o.problem);
  }
  for (std::int64_t set = 0; set < o.sets; ++set) {
    auto const c = problems::RobertsonDistribution::rate_constants(o.seed, random::Stream::test_tasks, set);
    s.parameters.insert(s.parameters.end(), c.begin(), c.end());
    s.initial.insert(s.initial.end(), ode.initial_state.begin(), ode.initial_state.end());
  }
  if (!o.model.empty()) {
    if (model.config.problem.name != o.problem) {
      throw InputError("--model: it was trained for " + model.config.problem.name + ", not for " + o.problem);
    }
    if (model.config.network.precision != config::Precision::single_precision) {
      throw InputError("--model: its network.precision is \"double\", expected \"float\"; train it so");
    }
    s.network = train::learner_options(model).network;
    s.weights = model.learner.weights;
  }
  return s;
}

/// One method's way through all steps.
struct Run {
  std::string name;
  Method method;
  double relaxation;
  std::vector<double> seconds{};
  integrate::IntegrationTotals totals{};
  std::vector<double> end{};
};

void go(Executor const& executor, Integration& integration, Run& run, std::vector<double> const& t) {
  integration.restart(run.method);
  executor.synchronize();
  auto const start = std::chrono::steady_clock::now();
  for (std::size_t n = 0; n + 1 < t.size(); ++n) integration.step(t[n], t[n + 1] - t[n]);
  executor.synchronize();
  run.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  run.totals = integration.totals();
  run.end = integration.states();
}

double median(std::vector<double> x) {
  std::ranges::sort(x);
  return x[x.size() / 2];
}

int compare(IntegrateOptions const& o, Executor const& executor, IntegrationSetup const& setup,
            std::vector<double> const& t) {
  std::vector<Run> runs{{"r = " + number("%g", o.relaxation), Method::newton_sor, o.relaxation},
                        {"r = 1", Method::newton_sor, 1.0},
                        {"Newton", Method::newton, 1.0}};
  if (!o.model.empty()) runs.push_back({"meta-solver", Method::meta_solver, o.relaxation});
  std::vector<std::unique_ptr<Integration>> integrations;
  for (auto const& run : runs) {
    auto s = setup;
    s.relaxation = run.relaxation;
    integrations.push_back(integrate::make_integration(executor, s));
  }
  constexpr int rounds = 5;  // in turn, so that a busy machine is busy for all
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < runs.size(); ++i) go(executor, *integrations[i], runs[i], t);
  }
  auto& out = human(o.common.json);
  auto const& newton = runs[2];
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  out << std::left << std::setw(14) << "method" << std::right << std::setw(14) << "iterations" << std::setw(12)
      << "seconds" << std::setw(10) << "of first" << std::setw(10) << "failed" << std::setw(14) << "off Newton" << '\n';
  for (auto const& run : runs) {
    double off = 0;
    for (std::size_t i = 0; i < run.end.size(); ++i) off = std::max(off, std::abs(run.end[i] - newton.end[i]));
    std::vector<double> ratios;
    for (std::size_t r = 0; r < run.seconds.size(); ++r) ratios.push_back(run.seconds[r] / runs[0].seconds[r]);
    out << std::left << std::setw(14) << run.name << std::right << std::setw(14) << run.totals.iterations
        << std::setw(12) << number("%.4g", median(run.seconds)) << std::setw(10) << number("%.3f", median(ratios))
        << std::setw(10) << run.totals.failures << std::setw(14) << number("%.2e", off) << '\n';
    rows.push_back({{"method", run.name},
                    {"iterations", run.totals.iterations},
                    {"seconds", median(run.seconds)},
                    {"ratio", median(ratios)},
                    {"failures", run.totals.failures},
                    {"largest_difference_from_newton", off}});
  }
  out << "medians of " << rounds << " runs in turn, " << o.steps << " steps, on " << executor.description() << '\n';
  if (o.common.json) {
    print_document({{"problem", o.problem}, {"steps", o.steps}, {"methods", rows}, {"device", executor.description()}});
  }
  return 0;
}

int write_trajectory(IntegrateOptions const& o, Executor const& executor, IntegrationSetup const& setup,
                     std::vector<double> const& t, int size) {
  auto const integration = integrate::make_integration(executor, setup);
  integration->restart(o.model.empty() ? Method::newton_sor : Method::meta_solver);
  std::string text = "set,step,t";
  for (int i = 1; i <= size; ++i) text += ",y" + std::to_string(i);
  text += '\n';
  auto const append = [&](std::size_t step, std::vector<double> const& y) {
    for (std::size_t at = 0; at < y.size(); ++at) {
      auto const n = static_cast<std::size_t>(size);
      if (at % n == 0) text += std::to_string(at / n) + "," + std::to_string(step) + "," + number("%.17g", t[step]);
      text += "," + number("%.17g", y[at]) + (at % n == n - 1 ? "\n" : "");
    }
  };
  append(0, setup.initial);
  for (std::size_t n = 0; n + 1 < t.size(); ++n) {
    integration->step(t[n], t[n + 1] - t[n]);
    append(n + 1, integration->states());
  }
  io::write_file_atomically(o.trajectory, text);
  auto const totals = integration->totals();
  human(o.common.json) << o.trajectory << ": " << o.steps << " steps, " << totals.iterations << " iterations, "
                       << totals.failures << " solves that did not converge\n";
  if (o.common.json) {
    print_document({{"trajectory", o.trajectory},
                    {"steps", o.steps},
                    {"iterations", totals.iterations},
                    {"failures", totals.failures},
                    {"device", executor.description()}});
  }
  return 0;
}

}  // namespace

void add_integrate_options(CLI::App& command, IntegrateOptions& o) {
  command.add_option("--problem", o.problem, "System: robertson, van_der_pol, orego, hires or pollution")
      ->capture_default_str();
  command
      .add_option("--sets", o.sets,
                  "Robertson: sets of rate constants, drawn as the test tasks are; default: one, "
                  "the published")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  command.add_option("--seed", o.seed, "Of the sets")->capture_default_str();
  command.add_option("--steps", o.steps, "Implicit Euler steps")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command.add_option("--end-time", o.end_time, "Time of the last step; default: the published problem's");
  command.add_option("--spacing", o.spacing, "Of the times")
      ->check(CLI::IsMember({"log", "linear"}))
      ->capture_default_str();
  command.add_option("--relaxation", o.relaxation, "Constant relaxation factor of Newton-SOR")->capture_default_str();
  command.add_option("--model", o.model, "Meta-solver: folder of a run, or a checkpoint")->type_name("RUN");
  command.add_option("--tolerance", o.tolerance, "A step is solved when ||g|| is at or below it")
      ->capture_default_str();
  command.add_option("--max-iterations", o.max_iterations, "Iteration limit of a step")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->capture_default_str();
  command
      .add_option("--trajectory", o.trajectory,
                  "Write every state here, set,step,t,y1,...,yn, by the model if given, else by the constant factor; "
                  "default: compare the methods")
      ->type_name("OUT.csv");
  add_common_options(command, o.common);
}

int run_integrate(IntegrateOptions const& o) {
  auto const& ode = integrate::find_ode(o.problem, "--problem");
  require_ranges(o);
  // Keys and threads are those of the model, if there is one, with what --set says.
  train::Checkpoint model;
  if (o.model.empty()) {
    model.config = overridden(model.config, "--set", o.common);
  } else {
    auto const file = checkpoint_of(o.model, "best");
    std::error_code missing;
    if (std::filesystem::equivalent(file, o.trajectory, missing)) {
      throw InputError("--trajectory: " + o.trajectory + " is the file given with --model; give another name");
    }
    model = load_model(file, o.common);
  }
  auto const setup = make_setup(o, ode, model);
  auto const executor = open_executor(o.common, model.config);
  auto const t = time_points(o, o.end_time.value_or(ode.end_time));
  if (!o.trajectory.empty()) return write_trajectory(o, executor, setup, t, ode.size);
  return compare(o, executor, setup, t);
}

}  // namespace metasolve::app
