// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/detail/io/notices.hpp"
#include "metasolve/detail/programs/pool.hpp"
#include "tests/support/temporary_folder.hpp"

namespace metasolve::test {

/// A batch of tasks with the arrays of its results.
struct ProbeBatch {
  std::vector<double> tasks, theta, history, seconds;
  std::vector<std::int32_t> iterations, status;
  Probes probes;

  /// tasks: [count][columns]; theta: [count][parameters]
  ProbeBatch(std::int64_t count, std::vector<double> rows, std::vector<double> parameters)
      : tasks(std::move(rows)), theta(std::move(parameters)), iterations(at(count), -7), status(at(count), -7) {
    probes.count = count;
    probes.tasks = tasks.data();
    probes.theta = theta.data();
    probes.tolerance = 1e-6;
    probes.max_iterations = 100;
    probes.iterations = iterations.data();
    probes.status = status.data();
  }
  ProbeBatch(ProbeBatch const&) = delete;
  ProbeBatch& operator=(ProbeBatch const&) = delete;
  ~ProbeBatch() = default;

  void with_history() {
    history.assign(at(probes.count) * (at(probes.max_iterations) + 1), -7);
    probes.history = history.data();
  }
  void with_seconds() {
    seconds.assign(at(probes.count), -7);
    probes.seconds = seconds.data();
  }
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
};

/// A batch whose one column is `what`, and whose one parameter counts from 0.
inline std::vector<double> counted(std::size_t n) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(i));
  return values;
}

/// A task "what" and a parameter "omega".
inline programs::ProgramSettings one_column(std::string command) {
  programs::ProgramSettings settings;
  settings.command = std::move(command);
  settings.processes = 2;
  settings.columns = {"what"};
  settings.parameters = {{"omega", 0, 10}};
  settings.time_limit = 20;
  return settings;
}

/// A program in Python that answers each request by `solve`, a body with what and omega that returns a count. extra:
/// further statements before the answer is printed, with `request` and `answer`.
inline std::string python_program(TemporaryFolder const& folder, std::string const& solve,
                                  std::string const& extra = "") {
  auto const path = folder.write("program.py", "import json, os, sys, time\ndef solve(what, omega):\n" + solve +
                                                   "\nfor line in sys.stdin:\n"
                                                   "  request = json.loads(line)\n"
                                                   "  counts = [solve(**task) for task in request['tasks']]\n"
                                                   "  answer = {'id': request['id'], 'iterations': counts}\n" +
                                                   extra + "\n  print(json.dumps(answer), flush=True)\n");
  return "exec python3 -S -E " + path.string();
}

/// Open descriptors of this process.
inline std::size_t open_descriptors() {
  auto const all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace metasolve::test
