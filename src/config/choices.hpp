// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "src/config/run_config.hpp"

/// The written names of enumerations: one table each, used to parse, print and document. Those of run_config.hpp stand
/// here, those of a problem beside it.
namespace metasolve::config {

template <class Enum>
struct ChoiceNames;

template <class Enum, std::size_t N>
using ChoiceTable = std::array<std::pair<Enum, std::string_view>, N>;

template <>
struct ChoiceNames<Precision> {
  static constexpr ChoiceTable<Precision, 2> table{
      {{Precision::double_precision, "double"}, {Precision::single_precision, "float"}}};
};
template <>
struct ChoiceNames<Activation> {
  static constexpr ChoiceTable<Activation, 4> table{{{Activation::silu, "silu"},
                                                     {Activation::relu, "relu"},
                                                     {Activation::tanh, "tanh"},
                                                     {Activation::identity, "identity"}}};
};
template <>
struct ChoiceNames<FeatureScaling> {
  static constexpr ChoiceTable<FeatureScaling, 2> table{
      {{FeatureScaling::none, "none"}, {FeatureScaling::standard, "standard"}}};
};
template <>
struct ChoiceNames<LossKind> {
  static constexpr ChoiceTable<LossKind, 2> table{{{LossKind::surrogate, "surrogate"}, {LossKind::measure, "measure"}}};
};
template <>
struct ChoiceNames<LossScale> {
  static constexpr ChoiceTable<LossScale, 2> table{{{LossScale::linear, "linear"}, {LossScale::logarithm, "log"}}};
};
template <>
struct ChoiceNames<LossValue> {
  static constexpr ChoiceTable<LossValue, 2> table{{{LossValue::soft, "soft"}, {LossValue::count, "count"}}};
};
template <>
struct ChoiceNames<Gradient> {
  static constexpr ChoiceTable<Gradient, 3> table{
      {{Gradient::adjoint, "adjoint"}, {Gradient::tangent, "tangent"}, {Gradient::difference, "difference"}}};
};
template <>
struct ChoiceNames<Lowering> {
  static constexpr ChoiceTable<Lowering, 2> table{{{Lowering::geometric, "geometric"}, {Lowering::steps, "steps"}}};
};
template <>
struct ChoiceNames<Optimizer> {
  static constexpr ChoiceTable<Optimizer, 2> table{
      {{Optimizer::adam, "adam"}, {Optimizer::levenberg_marquardt, "levenberg_marquardt"}}};
};
template <>
struct ChoiceNames<ScheduleKind> {
  static constexpr ChoiceTable<ScheduleKind, 4> table{{{ScheduleKind::constant, "constant"},
                                                       {ScheduleKind::steps, "steps"},
                                                       {ScheduleKind::plateau, "plateau"},
                                                       {ScheduleKind::cosine, "cosine"}}};
};
template <>
struct ChoiceNames<Selection> {
  static constexpr ChoiceTable<Selection, 2> table{{{Selection::loss, "loss"}, {Selection::iterations, "iterations"}}};
};

template <>
struct ChoiceNames<Start> {
  static constexpr ChoiceTable<Start, 2> table{{{Start::drawn, "drawn"}, {Start::tuned, "tuned"}}};
};

/// The written name of a value; "?" for a value outside its enumeration, which no parser accepts back.
template <class Enum>
constexpr std::string_view name_of(Enum value) {
  for (auto const& [candidate, name] : ChoiceNames<Enum>::table) {
    if (candidate == value) return name;
  }
  return "?";
}

/// The value of that written name, if there is one. Names are case-sensitive.
template <class Enum>
constexpr std::optional<Enum> value_of(std::string_view name) {
  for (auto const& [value, candidate] : ChoiceNames<Enum>::table) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace metasolve::config
