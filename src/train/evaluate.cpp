// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/constant.hpp"

namespace metasolve::train {

namespace {

using engine::Parameters;
using engine::SolveLimits;

/// A method to compare.
struct Contender {
  Role role;
  std::string name;
  engine::Evaluator* evaluator;
  [[nodiscard]] Parameters parameters() const {
    return role == Role::meta_solver ? Parameters::meta_solver : Parameters::given;
  }
};

engine::Outcomes outcomes_of(Contender const& c, SolveLimits const& limits, std::int64_t tasks) {
  solve_all(*c.evaluator, c.parameters(), limits, tasks);
  return c.evaluator->outcomes();
}

WayFigures counted(Contender const& c, engine::Outcomes const& outcomes) {
  auto const side = figures_of(outcomes);
  std::vector<double> const counts(outcomes.iterations.begin(), outcomes.iterations.end());
  return {.role = c.role,
          .name = c.name,
          .iterations = side.mean,
          .median_iterations = quantile_of(counts, 0.5),
          .p99_iterations = quantile_of(counts, 0.99),
          .converged_share = side.converged_share};
}

bool is_choice(std::vector<Contender> const& contenders) {
  return std::ranges::any_of(contenders, [](auto const& c) { return c.role == Role::fixed; });
}

/// Of a choice, whose variants are the ways from `first` on: in the time of the fastest variant for each task, of those
/// that solve it. Tasks that none solves take the fastest of all.
PerTaskBound bound_of(std::vector<engine::Outcomes> const& outcomes, std::vector<WayFigures> const& ways,
                      std::size_t first) {
  PerTaskBound bound{0, 0, ways.size() - first};
  auto const tasks = outcomes.front().status.size();
  for (std::size_t t = 0; t < tasks; ++t) {
    double least = std::numeric_limits<double>::infinity(), of_it = 0;
    bool solved = false;
    for (std::size_t w = first; w < ways.size(); ++w) {
      bool const solves = outcomes[w].status[t] == static_cast<std::int32_t>(kernels::Status::converged);
      double const iterations = outcomes[w].iterations[t];
      double const seconds = ways[w].start_seconds.value_or(0) + iterations * ways[w].step_seconds().value_or(0);
      if (solved && !solves) continue;
      if (solves == solved && !(seconds < least)) continue;
      solved = solves;
      least = seconds;
      of_it = iterations;
    }
    bound.iterations += of_it / static_cast<double>(tasks);
    bound.seconds += least / static_cast<double>(tasks);
  }
  return bound;
}

/// known: outcomes of the first contenders, with these limits. costly: tasks are not solved again just to measure a
/// set-up.
Timing timed(std::vector<Contender> const& contenders, std::vector<engine::Outcomes> const& known,
             SolveLimits const& limits, std::int64_t tasks, bool costly) {
  Timing t;
  t.tolerance = limits.tolerance;
  std::vector<Way> ways;
  auto outcomes = known;
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    auto const& c = contenders[i];
    if (i >= outcomes.size()) outcomes.push_back(outcomes_of(c, limits, tasks));
    t.ways.push_back(counted(c, outcomes[i]));
    ways.push_back({c.evaluator, c.parameters(), limits});
  }
  for (auto const& c : contenders) {
    if (!costly) ways.push_back({c.evaluator, c.parameters(), {limits.tolerance, 0}});
  }
  auto const times = time_in_turn(ways, tasks, {.seconds = 0.3, .turns = 5, .slow = costly ? 2.0 : 10.0});
  t.repetitions = static_cast<int>(times.front().size());
  auto const per_task = [&](std::size_t way, double q) {
    return quantile_of(times[way], q) / static_cast<double>(tasks);
  };
  for (std::size_t w = 0; w < t.ways.size(); ++w) {
    t.ways[w].seconds = per_task(w, 0.5);
    t.ways[w].p99_seconds = per_task(w, 0.99);
    if (!costly) t.ways[w].start_seconds = per_task(t.ways.size() + w, 0.5);
  }
  // Of variants the set-ups differ: what remains is not the network's time.
  bool const chooses = is_choice(contenders);
  if (!costly && !chooses) {
    // Of the fastest runs: other load on the machine only adds time, and could be more than the difference.
    auto const fastest = [&](std::size_t way) { return std::ranges::min(times[t.ways.size() + way]); };
    t.inference_seconds = std::max(0.0, fastest(0) - fastest(1)) / static_cast<double>(tasks);
  }
  // The meta-solver, and the first variant as configured, are not among the variants.
  if (chooses && !costly) t.best_per_task = bound_of(outcomes, t.ways, 2);
  t.verdict = verdict_on(t.ways, t.inference_seconds);
  return t;
}

/// In the time of the tuned constant, or of the baseline if that is the best one.
std::optional<PerTaskBound> bound_of(std::optional<TunedConstant> const& constant, Timing const& timing) {
  if (!constant || !constant->search) return std::nullopt;
  auto const* const tuned = timing.find(Role::tuned);
  auto const& way = tuned != nullptr ? *tuned : *timing.find(Role::baseline);
  auto const step = way.step_seconds();
  if (!step) return std::nullopt;
  double const iterations = constant->search->best_per_task;
  return PerTaskBound{iterations, *way.start_seconds + iterations * *step, constant->search->values};
}

}  // namespace

WayFigures const* Timing::find(Role role) const {
  auto const found = std::ranges::find(ways, role, &WayFigures::role);
  return found != ways.end() ? &*found : nullptr;
}

double Timing::ratio_to(Role role) const {
  auto const* const way = find(role);
  return way != nullptr ? ways.front().seconds / way->seconds : 0;
}

Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint, ConstantSearch search) {
  auto const& config = checkpoint.config;
  auto const& problem = problems::problem_of(config);
  auto const options = learner_options(checkpoint);
  auto const tasks = problem.tasks(config).test;
  auto const evaluator = engine::make_evaluator(executor, options, tasks);
  evaluator->set_weights(checkpoint.learner.weights);
  auto const others = alternatives_to(executor, checkpoint, options, tasks, search);

  Evaluation result;
  result.tasks = config.problem.test_tasks;
  result.max_iterations = config.evaluation.max_iterations;
  std::vector<Contender> contenders{{Role::meta_solver, "meta-solver", evaluator.get()},
                                    {Role::baseline, problem.baseline(config), evaluator.get()}};
  if (others.tuned) {
    result.tuned = others.constant->value;
    result.tuned_name = others.constant->name;
    contenders.push_back({Role::tuned, "tuned " + result.tuned_name, others.tuned.get()});
  }
  std::vector<engine::Outcomes> at_trained;
  for (double const tolerance : config.evaluation.tolerances) {
    std::vector<engine::Outcomes> outcomes;
    outcomes.reserve(contenders.size());
    for (auto const& c : contenders) {
      outcomes.push_back(outcomes_of(c, {tolerance, config.evaluation.max_iterations}, result.tasks));
    }
    result.tolerances.push_back(compare(outcomes[0], outcomes[1], tolerance));
    if (!others.fixed.empty()) result.tolerances.back().reduction = std::nan("");  // counts of different methods
    if (others.tuned) result.tolerances.back().tuned = figures_of(outcomes[2]);
    if (tolerance == config.solver.tolerance) at_trained = std::move(outcomes);
  }
  if (others.direct) contenders.push_back({Role::direct, others.direct_name, others.direct.get()});
  for (auto const& fixed : others.fixed) {
    contenders.push_back({fixed.is_direct ? Role::direct : Role::fixed, fixed.name, fixed.evaluator.get()});
  }
  result.timing = timed(contenders, at_trained, {config.solver.tolerance, config.evaluation.max_iterations},
                        result.tasks, problem.has_costly_tasks());
  if (problem.remembers_costs(config)) {
    result.timing.verdict = {};
    result.timing.verdict.text =
        "none: what the program's solves cost is remembered (problem.cache), so these times are those of looking it "
        "up; "
        "leave problem.cache out to measure";
  }
  if (!result.timing.best_per_task) result.timing.best_per_task = bound_of(others.constant, result.timing);
  return result;
}

double time_beside_constant(Executor const& executor, Checkpoint const& checkpoint, engine::Tasks const& tasks) {
  auto const& config = checkpoint.config;
  if (problems::problem_of(config).remembers_costs(config)) return 0;
  auto const options = learner_options(checkpoint);
  auto const evaluator = engine::make_evaluator(executor, options, tasks);
  evaluator->set_weights(checkpoint.learner.weights);
  std::unique_ptr<engine::Evaluator> tuned;
  if (checkpoint.constants.tuned_is_best()) {
    tuned = engine::make_evaluator(executor, options, with_best_constant(checkpoint.constants, tasks));
  }
  SolveLimits const limits{config.solver.tolerance, config.solver.max_iterations};
  auto const times = time_in_turn({{evaluator.get(), Parameters::meta_solver, limits},
                                   {tuned ? tuned.get() : evaluator.get(), Parameters::given, limits}},
                                  tasks.count, {0.1, 5});
  // Use the fastest of few turns: other load on the machine only adds time.
  double const constant = std::ranges::min(times[1]);
  return constant > 0 ? std::ranges::min(times[0]) / constant : 0;
}

}  // namespace metasolve::train
