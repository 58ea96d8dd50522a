// SPDX-License-Identifier: Apache-2.0
//
// A batch of quadratic programs from C: the point of a box nearest to a given one, under a line. Status 0: all solved.
#include <math.h>
#include <metasolve/metasolve.h>
#include <stdio.h>

enum { n = 3, m = n + 1, count = 1000 };

// P = I. A: a row of ones, then the identity: x_0 + x_1 + x_2 <= 1, -1 <= x <= 1.
static int32_t const p_rows[n + 1] = {0, 1, 2, 3}, p_columns[n] = {0, 1, 2};
static int32_t const a_rows[m + 1] = {0, 3, 4, 5, 6}, a_columns[2 * n] = {0, 1, 2, 0, 1, 2};
static double const p_values[n] = {1, 1, 1}, a_values[2 * n] = {1, 1, 1, 1, 1, 1}, upper[m] = {1, 1, 1, 1};
static double const lower[m] = {-HUGE_VAL, -1, -1, -1};
static double q[count][n], solution[count][n + m];
static int32_t status[count];

static int solve(metasolve_executor const* executor) {
  metasolve_pattern const p = {n, n, p_rows, p_columns}, a = {m, 2 * n, a_rows, a_columns};
  metasolve_qp_problem problem = METASOLVE_QP_PROBLEM_DEFAULT;
  problem.p = &p, problem.a = &a;
  problem.p_values = p_values, problem.a_values = a_values;
  problem.lower = lower, problem.upper = upper;
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count;
  metasolve_qp_solver* solver;
  if (metasolve_qp_solver_create(executor, &problem, NULL, &setup, &solver)) return 1;
  metasolve_qp_tasks tasks = METASOLVE_QP_TASKS_DEFAULT;
  tasks.count = count;
  tasks.p_values = (metasolve_const_batch_view){p_values, 0, 1};  // task_stride 0: the same for all
  tasks.a_values = (metasolve_const_batch_view){a_values, 0, 1};
  tasks.q = (metasolve_const_batch_view){q[0], n, 1};
  tasks.lower = (metasolve_const_batch_view){lower, 0, 1};
  tasks.upper = (metasolve_const_batch_view){upper, 0, 1};
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  results.solution = (metasolve_batch_view){solution[0], n + m, 1};
  int code = metasolve_qp_solver_solve(solver, &tasks, NULL, &results, NULL);
  metasolve_qp_polish polish = METASOLVE_QP_POLISH_DEFAULT;
  polish.solution = results.solution, polish.status = status;
  if (code == METASOLVE_CODE_OK) code = metasolve_qp_solver_polish(solver, &tasks, &polish);
  metasolve_qp_solver_release(solver);
  return code;
}

int main(void) {
  metasolve_executor* executor;
  for (int t = 0; t < count; ++t) {
    for (int j = 0; j < n; ++j) q[t][j] = -2 * sin(t + j);  // minus the given point
  }
  if (metasolve_executor_open_cpu(0, &executor) || solve(executor)) {
    fprintf(stderr, "%s\n", metasolve_last_error());
    return 2;
  }
  metasolve_executor_release(executor);
  int solved = 0;
  for (int t = 0; t < count; ++t) {
    // x + q + A'y = 0: the multipliers are what draws the point into the box.
    double const *x = solution[t], *y = x + n;
    double error = fmax(0, x[0] + x[1] + x[2] - 1);
    for (int j = 0; j < n; ++j) error = fmax(error, fmax(fabs(x[j]) - 1, fabs(x[j] + q[t][j] + y[0] + y[1 + j])));
    solved += status[t] == METASOLVE_STATUS_CONVERGED && error < 1e-5;
  }
  printf("%d of %d programs solved\n", solved, count);
  return solved == count ? 0 : 1;
}
