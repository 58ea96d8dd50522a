// SPDX-License-Identifier: Apache-2.0
#include "src/problems/spd.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

namespace fs = std::filesystem;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// k of a file A_k.mtx; -1: another file.
std::int64_t number_of(std::string const& name) {
  if (!name.starts_with("A_") || !name.ends_with(".mtx")) return -1;
  char const *const first = name.data() + 2, *const last = name.data() + name.size() - 4;
  std::int64_t number = -1;
  auto const [end, error] = std::from_chars(first, last, number);
  return error == std::errc() && end == last && first < last && *first != '-' ? number : -1;
}

SymmetricStructure united(SymmetricStructure const& a, SymmetricStructure const& b) {
  if (a == b) return a;
  auto places = places_of(a);
  auto const others = places_of(b);
  places.insert(places.end(), others.begin(), others.end());
  return structure_of(a.unknowns, std::move(places));
}

}  // namespace

SpdFolder read_spd_folder(fs::path const& folder, std::int64_t memory) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    throw InputError(folder.string() + ": cannot be read: " + error.message() +
                     "; give a folder of matrices A_0.mtx, A_1.mtx, ...");
  }
  std::map<std::int64_t, fs::path> files;
  for (auto const& entry : entries) {
    auto const number = number_of(entry.path().filename().string());
    if (number < 0) continue;
    if (!files.emplace(number, entry.path()).second) {
      throw InputError(entry.path().string() + ": another file is numbered " + std::to_string(number) +
                       "; rename one of them");
    }
  }
  if (files.empty()) throw InputError(folder.string() + ": holds no matrix; expected A_0.mtx, A_1.mtx, ...");
  SpdFolder result;
  for (auto const& [number, file] : files) {
    try {
      SpdSystem system;
      system.number = number;
      system.matrix = symmetric_matrix(io::read_matrix_market(file, memory), file);
      auto const n = system.matrix.structure.unknowns;
      auto const right = folder / ("b_" + std::to_string(number) + ".txt");
      system.right = fs::exists(right) ? io::read_vector(right, n) : std::vector<double>(at(n), 1.0);
      result.systems.push_back(std::move(system));
    } catch (InputError const& problem) {
      result.broken.push_back({number, problem.what()});
    }
  }
  return result;
}

std::vector<SpdGroup> grouped(std::vector<SpdSystem> const& systems) {
  std::vector<SpdGroup> groups;
  for (std::size_t i = 0; i < systems.size(); ++i) {
    auto const& own = systems[i].matrix.structure;
    bool joined = false;
    for (auto& group : groups) {
      if (group.structure.unknowns != own.unknowns) continue;
      auto all = united(group.structure, own);
      if (all.entries() - std::min(group.structure.entries(), own.entries()) > all.entries() / 8) continue;
      group.structure = std::move(all);
      group.members.push_back(i);
      joined = true;
      break;
    }
    if (!joined) groups.push_back({{i}, own});
  }
  return groups;
}

SpdTasks given_spd(std::vector<SpdSystem> const& systems, SpdGroup const& group, OrderingKind ordering,
                   IccgSettings const& settings) {
  auto const order = ordering == OrderingKind::rcm ? reverse_cuthill_mckee(group.structure)
                                                   : natural_ordering(group.structure.unknowns);
  SpdTasks tasks;
  tasks.count = static_cast<std::int64_t>(group.members.size());
  tasks.structure = std::make_shared<SymmetricStructure const>(reordered(group.structure, order));
  tasks.iccg = settings;
  struct Numbers {
    std::vector<double> values, right;
  };
  auto const numbers = std::make_shared<Numbers>();
  for (auto const i : group.members) {
    auto const own = values_on(systems[i].matrix, *tasks.structure, order);
    numbers->values.insert(numbers->values.end(), own.begin(), own.end());
    for (auto const unknown : order) numbers->right.push_back(systems[i].right[at(unknown)]);
  }
  std::int64_t const size = tasks.structure->entries() + tasks.structure->unknowns, n = tasks.structure->unknowns;
  tasks.fill = [numbers, size, n](std::int64_t first, std::int64_t count, double* values, double* right) {
    std::copy_n(numbers->values.begin() + first * size, count * size, values);
    std::copy_n(numbers->right.begin() + first * n, count * n, right);
  };
  return tasks;
}

}  // namespace metasolve::problems
