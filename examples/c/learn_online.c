// SPDX-License-Identifier: Apache-2.0
//
// Steps of diffusion from C: (I + d L) x = b on a square grid, in many cells of a simulation, d from 1 to 1000. The
// relaxation factor of SSOR that needs the fewest iterations depends on d; it is learned while the program runs. Status
// 0: all solved, in fewer iterations than with the constant factor.
#include <math.h>
#include <metasolve/metasolve.h>
#include <stdio.h>

enum { side = 16, n = side * side, entries = 5 * n - 4 * side, count = 64, steps = 60 };

static int32_t row_ptrs[n + 1], col_idxs[entries], status[count];
static double a[count][entries], b[count][n], d[count];

static void make_pattern(void) {
  int e = 0;
  for (int i = 0; i < n; ++i) {
    int const beside[] = {i - side, i - 1, i, i + 1, i + side};
    for (int k = 0; k < 5; ++k) {
      int const j = beside[k], wraps = (k == 1 || k == 3) && j / side != i / side;
      if (j >= 0 && j < n && !wraps) col_idxs[e++] = j;
    }
    row_ptrs[i + 1] = e;
  }
}

static void make_systems(int step) {
  for (int t = 0; t < count; ++t) {
    d[t] = pow(1000, fmod(0.37 * t + 0.11 * step, 1));
    for (int i = 0; i < n; ++i) {
      b[t][i] = 1 + (i * 7 + t) % 11;
      for (int e = row_ptrs[i]; e < row_ptrs[i + 1]; ++e) a[t][e] = col_idxs[e] == i ? 1 + 4 * d[t] : -d[t];
    }
  }
}

static int run(metasolve_executor const* executor, int* solved, metasolve_online_report* report) {
  metasolve_pattern const pattern = {n, entries, row_ptrs, col_idxs};
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = count;
  metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
  options.preconditioner = METASOLVE_PRECONDITIONER_SSOR;
  metasolve_cg_solver* solver;
  if (metasolve_cg_solver_create(executor, &pattern, &options, &setup, &solver)) return 1;

  metasolve_online_parameter omega = METASOLVE_ONLINE_PARAMETER_DEFAULT;
  omega.name = "omega", omega.low = 1, omega.high = 1.95, omega.constant = 1;
  metasolve_online_feature diffusion = METASOLVE_ONLINE_FEATURE_DEFAULT;
  diffusion.name = "diffusion", diffusion.low = 1, diffusion.high = 1000, diffusion.is_logarithmic = 1;
  metasolve_online_options learning = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  learning.parameters = &omega, learning.parameter_count = 1;
  learning.features = &diffusion, learning.feature_count = 1;
  learning.capacity = count;
  metasolve_online_meta_solver* online;
  if (metasolve_online_meta_solver_create(executor, &learning, &online)) return 1;

  metasolve_cg_tasks tasks = METASOLVE_CG_TASKS_DEFAULT;
  tasks.count = count;
  tasks.values = (metasolve_const_batch_view){a[0], entries, 1};
  tasks.rhs = (metasolve_const_batch_view){b[0], n, 1};
  tasks.omega.value = omega.constant;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  results.status = status;
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  policy.online = online;
  policy.features = (metasolve_const_batch_view){d, 1, 1};
  for (int step = 0; step < steps; ++step) {
    make_systems(step);
    if (metasolve_cg_solver_solve(solver, &tasks, NULL, &results, &policy)) return 1;
    for (int t = 0; t < count; ++t) *solved += status[t] == METASOLVE_STATUS_CONVERGED;
  }
  int const code = metasolve_online_meta_solver_report(online, report);
  metasolve_online_meta_solver_release(online);
  metasolve_cg_solver_release(solver);
  return code;
}

int main(void) {
  metasolve_executor* executor;
  metasolve_online_report report = METASOLVE_ONLINE_REPORT_DEFAULT;
  int solved = 0;
  make_pattern();
  if (metasolve_executor_open_cpu(0, &executor) || run(executor, &solved, &report)) {
    fprintf(stderr, "%s\n", metasolve_last_error());
    return 2;
  }
  metasolve_executor_release(executor);
  printf("%d of %d systems solved, in %.1f iterations each; with the constant omega %.1f\n", solved, steps * count,
         report.cost, report.constant_cost);
  return solved == steps * count && report.cost < report.constant_cost ? 0 : 1;
}
