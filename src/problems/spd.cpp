// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/spd.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/iccg_group.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/spd_features.hpp"

namespace metasolve::problems {

namespace {

using sparse::at;

std::size_t hash_of(sparse::SymmetricStructure const& s) {
  auto const bytes = [](std::vector<std::int32_t> const& x) {
    return std::string_view(reinterpret_cast<char const*>(x.data()), x.size() * sizeof x[0]);
  };
  std::hash<std::string_view> const hash;
  return hash(bytes(s.col_ptrs)) * 31 + hash(bytes(s.row_idxs));
}

sparse::SymmetricStructure united(sparse::SymmetricStructure const& a, sparse::SymmetricStructure const& b) {
  if (a == b) return a;
  auto places = places_of(a);
  auto const others = places_of(b);
  places.insert(places.end(), others.begin(), others.end());
  return sparse::structure_of(a.unknowns, places);
}

/// Uploads the systems in parts.
engine::TaskGroup<double> bind_spd(exec::Backend& exec, SpdKind const& kind, engine::Tasks const& tasks,
                                   engine::StageLimits const& limits) {
  using Features = kernels::SpdFeatures<double>;
  auto const& structure = *kind.structure;
  auto const pattern_data = std::make_shared<sparse::LowerPattern>(exec, structure);
  auto const pattern = pattern_data->view();
  auto data =
      std::make_shared<IccgData>(exec, structure, tasks.count, Features::width, default_parameters_of(kind.iccg));
  data->pattern = pattern_data;
  if (!exec.planning()) {
    std::int64_t const width = kind.width(), size = kind.values(), n = structure.unknowns;
    engine::for_each_part(tasks, (1 << 22) / size, [&](double const* rows, std::int64_t first, std::int64_t here) {
      engine::upload_columns(data->values, rows, width, 0, size, first, here);
      engine::upload_columns(data->rhs, rows, width, size, n, first, here);
    });
    exec.launch(1, tasks.count, Features{pattern, {data->values.data(), pattern.values(), 1}, data->features.data()});
  }
  return iccg_group(exec, std::move(data), tasks.count, structure, pattern, kind.iccg, limits);
}

}  // namespace

std::vector<SpdGroup> grouped(std::vector<SpdSystem> const& systems) {
  std::vector<SpdGroup> groups;
  std::unordered_map<std::size_t, std::vector<std::size_t>> known;
  for (std::size_t i = 0; i < systems.size(); ++i) {
    auto const& own = systems[i].matrix.structure;
    auto& alike = known[hash_of(own)];
    auto const found = std::ranges::find_if(alike, [&](std::size_t g) { return groups[g].structure == own; });
    if (found != alike.end()) {
      groups[*found].members.push_back(i);
    } else {
      alike.push_back(groups.size());
      groups.push_back({{i}, own});
    }
  }
  return groups;
}

SpdGroup all_together(std::vector<SpdSystem> const& systems) {
  SpdGroup all{{0}, systems.front().matrix.structure};
  for (std::size_t i = 1; i < systems.size(); ++i) {
    auto const& own = systems[i].matrix.structure;
    bool fits = own.unknowns == all.structure.unknowns;
    if (fits) {
      auto both = united(all.structure, own);
      fits = both.entries() - std::min(all.structure.entries(), own.entries()) <= both.entries() / 8;
      all.structure = std::move(both);
    }
    if (!fits) {
      auto const name = [](SpdSystem const& s) { return "A_" + std::to_string(s.number) + ".mtx"; };
      throw InputError("matrices of different patterns (those of " + name(systems.front()) + " and " +
                       name(systems[i]) + " have too little in common)");
    }
    all.members.push_back(i);
  }
  return all;
}

sparse::Ordering order_of(SpdGroup const& group, sparse::OrderingKind ordering) {
  return ordering == sparse::OrderingKind::rcm ? sparse::reverse_cuthill_mckee(group.structure)
                                               : sparse::natural_ordering(group.structure.unknowns);
}

engine::Tasks given_spd(std::vector<SpdSystem> const& systems, SpdGroup const& group, sparse::Ordering const& order,
                        IccgSettings const& settings) {
  auto const kind = std::make_shared<SpdKind const>(
      std::make_shared<sparse::SymmetricStructure const>(sparse::reordered(group.structure, order)), settings);
  auto const numbers = std::make_shared<std::vector<double>>();
  for (auto const i : group.members) {
    auto const own = sparse::values_on(systems[i].matrix, *kind->structure, order);
    numbers->insert(numbers->end(), own.begin(), own.end());
    for (auto const unknown : order) numbers->push_back(systems[i].rhs[at(unknown)]);
  }
  return {static_cast<std::int64_t>(group.members.size()), kind,
          [numbers, width = kind->width()](std::int64_t first, std::int64_t count, double* rows) {
            std::copy_n(numbers->begin() + first * width, count * width, rows);
          }};
}

engine::TaskGroup<double> SpdKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                        engine::StageLimits const& limits) const {
  return bind_spd(exec, *this, tasks, limits);
}

void SpdKind::features_of(double const* rows, std::int64_t n, double* features) const {
  exec::CpuExec host(1);
  sparse::LowerPattern const data(host, *structure);
  host.launch(1, n, kernels::SpdFeatures<double>{data.view(), {rows, width(), 1}, features});
}

}  // namespace metasolve::problems
