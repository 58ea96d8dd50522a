// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/grids/cycle_of.hpp"

#include "metasolve/error.hpp"

namespace metasolve::grids {

using kernels::CycleShape;
using kernels::Side;
using kernels::SmootherParameters;
using kernels::SmoothingStep;
using kernels::StepKind;

namespace {

SmoothingStep& add_step(CycleShape& shape, StepKind kind, int axis, int weight) {
  auto& step = shape.step[shape.steps++];
  step.kind = kind;
  step.axis = static_cast<std::int8_t>(axis);
  step.weight = static_cast<std::int16_t>(weight);
  return step;
}

/// Colours: first those of which an even number of coordinates is odd, so that two half sweeps over 5 or 7 points
/// result, red and black.
void add_colors(CycleShape& shape, int dimensions) {
  for (int odd = 0; odd < 2; ++odd) {
    for (int color = 0; color < 1 << dimensions; ++color) {
      if (((color ^ color >> 1 ^ color >> 2) & 1) != odd) continue;
      auto& step = add_step(shape, StepKind::diagonal, 0, 0);
      step.is_partial = true;
      for (int a = 0; a < dimensions; ++a) step.part.first[a] = color >> a & 1, step.part.stride[a] = 2;
    }
  }
}

/// Lines along an axis: every second one of each other axis at a time.
void add_zebra(CycleShape& shape, int dimensions, int axis) {
  for (int color = 0; color < 1 << (dimensions - 1); ++color) {
    auto& step = add_step(shape, StepKind::lines, axis, 0);
    step.is_partial = true;
    int bit = 0;
    for (int a = 0; a < dimensions; ++a) {
      if (a == axis) continue;
      step.part.first[a] = color >> bit++ & 1;
      step.part.stride[a] = 2;
    }
  }
}

/// Points that are relaxed together must not be coupled over a periodic end.
void check_parts(CycleShape const& cycle, GridShape const& shape) {
  for (int a = 0; a < shape.dimensions; ++a) {
    auto const i = static_cast<std::size_t>(a);
    if (shape.sides[i][0] != Side::periodic || shape.points[i] % 2 == 0) continue;
    for (int s = 0; s < cycle.steps; ++s) {
      if (cycle.step[s].is_partial && cycle.step[s].part.stride[a] == 2) {
        throw InputError(
            "smoother: colours and zebra lines need an even number of points along a periodic axis; given " +
            name_of(shape));
      }
    }
  }
}

template <int Dim>
void add_stencil_names(std::vector<std::string>& names, std::string const& of) {
  static char const* const in_plane[5] = {"centre", "east", "north-west", "north", "north-east"};
  for (int e = 0; e < kernels::half_entries<Dim>; ++e) {
    auto const o = kernels::stencil_offset<Dim>(e);
    names.push_back(e < 5 ? of + in_plane[e]
                          : of + "(" + std::to_string(o.x) + ", " + std::to_string(o.y) + ", " + std::to_string(o.z) +
                                ")");
  }
}

template <int Dim>
void add_stencil(Cycle<Dim>& cycle, std::string const& of) {
  add_step(cycle.shape, StepKind::stencil, 0, static_cast<int>(cycle.parameters.size()));
  cycle.parameters.push_back(0.6);
  cycle.parameters.resize(cycle.parameters.size() + kernels::half_entries<Dim> - 1, 0.0);
  add_stencil_names<Dim>(cycle.names, of);
}

template <int Dim>
void set_smoother(Cycle<Dim>& cycle, CycleSettings const& settings) {
  auto& shape = cycle.shape;
  auto const one = [&](SmootherParameters kind, char const* name, double value) {
    cycle.weights.kind = kind;
    cycle.names = {name};
    cycle.parameters = {value};
  };
  switch (settings.smoother) {
    case Smoother::jacobi:
      one(SmootherParameters::damping, "damping", Dim == 2 ? 0.64 : 0.7);
      add_step(shape, StepKind::diagonal, 0, 0);
      return;
    case Smoother::chebyshev:
      if (settings.degree < 1 || settings.degree > CycleShape::most_steps) {
        throw InputError("smoother: given a Chebyshev polynomial of degree " + std::to_string(settings.degree) +
                         ", expected 1 to " + std::to_string(CycleShape::most_steps));
      }
      one(SmootherParameters::chebyshev, "lower end", settings.one_level ? 0.05 : 0.25);
      cycle.weights.degree = static_cast<std::int8_t>(settings.degree);
      for (int k = 0; k < settings.degree; ++k) add_step(shape, StepKind::diagonal, 0, k);
      return;
    case Smoother::colors:
      one(SmootherParameters::relaxation, "relaxation", 1);
      add_colors(shape, Dim);
      return;
    case Smoother::zebra_x:
    case Smoother::zebra_y:
    case Smoother::zebra_z: {
      int const axis = static_cast<int>(settings.smoother) - static_cast<int>(Smoother::zebra_x);
      if (axis >= Dim) throw InputError("smoother: zebra lines along z on a grid of two dimensions");
      one(SmootherParameters::relaxation, "relaxation", 1);
      add_zebra(shape, Dim, axis);
      return;
    }
    case Smoother::zebra:
      one(SmootherParameters::relaxation, "relaxation", 1);
      for (int axis = 0; axis < Dim; ++axis) add_zebra(shape, Dim, axis);
      return;
    case Smoother::stencil:
    case Smoother::two_stencils:
      cycle.weights.kind = SmootherParameters::stencils;
      cycle.weights.stencils = settings.smoother == Smoother::stencil ? 1 : 2;
      add_stencil(cycle, "");
      if (settings.smoother == Smoother::two_stencils) add_stencil(cycle, "second ");
      return;
    case Smoother::line_and_stencil:
      if (Dim == 3) throw InputError("smoother: line-and-stencil is for grids of two dimensions");
      cycle.weights.kind = SmootherParameters::line_and_stencil;
      add_step(shape, StepKind::lines, kernels::strong_axis, kernels::half_entries<Dim>);
      add_stencil(cycle, "");
      cycle.parameters.push_back(0.7);
      cycle.names.emplace_back("lines");
      return;
  }
}

}  // namespace

template <int Dim>
Cycle<Dim> cycle_of(CycleSettings const& settings, GridShape const& grid, bool constant_stencil) {
  Cycle<Dim> cycle;
  auto& shape = cycle.shape;
  set_smoother(cycle, settings);
  check_parts(shape, grid);
  if (settings.transfer == kernels::TransferKind::by_operator && (Dim == 3 || constant_stencil)) {
    throw InputError(std::string("transfer: by the operator is for ") +
                     (Dim == 3 ? "grids of two dimensions" : "operators that differ from point to point"));
  }
  if (settings.before < 0 || settings.after < 0 || settings.before + settings.after < 1 ||
      settings.before + settings.after > 100) {
    throw InputError("cycle: given " + std::to_string(settings.before) + " and " + std::to_string(settings.after) +
                     " sweeps, expected 1 to 100 together");
  }
  shape.kind = settings.kind;
  shape.transfer = settings.transfer;
  shape.before = static_cast<std::int16_t>(settings.before);
  shape.after = static_cast<std::int16_t>(settings.after);
  shape.is_singular = settings.is_singular;
  shape.direct_coarsest = !settings.one_level;
  cycle.weights.coarse_weights = settings.coarse_weights;
  shape.weights = static_cast<std::int16_t>(cycle.weights.weights());
  if (settings.coarse_weights) {
    shape.scale = static_cast<std::int16_t>(cycle.weights.smoother_weights());
    shape.mixed = static_cast<std::int16_t>(shape.scale + 1);
    cycle.names.emplace_back("coarse scale");
    for (int k = 0; k < kernels::GridWeights<Dim>::mixed_parts; ++k) {
      static char const* const planes[3] = {"mixed xy", "mixed xz", "mixed yz"};
      cycle.names.emplace_back(planes[k]);
    }
    cycle.parameters.resize(cycle.names.size(), 0.0);
  }
  return cycle;
}

template Cycle<2> cycle_of<2>(CycleSettings const&, GridShape const&, bool);
template Cycle<3> cycle_of<3>(CycleSettings const&, GridShape const&, bool);

}  // namespace metasolve::grids
