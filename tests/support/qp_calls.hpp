// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/caller_memory.hpp"
#include "tests/support/random_qps.hpp"

namespace metasolve::test {

/// Calls of QpSolver on each executor.
class QpCalls : public CallerMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, solution;
  };

  QpSolver::Tasks tasks(RandomQps const& qps) {
    QpSolver::Tasks t;
    t.count = qps.count;
    t.p_values = {place(qps.p), qps.p_stride(), 1};
    t.a_values = {place(qps.a), qps.a_stride(), 1};
    t.q = {place(qps.q), qps.n, 1};
    t.lower = {place(qps.l), qps.m, 1};
    t.upper = {place(qps.u), qps.m, 1};
    return t;
  }
  /// Of the results that the last `solve` here has written, in the executor's memory.
  struct Written {
    std::int32_t *status, *iterations;
    double *measure, *solution;
  };
  Outcome solve(QpSolver& solver, QpSolver::Tasks const& tasks, Stopping<double> const& stopping,
                Policy const& policy = {}) {
    auto const count = at(tasks.count), width = at(solver.variables() + solver.rows());
    written_ = {place(std::vector<std::int32_t>(count, -1)), place(std::vector<std::int32_t>(count, -1)),
                place(std::vector<double>(count, -1)), place(std::vector<double>(count * width, -7))};
    Results<double> results;
    results.status = written_.status;
    results.iterations = written_.iterations;
    results.measure = written_.measure;
    results.solution = {written_.solution, static_cast<std::int64_t>(width), 1};
    solver.solve(tasks, stopping, results, policy);
    return {fetch(written_.status, count), fetch(written_.iterations, count), fetch(written_.measure, count),
            fetch(written_.solution, count * width)};
  }
  [[nodiscard]] Written const& written() const { return written_; }

 private:
  Written written_{};
};

}  // namespace metasolve::test
