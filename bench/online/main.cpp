// SPDX-License-Identifier: Apache-2.0
//
// Learning while solving, beside constants, another bandit and a direct method, on the same systems: README.md.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "figures.hpp"
#include "metasolve/version.h"

namespace metasolve::bench::online {
namespace {

struct Options {
  int intervals = 25, steps = 5000, seeds = 5, rounds = 3, timed_steps = 1000, members = 1000, drift_steps = 5000;
  bool without_overhead = false;
  std::string out;
};

Options parse(int count, char** argument) {
  Options o;
  for (int i = 1; i < count; ++i) {
    std::string const name = argument[i];
    if (name == "--without-overhead") {
      o.without_overhead = true;
      continue;
    }
    if (i + 1 == count) throw std::runtime_error(name + ": not known, or its value is missing");
    std::string const value = argument[++i];
    if (name == "--out") {
      o.out = value;
      continue;
    }
    struct {
      char const* name;
      int* to;
      int least;
    } const whole[] = {{"--intervals", &o.intervals, 4},
                       {"--steps", &o.steps, 1},
                       {"--seeds", &o.seeds, 1},
                       {"--rounds", &o.rounds, 1},
                       {"--timed-steps", &o.timed_steps, 0},
                       {"--members", &o.members, 0},
                       {"--drift-steps", &o.drift_steps, 0}};
    auto const* const found =
        std::find_if(std::begin(whole), std::end(whole), [&](auto const& w) { return name == w.name; });
    if (found == std::end(whole)) {
      throw std::runtime_error(name +
                               ": not known; known: --intervals --steps --seeds --rounds --timed-steps --members "
                               "--drift-steps --without-overhead --out");
    }
    *found->to = std::atoi(value.c_str());
    if (*found->to < found->least) {
      throw std::runtime_error(name + " " + value + ": expected a whole number of at least " +
                               std::to_string(found->least));
    }
  }
  if (o.out.empty()) throw std::runtime_error("--out: which file?");
  return o;
}

/// Whoever stops us keeps what there is.
void save(Json const& document, std::string const& out) {
  std::ofstream file(out + ".part");
  file << document.dump(1) << '\n';
  file.close();
  if (!file) throw std::runtime_error("--out: " + out + " cannot be written");
  std::filesystem::rename(out + ".part", out);
}

void say(char const* what) { std::fprintf(stderr, "online_figures: %s\n", what); }

Json learned_omegas(OnlineReport const& report) {
  Json bins = Json::array();
  for (auto const& bin : report.bins) {
    bins.push_back({{"low", bin.low[0]}, {"high", bin.high[0]}, {"omega", bin.best[0]}, {"tasks", bin.tasks}});
  }
  return bins;
}

/// The methods of ours: two ways of exploration, each beside two constants.
struct Variant {
  char const* name;
  OnlineMetaSolver::Exploration exploration;
  bool from_best;
};
constexpr Variant variants[] = {
    {"online", OnlineMetaSolver::Exploration::confidence, true},
    {"online, thompson", OnlineMetaSolver::Exploration::thompson, true},
    {"online, constant 1.5", OnlineMetaSolver::Exploration::confidence, false},
    {"online, thompson, constant 1.5", OnlineMetaSolver::Exploration::thompson, false},
};

void run(Options const& o) {
  heat::HeatEquation const heat(o.intervals);
  auto const course = reference(heat, o.steps);
  auto const problem = "heat n=" + std::to_string(heat.unknowns());
  auto const grid = omega_grid();
  Json document{{"name", "online"}, {"unknowns", heat.unknowns()}, {"steps", o.steps}, {"tolerance", tolerance}};
  document["versions"]["metasolve"] = METASOLVE_VERSION_STRING;
  document["rows"] = Json::array();

  say("constants");
  auto const fixed = with_constants(course, grid);
  auto const best = static_cast<std::size_t>(
      std::min_element(fixed.begin(), fixed.end(), [](auto& a, auto& b) { return mean(a) < mean(b); }) - fixed.begin());
  auto const middle = static_cast<std::size_t>(
      std::min_element(grid.begin(), grid.end(),
                       [](double a, double b) { return std::abs(a - 1.5) < std::abs(b - 1.5); }) -
      grid.begin());
  document["best_fixed_omega"] = grid[best];
  document["middle_omega"] = grid[middle];
  say("per-step best");
  auto const bound = best_of_each(course, grid);
  say("CG");
  auto const plain = with_constants(course, {1.0}, PreconditionerKind::none)[0];

  say("bandits");
  std::vector<std::unique_ptr<Chooser>> choosers;
  for (auto const& variant : variants) {
    for (int seed = 1; seed <= o.seeds; ++seed) {
      choosers.push_back(
          std::make_unique<Ours>(learner_options(heat.most_coupling(), variant.from_best ? grid[best] : grid[middle],
                                                 variant.exploration, static_cast<std::uint64_t>(seed))));
    }
  }
  for (int seed = 1; seed <= o.seeds; ++seed)
    choosers.push_back(std::make_unique<Tsallis>(static_cast<std::uint64_t>(seed)));
  auto const counts = with_choosers(course, choosers);
  auto const runs_of = [&](std::size_t method) {
    auto const first = counts.begin() + static_cast<std::ptrdiff_t>(method) * o.seeds;
    return std::vector<Counts>(first, first + o.seeds);
  };

  std::vector<Rival> rivals{{"CG", {plain}},
                            {"omega 1", {fixed[0]}},
                            {"omega 1.5", {fixed[middle]}},
                            {"best fixed", {fixed[best]}, nullptr, "found by trying all 20: needs hindsight"},
                            {"per-step best", {bound.counts}, nullptr, "bound: all 20 are tried in each step"},
                            {"Tsallis-INF", runs_of(std::size(variants)), &fixed[best]}};
  for (std::size_t v = 0; v < std::size(variants); ++v) {
    rivals.push_back({variants[v].name, runs_of(v), &fixed[variants[v].from_best ? best : middle]});
  }
  auto const at = curve_points(course.times.size());
  document["curves"] = {{"solves", at}, {"of_best_fixed", Json::object()}};
  for (auto const& rival : rivals) {
    document["rows"].push_back(row(problem, rival, fixed[best], bound.counts));
    document["curves"]["of_best_fixed"][rival.name] = relative_cost(rival.runs, fixed[best], at);
  }
  document["fixed"] = Json::array();
  for (std::size_t k = 0; k < grid.size(); ++k)
    document["fixed"].push_back({{"omega", grid[k]}, {"mean", mean(fixed[k])}});
  auto const& first = dynamic_cast<Ours const&>(*choosers[0]);
  document["learned"] = learned_omegas(first.report());
  document["per_step"] = Json::array();
  for (std::size_t s = 0; s < std::min<std::size_t>(1000, course.times.size()); s += 5) {
    document["per_step"].push_back({course.features[s], bound.low[s], bound.high[s]});
  }
  save(document, o.out);

  if (o.timed_steps > 0) {
    say("seconds");
    document["seconds"] = seconds(heat, grid[best], o.timed_steps, o.rounds);
    save(document, o.out);
  }
  if (o.members > 0) {
    say("batches");
    document["batches"] = {batches(heat, grid[best], o.members, std::min(20, o.steps), std::min(o.seeds, 3)),
                           batches(heat, grid[middle], o.members, std::min(20, o.steps), std::min(o.seeds, 3))};
    save(document, o.out);
  }
  if (o.drift_steps > 0) {
    say("drift");
    document["drift"] = drift(heat, grid[best], o.drift_steps, o.seeds);
    for (auto const& more : drift(heat, grid[middle], o.drift_steps, o.seeds)) document["drift"].push_back(more);
    save(document, o.out);
  }
  if (!o.without_overhead) {
    say("overhead");
    document["overhead"] = overhead(15);
    save(document, o.out);
  }
}

}  // namespace
}  // namespace metasolve::bench::online

int main(int count, char** argument) {
  setenv("METASOLVE_CACHE", "", 1);
  try {
    metasolve::bench::online::run(metasolve::bench::online::parse(count, argument));
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "online_figures: %s\n", error.what());
    return 1;
  }
}
