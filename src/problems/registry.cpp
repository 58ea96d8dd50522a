// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/registry.hpp"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace problems {

namespace {

struct Registry {
  std::mutex mutex;
  std::vector<Problem const*> problems = own_problems();
  std::vector<std::unique_ptr<Problem const>> added;

  static Registry& instance() {
    static Registry registry;
    return registry;
  }
};

Problem const* find_in(std::vector<Problem const*> const& problems, std::string const& name) {
  auto const found = std::ranges::find(problems, name, &Problem::name);
  return found == problems.end() ? nullptr : *found;
}

}  // namespace

std::vector<Problem const*> known_problems() {
  auto& registry = Registry::instance();
  std::lock_guard const lock(registry.mutex);
  return registry.problems;
}

Problem const* find_problem(std::string const& name) { return find_in(known_problems(), name); }

Problem const& problem_of(std::string const& name, std::string const& origin) {
  auto const all = known_problems();
  if (auto const* const problem = find_in(all, name)) return *problem;
  std::string known;
  for (auto const* const problem : all) known += (known.empty() ? "" : ", ") + problem->name();
  throw InputError(origin + ": problem \"" + name + "\" is not known; the known problems are: " + known);
}

void add_problem(std::unique_ptr<Problem const> problem) {
  auto& registry = Registry::instance();
  std::lock_guard const lock(registry.mutex);
  if (find_in(registry.problems, problem->name()) != nullptr) return;
  registry.problems.push_back(problem.get());
  registry.added.push_back(std::move(problem));
}

SolveInput Problem::read(SolveRequest const&) const {
  throw InputError("--problem: tasks of " + name() + " cannot be given by a file");
}

void refuse_bias_of_tuned(config::RunConfig const& c, config::Origins const& origins, std::string const& key,
                          bool is_given) {
  if (c.network.start != config::Start::tuned || !is_given) return;
  auto const given = config::find_field(key)->get(c);
  config::refuse(origins, {key, "network.start"},
                 key + ": given " + config::toml_value(given) +
                     ", but with network.start = \"tuned\" the best constant parameter gives the bias; remove it, or "
                     "write network.start = \"drawn\"");
}

}  // namespace problems

namespace config {

std::vector<ProblemKeys const*> known_problem_keys() {
  auto const all = problems::known_problems();
  return {all.begin(), all.end()};
}
ProblemKeys const* find_problem_keys(std::string const& name) { return problems::find_problem(name); }

}  // namespace config
}  // namespace metasolve
