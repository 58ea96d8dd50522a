// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/problem_calls.hpp"

#include "metasolve/error.hpp"

namespace metasolve::api {

void check_capacity(Setup const& setup) {
  constexpr std::int64_t most = std::int64_t{1} << 46;  // more than any memory holds; the bytes still fit into 64 bits
  if (setup.capacity >= 1 && setup.capacity <= most) return;
  throw InputError("setup.capacity is " + std::to_string(setup.capacity) + ", expected 1 task to " +
                   std::to_string(most));
}

network::MetaNetworkShape shape_for(MetaSolver const& meta_solver, model::Interface const& solver) {
  model::require_fits(meta_solver.model(), solver, "setup.meta_solver");
  return model::shape_of(meta_solver.model());
}

std::vector<double> const& weights_of(MetaSolver const& meta_solver) { return meta_solver.model().weights; }

bool is_double(MetaSolver const& meta_solver) {
  return meta_solver.model().precision == engine::Precision::double_precision;
}

}  // namespace metasolve::api
