// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/ours.hpp"
#include "bench/support/plain_newton_sor.hpp"
#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/kernels/problems/implicit_euler.hpp"

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

/// In the column order of `metasolve solve` and every peer: c1, c2, c3, h, y1, y2, y3.
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

std::vector<std::int32_t> solve(Options const& o, std::string const& work, ImplicitEulerSolver::Method method,
                                double relaxation, std::vector<double> const& tasks) {
  std::vector<std::int32_t> counts(static_cast<std::size_t>(o.tasks));
  auto const executor = executor_of(o);
  auto const there = exec::uploaded(executor.backend(), tasks);
  exec::Buffer<std::int32_t> made(executor.backend(), o.tasks);
  ImplicitEulerSolver ode(executor, {.name = "robertson", .clamps = true, .method = method}, {o.tasks});
  using View = BatchView<double const>;
  double const seconds = median_seconds(o.repeats, [&] {
    ode.solve({.count = o.tasks,
               .previous = View{there.data() + 4, 7, 1},
               .parameters = View{there.data(), 7, 1},
               .step = {there.data() + 3, 7},
               .relaxation = relaxation},
              {tolerance, limit}, {.iterations = made.data()});
    executor.synchronize();
  });
  made.download(counts.data(), o.tasks);
  write(o, work, tasks, counts);
  print(our_figures(o, executor, work, seconds, "library call"), counts, counts);
  return counts;
}

}  // namespace

/// Forward, eps = 1e-9, clamp [-1, 2], by the library's call on the peers' rows.
void newton_sor(Options const& o) {
  auto const rows = drawn_rows(o.tasks);
  auto const counts = solve(o, "newton_sor", ImplicitEulerSolver::Method::newton_sor, 1.37, peer_rows(rows));
  if (o.device != "cpu") return;

  std::vector<std::int32_t> plain_counts(counts.size());
  bench::PlainNewtonSor const plain{rows.data(), tolerance, limit};
  double const plain_seconds = median_seconds(o.repeats, [&] { plain.solve(o.tasks, o.threads, plain_counts.data()); });
  print({"plain loop", "", "newton_sor", o.threads, plain_seconds, "scalar C++, same flags"}, plain_counts, counts);
}

/// The same steps by Newton's method with a direct 3 x 3 solve.
void newton(Options const& o) {
  solve(o, "newton", ImplicitEulerSolver::Method::newton, 1, peer_rows(drawn_rows(o.tasks)));
}

}  // namespace metasolve::peers
