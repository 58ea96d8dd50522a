// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/integrate_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <limits>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/model.hpp"
#include "metasolve/detail/app/online_learning.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/run_folder.hpp"
#include "metasolve/detail/app/shared_sets.hpp"
#include "metasolve/detail/app/trajectory.hpp"
#include "metasolve/detail/integrate/drawn_parameters.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using integrate::Integration;
using integrate::IntegrationSetup;
using integrate::Method;

/// t_0 = 0 ... t_N, ascending. log: spaced as the paper's for Robertson, from 1e-6 on.
std::vector<double> time_points(IntegrateOptions const& o, double end) {
  constexpr double first = 1e-6;
  std::vector<double> t;
  for (int n = 0; n <= o.steps; ++n) {
    double const share = static_cast<double>(n) / o.steps;
    t.push_back(o.spacing == "log" ? first * std::pow(end / first + 1, share) - first : end * share);
    if (n == 0 || (t.back() > t[t.size() - 2] && std::isfinite(t.back()))) continue;
    throw InputError("--steps, --end-time: step " + std::to_string(n) + " goes from " + number("%g", t[t.size() - 2]) +
                     " to " + number("%g", t.back()) + ", which is no step in double precision; take " +
                     (std::isfinite(t.back()) ? "fewer steps" : "an earlier end"));
  }
  return t;
}

/// CLI11's ranges accept NaN.
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

void require_one_meta_solver(IntegrateOptions const& o) {
  if (o.online && !o.model.empty()) {
    throw InputError(
        "--online, --model: the factor comes from one of them; leave out --model to learn from these steps, "
        "or --online to use what was trained");
  }
  if (!o.online && !o.online_state.empty()) {
    throw InputError("--online-state: only a run with --online learns; add --online, or leave out --online-state");
  }
  std::error_code missing;
  if (!o.online_state.empty() &&
      (o.online_state == o.trajectory || std::filesystem::equivalent(o.online_state, o.trajectory, missing))) {
    throw InputError("--online-state: " + o.online_state + " is the file given with --trajectory; give another name");
  }
}

/// Parses --on-failure.
std::vector<integrate::Remedy> remedies(std::string const& text) {
  auto const& names = integrate::remedy_names;
  std::vector<integrate::Remedy> list;
  if (text == "stop") return list;
  for (std::size_t from = 0; from <= text.size();) {
    auto const end = std::min(text.find(',', from), text.size());
    auto const word = text.substr(from, end - from);
    auto const found = std::ranges::find(names, word);
    if (found == names.end()) {
      throw InputError("--on-failure: given \"" + text + "\", in which \"" + word +
                       "\" is not known; expected constant, newton and smaller-steps, with commas between them, in " +
                       "the order in which they are tried, or stop alone");
    }
    list.push_back(static_cast<integrate::Remedy>(found - names.begin()));
    from = end + 1;
  }
  return list;
}

IntegrationSetup make_setup(IntegrateOptions const& o, systems::OdeDescription const& ode,
                            std::optional<train::Checkpoint> const& model) {
  IntegrationSetup s;
  s.problem = o.problem;
  s.relaxation = o.relaxation;
  s.clamps = ode.is_clamped;
  s.tolerance = o.tolerance;
  s.max_iterations = static_cast<int>(o.max_iterations);
  s.remedies = remedies(o.on_failure);
  s.online_state = o.online_state;
  if (o.sets == 0) {
    s.parameters = ode.default_parameters;
    s.initial = ode.initial_state;
  } else if (ode.lowest_exponents.empty()) {
    std::string others;
    for (auto const& other : systems::known_odes()) {
      if (!other.lowest_exponents.empty()) others += (others.empty() ? "" : ", ") + other.name;
    }
    throw InputError("--sets: only " + others + " has a distribution of parameters to draw from; leave it out for " +
                     o.problem);
  }
  for (std::int64_t set = 0; set < o.sets; ++set) {
    auto const c = integrate::drawn_parameters(ode, o.seed, random::Stream::test_tasks, set);
    s.parameters.insert(s.parameters.end(), c.begin(), c.end());
    s.initial.insert(s.initial.end(), ode.initial_state.begin(), ode.initial_state.end());
  }
  if (model) {
    if (model->config.problem.name != o.problem) {
      throw InputError("--model: it was trained for " + model->config.problem.name + ", not for " + o.problem);
    }
    s.meta_solver = MetaSolver(std::make_shared<model::Model const>(train::model_of(*model)));
  }
  return s;
}

/// The run of one method over all steps.
struct Run {
  std::string name;
  Method method;
  double relaxation;
  std::vector<double> seconds{};
  integrate::IntegrationTotals totals{};
  std::vector<double> end{};
  std::vector<integrate::StepOutcome> outcomes{};
};

void go(Executor const& executor, Integration& integration, Run& run, std::vector<double> const& t) {
  integration.restart();
  executor.synchronize();
  auto const start = io::Clock::now();
  for (std::size_t n = 0; n + 1 < t.size(); ++n) {
    integration.step(t[n], t[n + 1] - t[n]);
    merge_online(integration, n);
  }
  executor.synchronize();
  run.seconds.push_back(largest(io::seconds_since(start)));
  run.totals = summed(integration.totals());
  run.end = integration.states();
  run.outcomes = integration.outcomes();
}

/// Difference between two methods' last states, over the sets that both have completed.
double difference(Run const& a, Run const& b, std::size_t size) {
  double off = 0;
  for (std::size_t i = 0; i < a.end.size(); ++i) {
    if (a.outcomes[i / size].has_ended() || b.outcomes[i / size].has_ended()) continue;
    double const here = std::abs(a.end[i] - b.end[i]);
    off = here <= off ? off : here;
  }
  return off;
}

double median(std::vector<double> x) {
  std::ranges::sort(x);
  return x[x.size() / 2];
}

int compare(IntegrateOptions const& o, Executor const& executor, IntegrationSetup const& all,
            std::vector<double> const& t, int size) {
  auto const setup = own_sets(all, static_cast<std::size_t>(size)).setup;
  std::vector<Run> runs{{"r = " + number("%g", o.relaxation), Method::newton_sor, o.relaxation},
                        {"r = 1", Method::newton_sor, 1.0},
                        {"Newton", Method::newton, 1.0}};
  if (!o.model.empty()) runs.push_back({"meta-solver", Method::meta_solver, o.relaxation});
  if (o.online) runs.push_back({"online", Method::online, o.relaxation});
  std::vector<std::unique_ptr<Integration>> integrations;
  for (auto const& run : runs) {
    auto s = setup;
    s.relaxation = run.relaxation;
    integrations.push_back(std::make_unique<Integration>(executor, s, run.method));
  }
  constexpr int rounds = 5;  // alternating, so that other load affects all methods
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < runs.size(); ++i) go(executor, *integrations[i], runs[i], t);
  }
  auto& out = human(o.common.json);
  auto const& newton = runs[2];
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  out << std::left << std::setw(14) << "method" << std::right << std::setw(14) << "iterations" << std::setw(12)
      << "seconds" << std::setw(10) << "of first" << std::setw(10) << "failed" << std::setw(10) << "repaired"
      << std::setw(10) << "ended" << std::setw(14) << "off Newton" << '\n';
  std::int64_t ended = 0;
  for (auto const& run : runs) {
    double const off = largest(difference(run, newton, static_cast<std::size_t>(size)));
    ended += run.totals.ended;
    std::vector<double> ratios;
    for (std::size_t r = 0; r < run.seconds.size(); ++r) ratios.push_back(run.seconds[r] / runs[0].seconds[r]);
    out << std::left << std::setw(14) << run.name << std::right << std::setw(14) << run.totals.iterations
        << std::setw(12) << number("%.4g", median(run.seconds)) << std::setw(10) << number("%.3f", median(ratios))
        << std::setw(10) << run.totals.failures << std::setw(10) << run.totals.failures - run.totals.ended
        << std::setw(10) << run.totals.ended << std::setw(14) << number("%.2e", off) << '\n';
    rows.push_back({{"method", run.name},
                    {"iterations", run.totals.iterations},
                    {"seconds", median(run.seconds)},
                    {"ratio", median(ratios)},
                    {"failures", run.totals.failures},
                    {"repaired", repaired_document(run.totals)},
                    {"ended", run.totals.ended},
                    {"largest_difference_from_newton", off}});
  }
  auto const* const online = integrations.back()->online();
  if (online != nullptr) rows.back()["online"] = online_document(online->report());
  out << "medians of " << rounds << " runs in turn, " << o.steps << " steps, on " << executor.description() << '\n';
  if (online != nullptr) {
    out << online_text(online->report(), "step");
    if (!o.online_state.empty() && this_process().is_first()) online->save(o.online_state);
  }
  if (o.common.json) {
    print_document({{"problem", o.problem}, {"steps", o.steps}, {"methods", rows}, {"device", executor.description()}});
  }
  return ended == 0 ? done : some_failed;
}

}  // namespace

void add_integrate_options(CLI::App& command, IntegrateOptions& o) {
  std::string names;
  for (auto const& ode : systems::known_odes()) names += (names.empty() ? "" : ", ") + ode.name;
  command.add_option("--problem", o.problem, "System: " + names)->capture_default_str();
  command
      .add_option("--sets", o.sets,
                  "Robertson: number of sets of rate constants, drawn like the test tasks; default: one, "
                  "the published")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  command.add_option("--seed", o.seed, "Seed of the sets")->capture_default_str();
  command.add_option("--steps", o.steps, "Implicit Euler steps")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command.add_option("--end-time", o.end_time, "Time of the last step; default: the published problem's");
  command.add_option("--spacing", o.spacing, "Spacing of the times")
      ->check(CLI::IsMember({"log", "linear"}))
      ->capture_default_str();
  command.add_option("--relaxation", o.relaxation, "Constant relaxation factor of Newton-SOR")->capture_default_str();
  command.add_option("--model", o.model, "Meta-solver: a model file, the folder of a run, or a checkpoint")
      ->type_name("RUN");
  command.add_flag(
      "--online", o.online,
      "Choose the relaxation factor of each set and step by a meta-solver that learns from the steps before, "
      "without a model; steps that its choice does not solve are solved with the constant factor");
  command
      .add_option("--online-state", o.online_state,
                  "With --online: what it has learned; begin with this file, if it exists, and write it at the end")
      ->type_name("FILE");
  command.add_option("--tolerance", o.tolerance, "A step is solved when ||g|| is at or below it")
      ->capture_default_str();
  command.add_option("--max-iterations", o.max_iterations, "Iteration limit per step")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->capture_default_str();
  command
      .add_option("--trajectory", o.trajectory,
                  "Write every state here, set,step,t,y1,...,yn,status,repair, by the model if given, with --online by "
                  "that, else by the constant factor; default: compare the methods")
      ->type_name("OUT.csv");
  command
      .add_option("--on-failure", o.on_failure,
                  "What to try, in this order, if a step fails: constant (the constant factor instead "
                  "of the model's; --online always does), newton (Newton's method), smaller-steps (the step in halves, "
                  "and these, until each part is "
                  "solved); or stop. A trajectory that nothing helps ends there, and the exit status is 3")
      ->type_name("LIST")
      ->capture_default_str();
  add_common_options(command, o.common);
}

int run_integrate(IntegrateOptions const& o) {
  auto const& ode = systems::find_ode(o.problem, "--problem");
  require_ranges(o);
  require_one_on_stdout(o.common.json, "--trajectory", o.trajectory);
  require_one_meta_solver(o);
  // Keys and threads are those of the model, if given, with --set applied.
  std::optional<train::Checkpoint> model;
  config::RunConfig config;
  if (o.model.empty()) {
    config = overridden(config, "", o.common);
  } else {
    auto const file = checkpoint_of(o.model, "best");
    std::error_code missing;
    if (std::filesystem::equivalent(file, o.trajectory, missing)) {
      throw InputError("--trajectory: " + o.trajectory + " is the file given with --model; give another name");
    }
    model = load_model(file, o.common);
    config = model->config;
  }
  auto const setup = make_setup(o, ode, model);
  auto const executor = open_executor(o.common, config);
  auto const t = time_points(o, o.end_time.value_or(ode.end_time));
  if (!o.trajectory.empty()) return write_trajectory(o, executor, setup, t, ode.size);
  return compare(o, executor, setup, t, ode.size);
}

}  // namespace metasolve::app
