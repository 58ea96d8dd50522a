// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/kernels/network/head.hpp"

/// A trained meta-solver and its description. It can be read without the program that trained it, its configuration or
/// its problem.
namespace metasolve::model {

/// Task values that the network reads, before scaling: one, or several of one kind.
struct Feature {
  std::string name;
  std::int64_t count = 1;
  bool operator==(Feature const&) const = default;
};

/// Solver parameters that a network predicts: one, or several of one kind.
struct Parameter {
  std::string name;
  std::string unit;  ///< empty: dimensionless
  std::int64_t count = 1;
  double low = -std::numeric_limits<double>::infinity();  ///< range of the network's prediction
  double high = std::numeric_limits<double>::infinity();
  std::string without;  ///< value without a network, for display: "1.37", "the task's own"
  bool operator==(Parameter const&) const = default;
};

/// What a solver was set to when a network was trained for it, where parameters would mean something else otherwise.
struct Setting {
  std::string name;
  std::vector<double> values;
  bool operator==(Setting const&) const = default;
};

/// The interface on either side of a network. A model and the solver that uses it each have one; if the two differ, the
/// numbers would mean something else.
struct Interface {
  std::string problem;
  std::vector<Feature> features;      ///< in the order of the network's inputs
  std::vector<Parameter> parameters;  ///< in the solver's order
  /// [parameters]: how each is computed from an output and the task's default (kernels/network/head.hpp). Empty:
  /// parameters are output_gain basis' outputs.
  std::vector<kernels::HeadEntry> head;
  /// Of a solver: it takes any range of parameters that are not negative, and below this, and the model's head decides.
  bool takes_any_head = false;
  double head_below = std::numeric_limits<double>::infinity();
  /// The features of one fixed task, as this side computes them: detects a changed order or formula behind an unchanged
  /// name. Empty: unknown.
  std::vector<double> probe;
  std::vector<Setting> settings = {};  ///< of a model: for the solver that takes it

  /// The values of a setting; empty: it is not recorded.
  [[nodiscard]] std::span<double const> setting(std::string_view name) const;
  [[nodiscard]] std::int64_t feature_count() const;
  [[nodiscard]] std::int64_t parameter_count() const;
};

/// What a model was trained for; for display and for training programs.
struct Training {
  double tolerance = 0;             ///< eps
  std::int64_t max_iterations = 0;  ///< per task
  std::string version, commit;      ///< metasolve version that trained it
  std::string run;                  ///< identity of the run; empty: unknown
  std::string configuration;        ///< of the run, JSON; includes the distribution of its tasks
};

struct Model {
  Interface sides;
  network::Architecture network;
  kernels::Activation activation = kernels::Activation::silu;
  engine::Precision precision = engine::Precision::double_precision;
  std::vector<double> shift, scale;  ///< of the features: x = (feature - shift) scale
  double output_gain = 1;
  bool adds_given = false;      ///< parameters are added to the task's default; only without a head
  std::vector<double> basis;    ///< [outputs][parameters]; empty: the identity, or the model has a head
  std::vector<double> weights;  ///< layer after layer (network::layer_shapes)
  Training training;
};

/// The least value that a bounded head entry predicts.
inline double lowest_of(kernels::HeadEntry const& e) { return e.kind == kernels::HeadKind::logarithmic ? 0 : e.low; }

/// The name of feature or parameter i of all: "f[3]" if one of several. Empty: i is out of range.
std::string name_of(std::vector<Feature> const& features, std::int64_t i);
std::string name_of(std::vector<Parameter> const& parameters, std::int64_t i);

/// The shape for network::MetaNetwork.
network::MetaNetworkShape shape_of(Model const& model);

/// @throws InputError the model's sides differ from `solver`: names the first difference. who: the receiver of the
/// model, such as "setup.meta_solver"
void require_fits(Model const& model, Interface const& solver, std::string const& who);

}  // namespace metasolve::model
