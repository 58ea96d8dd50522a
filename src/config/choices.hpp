// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/model/names.hpp"

/// Written names of the enumerations of run_config.hpp; a problem's enumerations have theirs next to the problem.
namespace metasolve::io {

template <>
struct ChoiceNames<config::FeatureScaling> {
  static constexpr ChoiceTable<config::FeatureScaling, 2> table{
      {{config::FeatureScaling::none, "none"}, {config::FeatureScaling::standard, "standard"}}};
};
template <>
struct ChoiceNames<config::LossKind> {
  static constexpr ChoiceTable<config::LossKind, 2> table{
      {{config::LossKind::surrogate, "surrogate"}, {config::LossKind::measure, "measure"}}};
};
template <>
struct ChoiceNames<config::LossScale> {
  static constexpr ChoiceTable<config::LossScale, 2> table{
      {{config::LossScale::linear, "linear"}, {config::LossScale::logarithm, "log"}}};
};
template <>
struct ChoiceNames<config::LossValue> {
  static constexpr ChoiceTable<config::LossValue, 2> table{
      {{config::LossValue::soft, "soft"}, {config::LossValue::count, "count"}}};
};
template <>
struct ChoiceNames<config::Gradient> {
  static constexpr ChoiceTable<config::Gradient, 9> table{{{config::Gradient::automatic, "auto"},
                                                           {config::Gradient::adjoint, "adjoint"},
                                                           {config::Gradient::tangent, "tangent"},
                                                           {config::Gradient::difference, "difference"},
                                                           {config::Gradient::forward, "forward"},
                                                           {config::Gradient::spsa, "spsa"},
                                                           {config::Gradient::evolution, "evolution"},
                                                           {config::Gradient::score, "score"},
                                                           {config::Gradient::control_variate, "control_variate"}}};
};
template <>
struct ChoiceNames<config::Cost> {
  static constexpr ChoiceTable<config::Cost, 3> table{
      {{config::Cost::count, "count"}, {config::Cost::flops, "flops"}, {config::Cost::time, "time"}}};
};
template <>
struct ChoiceNames<config::Lowering> {
  static constexpr ChoiceTable<config::Lowering, 2> table{
      {{config::Lowering::geometric, "geometric"}, {config::Lowering::steps, "steps"}}};
};
template <>
struct ChoiceNames<config::Reproducible> {
  static constexpr ChoiceTable<config::Reproducible, 2> table{
      {{config::Reproducible::ranks, "ranks"}, {config::Reproducible::fast, "fast"}}};
};
template <>
struct ChoiceNames<config::Optimizer> {
  static constexpr ChoiceTable<config::Optimizer, 2> table{
      {{config::Optimizer::adam, "adam"}, {config::Optimizer::levenberg_marquardt, "levenberg_marquardt"}}};
};
template <>
struct ChoiceNames<config::ScheduleKind> {
  static constexpr ChoiceTable<config::ScheduleKind, 4> table{{{config::ScheduleKind::constant, "constant"},
                                                               {config::ScheduleKind::steps, "steps"},
                                                               {config::ScheduleKind::plateau, "plateau"},
                                                               {config::ScheduleKind::cosine, "cosine"}}};
};
template <>
struct ChoiceNames<config::Selection> {
  static constexpr ChoiceTable<config::Selection, 2> table{
      {{config::Selection::loss, "loss"}, {config::Selection::iterations, "iterations"}}};
};

template <>
struct ChoiceNames<config::Start> {
  static constexpr ChoiceTable<config::Start, 2> table{
      {{config::Start::drawn, "drawn"}, {config::Start::tuned, "tuned"}}};
};

}  // namespace metasolve::io

namespace metasolve::config {

using io::ChoiceNames, io::ChoiceTable, io::name_of, io::value_of;

}  // namespace metasolve::config
