// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include "build_info.hpp"
#include "metasolve/detail/app/calibrate_command.hpp"
#include "metasolve/detail/app/command_line.hpp"
#include "metasolve/detail/app/completion_command.hpp"
#include "metasolve/detail/app/doctor_command.hpp"
#include "metasolve/detail/app/environment.hpp"
#include "metasolve/detail/app/evaluate_command.hpp"
#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/inspect_command.hpp"
#include "metasolve/detail/app/integrate_command.hpp"
#include "metasolve/detail/app/man_command.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/problems_command.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/reproduce_command.hpp"
#include "metasolve/detail/app/solve_command.hpp"
#include "metasolve/detail/app/standard_streams.hpp"
#include "metasolve/detail/app/train_command.hpp"
#include "metasolve/detail/app/tune_command.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/error.hpp"

namespace {

using namespace metasolve;

/// json: standard output is one document, on failure too. Ends the other processes of the job.
int fail(std::string const& message, int status, bool json) {
  auto* const process = app::begun_process();
  if (process != nullptr && !process->is_first()) {
    // What all find wrong, the first says; that it ends the others takes a moment.
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    app::restore_streams();
  }
  std::cerr << "metasolve: " << (process != nullptr ? process->prefix() : "") << message << std::endl;
  if (json) app::print_document({{"error", message}, {"exit", status}});
  std::cout.flush();
  if (process != nullptr) process->end_all(status);
  return status;
}

/// Parses the command line and runs the command.
int run(int argc, char** argv) {
  CLI::App program("Trains meta-solvers for iterative solvers, and solves with them.", "metasolve");
  program.set_version_flag("--version", std::string("metasolve ") + build_info::version);
  program.require_subcommand(1);
  program.footer(app::exit_codes_text);  // also inherited by the commands created below
  int status = 0;

  app::TrainOptions train;
  train.argv.assign(argv, argv + argc);
  auto* const train_command = program.add_subcommand("train", "Train a meta-solver");
  app::add_train_options(*train_command, train);
  train_command->callback([&] { status = app::run_train(train); });

  app::EvaluateOptions evaluate;
  auto* const evaluate_command = program.add_subcommand("evaluate", "Compare a trained meta-solver with the baseline");
  app::add_evaluate_options(*evaluate_command, evaluate);
  evaluate_command->callback([&] { status = app::run_evaluate(evaluate); });

  app::SolveOptions solve;
  auto* const solve_command = program.add_subcommand("solve", "Solve tasks from a file");
  app::add_solve_options(*solve_command, solve);
  solve_command->callback([&] { status = app::run_solve(solve); });

  app::TuneOptions tune;
  tune.argv.assign(argv, argv + argc);
  auto* const tune_command = program.add_subcommand(
      "tune", "Find the best constant parameters of a problem, such as a relaxation factor, a shift or penalties");
  app::add_tune_options(*tune_command, tune);
  tune_command->callback([&] { status = app::run_tune(tune); });

  app::IntegrateOptions integrate;
  auto* const integrate_command =
      program.add_subcommand("integrate", "Integrate an ODE system by implicit Euler steps");
  app::add_integrate_options(*integrate_command, integrate);
  integrate_command->callback([&] { status = app::run_integrate(integrate); });

  app::InspectOptions inspect;
  auto* const inspect_command = program.add_subcommand("inspect", "Print the contents of a model or checkpoint");
  app::add_inspect_options(*inspect_command, inspect);
  inspect_command->callback([&] { status = app::run_inspect(inspect); });

  app::ExportOptions exported;
  auto* const export_command = program.add_subcommand("export", "Write the model of a checkpoint to a file of its own");
  app::add_export_options(*export_command, exported);
  export_command->callback([&] { status = app::run_export(exported); });

  app::ReproduceOptions reproduce;
  reproduce.argv.assign(argv, argv + argc);
  auto* const reproduce_command = program.add_subcommand("reproduce", "Reproduce the paper's tables and figures");
  app::add_reproduce_options(*reproduce_command, reproduce);
  reproduce_command->callback([&] { status = app::run_reproduce(reproduce); });

  app::CalibrateOptions calibrate;
  auto* const calibrate_command =
      program.add_subcommand("calibrate", "Measure what set-ups and iterations cost on this machine");
  app::add_calibrate_options(*calibrate_command, calibrate);
  calibrate_command->callback([&] { status = app::run_calibrate(calibrate); });

  app::CommonOptions doctor;
  auto* const doctor_command = program.add_subcommand("doctor", "Show what this build and this machine support");
  app::add_common_options(*doctor_command, doctor, false);
  doctor_command->callback([&] { status = app::run_doctor(doctor); });

  program.add_subcommand("problems", "List the problems with their parameters, keys and options")->callback([&] {
    status = app::run_problems();
  });
  program.add_subcommand("keys", "Print all keys of the configuration, as a Markdown table")->callback([] {
    std::cout << config::reference();
  });

  app::CompletionOptions completion;
  auto* const completion_command = program.add_subcommand("completion", "Print a completion script for a shell");
  app::add_completion_options(*completion_command, completion);
  completion_command->callback([&] { status = app::run_completion(completion, program); });

  program.add_subcommand("man", "Print the manual page, for man and groff")->callback([&] {
    status = app::run_man(program);
  });

  app::refuse_empty_values(program);
  try {
    program.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help and --version end here
    throw InputError(app::usage_message(program, error, argc, argv));
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  app::open_standard_streams();
  app::settle_environment();
  // A file that may not grow then causes a failed write with a message, like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  bool const json = app::asks_for_json(argc, argv);
  try {
    auto& process = app::this_process();
    if (!process.is_first()) app::silence_streams();
    if (process.ranks() != nullptr && !app::is_shared_command(argc, argv)) {
      if (!process.is_first()) return app::done;
      process.work_alone();
    }
    int const status = run(argc, argv);
    if (!std::cout.flush()) return fail("the result cannot be written to stdout", app::refused, false);
    return process.is_first() ? status : app::done;  // a launcher reports each that fails
  } catch (InputError const& error) {
    return fail(error.what(), app::refused, json);
  } catch (OutputError const& error) {
    return fail(error.what(), app::refused, json);
  } catch (DeviceError const& error) {
    return fail(error.what(), app::refused, json);
  } catch (std::filesystem::filesystem_error const& error) {
    return fail(error.path1().string() + ": cannot be used: " + error.code().message() +
                    "; check the path, its links and its permissions, or give another",
                app::refused, json);
  } catch (std::bad_alloc const&) {
    return fail("out of memory; lower resources.memory, or take fewer tasks or a smaller training.batch_size",
                app::refused, json);
  } catch (std::exception const& error) {
    return fail(std::string(error.what()) + " (a fault of the program; please report it)", app::internal, json);
  }
}
