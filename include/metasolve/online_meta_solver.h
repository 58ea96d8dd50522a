// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_ONLINE_META_SOLVER_H
#define METASOLVE_ONLINE_META_SOLVER_H

/// @file
/// The part of the C interface that matches online_meta_solver.hpp. metasolve.h includes it; either may be included.
///
/// metasolve_online_meta_solver chooses a solver's parameters for each task of a call, and learns from what the solve
/// cost (docs/online.md). With a solver, in its call: metasolve_policy has `online` and `features`. Or around anything
/// that has a cost: `choose`, solve, `learn`. Neither allocates or synchronizes. The handle keeps what it needs of its
/// executor, and must outlive the calls that use it.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Where the parameters come from.
enum metasolve_online_estimator {
  METASOLVE_ONLINE_ESTIMATOR_BINS = 0,           ///< the mean cost of each bin at each point of the grid, smoothed over
                                                 ///< neighbours
  METASOLVE_ONLINE_ESTIMATOR_LEAST_SQUARES = 1,  ///< log cost, quadratic in parameters and features, by recursive least
                                                 ///< squares
  METASOLVE_ONLINE_ESTIMATOR_NETWORK = 2,        ///< a small network of the features, improved by score-function steps
                                                 ///< (Williams, 1992)
};
/// How parameters are tried. Not of ESTIMATOR_NETWORK, which adds normal noise.
enum metasolve_online_exploration {
  METASOLVE_ONLINE_EXPLORATION_CONFIDENCE = 0,  ///< the lowest cost within confidence bounds (Auer, Cesa-Bianchi and
                                                ///< Fischer, 2002)
  METASOLVE_ONLINE_EXPLORATION_THOMPSON = 1,    ///< each with the probability that it is the best (Thompson, 1933)
};

/// One number that is chosen.
typedef struct metasolve_online_parameter {
  size_t size;
  char const* name;  ///< as the solver calls it: "omega", "shift", "relaxation", "restart", "guess_scale",
                     ///< "rho", "alpha" (docs/online.md); any other for choose and learn alone. Copied
  double low;        ///< its range, both ends included
  double high;
  double constant;         ///< what would be used without learning, in the range: gains are measured against it
  double iteration_cost;   ///< an iteration costs 1 + the sum over all parameters of iteration_cost * value, at least 0
  int32_t is_logarithmic;  ///< nonzero: values lie evenly in the logarithm; low > 0
  int32_t values;          ///< of the grid, 2 to 32; of all parameters together at most 256
} metasolve_online_parameter;
/// Each member's default.
#define METASOLVE_ONLINE_PARAMETER_DEFAULT \
  { sizeof(metasolve_online_parameter), NULL, 0.0, 0.0, 0.0, 0.0, 0, 16 }

/// One number of a task on which its best parameters depend.
typedef struct metasolve_online_feature {
  size_t size;
  char const* name;  ///< copied
  double low;        ///< its range; values beyond count as the nearer end
  double high;
  int32_t is_logarithmic;  ///< nonzero: its logarithm matters; low > 0
  int32_t bins;            ///< parts of the range with estimates of their own, of all features together at most 256; 0:
                           ///< 10 for one feature, 8 each for two, 4 for three, 2 for more
} metasolve_online_feature;
/// Each member's default.
#define METASOLVE_ONLINE_FEATURE_DEFAULT \
  { sizeof(metasolve_online_feature), NULL, 0.0, 0.0, 0, 0 }

/// What is chosen, from what, and how. The arrays are copied. All elements of one have the same `size`.
typedef struct metasolve_online_options {
  size_t size;
  metasolve_online_parameter const* parameters;  ///< [parameter_count]
  metasolve_online_feature const* features;      ///< [feature_count]; null if that is 0
  int32_t parameter_count;                       ///< 1 to 3
  int32_t feature_count;                         ///< 0 to 6
  int64_t capacity;                              ///< maximum tasks per call, at least 1
  int32_t estimator;                             ///< of metasolve_online_estimator
  int32_t exploration;                           ///< of metasolve_online_exploration
  int64_t memory;         ///< tasks after which an observation counts 1/e; 0: nothing is forgotten
  double constant_share;  ///< of the tasks solved with the constant, to know what is gained; 0 to 1
  double first_limit;     ///< a first attempt ends at this many times the least expected cost plus two standard
                          ///< deviations of one; at least 1
  double most_loss;       ///< of the constant's cost over any 500 tasks: exploration stops where it would lose more
  uint64_t seed;
  metasolve_meta_solver const* prior;  ///< of ESTIMATOR_NETWORK: a trained meta-solver to begin with, of exactly these
                                       ///< parameters and features, in its order (metasolve inspect); they have its
                                       ///< ranges. Null: 16 hidden units that choose the constants
  double cost_unit;  ///< of costs given to `learn`: they are rounded to multiples of it, and at most 2^62 / capacity of
                     ///< them, and 2^50. The default, 1e-9, suits seconds; for nanoseconds or operations take 1
} metasolve_online_options;
/// Each member's default.
#define METASOLVE_ONLINE_OPTIONS_DEFAULT                                                    \
  {                                                                                         \
    sizeof(metasolve_online_options), NULL, NULL, 0, 0, 0, METASOLVE_ONLINE_ESTIMATOR_BINS, \
        METASOLVE_ONLINE_EXPLORATION_CONFIDENCE, 4000, 1.0 / 64, 3.0, 0.05, 1, NULL, 1e-9   \
  }

/// What has been learned, in total. Costs are per task, in the caller's unit: iterations, where a solver counts.
typedef struct metasolve_online_report {
  size_t size;
  int64_t calls;
  int64_t tasks;
  double cost;           ///< mean of all tasks
  double constant_cost;  ///< what the same tasks would have cost with the constants, as estimated
  double regret;         ///< mean of all tasks beyond the best parameters known now
  double saved;          ///< of the constants' cost: 1 - cost / constant_cost; negative: lost
  double debt;           ///< lost lately against the constants, in tasks; exploration stops at most_loss * 250
  int64_t constants;     ///< tasks solved with the constants
  int64_t explored;      ///< tasks solved with other parameters than the best known then
  int64_t replaced;      ///< choices that the solver refused
  int64_t retried;       ///< tasks solved again with the constants
  int64_t bins;          ///< parts of the features' range: metasolve_online_bins
  int64_t cells;         ///< of all bins, each with all points of the grid: metasolve_online_cells
} metasolve_online_report;
/// Each member's default.
#define METASOLVE_ONLINE_REPORT_DEFAULT \
  { sizeof(metasolve_online_report), 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0 }

/// The parts of the features' range: the caller's arrays in host memory, each optional (null), which are filled.
typedef struct metasolve_online_bins {
  size_t size;
  int64_t count;          ///< of the arrays: metasolve_online_report.bins
  double* low;            ///< [count][features] the borders
  double* high;           ///< [count][features]
  double* tasks;          ///< [count] remembered
  double* best;           ///< [count][parameters] of the least expected cost
  double* cost;           ///< [count] expected there; 0: no task has been here
  double* constant_cost;  ///< [count] expected of the constants
  double* uncertainty;    ///< [count] standard deviation of `cost`, relative
} metasolve_online_bins;
/// Each member's default.
#define METASOLVE_ONLINE_BINS_DEFAULT \
  { sizeof(metasolve_online_bins), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/// The points of the grid in each bin, [bins][points]: likewise.
typedef struct metasolve_online_cells {
  size_t size;
  int64_t count;       ///< of the arrays: metasolve_online_report.cells
  double* parameters;  ///< [count][parameters]
  double* tasks;       ///< [count] remembered
  double* cost;        ///< [count] expected; 0: unknown
} metasolve_online_cells;
/// Each member's default.
#define METASOLVE_ONLINE_CELLS_DEFAULT \
  { sizeof(metasolve_online_cells), 0, NULL, NULL, NULL }

/// Fails: invalid_input (an option out of range; the message names it), device_error, out_of_memory.
int metasolve_online_meta_solver_create(metasolve_executor const* executor, metasolve_online_options const* options,
                                        metasolve_online_meta_solver** online);
/// What `save` wrote, for the same parameters and features. capacity: 0: as it was.
/// Fails: invalid_input (capacity below 0; not such a file, or damaged), device_error, out_of_memory.
int metasolve_online_meta_solver_load(metasolve_executor const* executor, char const* path, int64_t capacity,
                                      metasolve_online_meta_solver** online);
/// On CUDA only after the calls that use it are done.
void metasolve_online_meta_solver_release(metasolve_online_meta_solver* online);

/// Returns the number of parameters; 0 for null.
int metasolve_online_meta_solver_parameters(metasolve_online_meta_solver const* online);
/// Returns the number of features; 0 for null.
int metasolve_online_meta_solver_features(metasolve_online_meta_solver const* online);
/// Writes a parameter, 0-based. Its name is owned by the handle and valid as long as it. Fails: invalid_input.
int metasolve_online_meta_solver_parameter(metasolve_online_meta_solver const* online, int index,
                                           metasolve_online_parameter* parameter);
/// Writes a feature, likewise, with the `bins` that it has. Fails: invalid_input.
int metasolve_online_meta_solver_feature(metasolve_online_meta_solver const* online, int index,
                                         metasolve_online_feature* feature);
/// Writes the options, but null for the arrays and the prior: metasolve_online_meta_solver_parameter and _feature write
/// the elements. Fails: invalid_input.
int metasolve_online_meta_solver_options(metasolve_online_meta_solver const* online, metasolve_online_options* options);

/// Chooses parameters for a call's tasks. features: [count][features], null if there are none; a task with one that is
/// not finite gets the constants, and nothing is learned from it. theta: becomes a view [count][parameters] of the
/// executor's memory, valid until the next call. Fails: invalid_input (count beyond the capacity, features missing or
/// not accessible).
int metasolve_online_meta_solver_choose(metasolve_online_meta_solver* online, int64_t count,
                                        metasolve_const_batch_view const* features, metasolve_const_batch_view* theta);
/// From the costs of the tasks of the last `choose`, in any unit, which must not be another in the next call. Lower is
/// better; negative or not finite: the task failed. Fails: invalid_input (no `choose` before, or not accessible).
int metasolve_online_meta_solver_learn(metasolve_online_meta_solver* online, metasolve_column const* cost);

/// Writes the totals. Synchronizes. Fails: invalid_input, device_error, out_of_memory.
int metasolve_online_meta_solver_report(metasolve_online_meta_solver const* online, metasolve_online_report* report);
/// Fills the arrays of `bins`. Synchronizes. Fails: as report; invalid_input (bins->count is not the number of bins).
int metasolve_online_meta_solver_report_bins(metasolve_online_meta_solver const* online,
                                             metasolve_online_bins const* bins);
/// Fills the arrays of `cells`. Synchronizes. Fails: as report; invalid_input (cells->count is not their number).
int metasolve_online_meta_solver_report_cells(metasolve_online_meta_solver const* online,
                                              metasolve_online_cells const* cells);

/// Writes what has been learned to a file, a few KB. Synchronizes. Fails: output_error, device_error.
int metasolve_online_meta_solver_save(metasolve_online_meta_solver const* online, char const* path);

/// How many numbers `learned` writes. Synchronizes. Fails: as learned.
int metasolve_online_meta_solver_learned_size(metasolve_online_meta_solver const* online, int64_t* size);
/// What was learned since the last `merge`, or since the beginning: [size] sums in host memory, which may be added to
/// those of others with the same options, for example by MPI_Allreduce. Of ESTIMATOR_NETWORK the weights, which are
/// averaged. Synchronizes.
/// Fails: invalid_input (another size), device_error, out_of_memory.
int metasolve_online_meta_solver_learned(metasolve_online_meta_solver const* online, double* sums, int64_t size);
/// sum: [size] of `learned` of all, this one included. Afterwards all know the same. Synchronizes.
/// Fails: invalid_input (another size, or not finite), device_error, out_of_memory.
int metasolve_online_meta_solver_merge(metasolve_online_meta_solver* online, double const* sum, int64_t size);

#ifdef __cplusplus
}
#endif

#endif
