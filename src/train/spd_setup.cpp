// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "kernels/spd_features.hpp"
#include "metasolve/error.hpp"
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
  return c.problem.matrices;
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
                     " together, but " + folder + " holds " + std::to_string(count) + " matrices; lower them");
  }
  std::vector<double> key;
  for (std::int64_t i = 0; i < count; ++i) {
    key.push_back(
        random::Draws(c.training.seed, random::Stream::train_tasks, static_cast<std::uint64_t>(i)).uniform(0));
  }
  std::vector<std::size_t> order(read.systems.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
  auto groups = problems::grouped(read.systems);
  if (groups.size() > 1) {
    throw InputError(folder + ": matrices of " + std::to_string(groups.size()) + " patterns (A_" +
                     std::to_string(read.systems[groups[0].members[0]].number) + ".mtx and A_" +
                     std::to_string(read.systems[groups[1].members[0]].number) +
                     ".mtx have different ones); a meta-solver is trained for one, give a folder for each");
  }
  groups.front().members = order;
  return problems::given_spd(read.systems, groups.front(), c.solver.ordering, iccg_settings(c));
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
  for (auto const& entry : std::filesystem::directory_iterator(folder_of(c))) {
    if (entry.is_regular_file()) bytes += 2 * entry.file_size();
  }
  return bytes;
}

}  // namespace

ProblemSetup const spd_setup{"spd",      tasks,          features,      outputs,          shape,
                             host_bytes, shift_baseline, shift_failure, initialise_shift, &tuned_shift};

}  // namespace metasolve::train
