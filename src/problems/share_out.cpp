// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/share_out.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

constexpr std::array<std::pair<std::int64_t config::ProblemConfig::*, std::int64_t>, 3> shares{
    {{&config::ProblemConfig::train_tasks, 8},
     {&config::ProblemConfig::validation_tasks, 1},
     {&config::ProblemConfig::test_tasks, 1}}};

}  // namespace

std::string share_out(config::RunConfig& c, GivenTasks const& given) {
  config::ProblemConfig const defaults;
  std::int64_t wanted = 0, configured = 0, left_shares = 0, defaulted = 0;
  for (auto const& [member, share] : shares) {
    wanted += c.problem.*member;
    bool const stands = c.problem.*member == defaults.*member;
    (stands ? left_shares : configured) += stands ? share : c.problem.*member;
    defaulted += stands ? 1 : 0;
  }
  // Too few tasks for one per share is an input error, reported when the tasks are created.
  if (wanted <= given.count || given.count - configured < defaulted || defaulted == 0) return {};
  std::int64_t left = given.count - configured;
  std::string text;
  for (auto at = shares.rbegin(); at != shares.rend(); ++at) {  // training takes the remainder of rounding
    auto& tasks = c.problem.*at->first;
    if (tasks == defaults.*at->first) {
      --defaulted;
      tasks = std::clamp<std::int64_t>(left * at->second / left_shares, 1, left - defaulted);
      left -= tasks;
      left_shares -= at->second;
    }
    text = std::to_string(tasks) + (text.empty() ? "" : ", ") + text;
  }
  return given.place + ": holds " + std::to_string(given.count) + " " + given.noun + ", fewer than the " +
         std::to_string(wanted) + " tasks by default; problem.train_tasks, validation_tasks and test_tasks are " + text;
}

std::vector<std::size_t> shared_order(config::RunConfig const& c, GivenTasks const& given) {
  auto const wanted = c.problem.train_tasks + c.problem.validation_tasks + c.problem.test_tasks;
  if (wanted > given.count) {
    throw InputError("problem.train_tasks, validation_tasks and test_tasks are " + std::to_string(wanted) +
                     " together, but " + given.place + " holds " + std::to_string(given.count) + " " + given.noun +
                     "; lower them, or give more " + given.noun);
  }
  std::vector<double> key;
  for (std::int64_t i = 0; i < given.count; ++i) {
    key.push_back(
        random::Draws(c.training.seed, random::Stream::train_tasks, static_cast<std::uint64_t>(i)).uniform(0));
  }
  std::vector<std::size_t> order(static_cast<std::size_t>(given.count));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
  return order;
}

Splits shared_out(config::RunConfig const& c, engine::Tasks const& all) {
  std::int64_t first = 0;
  auto const part = [&](std::int64_t count) {
    auto tasks = engine::slice(all, first, count);
    first += count;
    return tasks;
  };
  auto const train = part(c.problem.train_tasks), validation = part(c.problem.validation_tasks);
  return {train, validation, part(c.problem.test_tasks)};
}

}  // namespace metasolve::problems
