/* SPDX-License-Identifier: Apache-2.0 */
/* Poisson's equation on a square for many right-hand sides, by conjugate gradients with multigrid. */
#include <math.h>
#include <metasolve/metasolve.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  enum { n = 63, count = 100 };
  double stencil[5];
  if (metasolve_grid_poisson_stencil(5, stencil)) return 1;
  double* rhs = malloc(sizeof(double) * n * n * count);
  double* solution = malloc(sizeof(double) * n * n * count);
  int32_t iterations[count], status[count];
  if (rhs == NULL || solution == NULL) return 1;
  for (int t = 0; t < count; ++t) {
    for (int p = 0; p < n * n; ++p) rhs[t * n * n + p] = sin(0.1 * (t + 1) * (p % n)) * cos(0.07 * (p / n));
  }

  metasolve_executor* executor;
  if (metasolve_executor_open("cpu", 0, &executor)) return 1;
  metasolve_grid grid = METASOLVE_GRID_DEFAULT;
  grid.points[0] = grid.points[1] = n;
  metasolve_grid_options options = METASOLVE_GRID_OPTIONS_DEFAULT;
  options.constant_stencils = 1;
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count;
  metasolve_grid_solver* solver;
  if (metasolve_grid_solver_create(executor, &grid, &options, &setup, &solver)) {
    fprintf(stderr, "%s\n", metasolve_last_error());
    return 1;
  }
  metasolve_grid_tasks tasks = METASOLVE_GRID_TASKS_DEFAULT;
  tasks.count = count;
  tasks.stencils.data = stencil; /* task_stride 0: the same for all */
  tasks.rhs = (metasolve_const_batch_view){rhs, n * n, 1};
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.tolerance.value = 1e-8;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.iterations = iterations;
  results.solution = (metasolve_batch_view){solution, n * n, 1};
  int code = metasolve_grid_solver_solve(solver, &tasks, &stopping, &results, NULL);
  if (code == METASOLVE_CODE_OK) code = metasolve_executor_synchronize(executor);
  if (code != METASOLVE_CODE_OK) fprintf(stderr, "%s\n", metasolve_last_error());
  int solved = 0, most = 0;
  for (int t = 0; t < count && code == METASOLVE_CODE_OK; ++t) {
    solved += status[t] == METASOLVE_STATUS_CONVERGED;
    if (iterations[t] > most) most = iterations[t];
  }
  printf("%d of %d systems of %d unknowns solved, in at most %d iterations\n", solved, (int)count, n * n, most);
  metasolve_grid_solver_release(solver);
  metasolve_executor_release(executor);
  free(rhs);
  free(solution);
  return solved == count ? 0 : 1;
}
