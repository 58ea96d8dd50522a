// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metasolve/detail/config/own_settings.hpp"
#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/price.hpp"
#include "metasolve/kernels/lockstep/surrogate.hpp"
#include "metasolve/kernels/network/mlp.hpp"

/// The settings of one run, as plain values. Ranges, documentation, parsing and printing come from the tables in
/// fields.cpp and the problems; a default-constructed RunConfig is valid.
namespace metasolve::config {

using engine::Precision;
using kernels::Activation;
using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
enum class FeatureScaling { none, standard };
using engine::Cost;
using engine::Gradient;
enum class Lowering { geometric, steps };
using engine::Optimizer;
using engine::Reproducible;
enum class ScheduleKind { constant, steps, plateau, cosine };
enum class Selection { loss, iterations };
enum class Start { drawn, tuned };

/// The keys of these sections that every problem has. Problem-specific keys are in RunConfig::own.
struct ProblemConfig {
  std::string name = "poisson";
  std::int64_t train_tasks = 1000;
  std::int64_t validation_tasks = 1000;
  std::int64_t test_tasks = 1000;

  bool operator==(ProblemConfig const&) const = default;
};

struct SolverConfig {
  Precision precision = Precision::double_precision;
  double tolerance = 1e-6;
  int max_iterations = 2000;

  bool operator==(SolverConfig const&) const = default;
};

struct NetworkConfig {
  std::vector<int> hidden = {15, 15};
  Activation activation = Activation::silu;
  Precision precision = Precision::double_precision;
  FeatureScaling feature_scaling = FeatureScaling::none;
  double feature_gain = 1.0;
  double output_gain = 1.0;
  double initial_gain = 1.0;  // gain on the bounds of the initial weights
  double initial_bias = 0.0;  // added to the initial biases of the hidden layers
  Start start = Start::drawn;

  bool operator==(NetworkConfig const&) const = default;
};

struct LossConfig {
  LossKind kind = LossKind::surrogate;
  Cost cost = Cost::count;
  LossScale scale = LossScale::linear;
  LossValue value = LossValue::soft;
  double gain = 1.0;
  int iterations = 0;  // the m of L_m
  bool squared = true;
  double margin = 1.0;           // share of the tolerance at which training stops iterating; kind surrogate
  double task_clip = 0.0;        // 0: per-task gradients are not clipped
  double tolerance_start = 0.0;  // 0: train at solver.tolerance from the first epoch
  Lowering lowering = Lowering::geometric;
  double lowering_fraction = 0.5;
  int lowering_steps = 5;

  bool operator==(LossConfig const&) const = default;
};

struct OptimizerConfig {
  Optimizer kind = Optimizer::adam;
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  double clip_norm = 1.0;  // 0: gradients are not clipped
  double damping = 1e-2;   // initial damping; kind levenberg_marquardt

  bool operator==(OptimizerConfig const&) const = default;
};

struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::constant;
  double factor = 0.2;
  int patience = 100;
  std::vector<int> milestones = {};
  double minimum_rate = 0.0;

  bool operator==(ScheduleConfig const&) const = default;
};

struct TrainingConfig {
  int epochs = 2500;
  int batch_size = 256;
  std::uint64_t seed = 0;
  int members = 1;                           // networks trained side by side
  std::vector<double> member_gains = {1.0};  // factors on network.initial_gain, member after member
  std::string teacher;                       // run whose network is imitated first; empty: none
  int teacher_epochs = 10;                   // passes over the training tasks that imitate it
  double checkpoint_seconds = 10.0;          // 0: a checkpoint after every epoch
  Selection selection = Selection::loss;
  bool regroup = true;
  Reproducible reproducible = Reproducible::ranks;

  bool operator==(TrainingConfig const&) const = default;
};

struct ResourcesConfig {
  int threads = 0;                                    // 0: all hardware threads
  std::int64_t memory_bytes = std::int64_t{1} << 30;  // key: resources.memory, written with a unit

  bool operator==(ResourcesConfig const&) const = default;
};

struct EvaluationConfig {
  std::vector<double> tolerances = {1e-2, 1e-4, 1e-6, 1e-8};
  int max_iterations = 10000;

  bool operator==(EvaluationConfig const&) const = default;
};

struct RunConfig {
  ProblemConfig problem;
  SolverConfig solver;
  NetworkConfig network;
  LossConfig loss;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  TrainingConfig training;
  ResourcesConfig resources;
  EvaluationConfig evaluation;
  OwnSettings own;  ///< problem-specific settings

  template <class S>
  [[nodiscard]] S const& of() const {
    return own.of<S>();
  }
  template <class S>
  [[nodiscard]] S& of() {
    return own.of<S>();
  }

  bool operator==(RunConfig const&) const = default;
};

}  // namespace metasolve::config
