// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/budget.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/scratch_folder.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/train/trainer.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

using config::RunConfig;

/// Fewer epochs than these teach little: the search then takes fewer tasks.
constexpr int least_epochs = 5;
constexpr std::int64_t least_tasks = 256;
constexpr std::int64_t probe_tasks = 8192;
constexpr int probe_epochs = 3;

/// Seconds of a training: overhead + pace epochs, the latter with all tasks.
struct Pace {
  double overhead = 0, pace = 0;
};

struct Candidate {
  BudgetCandidate figures;
  std::optional<Pace> pace;
};

struct Trial {
  TrainResult result;
  Pace pace;
};

/// The share of the tasks, at least a few.
std::int64_t part_of(std::int64_t tasks, double share) {
  auto const wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(tasks) * std::min(1.0, share)));
  return std::clamp(wanted, std::min(least_tasks, tasks), tasks);
}

/// The configuration with another network, this many epochs, and a share of the tasks.
RunConfig planned(RunConfig config, std::vector<int> const& hidden, int epochs, double share) {
  config.network.hidden = hidden;
  double const stretch = static_cast<double>(epochs) / config.training.epochs;
  config.training.epochs = epochs;
  auto& milestones = config.schedule.milestones;
  for (auto& m : milestones) m = std::max(1, static_cast<int>(std::lround(m * stretch)));
  milestones.erase(std::unique(milestones.begin(), milestones.end()), milestones.end());
  config.problem.train_tasks = part_of(config.problem.train_tasks, share);
  config.problem.validation_tasks = part_of(config.problem.validation_tasks, share);
  return config;
}

/// Trains in a scratch folder, all in one go. tasks: the number of training tasks of the whole configuration.
Trial tried(Executor const& executor, RunConfig config, std::int64_t tasks, BudgetHooks const& hooks) {
  config.training.checkpoint_seconds = 1e9;
  io::ScratchFolder const folder("the files of a search");
  auto const start = io::Clock::now();
  std::vector<double> ends;
  TrainerHooks of_trainer;
  of_trainer.stop = hooks.stop;
  of_trainer.progress = [&](TrainingProgress const&) { ends.push_back(io::seconds_since(start)); };
  Trial trial{train(executor, config, RunFiles(folder.path()), {}, nullptr, of_trainer), {}};
  if (ends.size() > 1) {
    double const measured = (ends.back() - ends.front()) / static_cast<double>(ends.size() - 1);
    trial.pace.overhead = std::max(0.0, io::seconds_since(start) - measured * static_cast<double>(ends.size()));
    trial.pace.pace = measured * static_cast<double>(tasks) / static_cast<double>(config.problem.train_tasks);
  }
  return trial;
}

int epochs_in(double seconds, Pace const& p) {
  constexpr double most = 10'000'000;
  return static_cast<int>(std::clamp(std::floor((seconds - p.overhead) / std::max(p.pace, 1e-9)), 1.0, most));
}

/// A candidate's next training, in about `share` seconds. Returns false if it was stopped.
bool train_candidate(Executor const& executor, RunConfig const& config, double share, BudgetHooks const& hooks,
                     Candidate& candidate) {
  auto const start = io::Clock::now();
  auto& f = candidate.figures;
  std::int64_t const tasks = config.problem.train_tasks;
  try {
    if (!candidate.pace) {
      double const part = static_cast<double>(probe_tasks) / static_cast<double>(tasks);
      auto const probe = tried(executor, planned(config, f.hidden, probe_epochs, part), tasks, hooks);
      if (!probe.result.finished) return false;
      candidate.pace = probe.pace;
    }
    double const left = share - io::seconds_since(start);
    double const affordable = (left - candidate.pace->overhead) / std::max(candidate.pace->pace, 1e-9);
    f.epochs = std::max(least_epochs, epochs_in(left, *candidate.pace));
    auto const trial = tried(executor, planned(config, f.hidden, f.epochs, affordable / least_epochs), tasks, hooks);
    if (!trial.result.finished) return false;
    candidate.pace = trial.pace;
    f.iterations = trial.result.best_iterations;
    f.beats_constant = trial.result.best_epoch > 0;
    f.time_ratio = trial.result.time_ratio;
  } catch (InputError const& refused) {
    f.problem = refused.what();
  }
  ++f.rounds;
  f.seconds += io::seconds_since(start);
  return true;
}

std::string list_text(std::vector<int> const& hidden) { return nlohmann::json(hidden).dump(); }

/// With so many digits after the point.
std::string fixed(double x, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return text.data();
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::vector<Candidate> candidates_of(RunConfig const& config) {
  std::vector<std::vector<int>> all{{}, {8}, {16}, {8, 8}, {16, 16}, {32, 32}};
  if (std::ranges::find(all, config.network.hidden) == all.end()) all.push_back(config.network.hidden);
  std::vector<Candidate> candidates;
  candidates.reserve(all.size());
  for (auto const& hidden : all) {
    candidates.push_back({{.hidden = hidden, .is_configured = hidden == config.network.hidden}, {}});
  }
  return candidates;
}

/// Networks that beat the constant come first, the fastest at the front; then the others by iterations.
bool is_faster(BudgetCandidate const& a, BudgetCandidate const& b) {
  if (a.problem.empty() != b.problem.empty()) return a.problem.empty();
  if (a.beats_constant != b.beats_constant) return a.beats_constant;
  return a.beats_constant ? a.time_ratio < b.time_ratio : a.iterations < b.iterations;
}

std::string trial_text(BudgetCandidate const& f) {
  if (!f.problem.empty()) return list_text(f.hidden) + ": cannot be trained: " + f.problem;
  return list_text(f.hidden) + ": " + fixed(f.iterations, 2) + " iterations after " + std::to_string(f.epochs) +
         " epochs" +
         (f.beats_constant ? ", " + fixed(f.time_ratio, 3) + " of the best constant's time"
                           : ", no better than the best constant");
}

}  // namespace

BudgetSearch search_within(Executor const& executor, RunConfig const& config, double budget, BudgetHooks const& hooks) {
  auto const start = io::Clock::now();
  auto all = candidates_of(config);
  std::vector<std::size_t> left(all.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  auto const rounds = std::ceil(std::log2(static_cast<double>(left.size())));
  BudgetSearch search;
  while (left.size() > 1) {
    double const share = budget / 2 / rounds / static_cast<double>(left.size());
    for (auto const i : left) {
      search.stopped = !train_candidate(executor, config, share, hooks, all[i]);
      if (search.stopped) return search;
      if (hooks.say) hooks.say(trial_text(all[i].figures));
    }
    std::ranges::stable_sort(left, [&](auto a, auto b) { return is_faster(all[a].figures, all[b].figures); });
    left.resize((left.size() + 1) / 2);
  }
  search.taken = left.front();
  auto const& taken = all[search.taken];
  if (!taken.figures.problem.empty()) throw InputError(taken.figures.problem);
  for (auto const& candidate : all) search.candidates.push_back(candidate.figures);
  search.seconds = io::seconds_since(start);
  int const epochs = std::max(least_epochs, epochs_in(budget - search.seconds, *taken.pace));
  search.config = planned(config, taken.figures.hidden, epochs, 1);
  return search;
}

std::optional<int> epochs_within(Executor const& executor, RunConfig const& config, double seconds,
                                 BudgetHooks const& hooks) {
  auto const start = io::Clock::now();
  std::int64_t const tasks = config.problem.train_tasks;
  double const part = static_cast<double>(probe_tasks) / static_cast<double>(tasks);
  auto const probe = tried(executor, planned(config, config.network.hidden, probe_epochs, part), tasks, hooks);
  if (!probe.result.finished) return std::nullopt;
  return epochs_in(seconds - io::seconds_since(start), probe.pace);
}

std::string budget_text(BudgetSearch const& search) {
  std::string text = padded("network.hidden", 18) + padded("rounds", 8) + padded("epochs", 8) +
                     padded("iterations", 12) + padded("time", 8) + "searched\n";
  for (auto const& c : search.candidates) {
    text += padded(list_text(c.hidden) + (c.is_configured ? " *" : ""), 18) + padded(std::to_string(c.rounds), 8);
    if (!c.problem.empty()) {
      text += c.problem + '\n';
      continue;
    }
    text += padded(std::to_string(c.epochs), 8) + padded(fixed(c.iterations, 2), 12) +
            padded(c.beats_constant ? fixed(c.time_ratio, 3) : "-", 8) + fixed(c.seconds, 1) + " s\n";
  }
  text += "*: as configured; time: to solution on the validation tasks, inference included, of the best constant's\n";
  auto const& choice = search.choice();
  auto const name = "network.hidden = " + list_text(choice.hidden);
  if (!search.pays()) {
    text += "no network was faster than the best constant in time; taken: " + name +
            (choice.beats_constant ? ", the nearest, at " + fixed(choice.time_ratio, 3) + " of its time"
                                   : ", with the fewest iterations");
  } else {
    text += "taken: " + name + ", the least time to solution in the last round: " + fixed(choice.time_ratio, 3) +
            " of the best constant's";
  }
  return text + "; it is trained for " + std::to_string(search.config.training.epochs) + " epochs";
}

nlohmann::ordered_json budget_document(BudgetSearch const& search) {
  auto candidates = nlohmann::ordered_json::array();
  for (auto const& c : search.candidates) {
    candidates.push_back({{"hidden", c.hidden},
                          {"configured", c.is_configured},
                          {"rounds", c.rounds},
                          {"epochs", c.epochs},
                          {"iterations", c.iterations},
                          {"beats_constant", c.beats_constant},
                          {"time_ratio", c.time_ratio > 0 ? nlohmann::ordered_json(c.time_ratio) : nullptr},
                          {"seconds", c.seconds}});
    if (!c.problem.empty()) candidates.back()["problem"] = c.problem;
  }
  return {{"taken", search.choice().hidden},
          {"pays", search.pays()},
          {"epochs", search.config.training.epochs},
          {"seconds", search.seconds},
          {"candidates", candidates}};
}

double seconds_in(std::string const& text) {
  constexpr std::pair<char const*, double> units[] = {{"min", 60}, {"h", 3600}, {"s", 1}, {"", 1}};
  for (auto const& [unit, seconds] : units) {
    if (!text.ends_with(unit)) continue;
    double value = 0;
    auto const number = text.substr(0, text.size() - std::string_view(unit).size());
    constexpr double longest = 1e9;  // thirty years
    if (io::parse_real(number, value) && value > 0 && value * seconds <= longest) return value * seconds;
    break;
  }
  throw InputError("--budget: given " + io::shown(text) + ", expected a time above 0, such as 120, 90s, 5min or 1.5h");
}

}  // namespace metasolve::train
