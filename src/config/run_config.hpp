// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/lockstep/surrogate.hpp"
#include "kernels/network/mlp.hpp"
#include "kernels/solvers/jacobi.hpp"
#include "src/engine/choices.hpp"
#include "src/problems/iccg_choices.hpp"
#include "src/problems/matrix_format.hpp"
#include "src/sparse/ordering_kind.hpp"

/// The settings of one run, as plain values. Ranges, documentation, parsing and printing come from the table in
/// fields.cpp; a default-constructed RunConfig is valid.
namespace metasolve::config {

using engine::Precision;
using kernels::Activation;
using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Measure;
using problems::MatrixFormat;
enum class Basis { sine, identity };
enum class FeatureScaling { none, standard };
enum class Learned { guess, relaxation, both };
using engine::Gradient;
using Ordering = sparse::OrderingKind;
using problems::Batching;
using problems::PreconditionerKind;
using problems::ShiftScale;
enum class Lowering { geometric, steps };
using engine::Optimizer;
enum class ScheduleKind { constant, steps, plateau, cosine };
enum class Selection { loss, iterations };
enum class ShiftHead { linear, logarithmic };
enum class Start { drawn, tuned };

struct ProblemConfig {
  std::string name = "poisson";
  int unknowns = 16;
  double hard_fraction = 0.0;
  int steps = 100;
  double last_time = 1e4;
  std::vector<int> cells = {8, 2, 2};
  std::string matrices;
  std::int64_t train_tasks = 1000;
  std::int64_t validation_tasks = 1000;
  std::int64_t test_tasks = 1000;
  MatrixFormat matrix_format = MatrixFormat::stencil;  // key: problem.operator, a reserved word in C++
  Measure measure = Measure::relative_error;

  bool operator==(ProblemConfig const&) const = default;
};

struct SolverConfig {
  Precision precision = Precision::double_precision;
  double tolerance = 1e-6;
  int max_iterations = 2000;
  Basis basis = Basis::sine;
  int basis_size = 0;               // 0: as many vectors as unknowns
  Learned learned = Learned::both;  // key: solver.learn
  double relaxation = 1.37;
  bool clamp = true;
  PreconditionerKind preconditioner = PreconditionerKind::incomplete_cholesky;
  Batching batching = Batching::automatic;
  Ordering ordering = Ordering::rcm;
  int fill_level = 0;
  int fill_entries = 5;  // -1: by fill_level
  double shift = 0.036;
  ShiftScale shift_scale = ShiftScale::absolute;  // of `shift` alone: what a network chooses is absolute
  double highest_shift = 1;
  Gradient gradient = Gradient::difference;
  double difference = 0.2;

  bool operator==(SolverConfig const&) const = default;
};

struct NetworkConfig {
  std::vector<int> hidden = {15, 15};
  Activation activation = Activation::silu;
  Precision precision = Precision::double_precision;
  FeatureScaling feature_scaling = FeatureScaling::none;
  double feature_gain = 1.0;
  double output_gain = 1.0;
  double initial_gain = 1.0;      // on the bounds of the initial weights
  double initial_bias = 0.0;      // added to the initial biases of the hidden layers
  double relaxation_bias = -1.0;  // initial bias of the output that makes the relaxation factor
  double shift_bias = -2.0;       // of the one that makes the shift
  ShiftHead shift_head = ShiftHead::linear;
  Start start = Start::drawn;

  bool operator==(NetworkConfig const&) const = default;
};

struct LossConfig {
  LossKind kind = LossKind::surrogate;
  LossScale scale = LossScale::linear;
  LossValue value = LossValue::soft;
  double gain = 1.0;
  int iterations = 0;  // the m of L_m
  bool squared = true;
  double margin = 1.0;           // share of the tolerance at which training stops to iterate; kind surrogate
  double failure_slope = 0.0;    // 0: the gradient of a task that did not converge as it is
  double failure_weight = 500;   // gamma of the penalty on breakdown
  double task_clip = 0.0;        // 0: gradients of single tasks are not clipped
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
  double damping = 1e-2;   // of the first step; kind levenberg_marquardt

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
  double checkpoint_seconds = 10.0;  // 0: a checkpoint after every epoch
  Selection selection = Selection::loss;
  bool regroup = true;

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

  bool operator==(RunConfig const&) const = default;
};

}  // namespace metasolve::config
