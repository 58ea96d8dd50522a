// SPDX-License-Identifier: Apache-2.0
//
// Ranks from C: each solves its own implicit Euler steps of Robertson's reaction with an online meta-solver; they
// differ in what they have learned until they merge, and then know the same, to the bit.
//
// Usage: mpirun -n N mpi STEPS, where STEPS is tests/data/robertson.csv
#include <metasolve/mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { columns = 7, most_steps = 1000, calls = 12, values = 16, bins = 10, cells = bins * values };

static double rows[most_steps][columns], before[cells], after[cells], of_first[cells], cost[cells];
static int32_t status[most_steps];
static int rank = -1, size;

/// Ends all ranks: one that returned would leave the others waiting.
static void expect(int holds, char const* what) {
  if (holds) return;
  fprintf(stderr, "mpi: rank %d: not as expected: %s; last error: %s\n", rank, what, metasolve_last_error());
  int running = 0;
  MPI_Initialized(&running);
  if (running) MPI_Abort(MPI_COMM_WORLD, 1);
  exit(1);
}

static int fails(int code, char const* text) {
  return code == METASOLVE_CODE_INVALID_INPUT && strstr(metasolve_last_error(), text) != NULL;
}

/// Every size-th step of the file, from this rank's number on.
static int64_t read_own_steps(char const* path) {
  char line[1024];
  int64_t count = 0;
  FILE* const file = fopen(path, "r");
  expect(file != NULL && fgets(line, sizeof line, file) != NULL, path);
  for (int at = 0; count < most_steps && fgets(line, sizeof line, file) != NULL; ++at) {
    if (at % size != rank) continue;
    double* const r = rows[count++];
    expect(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf", r, r + 1, r + 2, r + 3, r + 4, r + 5, r + 6) == columns, line);
  }
  fclose(file);
  return count;
}

static metasolve_online_meta_solver* learner_of(metasolve_executor const* executor, int64_t capacity) {
  metasolve_online_parameter relaxation = METASOLVE_ONLINE_PARAMETER_DEFAULT;
  relaxation.name = "relaxation", relaxation.low = 1, relaxation.high = 1.9, relaxation.constant = 1.37;
  relaxation.values = values;
  metasolve_online_feature step = METASOLVE_ONLINE_FEATURE_DEFAULT;
  step.name = "step", step.low = 1e-3, step.high = 1e3, step.is_logarithmic = 1, step.bins = bins;
  metasolve_online_options options = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  options.parameters = &relaxation, options.parameter_count = 1;
  options.features = &step, options.feature_count = 1;
  options.capacity = capacity;
  options.seed = (uint64_t)rank + 1;
  metasolve_online_meta_solver* online;
  expect(!metasolve_online_meta_solver_create(executor, &options, &online), "create an online meta-solver");
  return online;
}

static void solve(metasolve_implicit_euler_solver* solver, metasolve_online_meta_solver* online, int64_t count) {
  metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  tasks.count = count;
  tasks.parameters = (metasolve_const_batch_view){&rows[0][0], columns, 1};
  tasks.step = (metasolve_column){&rows[0][3], columns, 0};
  tasks.previous = (metasolve_const_batch_view){&rows[0][4], columns, 1};
  tasks.relaxation.value = 1.37;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.tolerance.value = 1e-9;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  policy.online = online;
  policy.features = (metasolve_const_batch_view){&rows[0][3], columns, 1};
  for (int call = 0; call < calls; ++call) {
    expect(!metasolve_implicit_euler_solver_solve(solver, &tasks, &stopping, &results, &policy), "solve");
    for (int64_t t = 0; t < count; ++t) expect(status[t] == METASOLVE_STATUS_CONVERGED, "status");
  }
}

/// Its tasks; the tasks remembered in each cell go to `remembered`.
static int64_t report(metasolve_online_meta_solver const* online, double* remembered) {
  metasolve_online_report report = METASOLVE_ONLINE_REPORT_DEFAULT;
  expect(!metasolve_online_meta_solver_report(online, &report) && report.cells == cells, "report");
  metasolve_online_cells of = METASOLVE_ONLINE_CELLS_DEFAULT;
  of.count = cells, of.tasks = remembered, of.cost = cost;
  expect(!metasolve_online_meta_solver_report_cells(online, &of), "cells");
  return report.tasks;
}

/// Whether the numbers are those of the first rank, to the bit, on all ranks. Collective.
static int same_on_all(double const* numbers) {
  memcpy(of_first, numbers, sizeof of_first);
  MPI_Bcast(of_first, cells, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  int same = memcmp(of_first, numbers, sizeof of_first) == 0;
  MPI_Allreduce(MPI_IN_PLACE, &same, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  return same;
}

int main(int argc, char** argv) {
  metasolve_ranks* ranks;
  metasolve_executor* executor;
  expect(fails(metasolve_ranks_create(MPI_COMM_WORLD, &ranks), "not initialised") && ranks == NULL, "before MPI_Init");
  expect(fails(metasolve_ranks_create_fortran(0, &ranks), "not initialised"), "Fortran's, before MPI_Init");
  MPI_Init(&argc, &argv);
  expect(argc == 2, "one argument: the steps");
  expect(fails(metasolve_ranks_create(MPI_COMM_NULL, &ranks), "MPI_COMM_NULL") && ranks == NULL, "no communicator");
  expect(fails(metasolve_ranks_create(MPI_COMM_WORLD, NULL), "ranks is null"), "no place for a handle");
  expect(fails(metasolve_executor_open_on_rank(NULL, "cpu", 1, &executor), "ranks is null"), "no ranks");
  expect(metasolve_ranks_rank(NULL) == -1 && metasolve_ranks_size(NULL) == 0, "queries of null");
  expect(metasolve_ranks_local_rank(NULL) == -1 && metasolve_ranks_local_size(NULL) == 0, "local queries of null");

  int world = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &world);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  expect(!metasolve_ranks_create(MPI_COMM_WORLD, &ranks), "create ranks");
  size = metasolve_ranks_size(ranks);
  expect(size == world && metasolve_ranks_rank(ranks) == rank, "rank and size");
  // On one machine.
  expect(metasolve_ranks_local_rank(ranks) == rank && metasolve_ranks_local_size(ranks) == size, "local rank and size");
  expect(fails(metasolve_executor_open_on_rank(ranks, "gpu", 1, &executor), "\"gpu\" is not known"), "a wrong name");
  expect(!metasolve_executor_open_on_rank(ranks, "cpu", 1, &executor), "open an executor");

  int64_t const count = read_own_steps(argv[1]);
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count;
  metasolve_implicit_euler_solver* solver;
  expect(!metasolve_implicit_euler_solver_create(executor, "robertson", NULL, &setup, &solver), "create a solver");
  metasolve_online_meta_solver* const online = learner_of(executor, count);
  solve(solver, online, count);

  int64_t of_all = report(online, before);
  expect(of_all == calls * count, "tasks of one rank");
  MPI_Allreduce(MPI_IN_PLACE, &of_all, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
  expect(size == 1 || !same_on_all(before), "ranks know different things before they merge");
  expect(fails(metasolve_online_meta_solver_merge_ranks(online, NULL), "ranks is null"), "merge without ranks");
  expect(!metasolve_online_meta_solver_merge_ranks(online, ranks), "merge");
  expect(report(online, after) == of_all, "tasks of all ranks");
  expect(same_on_all(after), "all ranks know the same tasks");
  expect(same_on_all(cost), "all ranks know the same costs");
  // Nothing new: it stays, but for rounding.
  expect(!metasolve_online_meta_solver_merge_ranks(online, ranks) && report(online, before) == of_all, "merge again");
  for (int c = 0; c < cells; ++c) {
    double const change = before[c] - after[c];
    expect(change * change <= 1e-18 * after[c] * after[c], "what is known stays");
  }
  solve(solver, online, count);
  expect(report(online, after) == of_all + calls * count, "learning goes on");

  metasolve_online_meta_solver_release(online);
  metasolve_implicit_euler_solver_release(solver);
  metasolve_executor_release(executor);
  metasolve_ranks_release(ranks);
  MPI_Finalize();
  expect(fails(metasolve_ranks_create(MPI_COMM_WORLD, &ranks), "finalised"), "after MPI_Finalize");
  if (rank == 0) printf("mpi: %lld steps on %d ranks, merged\n", (long long)of_all, size);
  return 0;
}
