// SPDX-License-Identifier: Apache-2.0
//
// A batch of linear systems from C: tridiagonal, general, each with values of its own. Status 0: all solved.
#include <math.h>
#include <metasolve/metasolve.h>
#include <stdio.h>

enum { n = 100, count = 1000, entries = 3 * n - 2 };

static int32_t row_ptrs[n + 1], col_idxs[entries], status[count];
static double a[count][entries], b[count][n], x[count][n];

static void make_systems(void) {
  int e = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = i > 0 ? i - 1 : 0; j <= i + 1 && j < n; ++j) {
      for (int t = 0; t < count; ++t) {
        a[t][e] = i == j ? 4 + sin(i + t) : j < i ? -1 : -1.5;
        b[t][i] += a[t][e] * j;  // so x_j = j
      }
      col_idxs[e++] = j;
    }
    row_ptrs[i + 1] = e;
  }
}

static int solve(metasolve_executor const* executor) {
  metasolve_pattern const pattern = {n, entries, row_ptrs, col_idxs};
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count;
  metasolve_linear_options options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
  options.method = METASOLVE_LINEAR_METHOD_LU;
  metasolve_linear_solver* solver;
  if (metasolve_linear_solver_create(executor, &pattern, &options, &setup, &solver)) return 1;
  metasolve_linear_tasks tasks = METASOLVE_LINEAR_TASKS_DEFAULT;
  tasks.count = count;
  tasks.values = (metasolve_const_batch_view){a[0], entries, 1};
  tasks.rhs = (metasolve_const_batch_view){b[0], n, 1};
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.solution = (metasolve_batch_view){x[0], n, 1};
  int const code = metasolve_linear_solver_solve(solver, &tasks, NULL, &results);
  metasolve_linear_solver_release(solver);
  return code;
}

int main(void) {
  metasolve_executor* executor;
  make_systems();
  if (metasolve_executor_open_cpu(0, &executor) || solve(executor)) {
    fprintf(stderr, "%s\n", metasolve_last_error());
    return 2;
  }
  metasolve_executor_release(executor);
  int solved = 0;
  for (int t = 0; t < count; ++t) {
    double error = 0;
    for (int j = 0; j < n; ++j) error = fmax(error, fabs(x[t][j] - j));
    solved += status[t] == METASOLVE_STATUS_CONVERGED && error < 1e-3;
  }
  printf("%d of %d systems solved\n", solved, count);
  return solved == count ? 0 : 1;
}
