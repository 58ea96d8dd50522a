// SPDX-License-Identifier: Apache-2.0
//
// Trains a network to choose the step length of gradient descent, a solver that metasolve knows by its calls alone:
// quadratic forms with eigenvalues from 1 to `condition`. Usage: train_black_box RUN. Status 0: fewer iterations than
// with the best constant.
#include <math.h>
#include <metasolve/black_box.h>
#include <stdio.h>

enum { unknowns = 8, training = 400, others = 100 };

/// f(x) = 1/2 sum of a_i x_i^2 from x = (1, ..., 1): each component shrinks by 1 - step * a_i.
static int descend(double condition, double step, double tolerance, int32_t limit, int32_t* status) {
  double x[unknowns];
  for (int i = 0; i < unknowns; ++i) x[i] = 1;
  for (int k = 0; k <= limit; ++k) {
    double square = 0;
    for (int i = 0; i < unknowns; ++i) {
      double const gradient = pow(condition, i / (unknowns - 1.0)) * x[i];
      square += gradient * gradient;
      x[i] -= step * gradient;
    }
    if (sqrt(square) <= tolerance) return k;
  }
  *status = METASOLVE_STATUS_ITERATION_LIMIT;
  return limit;
}

static int solve(void* user, int64_t count, double const* tasks, double const* theta, double tolerance,
                 int32_t max_iterations, int32_t* iterations, double* history, double* seconds, int32_t* status) {
  (void)user, (void)history, (void)seconds;  // the cost is the count
  for (int64_t t = 0; t < count; ++t) {
    iterations[t] = descend(tasks[t], theta[t], tolerance, max_iterations, &status[t]);
  }
  return 0;
}

static void make_tasks(double from, double* tasks, int count) {
  for (int t = 0; t < count; ++t) tasks[t] = 2 * pow(25, fmod(from + 0.618034 * t, 1));
}

static int run(char const* folder, metasolve_training_report* report) {
  static double train[training], validation[others], test[others];
  make_tasks(0.1, train, training), make_tasks(0.2, validation, others), make_tasks(0.3, test, others);
  char const* const columns[] = {"condition"};
  metasolve_black_box_parameter step = METASOLVE_BLACK_BOX_PARAMETER_DEFAULT;
  step.name = "step", step.low = 0.01, step.high = 1, step.constant = 0.03, step.kind = METASOLVE_PARAMETER_LOGARITHMIC;
  metasolve_black_box_options options = METASOLVE_BLACK_BOX_OPTIONS_DEFAULT;
  options.name = "descent_in_c";
  options.columns = columns, options.column_count = 1;
  options.by_logarithm = columns, options.by_logarithm_count = 1;
  options.parameters = &step, options.parameter_count = 1;
  options.solve = solve;
  metasolve_black_box* box;
  if (metasolve_black_box_create(&options, &box)) return 1;

  metasolve_task_sets sets = METASOLVE_TASK_SETS_DEFAULT;
  sets.train = train, sets.train_count = training;
  sets.validation = validation, sets.validation_count = others;
  sets.test = test, sets.test_count = others;
  char const* const settings[] = {"training.epochs=15",    "training.batch_size=20", "network.hidden=[8]",
                                  "solver.tolerance=1e-6", "optimizer.rate=0.02",    "solver.max_iterations=1000"};
  metasolve_training_options how = METASOLVE_TRAINING_OPTIONS_DEFAULT;
  how.settings = settings, how.setting_count = sizeof settings / sizeof *settings;
  int code = metasolve_black_box_train(box, folder, &sets, &how, report);

  metasolve_meta_solver* meta_solver = NULL;
  double const condition[] = {2, 10, 50};
  double chosen[3];
  if (!code) code = metasolve_meta_solver_load(folder, &meta_solver);
  if (!code) code = metasolve_black_box_predict(box, meta_solver, 3, condition, chosen);
  for (int i = 0; !code && i < 3; ++i) printf("condition %2g: step %.3f\n", condition[i], chosen[i]);
  metasolve_meta_solver_release(meta_solver);
  metasolve_black_box_release(box);
  return code;
}

int main(int argc, char** argv) {
  metasolve_training_report report = METASOLVE_TRAINING_REPORT_DEFAULT;
  if (argc != 2 || run(argv[1], &report)) {
    fprintf(stderr, "%s\n", argc == 2 ? metasolve_last_error() : "usage: train_black_box RUN");
    return 2;
  }
  printf("%.1f iterations with the network's steps, %.1f with the best constant, %.3f\n", report.iterations,
         report.tuned_iterations, report.tuned);
  return report.iterations < report.tuned_iterations ? 0 : 1;
}
