// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/model/grid_interface.hpp"

#include <limits>

#include "metasolve/detail/io/text.hpp"

namespace metasolve::model {

namespace {

std::vector<kernels::HeadEntry> head_of(grids::Cycle<2> const& cycle) {
  std::vector<kernels::HeadEntry> head;
  if (cycle.parameters.size() == 1) {
    bool const is_share = cycle.weights.kind == kernels::SmootherParameters::chebyshev;
    return {{.kind = kernels::HeadKind::interval,
             .output = 0,
             .low = is_share ? 0.01 : 0.04,
             .high = is_share ? 0.95 : 1.96,
             .anchor = cycle.parameters.front()}};
  }
  head.reserve(cycle.parameters.size());
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(cycle.parameters.size()); ++p) {
    head.push_back({.kind = kernels::HeadKind::offset, .output = p, .low = 0, .high = 1});
  }
  return head;
}

std::vector<Feature> features_of(bool constant_operators) {
  std::vector<Feature> all{{"g cos 2t"}, {"g sin 2t"}, {"log10 of 1/eps"}};
  if (!constant_operators) {
    all.push_back({"log10 of the range of the diagonal"});
    all.push_back({"deviation of log10 of the diagonal"});
    all.push_back({"mean jump of log10 of the diagonal"});
  }
  return all;
}

}  // namespace

Interface grid_interface(grids::Cycle<2> const& cycle, grids::CycleSettings const& s, bool by_conjugate_gradients,
                         bool constant_operators) {
  Interface sides;
  sides.problem = diffusion_name;
  sides.features = features_of(constant_operators);
  sides.head = head_of(cycle);
  double const any = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < cycle.names.size(); ++p) {
    auto const& entry = sides.head[p];
    sides.parameters.push_back({.name = cycle.names[p],
                                .unit = {},
                                .low = entry.is_bounded() ? entry.low : -any,
                                .high = entry.is_bounded() ? entry.high : any,
                                .without = io::shortest(cycle.parameters[p])});
  }
  auto const number = [](auto choice) { return static_cast<double>(static_cast<int>(choice)); };
  sides.settings = {
      {grid_cycle,
       {number(s.smoother), number(s.kind), number(s.transfer), number(s.before), number(s.after), number(s.degree),
        number(s.coarse_weights), number(by_conjugate_gradients), number(constant_operators)}}};
  return sides;
}

}  // namespace metasolve::model
