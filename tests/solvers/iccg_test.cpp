// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/kernels/operators/preconditioners.hpp"
#include "tests/support/beam_problem.hpp"
#include "tests/support/executors.hpp"

/// ICCG(alpha) forward: another program's counts, tasks that break down, and that a task's bits depend only on its own
/// numbers.
namespace metasolve::iccg_test {
namespace {

using kernels::Pack;
using kernels::Status;
using namespace test;

/// One row of a table of counts; -1: breakdown.
struct CountRow {
  std::string ordering, rule;
  std::int32_t task = 0;
  double alpha = 0;
  std::vector<int> counts;
};

std::vector<CountRow> read_counts(std::filesystem::path const& path) {
  std::ifstream file(path);
  std::string line, cell;
  std::getline(file, line);
  std::vector<CountRow> rows;
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    CountRow row;
    std::getline(cells, cell, ',');
    row.task = std::stoi(cell);
    std::getline(cells, row.ordering, ',');
    std::getline(cells, row.rule, ',');
    std::getline(cells, cell, ',');
    row.alpha = std::stod(cell);
    while (std::getline(cells, cell, ',')) row.counts.push_back(std::stoi(cell));
    rows.push_back(row);
  }
  return rows;
}

sparse::FillRule fill_rule(std::string const& rule) {
  return rule == "fill 5" ? sparse::FillRule{0, 5} : sparse::FillRule{rule.back() - '0', {}};
}

/// On the CPU's packs, whatever the executor holds: status and iterations of rows of one ordering and rule.
RunResult<double> solved(std::string const& ordering, std::string const& rule, std::vector<CountRow> const& rows) {
  exec::CpuExec backend(1);
  Beams const beams(ordering == "rcm");
  BeamSystem const system(backend, beams, fill_rule(rule));
  std::vector<double> theta;
  RunSettings<double> settings{{1e-6}, {243}, {}};
  for (auto const& row : rows) {
    theta.push_back(row.alpha);
    settings.task_of_slot.push_back(row.task);
  }
  return run_lockstep<Pack<double>>(system.iccg(), theta, static_cast<std::int64_t>(rows.size()), settings, false);
}

/// For 256 rows: all breakdowns equal. Counts: within 2 or 3 % of the other program's, up to rounding effects. Rounding
/// changes that program's own counts by as much: tests/data/iccg_rounding.csv. There ours deviate no more than its own.
TEST(Iccg, CountsAreThoseOfTheReference) {
  auto const reference = read_counts(beam_folder() / "iccg_counts.csv");
  auto const rounding = read_counts(std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data/iccg_rounding.csv");
  ASSERT_EQ(reference.size(), 256U);
  ASSERT_EQ(rounding.size(), 256U);
  std::map<std::pair<std::string, std::string>, std::vector<CountRow>> groups;
  for (auto const& row : reference) groups[{row.ordering, row.rule}].push_back(row);
  int near = 0, reference_near = 0, counted = 0;
  for (auto const& [name, rows] : groups) {
    auto const result = solved(name.first, name.second, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto const& row = rows[i];
      auto const label = row.ordering + ", " + row.rule + ", beam " + std::to_string(row.task) + ", alpha " +
                         std::to_string(row.alpha);
      auto const own = std::ranges::find_if(rounding, [&](CountRow const& r) {
        return r.ordering == row.ordering && r.rule == row.rule && r.task == row.task && r.alpha == row.alpha;
      });
      ASSERT_NE(own, rounding.end()) << label;
      int const count = result.iterations[i];
      if (row.counts[0] < 0) {
        EXPECT_EQ(result.status[i], static_cast<int>(Status::breakdown)) << label;
        EXPECT_EQ(count, 243) << label;
        continue;
      }
      ++counted;
      auto const close = [](int a, int b) { return std::abs(a - b) <= std::max(2.0, 0.03 * b); };
      near += close(count, own->counts[0]) ? 1 : 0;
      reference_near += close(own->counts[1], own->counts[0]) ? 1 : 0;
      auto const [least, most] = std::ranges::minmax(own->counts);
      EXPECT_GE(count, least - std::max(2.0, 0.05 * least)) << label;
      EXPECT_LE(count, most + std::max(2.0, 0.05 * most)) << label;
      EXPECT_NE(result.status[i], static_cast<int>(Status::breakdown)) << label;
    }
  }
  EXPECT_EQ(counted, 253);
  EXPECT_GE(near, reference_near - 12) << "of " << counted << "; the reference against itself: " << reference_near;
  RecordProperty("within_2_or_3_percent", near);
}

/// A stage over the beams, as the engine runs it.
template <class Exec>
RunResult<double> solve_on(Exec& exec, Beams const& beams, std::vector<double> const& alpha,
                           std::vector<std::int32_t> const& tasks) {
  BeamSystem const system(exec, beams, {1, {}});
  auto const n = static_cast<std::int64_t>(tasks.size());
  exec::Buffer<double> theta(exec, n), measure(exec, n), solution(exec, n * Beams::unknowns);
  exec::Buffer<std::int32_t> task_of_slot(exec, n), status(exec, n), iterations(exec, n);
  theta.upload(alpha.data(), n);
  task_of_slot.upload(tasks.data(), n);
  kernels::LockstepArguments<double> a;
  a.slots = n;
  a.task_of_slot = task_of_slot.data();
  a.theta = {theta.data(), 1, 1};
  a.tolerance.value = 1e-6;
  a.max_iterations.value = 243;
  a.status = status.data();
  a.iterations = iterations.data();
  a.measure = measure.data();
  a.solution = {solution.data(), Beams::unknowns, 1};
  exec::SolveBody<kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>> const body{system.iccg(), a};
  exec::Buffer<std::byte> workspace(exec, exec.team_bytes(body, n));
  exec.launch_teams(body, workspace.data(), n);
  RunResult<double> r;
  r.status.resize(tasks.size());
  r.iterations.resize(tasks.size());
  r.measure.resize(tasks.size());
  r.solution.resize(static_cast<std::size_t>(solution.size()));
  status.download(r.status.data(), n);
  iterations.download(r.iterations.data(), n);
  measure.download(r.measure.data(), n);
  solution.download(r.solution.data(), solution.size());
  return r;
}

/// The same bits alone, in any batch, in any order, with any number of threads; lanes are refilled during the run.
TEST(Iccg, ATaskDependsOnItselfAlone) {
  exec::CpuExec one(1), two(2);
  Beams const beams(true);
  std::vector<double> alpha;
  std::vector<std::int32_t> tasks;
  for (int i = 0; i < 40; ++i) {
    alpha.push_back(0.01 * std::pow(1.1, i));
    tasks.push_back(i * 5 % 8);
  }
  auto const all = solve_on(one, beams, alpha, tasks);
  auto const size = all.solution.size() / tasks.size();
  auto const again = solve_on(two, beams, alpha, tasks);
  EXPECT_EQ(again.status, all.status);
  EXPECT_EQ(again.iterations, all.iterations);
  EXPECT_EQ(again.measure, all.measure);
  for (std::size_t i = 0; i < tasks.size(); i += 7) {
    auto const alone = solve_on(one, beams, {alpha[i]}, {tasks[i]});
    EXPECT_EQ(alone.iterations[0], all.iterations[i]);
    EXPECT_EQ(alone.measure[0], all.measure[i]);
    if (all.status[i] != static_cast<int>(Status::converged)) continue;
    for (std::size_t k = 0; k < size; ++k) {
      ASSERT_EQ(alone.solution[k], all.solution[i * size + k]) << "task " << i << ", number " << k;
    }
  }
}

/// x is A^-1 b, in the system's order.
TEST(Iccg, SolvesItsSystem) {
  exec::CpuExec backend(1);
  Beams const beams(true);
  auto const r = solve_on(backend, beams, {0.05, 0.05}, {1, 4});
  auto const& s = beams.structure;
  int const size = static_cast<int>(s.entries()) + Beams::unknowns;
  for (std::size_t t = 0; t < 2; ++t) {
    ASSERT_EQ(r.status[t], 0);
    double const* const a = beams.values.data() + (t == 0 ? 1 : 4) * size;
    double const* const b = beams.rhs.data() + (t == 0 ? 1 : 4) * Beams::unknowns;
    double const* const x = r.solution.data() + t * r.solution.size() / 2;
    double squares = 0, norm = 0;
    for (int i = 0; i < Beams::unknowns; ++i) norm += b[i] * b[i];
    for (std::int32_t i = 0; i < Beams::unknowns; ++i) {
      double residual = -b[i] + a[s.entries() + i] * x[i];
      for (std::int32_t j = 0; j < Beams::unknowns; ++j) {
        if (i != j && s.find(i, j) >= 0) residual += a[s.find(i, j)] * x[j];
      }
      squares += residual * residual;
    }
    EXPECT_LT(std::sqrt(squares / norm), 2e-6);
    EXPECT_NEAR(std::sqrt(squares / norm), r.measure[t], 1e-8);
  }
}

/// Without a preconditioner and with the diagonal, counts increase in that order.
TEST(Iccg, OtherPreconditioners) {
  exec::CpuExec backend(1);
  Beams const beams(true);
  BeamSystem const system(backend, beams, {0, {}});
  kernels::JacobiPreconditioner diagonal;
  diagonal.unknowns = Beams::unknowns;
  RunSettings<double> settings{{1e-6}, {5000}, {}};
  auto const plain = run_lockstep<Pack<double>>(system.solver(kernels::NoPreconditioner{}), {}, 8, settings, false);
  auto const jacobi = run_lockstep<Pack<double>>(system.solver(diagonal), {}, 8, settings, false);
  auto const ic = run_lockstep<Pack<double>>(system.iccg(), std::vector<double>(8, 0.05), 8, settings, false);
  for (std::size_t t = 0; t < 8; ++t) {
    EXPECT_EQ(plain.status[t], 0);
    EXPECT_EQ(jacobi.status[t], 0);
    EXPECT_EQ(ic.status[t], 0);
    EXPECT_LT(ic.iterations[t], jacobi.iterations[t]);
    EXPECT_LT(jacobi.iterations[t], plain.iterations[t] * 1.2);
  }
}

/// A small system whose numbers tests change: a chain.
struct Chain {
  exec::CpuExec backend{1};
  sparse::SymmetricStructure structure;
  sparse::LowerPattern matrix;
  sparse::CholeskyPlan plan;
  std::vector<double> values, rhs;

  explicit Chain(int tasks)
      : structure(sparse::structure_of(5, {{1, 0}, {2, 1}, {3, 2}, {4, 3}})),
        matrix(backend, structure),
        plan(backend, structure, {0, {}}) {
    for (int t = 0; t < tasks; ++t) {
      for (int e = 0; e < 4; ++e) values.push_back(-1);
      for (int i = 0; i < 5; ++i) values.push_back(2);
      for (int i = 0; i < 5; ++i) rhs.push_back(1 + i);
    }
  }
  [[nodiscard]] RunResult<double> run(int tasks, double alpha) const {
    kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>> const solver{
        matrix.view(), {values.data(), 9, 1}, {rhs.data(), 5, 1}, plan.view<double>()};
    RunSettings<double> settings{{1e-10}, {50}, {}};
    return run_lockstep<Pack<double>>(solver, std::vector<double>(static_cast<std::size_t>(tasks), alpha), tasks,
                                      settings, false);
  }
};

TEST(IccgFailures, BelongToTheirTaskAlone) {
  Chain chain(7);
  double const infinite = std::numeric_limits<double>::infinity();
  chain.values[1 * 9 + 4] = -5;        // a negative diagonal: the pivot breaks down
  chain.values[2 * 9 + 0] = infinite;  // not finite
  chain.values[3 * 9 + 5] = std::nan("");
  chain.rhs[4 * 5 + 2] = infinite;
  for (int i = 0; i < 5; ++i) chain.rhs[static_cast<std::size_t>(5 * 5 + i)] = 0;  // the solution is 0
  auto const r = chain.run(7, 0.1);
  auto const breakdown = static_cast<int>(Status::breakdown), converged = static_cast<int>(Status::converged),
             not_finite = static_cast<int>(Status::not_finite);
  EXPECT_EQ(r.status,
            (std::vector<std::int32_t>{converged, breakdown, not_finite, not_finite, breakdown, converged, converged}));
  EXPECT_EQ(r.iterations[5], 0);
  EXPECT_EQ(r.iterations[1], 50);
  EXPECT_EQ(r.iterations[6], r.iterations[0]);
  EXPECT_EQ(r.measure[6], r.measure[0]);
}

/// A shift that makes an indefinite matrix factorable does not make it definite: the iterations detect p'Ap <= 0.
TEST(IccgFailures, AnIndefiniteMatrixIsFoundInTheIterations) {
  Chain chain(2);
  for (int i = 4; i < 9; ++i) chain.values[static_cast<std::size_t>(i)] = 0.5;
  auto const r = chain.run(2, 3);
  EXPECT_EQ(r.status[0], static_cast<int>(Status::breakdown));
  EXPECT_EQ(r.iterations[0], 50);
  EXPECT_EQ(r.status[1], static_cast<int>(Status::converged));
}

/// Right-hand sides near the limits of the range have the same counts as others.
TEST(Iccg, TheUnitOfTheRightSideDoesNotMatter) {
  Chain chain(3);
  for (std::size_t i = 0; i < 5; ++i) {
    chain.rhs[5 + i] *= std::ldexp(1.0, -1000);
    chain.rhs[10 + i] *= std::ldexp(1.0, 1000);
  }
  auto const r = chain.run(3, 0.1);
  EXPECT_EQ(r.iterations[1], r.iterations[0]);
  EXPECT_EQ(r.iterations[2], r.iterations[0]);
  EXPECT_EQ(r.measure[1], r.measure[0]);
  EXPECT_EQ(r.measure[2], r.measure[0]);
}

}  // namespace
}  // namespace metasolve::iccg_test
