// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <numeric>

#include "kernels/problems/spd_features.hpp"
#include "metasolve/error.hpp"
#include "src/io/paths.hpp"
#include "src/problems/spd.hpp"
#include "src/random/philox.hpp"
#include "src/train/shift_setup.hpp"

namespace metasolve::train {

namespace {

int features(config::RunConfig const&) { return kernels::SpdFeatures<double>::width; }
int outputs(config::RunConfig const&) { return 1; }

std::string folder_of(config::RunConfig const& c) {
  if (c.problem.matrices.empty()) {
    throw InputError("problem.matrices: not given; expected a folder of matrices A_0.mtx, A_1.mtx, ...");
  }
  if (!io::is_directory(c.problem.matrices)) {
    throw InputError("problem.matrices: " + c.problem.matrices +
                     " is not a folder; give the one of the matrices, for example by --set problem.matrices=DIR");
  }
  return c.problem.matrices;
}

problems::SpdGroup common_pattern(std::vector<problems::SpdSystem> const& systems, std::string const& folder) {
  try {
    return problems::all_together(systems);
  } catch (InputError const& error) {
    throw InputError(folder + ": " + error.what() + "; a meta-solver is trained for one, give a folder for each");
  }
}

/// Shares of the folder, where counts are not given.
constexpr std::array<std::pair<std::int64_t config::ProblemConfig::*, std::int64_t>, 3> shares{
    {{&config::ProblemConfig::train_tasks, 8},
     {&config::ProblemConfig::validation_tasks, 1},
     {&config::ProblemConfig::test_tasks, 1}}};

std::vector<std::string> fit_counts(config::RunConfig& c) {
  auto const folder = folder_of(c);
  auto const listing = problems::list_spd_folder(folder);
  std::vector<std::string> notices = listing.left_out;
  auto const count = static_cast<std::int64_t>(listing.entries.size());
  auto const with_right = std::ranges::count_if(listing.entries, [](auto const& e) { return !e.right.empty(); });
  notices.push_back(folder + ": " + problems::right_sides_text(with_right, count));

  config::ProblemConfig const defaults;
  std::int64_t wanted = 0, given = 0, left_shares = 0, defaulted = 0;
  for (auto const& [member, share] : shares) {
    wanted += c.problem.*member;
    bool const stands = c.problem.*member == defaults.*member;
    (stands ? left_shares : given) += stands ? share : c.problem.*member;
    defaulted += stands ? 1 : 0;
  }
  // Too few for one of each is an error of what is given, told where the tasks are made.
  if (wanted <= count || count - given < defaulted || defaulted == 0) return notices;
  std::int64_t left = count - given;
  std::string text;
  for (auto at = shares.rbegin(); at != shares.rend(); ++at) {  // training takes what rounding leaves
    auto& tasks = c.problem.*at->first;
    if (tasks == defaults.*at->first) {
      --defaulted;
      tasks = std::clamp<std::int64_t>(left * at->second / left_shares, 1, left - defaulted);
      left -= tasks;
      left_shares -= at->second;
    }
    text = std::to_string(tasks) + (text.empty() ? "" : ", ") + text;
  }
  notices.push_back(folder + ": holds " + std::to_string(count) + " matrices, fewer than the " +
                    std::to_string(wanted) +
                    " tasks by default; problem.train_tasks, validation_tasks and test_tasks are " + text);
  return notices;
}

/// All systems of the folder, in the order of the seed.
problems::SpdTasks all_tasks(config::RunConfig const& c) {
  auto const folder = folder_of(c);
  auto read = problems::read_spd_folder(folder, c.resources.memory_bytes);
  if (!read.broken.empty()) throw InputError(read.broken.front().message);
  auto const wanted = c.problem.train_tasks + c.problem.validation_tasks + c.problem.test_tasks;
  auto const count = static_cast<std::int64_t>(read.systems.size());
  if (wanted > count) {
    throw InputError("problem.train_tasks, validation_tasks and test_tasks are " + std::to_string(wanted) +
                     " together, but " + folder + " holds " + std::to_string(count) +
                     " matrices; lower them, or give more matrices");
  }
  std::vector<double> key;
  for (std::int64_t i = 0; i < count; ++i) {
    key.push_back(
        random::Draws(c.training.seed, random::Stream::train_tasks, static_cast<std::uint64_t>(i)).uniform(0));
  }
  std::vector<std::size_t> order(read.systems.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
  auto group = common_pattern(read.systems, folder);
  group.members = order;
  return problems::given_spd(read.systems, group, c.solver.ordering, iccg_settings(c));
}

Splits tasks(config::RunConfig const& c) {
  require_shift(c);
  auto const all = all_tasks(c);
  std::int64_t first = 0;
  auto const part = [&](std::int64_t count) {
    auto tasks = all;
    tasks.count = count;
    tasks.fill = [fill = all.fill, first](std::int64_t from, std::int64_t n, double* values, double* right) {
      fill(first + from, n, values, right);
    };
    first += count;
    return tasks;
  };
  auto const train = part(c.problem.train_tasks), validation = part(c.problem.validation_tasks);
  return {train, validation, part(c.problem.test_tasks)};
}

void shape(config::RunConfig const& c, network::MetaNetworkShape& s) { shape_shift(c, s, c.solver.highest_shift); }

/// The matrices as they are read, and on their pattern.
std::uint64_t host_bytes(config::RunConfig const& c) {
  std::uint64_t bytes = 0;
  for (auto const& entry : problems::list_spd_folder(folder_of(c)).entries) {
    for (auto const& file : {entry.matrix, entry.right}) {
      std::error_code none;
      auto const size = std::filesystem::file_size(file, none);
      if (!none) bytes += 2 * size;
    }
  }
  return bytes;
}

}  // namespace

ProblemSetup const spd_setup{"spd",          tasks,         features,         outputs,      shape,     host_bytes,
                             shift_baseline, shift_failure, initialise_shift, &tuned_shift, fit_counts};

}  // namespace metasolve::train
