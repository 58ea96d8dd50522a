// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_BLACK_BOX_H
#define METASOLVE_BLACK_BOX_H

/// @file
/// Meta-solvers for somebody else's solver, of which only calls are known: black_box.hpp for C. It is part of the
/// library metasolve_train (pkg-config metasolve-train); metasolve_black_box.f90 declares the same for Fortran.
/// Handles, errors and structs are used as in metasolve.h. All arrays are in host memory.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Solves `count` tasks, and writes what each cost. A gradient's probes are further members of the same batch. Called
/// from the thread that trains or evaluates; the arrays are valid during the call.
/// user: the pointer given to create.
/// tasks: [count][columns]; the same task may occur several times.
/// theta: [count][parameters]; an integer is a whole number, a choice the index of its option.
/// tolerance, max_iterations: solver.tolerance and solver.max_iterations; with COST_SECONDS the limit is in
/// microseconds. iterations: [count], to be written: 0 or more. history: null, unless the cost is COST_HISTORY:
/// [count][max_iterations + 1], to be written: the measures L_0 ... L_K of each task, K its iterations; the rest is not
/// read. seconds: null, unless the cost is COST_SECONDS: [count], to be written; where it is not, an equal share of the
/// call's time counts.
/// status: [count] of metasolve_status, 0 (converged) when called. A task that fails counts as the limit.
/// Returns 0; another number ends the training, which returns METASOLVE_CODE_CALLBACK_FAILED, with the number in the
/// message. It must not throw or jump out.
typedef int (*metasolve_black_box_solve)(void* user, int64_t count, double const* tasks, double const* theta,
                                         double tolerance, int32_t max_iterations, int32_t* iterations, double* history,
                                         double* seconds, int32_t* status);

/// The values that a parameter takes.
enum metasolve_parameter_kind {
  METASOLVE_PARAMETER_INTERVAL = 0,     ///< low to high
  METASOLVE_PARAMETER_LOGARITHMIC = 1,  ///< 0 to high, spaced logarithmically above low > 0
  METASOLVE_PARAMETER_REAL = 2,         ///< any number: the constant plus `scale` times an output of the network
  METASOLVE_PARAMETER_INTEGER = 3,      ///< whole numbers from low to high, both included
  METASOLVE_PARAMETER_CHOICE = 4,       ///< one of `options`, given to the solver as its index: 0, 1, ...
};

/// What training minimises, and what the solver must write for it.
enum metasolve_black_box_cost {
  METASOLVE_BLACK_BOX_COST_ITERATIONS = 0,  ///< the count
  METASOLVE_BLACK_BOX_COST_HISTORY = 1,     ///< the surrogate of the count, smooth, from the measures L_0 ... L_K
  METASOLVE_BLACK_BOX_COST_SECONDS = 2,     ///< the time; reports then count microseconds where they say iterations
};

/// A parameter that the solver takes. Texts are copied.
typedef struct metasolve_black_box_parameter {
  size_t size;
  char const* name;
  double low;  ///< ends of the range; not read for REAL and CHOICE
  double high;
  double constant;             ///< what a meta-solver is compared with; of a choice: an index
  double scale;                ///< of REAL alone: the size of a typical change
  char const* const* options;  ///< [option_count] of CHOICE alone: 2 or more names
  int32_t option_count;
  int32_t kind;  ///< of metasolve_parameter_kind
} metasolve_black_box_parameter;
/// Each member's default.
#define METASOLVE_BLACK_BOX_PARAMETER_DEFAULT \
  { sizeof(metasolve_black_box_parameter), NULL, 0.0, 1.0, 0.5, 1.0, NULL, 0, METASOLVE_PARAMETER_INTERVAL }

/// A family of tasks, each some numbers, and the function that solves them. Everything but `user` is copied.
typedef struct metasolve_black_box_options {
  size_t size;
  char const* name;                                 ///< of the problem, in runs and models
  char const* const* columns;                       ///< [column_count] names of the numbers of a task
  metasolve_black_box_parameter const* parameters;  ///< [parameter_count], all elements of the same `size`
  char const* const* by_logarithm;  ///< [by_logarithm_count] columns of which a network sees log10: they are positive
  char const* const* hidden;        ///< [hidden_count] columns that a network does not see
  char const* const* reference;     ///< [reference_count] columns with values known to be good, one for each parameter,
                                    ///< or none: control variates learn from the distance to them
  int32_t column_count;             ///< 1 or more
  int32_t parameter_count;          ///< 1 or more
  int32_t by_logarithm_count;
  int32_t hidden_count;
  int32_t reference_count;
  int32_t cost;       ///< of metasolve_black_box_cost
  char const* cache;  ///< a file that keeps the cost of each solve, over runs and processes; null: none. Delete it when
                      ///< the solver changes
  metasolve_black_box_solve solve;
  void* user;  ///< passed to solve; must outlive the box
} metasolve_black_box_options;
/// Each member's default.
#define METASOLVE_BLACK_BOX_OPTIONS_DEFAULT                                                 \
  {                                                                                         \
    sizeof(metasolve_black_box_options), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, \
        METASOLVE_BLACK_BOX_COST_ITERATIONS, NULL, NULL, NULL                               \
  }

/// Rows [n][columns] of each set, which should be disjoint. The caller's, read during a call.
typedef struct metasolve_task_sets {
  size_t size;
  double const* train;       ///< [train_count][columns]
  double const* validation;  ///< [validation_count][columns], with which the best weights are selected
  double const* test;        ///< [test_count][columns], with which constant and meta-solver are compared
  int64_t train_count;
  int64_t validation_count;
  int64_t test_count;
} metasolve_task_sets;
/// Each member's default.
#define METASOLVE_TASK_SETS_DEFAULT \
  { sizeof(metasolve_task_sets), NULL, NULL, NULL, 0, 0, 0 }

/// Ends a training from another thread or a signal handler.
typedef struct metasolve_stop_flag metasolve_stop_flag;
/// Not set. Fails: out_of_memory.
int metasolve_stop_flag_create(metasolve_stop_flag** flag);
/// Sets it, or clears it (stop 0). May be called in a signal handler. Null: does nothing.
void metasolve_stop_flag_set(metasolve_stop_flag* flag, int stop);
/// After the calls that use it have returned.
void metasolve_stop_flag_release(metasolve_stop_flag* flag);

/// How to train or evaluate.
typedef struct metasolve_training_options {
  size_t size;
  metasolve_executor const* executor;  ///< of host memory; null: the CPU with all threads
  char const* const* settings;  ///< [setting_count] of "section.key=value" (metasolve keys), as "training.epochs=50"
  metasolve_stop_flag const* stop;  ///< when set, the training saves after the current step and returns; null: none
  void (*notice)(void* user, char const* text);  ///< receives warnings, as of a damaged file; null: none
  void* user;                                    ///< passed to notice
  int32_t setting_count;
  int32_t resume;  ///< nonzero: continues the run in the folder, or starts one; 0: a folder with a run is an error
} metasolve_training_options;
/// Each member's default.
#define METASOLVE_TRAINING_OPTIONS_DEFAULT \
  { sizeof(metasolve_training_options), NULL, NULL, NULL, NULL, NULL, 0, 0 }

/// Result on the test tasks, of which all count; one that did not converge counts as solver.max_iterations. If the
/// training was stopped, the first four numbers are NaN.
typedef struct metasolve_training_report {
  size_t size;
  double constant_iterations;  ///< mean, with the parameters' constants
  double iterations;           ///< mean, with the meta-solver's parameters
  double converged;            ///< fraction of tasks, with the meta-solver's
  double time_ratio;           ///< wall-clock, meta-solver / constants
  double seconds;              ///< training time
  double tuned;                ///< the best constant of the first parameter, by search; 0 unless has_tuned
  double tuned_iterations;     ///< mean, with it
  double tuned_time_ratio;
  int64_t tasks;
  int64_t failed;  ///< tasks that did not converge, with the meta-solver's parameters
  int64_t constant_failed;
  int64_t tuned_failed;
  int32_t has_tuned;
  int32_t finished;        ///< 0: stopped, and can be resumed
  int32_t was_finished;    ///< nonzero: nothing was trained now
  int32_t gives_constant;  ///< nonzero: no epoch beat the better constant, which the meta-solver predicts
} metasolve_training_report;
/// Each member's default.
#define METASOLVE_TRAINING_REPORT_DEFAULT \
  { sizeof(metasolve_training_report), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// A solver with its tasks' columns and its parameters.
typedef struct metasolve_black_box metasolve_black_box;

/// Fails: invalid_input (what black_box.hpp's `validate` rejects, as an empty range; the message names it),
/// out_of_memory.
int metasolve_black_box_create(metasolve_black_box_options const* options, metasolve_black_box** box);
/// Null: does nothing.
void metasolve_black_box_release(metasolve_black_box* box);

/// Trains a meta-solver in the folder `run`, which is created. The counts of the sets are problem.train_tasks,
/// problem.validation_tasks and problem.test_tasks, unless the settings give fewer. options: null: the defaults.
/// report: may be null.
/// Fails: callback_failed, invalid_input (a setting, a missing set, a folder that holds a run), output_error,
/// device_error (an executor with other than host memory).
int metasolve_black_box_train(metasolve_black_box const* box, char const* run, metasolve_task_sets const* tasks,
                              metasolve_training_options const* options, metasolve_training_report* report);
/// Compares a run's meta-solver with the constants, and with the best constant if training found one, on the test
/// tasks, the only set that is read. `resume` and `stop` are not read. Fails: as train.
int metasolve_black_box_evaluate(metasolve_black_box const* box, char const* run, metasolve_task_sets const* tasks,
                                 metasolve_training_options const* options, metasolve_training_report* report);
/// Parameters theta [count][parameters], which are written, for tasks [count][columns]: to be given to the solver.
/// Fails: invalid_input (a meta-solver of another problem, count below 0).
int metasolve_black_box_predict(metasolve_black_box const* box, metasolve_meta_solver const* meta_solver, int64_t count,
                                double const* tasks, double* theta);

#ifdef __cplusplus
}
#endif

#endif
