// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/linear_batches.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_map>

#include "metasolve/detail/app/linear_kind.hpp"
#include "metasolve/detail/app/solve_result.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using Matrix = LinearSolver::Matrix;
using Systems = std::span<matrices::LinearSystem const>;

/// Systems of one pattern, solved as one kind of matrix.
struct Group {
  Matrix matrix = Matrix::general;
  std::vector<std::size_t> members;
};

/// An array on the executor with a copy on the host.
template <class T>
class Mirrored {
 public:
  Mirrored(Executor const& executor, std::size_t size)
      : executor_(executor), host_(size), memory_(executor.allocate(std::max<std::size_t>(1, size) * sizeof(T))) {}
  [[nodiscard]] T* data() const { return static_cast<T*>(memory_.get()); }
  [[nodiscard]] std::vector<T>& host() { return host_; }
  void upload() { executor_.upload(data(), host_.data(), host_.size() * sizeof(T)); }
  void download() { executor_.download(host_.data(), data(), host_.size() * sizeof(T)); }

 private:
  Executor const& executor_;
  std::vector<T> host_;
  std::shared_ptr<void> memory_;
};

/// One pattern's solver with the arrays of its calls.
class Batch {
 public:
  Batch(Executor const& executor, sparse::CsrPattern const& pattern, LinearSolver::Options const& options,
        std::int64_t capacity, bool guessed)
      : executor_(executor),
        unknowns_(static_cast<std::size_t>(pattern.rows())),
        entries_(static_cast<std::size_t>(pattern.entries())),
        guessed_(guessed),
        solver_(executor, pattern.view(), options, Setup{capacity, {}, {}}),
        values_(executor, entries_ * static_cast<std::size_t>(capacity)),
        rhs_(executor, unknowns_ * static_cast<std::size_t>(capacity)),
        guess_(executor, guessed ? rhs_.host().size() : 0),
        solution_(executor, rhs_.host().size()),
        measure_(executor, static_cast<std::size_t>(capacity)),
        status_(executor, static_cast<std::size_t>(capacity)),
        iterations_(executor, static_cast<std::size_t>(capacity)) {}

  void solve(Systems systems, std::span<std::size_t const> members, LinearChoices const& choices,
             LinearLimits const& limits, std::vector<LinearOutcome>& outcomes) {
    for (std::size_t t = 0; t < members.size(); ++t) take(systems[members[t]], t);
    values_.upload();
    rhs_.upload();
    guess_.upload();
    LinearSolver::Tasks tasks;
    tasks.count = static_cast<std::int64_t>(members.size());
    auto const n = static_cast<std::int64_t>(unknowns_);
    using View = BatchView<double const>;
    tasks.values = View::array_of_structs(values_.data(), static_cast<std::int64_t>(entries_));
    tasks.rhs = View::array_of_structs(rhs_.data(), n);
    if (guessed_) tasks.guess = View::array_of_structs(guess_.data(), n);
    tasks.shift = choices.shift;
    tasks.omega = choices.omega;
    Results<double> results;
    results.status = status_.data();
    results.iterations = iterations_.data();
    results.measure = measure_.data();
    results.solution = BatchView<double>::array_of_structs(solution_.data(), n);
    solver_.solve(tasks, {limits.tolerance, limits.max_iterations}, results);
    executor_.synchronize();
    status_.download();
    iterations_.download();
    measure_.download();
    if (limits.keeps_solutions) solution_.download();
    for (std::size_t t = 0; t < members.size(); ++t) give(outcomes[members[t]], t, limits.keeps_solutions);
  }

 private:
  void take(matrices::LinearSystem const& system, std::size_t t) {
    auto const at = [&](std::vector<double>& all, std::size_t width) {
      return all.begin() + static_cast<std::ptrdiff_t>(t * width);
    };
    std::ranges::copy(system.values, at(values_.host(), entries_));
    std::ranges::copy(system.rhs, at(rhs_.host(), unknowns_));
    if (!guessed_) return;
    auto const first = at(guess_.host(), unknowns_);
    std::fill_n(first, unknowns_, 0.0);
    std::ranges::copy(system.guess, first);
  }
  void give(LinearOutcome& outcome, std::size_t t, bool keeps_solutions) {
    outcome.status = static_cast<Status>(status_.host()[t]);
    outcome.iterations = iterations_.host()[t];
    outcome.measure = measure_.host()[t];
    outcome.solution.clear();
    if (!keeps_solutions || !has_solution(outcome.status)) return;
    auto const first = solution_.host().begin() + static_cast<std::ptrdiff_t>(t * unknowns_);
    outcome.solution.assign(first, first + static_cast<std::ptrdiff_t>(unknowns_));
  }

  Executor const& executor_;
  std::size_t unknowns_, entries_;
  bool guessed_;
  LinearSolver solver_;
  Mirrored<double> values_, rhs_, guess_, solution_, measure_;
  Mirrored<std::int32_t> status_, iterations_;
};

/// As many tasks at once as the memory allows, at least one.
std::int64_t capacity_for(Executor const& executor, sparse::CsrPattern const& pattern,
                          LinearSolver::Options const& options, std::int64_t tasks, std::int64_t memory) {
  auto const numbers = pattern.entries() + 3 * static_cast<std::int64_t>(pattern.rows());
  while (tasks > 1) {  // one alone is tried in any case, which saves its analysis here
    auto const workspace = LinearSolver::workspace_bytes(executor, pattern.view(), options, Setup{tasks, {}, {}});
    auto const arrays = tasks * numbers * static_cast<std::int64_t>(sizeof(double));
    if (static_cast<std::int64_t>(workspace) + arrays <= memory) break;
    tasks = (tasks + 1) / 2;
  }
  return tasks;
}

void solve_group(Executor const& executor, Systems systems, Group const& group, LinearChoices const& choices,
                 LinearLimits const& limits, std::vector<LinearOutcome>& outcomes) {
  auto const& first = systems[group.members.front()];
  auto options = choices.options;
  options.matrix = group.matrix;
  bool const guessed = std::ranges::any_of(group.members, [&](auto i) { return !systems[i].guess.empty(); });
  try {
    auto const all = static_cast<std::int64_t>(group.members.size());
    auto const capacity = capacity_for(executor, *first.pattern, options, all, limits.memory);
    Batch batch(executor, *first.pattern, options, capacity, guessed);
    std::span<std::size_t const> left = group.members;
    while (!left.empty()) {
      auto const now = left.first(std::min(left.size(), static_cast<std::size_t>(capacity)));
      batch.solve(systems, now, choices, limits, outcomes);
      left = left.subspan(now.size());
    }
  } catch (InputError const& error) {
    for (auto const i : group.members) outcomes[i].problem = systems[i].name + ": " + error.what();
  }
}

/// In the order of their first members.
std::vector<Group> groups_of(Systems systems, std::vector<std::size_t> const& members,
                             std::vector<Matrix> const& matrix) {
  constexpr std::size_t kinds = 3;
  std::vector<Group> groups;
  std::unordered_map<sparse::CsrPattern const*, std::array<std::size_t, kinds>> place;  // from 1; 0: none yet
  for (auto const i : members) {
    auto& known = place[systems[i].pattern.get()][static_cast<std::size_t>(matrix[i])];
    if (known == 0) {
      groups.push_back({matrix[i], {}});
      known = groups.size();
    }
    groups[known - 1].members.push_back(i);
  }
  return groups;
}

/// Of this rank's systems: every size()-th.
void share(Ranks& ranks, std::vector<LinearOutcome>& outcomes) {
  auto const size = static_cast<std::size_t>(ranks.size());
  auto own = nlohmann::json::array();
  for (auto i = static_cast<std::size_t>(ranks.rank()); i < outcomes.size(); i += size) {
    auto const& o = outcomes[i];
    std::string const solution(reinterpret_cast<char const*>(o.solution.data()), o.solution.size() * sizeof(double));
    own.push_back({static_cast<int>(o.status), o.iterations, std::bit_cast<std::uint64_t>(o.measure), o.as_general,
                   o.problem, nlohmann::json::binary({solution.begin(), solution.end()})});
  }
  auto const packed = nlohmann::json::to_cbor(own);
  auto const all = exec::gathered(ranks, std::string(packed.begin(), packed.end()));
  for (std::size_t r = 0; r < size; ++r) {
    auto const theirs = nlohmann::json::from_cbor(all[r]);
    for (std::size_t k = 0; k < theirs.size(); ++k) {
      auto const& from = theirs[k];
      auto& o = outcomes[r + k * size];
      o = {static_cast<Status>(from[0].get<int>()),
           from[1].get<std::int32_t>(),
           std::bit_cast<double>(from[2].get<std::uint64_t>()),
           {},
           from[3].get<bool>(),
           from[4].get<std::string>()};
      auto const& bytes = from[5].get_binary();
      o.solution.resize(bytes.size() / sizeof(double));
      if (!bytes.empty()) std::memcpy(o.solution.data(), bytes.data(), bytes.size());
    }
  }
}

}  // namespace

std::vector<LinearOutcome> solve_systems(Executor const& executor, Systems systems, LinearChoices const& choices,
                                         LinearLimits const& limits) {
  std::vector<LinearOutcome> outcomes(systems.size());
  std::vector<Matrix> matrix(systems.size());
  std::vector<std::size_t> first, again;
  auto const ranks = static_cast<std::size_t>(exec::ranks_of(executor));
  for (auto i = static_cast<std::size_t>(exec::rank_of(executor)); i < systems.size(); i += ranks) {
    try {
      matrix[i] = matrix_for(systems[i], choices);
      first.push_back(i);
    } catch (InputError const& error) {
      outcomes[i].problem = error.what();
    }
  }
  for (auto const& group : groups_of(systems, first, matrix)) {
    solve_group(executor, systems, group, choices, limits, outcomes);
  }
  for (auto const i : first) {
    bool const tried = matrix[i] == Matrix::positive_definite && may_be_general(choices);
    if (!tried || !outcomes[i].problem.empty() || outcomes[i].status != Status::breakdown) continue;
    outcomes[i].as_general = true;
    matrix[i] = Matrix::general;
    again.push_back(i);
  }
  for (auto const& group : groups_of(systems, again, matrix)) {
    solve_group(executor, systems, group, choices, limits, outcomes);
  }
  if (ranks > 1) share(*executor.ranks(), outcomes);
  return outcomes;
}

}  // namespace metasolve::app
