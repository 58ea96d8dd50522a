// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "bench/black_box/beam_counts.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/detail/network/predictor.hpp"

namespace metasolve::bench::black_box {
namespace {

random::Stream stream_of(TaskSet set) { return static_cast<random::Stream>(set); }
static_assert(static_cast<int>(TaskSet::test) == static_cast<int>(random::Stream::test_tasks));

/// What a white-box run of `problem.name = "elasticity"` predicts.
std::vector<double> shifts_of_beams(MetaSolver const& meta_solver, engine::Tasks const& tasks) {
  auto const& model = meta_solver.model();
  auto const features = static_cast<std::int64_t>(meta_solver.features());
  std::vector<double> rows(static_cast<std::size_t>(tasks.count * tasks.kind->width()));
  std::vector<double> seen(static_cast<std::size_t>(tasks.count * features));
  tasks.fill(0, tasks.count, rows.data());
  tasks.kind->features_of(rows.data(), tasks.count, seen.data());
  exec::CpuExec host(1);
  auto const predictor = network::make_predictor<double>(
      host, model::shape_of(model), model.precision == engine::Precision::double_precision, tasks.count);
  predictor->set_weights(model.weights);
  double const constant = 0;  // for a prediction that is not usable
  auto const theta = predictor->predict({seen.data(), features, 1}, {&constant, 0, 1}, tasks.count);
  std::vector<double> shifts;
  for (std::int64_t t = 0; t < tasks.count; ++t) shifts.push_back(theta(t, 0));
  return shifts;
}

}  // namespace

void train_beams(::black_box::PetscIcc& solver, std::filesystem::path const& run, std::uint64_t seed,
                 TrainingSettings settings) {
  std::int64_t solves = 0;
  auto box = ::black_box::box_of(solver);
  box.solve = [&](Probes const& probes) {
    solves += probes.count;
    solver.solve(probes);
  };
  TrainingSettings all = {"problem.train_tasks=1000",  "problem.validation_tasks=1000",
                          "problem.test_tasks=1000",   "solver.tolerance=1e-6",
                          "solver.max_iterations=243", "network.hidden=[128, 128]",
                          "optimizer.rate=2e-3",       "schedule.kind=\"cosine\"",
                          "training.batch_size=64",    "training.seed=" + std::to_string(seed)};
  all.insert(all.end(), settings.begin(), settings.end());
  auto const report = train_black_box(Executor::cpu(1), run, box,
                                      [&](TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
                                        beams_of(seed, stream_of(set), first + n).fill(first, n, rows);
                                      },
                                      all, {.progress = [](TrainingProgress const& p) {
                                        std::fprintf(stderr, "epoch %d of %d: loss %.2f, %.2f iterations, %.0f s\n",
                                                     p.epoch, p.epochs, p.loss, p.validation_iterations, p.seconds);
                                      }});
  print({"beams, PETSc's cg + icc, best constant " + std::to_string(report.tuned.value_or(0)), report.tuned_iterations,
         0, 0});
  print(
      {"beams, PETSc's cg + icc, black box, seed " + std::to_string(seed), report.iterations, solves, report.seconds});
}

void compare_beams(::black_box::PetscIcc& solver, std::filesystem::path const& run, std::uint64_t seed,
                   std::int64_t count) {
  auto const tasks = beams_of(seed, random::Stream::test_tasks, count);
  auto const meta_solver = MetaSolver::load(run);
  std::vector<double> shifts(static_cast<std::size_t>(count));
  if (meta_solver.problem() == "elasticity") {
    shifts = shifts_of_beams(meta_solver, tasks);
  } else {
    std::vector<double> rows(static_cast<std::size_t>(count * tasks.kind->width()));
    tasks.fill(0, count, rows.data());
    predict_parameters(::black_box::box_of(solver), meta_solver, count, rows.data(), shifts.data());
  }
  auto const by = "beams, shifts of " + run.filename().string() + ", counted by ";
  print({by + "PETSc", counts_of_petsc(solver, tasks, shifts).mean()});
  print({by + "our solver", counts_of_ours(tasks, shifts).mean()});
}

}  // namespace metasolve::bench::black_box
