// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>
#include <string>

#include "petsc_box.hpp"

/// Trains a meta-solver that chooses PETSc's shift for each beam, from nothing but solves.
/// Usage: petsc_icc [FOLDER_OF_THE_RUN [SECTION.KEY=VALUE of the training...]]
/// Options of PETSc go into the environment variable PETSC_OPTIONS, such as "-pc_factor_levels 1".
namespace {

/// Beam `index` of a set: width from 0.003 to 0.3, the rest from 0.1 to 10.
void draw(metasolve::TaskSet set, std::int64_t index, double* row) {
  std::mt19937_64 random(static_cast<std::uint64_t>(index) * 3 + static_cast<std::uint64_t>(set));
  std::uniform_real_distribution<double> uniform(0, 1);
  for (double const low : {0.003, 0.1, 0.1, 0.1}) *row++ = low * std::pow(100, uniform(random));
}

void run(int argc, char** argv) {
  std::string const folder = argc > 1 ? argv[1] : "petsc_run";
  metasolve::TrainingSettings settings = {
      "solver.max_iterations=243", "solver.tolerance=1e-6",  "problem.train_tasks=1000", "problem.validation_tasks=200",
      "problem.test_tasks=500",    "training.batch_size=64", "training.epochs=40",       "optimizer.rate=2e-3"};
  for (int i = 2; i < argc; ++i) settings.emplace_back(argv[i]);
  black_box::Beams const beams({8, 2, 2});
  black_box::PetscIcc solver(beams);
  auto const report = metasolve::train_black_box(
      metasolve::Executor::open("cpu"), folder, box_of(solver),
      [](metasolve::TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
        for (std::int64_t t = 0; t < n; ++t) draw(set, first + t, rows + 4 * t);
      },
      settings, {.resume = true, .progress = [](metasolve::TrainingProgress const& p) {
                   std::printf("epoch %d of %d: %.1f iterations\n", p.epoch, p.epochs, p.validation_iterations);
                 }});
  std::printf("trained in %.1f s: %.2f iterations; %.2f with the best constant alpha, %.4f\n", report.seconds,
              report.iterations, report.tuned_iterations, report.tuned.value_or(0));
}

}  // namespace

int main(int argc, char** argv) {
  if (PetscInitializeNoArguments() != 0) return 1;
  int status = 0;
  try {
    run(argc, argv);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "petsc_icc: %s\n", error.what());
    status = 1;
  }
  PetscFinalize();
  return status;
}
