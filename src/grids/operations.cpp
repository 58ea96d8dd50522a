// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/grids/operations.hpp"

#include "metasolve/kernels/grids/stencil.hpp"

namespace metasolve::grids {

using kernels::StepKind;

namespace {

/// A visitor of kernels::walk_cycle.
struct CountOperations {
  kernels::GridHierarchy const& h;
  kernels::CycleShape const& shape;
  double sum = 0;

  [[nodiscard]] double product() const { return h.dimensions == 2 ? 9 : 27; }
  void step(int level, int s, bool from_zero) {
    auto const& step = shape.step[s];
    double points = h.level[level].points();
    if (step.is_partial) {
      for (int a = 0; a < h.dimensions; ++a) points /= step.part.stride[a];
    }
    double const of_residual = from_zero && !step.is_partial ? 0 : product();
    double const of_step = step.kind == StepKind::diagonal ? 1 : step.kind == StepKind::lines ? 4 : product();
    sum += points * (of_residual + of_step);
  }
  void descend(int level, bool from_zero) {
    sum += h.level[level].points() * (from_zero ? 0 : product()) + h.level[level + 1].points() * product();
  }
  void coarsest(int level) { sum += static_cast<double>(h.level[level].points()) * h.level[level].points(); }
  void correct(int level) { sum += h.level[level + 1].points() * product(); }
};

}  // namespace

double operations_of_cycle(kernels::GridHierarchy const& h, kernels::CycleShape const& shape) {
  CountOperations count{h, shape};
  kernels::walk_cycle(h, shape, false, count);
  return count.sum;
}

}  // namespace metasolve::grids
