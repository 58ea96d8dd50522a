// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/evaluate_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/model.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/run_folder.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/train/documents.hpp"

namespace metasolve::app {

namespace {

/// "3 at the iteration limit, 5 broke down"; empty: all converged.
std::string failures_text(train::SideFigures const& f) {
  std::string text;
  for (std::size_t i = 1; i < f.status.size(); ++i) {
    if (f.status[i] > 0) text += (text.empty() ? "" : ", ") + std::to_string(f.status[i]) + " " + status_words[i];
  }
  return text;
}

constexpr int name_width = 32;  ///< fits "tuned relaxation factor 0.937"

void print_row(std::ostream& out, std::string const& tolerance, std::string const& name, train::SideFigures const& f,
               std::string const& reduction) {
  out << std::left << std::setw(11) << tolerance << std::setw(name_width) << name << std::right << std::setw(9)
      << number("%.2f", f.mean) << std::setw(9) << number("%.2f", f.deviation) << std::setw(7) << f.minimum;
  for (double const q : f.quantiles) out << std::setw(8) << number("%.6g", q);
  out << std::setw(7) << f.maximum << std::setw(11) << number("%.2f %%", 100 * f.converged_share) << std::setw(10)
      << reduction << '\n';
}

std::string time_text(double seconds) {
  if (seconds >= 1) return number("%.3g s", seconds);
  return seconds >= 1e-3 ? number("%.3g ms", 1e3 * seconds) : number("%.3g us", 1e6 * seconds);
}

void print_timing(std::ostream& out, train::Timing const& t) {
  out << "\ntime per task at " << config::real_text(t.tolerance) << ", set-up and inference included, " << t.repetitions
      << (t.repetitions == 1 ? " run" : " runs") << " of each in turn\n"
      << std::left << std::setw(name_width) << "" << std::right << std::setw(11) << "median" << std::setw(11) << "q0.99"
      << std::setw(11) << "meta/this" << std::setw(13) << "iterations" << std::setw(9) << "median" << std::setw(9)
      << "q0.99" << std::setw(11) << "converged" << '\n';
  for (auto const& way : t.ways) {
    out << std::left << std::setw(name_width) << way.name << std::right << std::setw(11) << time_text(way.seconds)
        << std::setw(11) << time_text(way.p99_seconds) << std::setw(11)
        << number("%.3g", t.ways.front().seconds / way.seconds) << std::setw(13) << number("%.2f", way.iterations)
        << std::setw(9) << number("%.6g", way.median_iterations) << std::setw(9) << number("%.6g", way.p99_iterations)
        << std::setw(11) << number("%.2f %%", 100 * way.converged_share) << '\n';
  }
  if (auto const& bound = t.best_per_task) {
    bool const chooses = std::ranges::any_of(t.ways, [](auto const& w) { return w.role == train::Role::fixed; });
    out << std::left << std::setw(name_width) << "the best of each task" << std::right << std::setw(11)
        << time_text(bound->seconds) << std::setw(11) << "" << std::setw(11)
        << number("%.3g", t.ways.front().seconds / bound->seconds) << std::setw(13) << number("%.2f", bound->iterations)
        << "  of " << bound->values << (chooses ? " variants, by these counts" : " constants, on validation tasks")
        << ", without inference\n";
  }
  if (t.inference_seconds) out << "inference: " << time_text(*t.inference_seconds) << " of the meta-solver's time\n";
  out << "verdict: " << t.verdict.text << '\n';
}

void print_table(std::ostream& out, std::string const& run, std::string const& baseline_name, std::string const& device,
                 train::Evaluation const& e) {
  out << run << ": iterations of " << e.tasks << " test tasks on " << device << "\n\n";
  out << std::left << std::setw(11) << "tolerance" << std::setw(name_width) << "parameters" << std::right
      << std::setw(9) << "mean" << std::setw(9) << "std" << std::setw(7) << "min";
  for (double const q : train::evaluation_quantiles) out << std::setw(8) << number("q%.2f", q);
  out << std::setw(7) << "max" << std::setw(11) << "converged" << std::setw(10) << "saved" << '\n';
  for (auto const& f : e.tolerances) {
    print_row(out, config::real_text(f.tolerance), "meta-solver", f.meta,
              std::isnan(f.reduction) ? "" : number("%.1f %%", 100 * f.reduction));
    print_row(out, "", baseline_name, f.baseline, "");
    if (f.tuned) print_row(out, "", "tuned " + e.tuned_name, *f.tuned, "");
  }
  bool begun = false;
  for (auto const& f : e.tolerances) {
    auto const say = [&](std::string const& name, train::SideFigures const& side) {
      auto const failures = failures_text(side);
      if (failures.empty()) return;
      out << (begun ? "" : "\n") << "at " << config::real_text(f.tolerance) << ", " << name << ": " << failures
          << "; each counts as the limit, " << e.max_iterations << ", in the figures above; "
          << (std::isnan(side.converged_mean) ? "no other is left"
                                              : "the mean of the others is " + number("%.2f", side.converged_mean))
          << '\n';
      begun = true;
    };
    say("meta-solver", f.meta);
    say(baseline_name, f.baseline);
    if (f.tuned) say("tuned " + e.tuned_name, *f.tuned);
  }
}

}  // namespace

void add_evaluate_options(CLI::App& command, EvaluateOptions& o) {
  command.add_option("run", o.run, "Folder of a run, or a checkpoint")->required()->type_name("RUN");
  command.add_option("--checkpoint", o.checkpoint, "Which checkpoint of the folder")
      ->check(CLI::IsMember({"best", "last"}))
      ->capture_default_str();
  command.add_option("--tasks", o.tasks, "Number of test tasks; default: problem.test_tasks")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}));
  add_common_options(command, o.common);
}

int run_evaluate(EvaluateOptions const& o) {
  auto common = o.common;
  if (o.tasks > 0) common.overrides.push_back("problem.test_tasks=" + std::to_string(o.tasks));
  auto const model = load_model(checkpoint_of(o.run, o.checkpoint), common);
  auto const executor = open_executor(common, model.config);
  auto const evaluation = train::evaluate(executor, model);
  print_table(human(common.json), o.run, problems::problem_of(model.config).baseline(model.config),
              executor.description(), evaluation);
  print_timing(human(common.json), evaluation.timing);
  if (common.json) print_document(train::evaluation_document(o.run, model.config, executor.description(), evaluation));
  return done;
}

}  // namespace metasolve::app
