// SPDX-License-Identifier: Apache-2.0
//
// Robertson's reaction transported by a flow on a grid, one implicit chemistry task per cell and step: with Newton's
// method, with the constant relaxation factor, with a trained meta-solver, and with one that learns while the
// simulation runs. Built with MPI, the processes of mpirun share the grid. README.md describes the simulation.
// Exit status: 0 all methods agree, 1 they differ or a cell failed, 2 it could not run.
#include <omp.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>

#include "comparison.hpp"

namespace {

using namespace flow;

using Records = std::map<Method, Record>;

void print_start(metasolve::Executor const& executor, Options const& options) {
  std::printf("%s\n%d x %d cells, %d steps of %g to %g s, ||g|| <= %g; agreement within %g\n",
              executor.description().c_str(), options.grid, options.grid, options.steps, options.first_step,
              options.last_step, options.chemistry.tolerance, options.agreement);
  if (options.repeats > 1) std::printf("times: medians of %d runs\n", options.repeats);
  std::printf("\n");
  print_header();
}

/// Returns the exit status.
int print_end(Records const& records, Options const& options) {
  bool all_right = true;
  for (auto const& [method, record] : records) all_right = all_right && record.is_right;
  for (auto const method : {Method::meta_solver, Method::online}) {
    if (!records.contains(Method::constant) || !records.contains(method)) continue;
    std::printf("\nchemistry, constant / %s: %.2f\n", name_of(method).c_str(),
                median(records.at(Method::constant).chemistry) / median(records.at(method).chemistry));
  }
  if (options.digests) {
    std::printf("\n");
    for (auto const& [method, record] : records) print_digest(method, record);
  }
  if (!options.frames.empty()) std::printf("\nframes: %s\n", options.frames.c_str());
  if (!all_right) std::fprintf(stderr, "reacting_flow: the methods do not agree, or cells failed\n");
  return all_right ? 0 : 1;
}

/// Returns the exit status, which the first process knows. Collective.
int compare(Processes const& processes, Options const& options) {
  bool const is_first = processes.is_first();
  if (is_first && !options.frames.empty()) std::filesystem::create_directories(options.frames);

  int const threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  auto const executor = metasolve::Executor::on_rank(processes.ranks(), options.device, threads);
  auto const loops = executor.kind() == metasolve::DeviceKind::cuda ? cuda_loops(executor) : cpu_loops(threads);
  Comparison const comparison(processes, executor, *loops, options);
  if (is_first) print_start(executor, options);

  Records records;
  auto const reference = options.methods.front();
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    for (auto const method : options.methods) {
      bool const draws = repeat == 0 && !options.frames.empty() && method == options.methods.back();
      comparison.run(method, draws, method == reference ? nullptr : &records[reference].y, records[method]);
      if (is_first && repeat + 1 == options.repeats) print(method, records[method]);
    }
  }
  return is_first ? print_end(records, options) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto const processes = start_processes(argc, argv);
  Options options;
  try {
    options = parse_options(argc, argv);
  } catch (std::exception const& error) {  // on all processes
    if (processes->is_first()) std::fprintf(stderr, "reacting_flow: %s\n", error.what());
    return 2;
  }
  if (options.help) {
    if (processes->is_first()) std::fputs(usage, stdout);
    return 0;
  }
  try {
    return compare(*processes, options);
  } catch (std::exception const& error) {  // maybe on this process alone
    return processes->fail(error.what());
  }
}
