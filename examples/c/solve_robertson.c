// SPDX-License-Identifier: Apache-2.0
//
// Implicit Euler steps of Robertson's reaction, read from a file, solved in one batch from C.
// Usage: solve_robertson STEPS [COUNTS [RUN]]
//   STEPS:  a header, then a step a line: c1,c2,c3,h,y1,y2,y3 (rate constants, step, previous state; what follows is
//           left alone), such as tests/data/robertson.csv
//   COUNTS: a file to write the sweeps of each step to, one a line
//   RUN:    a folder that `metasolve train` has written for this problem; its network chooses instead of r = 1
#include <metasolve/metasolve.h>
#include <stdio.h>
#include <stdlib.h>

enum { columns = 7, most_steps = 100000 };

static double rows[most_steps][columns], after[most_steps][3];
static int32_t sweeps[most_steps], status[most_steps];

static int64_t read_steps(char const* path) {
  char line[1024];
  int64_t count = 0;
  FILE* const file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) {
    perror(path);
    exit(2);
  }
  while (fgets(line, sizeof line, file) != NULL) {
    double* const r = rows[count];
    if (sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf", r, r + 1, r + 2, r + 3, r + 4, r + 5, r + 6) != columns) {
      fprintf(stderr, "%s: step %lld is not seven numbers\n", path, (long long)count + 1);
      exit(2);
    }
    if (++count == most_steps) break;  // as many as this example has room for
  }
  fclose(file);
  return count;
}

static void check(int code) {
  if (code == METASOLVE_CODE_OK) return;
  fprintf(stderr, "%s\n", metasolve_last_error());
  exit(2);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: solve_robertson STEPS [COUNTS [RUN]]\n");
    return 2;
  }
  int64_t const count = read_steps(argv[1]);

  metasolve_executor* executor;
  metasolve_meta_solver* meta_solver = NULL;
  metasolve_implicit_euler_solver* solver;
  check(metasolve_executor_open_cpu(0, &executor));
  if (argc > 3) check(metasolve_meta_solver_load(argv[3], &meta_solver));
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count > 0 ? count : 1;
  setup.meta_solver = meta_solver;
  check(metasolve_implicit_euler_solver_create(executor, "robertson", NULL, &setup, &solver));

  // The columns of a row are found by strides; nothing is copied.
  metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  tasks.count = count;
  tasks.parameters = (metasolve_const_batch_view){&rows[0][0], columns, 1};
  tasks.step = (metasolve_column){&rows[0][3], columns, 0};
  tasks.previous = (metasolve_const_batch_view){&rows[0][4], columns, 1};
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.tolerance.value = 1e-9;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.iterations = sweeps;
  results.solution = (metasolve_batch_view){&after[0][0], 3, 1};
  check(metasolve_implicit_euler_solver_solve(solver, &tasks, &stopping, &results, NULL));
  check(metasolve_executor_synchronize(executor));

  double sum = 0;
  int64_t converged = 0;
  for (int64_t t = 0; t < count; ++t) {
    sum += sweeps[t];
    converged += status[t] == METASOLVE_STATUS_CONVERGED;
  }
  printf("%lld of %lld steps converged, mean %.4f sweeps\n", (long long)converged, (long long)count,
         count > 0 ? sum / (double)count : 0);
  if (argc > 2) {
    FILE* const file = fopen(argv[2], "w");
    if (file == NULL) {
      perror(argv[2]);
      return 2;
    }
    for (int64_t t = 0; t < count; ++t) fprintf(file, "%d\n", (int)sweeps[t]);
    fclose(file);
  }

  metasolve_implicit_euler_solver_release(solver);
  metasolve_meta_solver_release(meta_solver);
  metasolve_executor_release(executor);
  return converged == count ? 0 : 1;
}
