// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"
#include "support/launch_loop.hpp"

namespace metasolve::bench {

/// One iteration of each running task. Columns of y: coalesced.
struct SweepBody {
  using scalar = double;
  static constexpr auto name = "sweep";
  using Solver = integrate::RowSolver<kernels::Robertson, double>;
  Solver solver;
  double tolerance;
  std::int32_t max_iterations, k;
  std::int64_t tasks;
  double* y;                 ///< [3][tasks]
  std::int32_t* iterations;  ///< at the stop, for stopped tasks
  std::int32_t* running;     ///< 1 or 0

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < kernels::lanes_of<Number>; ++l) one(column + l);
  }

 private:
  METASOLVE_HD void one(std::int64_t task) const {
    if (k > 0 && running[task] == 0) return;
    kernels::SoloTeam const team;
    double data[8], theta[4], state[3], next[3];
    kernels::LocalView<double> const in{data}, with{theta}, from{state}, to{next};
    bool const usable = solver.load(team, task, in);
    for (int p = 0; p < 4; ++p) theta[p] = solver.system.row(task, p == 0 ? 5 : 6 + p - 1);
    for (int i = 0; i < 3; ++i) state[i] = k == 0 ? theta[1 + i] : y[i * tasks + task];
    double const measure = solver.measure(team, in, from);
    bool const runs = usable && measure > tolerance && kernels::is_finite(measure) && k < max_iterations;
    running[task] = runs ? 1 : 0;
    if (!runs) {
      iterations[task] = k;
      return;
    }
    solver.step(team, in, with, kernels::LocalView<double>{}, from, to, kernels::AllLanes{});
    for (int i = 0; i < 3; ++i) y[i * tasks + task] = next[i];
  }
};

template <class Exec>
class LaunchLoopOn final : public LaunchLoop {
 public:
  LaunchLoopOn(Executor executor, std::vector<double> const& columns, std::int64_t tasks)
      : executor_(std::move(executor)),
        exec_(dynamic_cast<Exec&>(executor_.backend())),
        columns_(exec::uploaded(exec_, columns)),
        body_{integrate::row_solver<kernels::Robertson, double>(nullptr, true),
              0,
              0,
              0,
              tasks,
              nullptr,
              nullptr,
              nullptr},
        y_(exec_, 3 * tasks),
        iterations_(exec_, tasks),
        running_(exec_, tasks),
        left_(exec_, 1) {
    using System = decltype(body_.solver.system);
    auto& column = body_.solver.system.row.column;
    for (int c = 0; c < System::columns; ++c) column[c] = {columns_.data() + c * tasks, 1};
    for (int i = 0; i < System::size; ++i) column[System::guess_at + i] = column[System::state_at + i];
    body_.y = y_.data();
    body_.iterations = iterations_.data();
    body_.running = running_.data();
  }

  std::int32_t const* solve(double tolerance, std::int32_t limit) override {
    body_.tolerance = tolerance;
    body_.max_iterations = limit;
    double left = 1;
    for (body_.k = 0; left > 0; ++body_.k) {
      exec_.launch(1, body_.tasks, body_);
      left_.zero();
      exec_.add_sum(running_.data(), body_.tasks, left_.data());
      left_.download(&left, 1);
    }
    return iterations_.data();
  }

 private:
  Executor executor_;
  Exec& exec_;
  exec::Buffer<double> columns_;
  SweepBody body_;
  exec::Buffer<double> y_;
  exec::Buffer<std::int32_t> iterations_, running_;
  exec::Buffer<double> left_;
};

}  // namespace metasolve::bench
