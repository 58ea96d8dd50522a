// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/io/choice_names.hpp"
#include "metasolve/kernels/lockstep/status.hpp"
#include "metasolve/kernels/network/grid_layers.hpp"
#include "metasolve/kernels/network/head.hpp"

/// Machine-readable names of metasolve::Status, by value.
namespace metasolve::model {
inline constexpr std::array<char const*, kernels::status_count> status_names{
    "converged", "iteration_limit", "not_finite", "breakdown", "stagnated", "primal_infeasible", "dual_infeasible"};
}  // namespace metasolve::model

/// Written names of the enumerations of a model.
namespace metasolve::io {

template <>
struct ChoiceNames<engine::Precision> {
  static constexpr ChoiceTable<engine::Precision, 2> table{
      {{engine::Precision::double_precision, "double"}, {engine::Precision::single_precision, "float"}}};
};
template <>
struct ChoiceNames<kernels::Activation> {
  static constexpr ChoiceTable<kernels::Activation, 4> table{{{kernels::Activation::silu, "silu"},
                                                              {kernels::Activation::relu, "relu"},
                                                              {kernels::Activation::tanh, "tanh"},
                                                              {kernels::Activation::identity, "identity"}}};
};
template <>
struct ChoiceNames<kernels::GridPadding> {
  static constexpr ChoiceTable<kernels::GridPadding, 2> table{
      {{kernels::GridPadding::zero, "zero"}, {kernels::GridPadding::edge, "edge"}}};
};
template <>
struct ChoiceNames<kernels::HeadKind> {
  static constexpr ChoiceTable<kernels::HeadKind, 5> table{{{kernels::HeadKind::given, "given"},
                                                            {kernels::HeadKind::interval, "interval"},
                                                            {kernels::HeadKind::factor, "factor"},
                                                            {kernels::HeadKind::logarithmic, "logarithmic"},
                                                            {kernels::HeadKind::offset, "offset"}}};
};

}  // namespace metasolve::io
