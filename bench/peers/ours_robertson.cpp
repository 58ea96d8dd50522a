// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/ours.hpp"
#include "bench/support/plain_newton_sor.hpp"
#include "kernels/problems/implicit_euler.hpp"
#include "kernels/solvers/newton.hpp"
#include "metasolve/ode_solver.hpp"
#include "src/exec/cpu/cpu_exec.hpp"
#include "src/exec/team_body.hpp"
#include "src/integrate/ode_solver_on.hpp"
#include "src/problems/robertson.hpp"

namespace metasolve::peers {
namespace {

using System = kernels::ImplicitEuler<kernels::Robertson, double>;
constexpr double tolerance = 1e-9;
constexpr int limit = 10000;

/// The paper's test tasks, [tasks][System::columns]; the first N of them are the same for any N.
std::vector<double> drawn_rows(std::int64_t tasks) {
  std::vector<double> rows(static_cast<std::size_t>(tasks * System::columns));
  problems::sampled_robertson({}, tasks, 0, random::Stream::test_tasks, {}).fill(0, tasks, rows.data());
  return rows;
}

/// As `metasolve solve` and every peer take them: c1, c2, c3, h, y1, y2, y3.
std::vector<double> peer_rows(std::vector<double> const& rows) {
  std::vector<double> result;
  for (std::size_t at = 0; at < rows.size(); at += System::columns) {
    auto const* const row = rows.data() + at;
    result.insert(result.end(), row + System::parameters_at, row + System::parameters_at + 3);
    result.push_back(row[System::step_at]);
    result.insert(result.end(), row + System::state_at, row + System::state_at + 3);
  }
  return result;
}

void write(Options const& o, std::string const& work, std::vector<double> const& tasks,
           std::vector<std::int32_t> const& counts) {
  if (o.folder.empty()) return;
  write_npy(o.folder + "/robertson.npy", tasks, 7);
  write_npy(o.folder + "/" + work + "_counts.npy", counts);
}

}  // namespace

/// Forward, r = 1.37, eps = 1e-9, clamp [-1, 2], by the library's call on rows as the peers have them.
void newton_sor(Options const& o) {
  auto const rows = drawn_rows(o.tasks);
  auto const tasks = peer_rows(rows);
  std::vector<std::int32_t> counts(static_cast<std::size_t>(o.tasks)), plain_counts(counts.size());
  auto const executor = executor_of(o);
  auto const there = exec::uploaded(executor.backend(), tasks);
  exec::Buffer<std::int32_t> made(executor.backend(), o.tasks);
  OdeSolver ode(executor, {"robertson", true}, {o.tasks});
  using View = BatchView<double const>;
  double const seconds = median_seconds(o.repeats, [&] {
    ode.solve({.count = o.tasks,
               .previous = View{there.data() + 4, 7, 1},
               .parameters = View{there.data(), 7, 1},
               .step = {there.data() + 3, 7},
               .relaxation = 1.37},
              {tolerance, limit}, {.iterations = made.data()});
    executor.synchronize();
  });
  made.download(counts.data(), o.tasks);
  write(o, "newton_sor", tasks, counts);
  print(our_figures(o, executor, "newton_sor", seconds, "library call"), counts, counts);
  if (o.device != "cpu") return;

  bench::PlainNewtonSor const plain{rows.data(), tolerance, limit};
  double const plain_seconds = median_seconds(o.repeats, [&] { plain.solve(o.tasks, o.threads, plain_counts.data()); });
  print({"plain loop", "", "newton_sor", o.threads, plain_seconds, "scalar C++, same flags"}, plain_counts, counts);
}

/// The same steps by Newton's method with a direct 3 x 3 solve.
void newton(Options const& o) {
  o.require_cpu();
  auto rows = drawn_rows(o.tasks);
  for (std::size_t at = System::relaxation_at; at < rows.size(); at += System::columns) rows[at] = 1;
  std::vector<std::int32_t> counts(static_cast<std::size_t>(o.tasks));
  exec::CpuExec ex(o.threads);
  using Solver = kernels::Newton<System>;
  exec::Buffer<std::byte> workspace(ex, ex.team_bytes(exec::SolveBody<Solver>{}, o.tasks));
  kernels::LockstepArguments<double> run;
  run.slots = o.tasks;
  run.theta = {rows.data() + System::relaxation_at, System::columns, 1};
  run.tolerance.value = tolerance;
  run.limit.value = limit;
  run.iterations = counts.data();
  double const seconds = median_seconds(o.repeats, [&] {
    ex.launch_teams(exec::SolveBody<Solver>{integrate::on_rows<Solver>(rows.data(), true), run}, workspace.data(),
                    o.tasks);
  });
  write(o, "newton", peer_rows(rows), counts);
  print({"metasolve", METASOLVE_VERSION_STRING, "newton", o.threads, seconds, "engine, direct 3 x 3 solve"}, counts,
        counts);
}

}  // namespace metasolve::peers
