// SPDX-License-Identifier: Apache-2.0
#include "src/api/problem_calls.hpp"

#include "metasolve/error.hpp"
#include "src/train/checkpoint.hpp"

namespace metasolve::api {

void check_capacity(Setup const& setup) {
  constexpr std::int64_t most = std::int64_t{1} << 46;  // no memory holds as many, and 64 bits still count their bytes
  if (setup.capacity >= 1 && setup.capacity <= most) return;
  throw InputError("setup.capacity is " + std::to_string(setup.capacity) + ", expected 1 task to " +
                   std::to_string(most));
}

network::MetaNetworkShape shape_for(MetaSolver const& meta_solver, ProblemSizes const& sizes) {
  auto const& c = meta_solver.checkpoint();
  if (c.config.problem.name != sizes.name) {
    throw InputError("setup.meta_solver was trained for problem \"" + c.config.problem.name +
                     "\", and this solver's is \"" + sizes.name + "\"");
  }
  auto shape = train::learner_options(c).network;
  if (shape.sizes.front() != sizes.features || shape.parameters != sizes.parameters) {
    throw InputError("setup.meta_solver takes " + std::to_string(shape.sizes.front()) + " features and makes " +
                     std::to_string(shape.parameters) + " parameters; this solver has " +
                     std::to_string(sizes.features) + " and " + std::to_string(sizes.parameters) +
                     ": it was trained for another shape of the problem");
  }
  return shape;
}

std::vector<double> const& weights_of(MetaSolver const& meta_solver) {
  return meta_solver.checkpoint().learner.weights;
}

bool is_double(MetaSolver const& meta_solver) {
  return meta_solver.checkpoint().config.network.precision == engine::Precision::double_precision;
}

}  // namespace metasolve::api
