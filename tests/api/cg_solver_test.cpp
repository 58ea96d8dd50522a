// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/sparse/preconditioners.hpp"
#include "tests/support/beam_outcomes.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"

/// The public conjugate gradient solver on each executor: the clamped beams as a caller has them, in compressed rows,
/// compared with the command line's.
namespace metasolve::cg_solver_test {
namespace {

using problems::IccgSettings;
constexpr std::size_t count = 4, n = test::Beams::unknowns;  // the first of the beams
constexpr Stopping<double> to_1e6{1e-6, 5000};

/// The systems in compressed rows, whole or lower triangles, in natural order.
struct Rows {
  std::vector<std::int32_t> begin{0}, column;
  std::vector<double> values;  ///< [count][entries]
  std::vector<double> rhs;     ///< [count][n]

  Rows(test::Beams const& beams, bool whole) : rhs(beams.rhs.begin(), beams.rhs.begin() + count * n) {
    auto const& s = beams.structure;
    std::vector<std::int64_t> source;
    for (std::int32_t i = 0; i < s.unknowns; ++i) {
      for (std::int32_t j = 0; j < (whole ? s.unknowns : i + 1); ++j) {
        std::int64_t const e = i == j ? s.entries() + i : s.find(i, j);
        if (e < 0) continue;
        column.push_back(j);
        source.push_back(e);
      }
      begin.push_back(static_cast<std::int32_t>(column.size()));
    }
    for (std::size_t k = 0; k < count; ++k) {
      for (auto const e : source) {
        values.push_back(
            beams.values[k * static_cast<std::size_t>(s.entries() + s.unknowns) + static_cast<std::size_t>(e)]);
      }
    }
  }
  [[nodiscard]] Pattern pattern() const { return {begin, column}; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(column.size()); }
  /// ||b - A x|| / ||b|| of system k, whole rows given.
  [[nodiscard]] double residual(std::size_t k, double const* x) const {
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double r = rhs[k * n + i];
      norm += r * r;
      for (auto e = begin[i]; e < begin[i + 1]; ++e) {
        r -= values[k * column.size() + static_cast<std::size_t>(e)] * x[column[static_cast<std::size_t>(e)]];
      }
      error += r * r;
    }
    return std::sqrt(error / norm);
  }
};

class CgSolverOn : public test::CallerMemory {
 protected:
  void SetUp() override {
    CallerMemory::SetUp();
    if (IsSkipped()) return;
    status_ = place(std::vector<std::int32_t>(count, -1));
    iterations_ = place(std::vector<std::int32_t>(count, -1));
    x_ = place(std::vector<double>(count * n));
    tally_ = place(std::vector<Tally>(1));
  }
  [[nodiscard]] Results<double> results() const {
    return {status_, iterations_, nullptr, {x_, n, 1}, {}, nullptr, tally_};
  }
  CgSolver::Tasks tasks(Rows const& rows, double shift) {
    return {count, {place(rows.values), rows.entries(), 1}, {place(rows.rhs), n, 1}, shift};
  }

  test::Beams const beams_{false};
  Rows const whole_{beams_, true}, lower_{beams_, false};
  std::int32_t *status_ = nullptr, *iterations_ = nullptr;
  double* x_ = nullptr;
  Tally* tally_ = nullptr;
};

TEST_P(CgSolverOn, CountsAsTheCommandLineDoes) {
  using Kind = CgSolver::Preconditioner;
  struct Case {
    CgSolver::Options options;
    IccgSettings settings;
  };
  auto const natural = CgSolver::Ordering::natural;
  for (auto const& [options, settings] :
       {Case{{Kind::none, natural}, {PreconditionerKind::none, {}, 0}},
        Case{{Kind::jacobi, natural}, {PreconditionerKind::jacobi, {}, 0}},
        Case{{Kind::incomplete_cholesky, natural, 2, -1}, {PreconditionerKind::incomplete_cholesky, {2, {}}, 0.1}},
        Case{{Kind::incomplete_cholesky, natural, 0, 5}, {PreconditionerKind::incomplete_cholesky, {0, 5}, 0.1}}}) {
    auto as = settings;
    as.batching = problems::Batching::lockstep;
    auto expected = test::outcomes(executor(), test::tasks_of(beams_, as));
    for (auto* const of_all : {&expected.iterations, &expected.status}) of_all->resize(count);
    for (auto const* rows : {&whole_, &lower_}) {
      CgSolver cg(executor(), rows->pattern(), options, {count});
      EXPECT_EQ(cg.unknowns(), static_cast<int>(n));
      cg.solve(tasks(*rows, settings.shift), {1e-6, 600}, results());
      EXPECT_EQ(fetch(iterations_, count), expected.iterations);
      EXPECT_EQ(fetch(status_, count), expected.status);
    }
  }
}

TEST_P(CgSolverOn, StartsFromAGuessWithAnyPreconditioner) {
  using Kind = CgSolver::Preconditioner;
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::incomplete_cholesky, Kind::block_jacobi, Kind::ssor}) {
    CgSolver cg(executor(), whole_.pattern(), {.preconditioner = kind}, {count});
    auto given = tasks(whole_, 0);
    cg.solve(given, to_1e6, results());
    auto const x = fetch(x_, count * n);
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_EQ(fetch(status_, count)[k], 0);
      EXPECT_LE(whole_.residual(k, x.data() + k * n), 1.01e-6);
    }
    auto guess = x;
    guess[2 * n] = std::nan("");
    given.guess = {place(guess), n, 1};
    cg.solve(given, {1.1e-6, 5000}, results());
    auto const status = fetch(status_, count), iterations = fetch(iterations_, count);
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_EQ(status[k], static_cast<int>(k == 2 ? Status::not_finite : Status::converged));
      if (k != 2) {
        EXPECT_EQ(iterations[k], 0);
      }
    }
    given.guess = {};  // as before
    cg.solve(given, to_1e6, results());
    EXPECT_EQ(fetch(x_, count * n), x);
  }
}

TEST_P(CgSolverOn, SolvesInEitherOrderAndLayout) {
  for (auto const ordering : {CgSolver::Ordering::natural, CgSolver::Ordering::rcm}) {
    CgSolver cg(executor(), whole_.pattern(), {.ordering = ordering}, {count});
    cg.solve(tasks(whole_, 0.1), to_1e6, results());
    auto const x = fetch(x_, count * n);
    auto const status = fetch(status_, count);
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_EQ(status[k], 0);
      EXPECT_LE(whole_.residual(k, x.data() + k * n), 1.01e-6)
          << "beam " << k;  // recursive and true residuals differ slightly
    }
    // One beam's numbers next to another's, with separate shifts.
    auto const m = static_cast<std::size_t>(whole_.entries());
    std::vector<double> values(whole_.values.size()), rhs(whole_.rhs.size());
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t e = 0; e < m; ++e) values[e * count + k] = whole_.values[k * m + e];
      for (std::size_t i = 0; i < n; ++i) rhs[i * count + k] = whole_.rhs[k * n + i];
    }
    auto by_columns = tasks(whole_, 0);
    by_columns.values = BatchView<double const>::struct_of_arrays(place(values), count);
    by_columns.rhs = BatchView<double const>::struct_of_arrays(place(rhs), count);
    by_columns.shift = {place(std::vector<double>(count, 0.1)), 1};
    auto out = results();
    out.solution = BatchView<double>::struct_of_arrays(x_, count);
    cg.solve(by_columns, to_1e6, out);
    auto const transposed = fetch(x_, count * n);
    for (std::size_t i = 0; i < count * n; ++i) EXPECT_EQ(transposed[i % n * count + i / n], x[i]);
  }
}

/// A meta-solver that always predicts a shift near 0, with which most of these factorisations break down.
TEST_P(CgSolverOn, AMetaSolverChoosesTheShift) {
  config::RunConfig c;
  c.problem.name = "spd";
  c.network.hidden = {8};
  auto const certain_of = [&](double bias) {
    return test::meta_solver(c, [&](auto& weights) {
      std::fill_n(weights.end() - 9, 8, 0.0);
      weights.back() = bias;
    });
  };
  auto const solved = [&](MetaSolver const& meta, Policy const& policy) {
    CgSolver cg(executor(), whole_.pattern(), {}, {count, meta});
    cg.solve(tasks(whole_, 0.1), to_1e6, results(), policy);
    return fetch(iterations_, count);
  };
  CgSolver constant(executor(), whole_.pattern(), {.fill_entries = 5}, {count});
  constant.solve(tasks(whole_, 0.1), to_1e6, results());
  auto const at_0_1 = fetch(iterations_, count);
  constant.solve(tasks(whole_, 0.5), to_1e6, results());
  auto const at_0_5 = fetch(iterations_, count);
  EXPECT_EQ(solved(certain_of(0), {}), at_0_5) << "the sigmoid of 0";
  EXPECT_EQ(solved(certain_of(0), {.meta_solver = false}), at_0_1);
  solved(certain_of(-40), {});
  auto const status = fetch(status_, count);
  auto const failed = static_cast<std::int64_t>(count) - std::count(status.begin(), status.end(), 0);
  ASSERT_GT(failed, 0);
  auto const again = solved(certain_of(-40), {.retry = true});
  EXPECT_EQ(fetch(tally_, 1).front().retried, failed);
  EXPECT_EQ(fetch(status_, count), std::vector<std::int32_t>(count, 0));
  for (std::size_t k = 0; k < count; ++k) {
    if (status[k] == static_cast<std::int32_t>(Status::breakdown)) {
      EXPECT_EQ(again[k], 5000 + at_0_1[k]);
    }
  }
}

/// A first attempt that ends early is followed by one with the full limit; one with the constants does not end early.
TEST_P(CgSolverOn, AFirstAttemptMayEndEarly) {
  config::RunConfig c;
  c.problem.name = "spd";
  CgSolver constant(executor(), whole_.pattern(), {.fill_entries = 5}, {count});
  auto const given = tasks(whole_, 0.1);
  constant.solve(given, to_1e6, results());
  auto const iterations = fetch(iterations_, count);
  auto const x = fetch(x_, count * n);
  constexpr std::int32_t early = 3;
  ASSERT_GT(*std::min_element(iterations.begin(), iterations.end()), early);
  for (bool const is_nan : {false, true}) {
    CgSolver cg(executor(), whole_.pattern(), {},
                {count, is_nan ? test::meta_solver_of_nan(c, 8) : test::meta_solver(c)});
    cg.solve(given, to_1e6, results(), {.retry = true, .first_max_iterations = early});
    EXPECT_EQ(fetch(x_, count * n), x);
    auto const tally = fetch(tally_, 1).front();
    EXPECT_EQ(tally.replaced, is_nan ? count : 0);
    EXPECT_EQ(tally.retried, is_nan ? 0 : count);
    auto const counts = fetch(iterations_, count);
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(counts[k], iterations[k] + (is_nan ? 0 : early)) << "beam " << k;
  }
}

/// Whatever the outcome of the first attempt.
TEST_P(CgSolverOn, ATaskThatFailsTwiceKeepsItsX) {
  config::RunConfig c;
  c.problem.name = "spd";
  c.network.hidden = {8};
  auto const strict = CgSolver::Options{.shift_scale = CgSolver::ShiftScale::absolute};
  for (double const bias : {-40.0, 0.0}) {  // for a shift near 0, and 0.5
    auto const meta = test::meta_solver(c, [&](auto& weights) {
      std::fill_n(weights.end() - 9, 8, 0.0);
      weights.back() = bias;
    });
    auto* const x = place(std::vector<double>(count * n, 777));
    auto out = results();
    out.solution = {x, n, 1};
    CgSolver cg(executor(), whole_.pattern(), strict, {count, meta});
    cg.solve(tasks(whole_, 0), to_1e6, out, {.retry = true, .first_max_iterations = 3});
    auto const status = fetch(status_, count);
    auto const found = fetch(x, count * n);
    EXPECT_GT(std::count(status.begin(), status.end(), static_cast<std::int32_t>(Status::breakdown)), 0);
    for (std::size_t k = 0; k < count; ++k) {
      bool const failed = status[k] == static_cast<std::int32_t>(Status::breakdown);
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(found[k * n + i] == 777, failed) << "beam " << k;
    }
  }
}

TEST_P(CgSolverOn, ABadSystemBreaksDownAlone) {
  auto rows = whole_;
  rows.values[0] = std::nan("");
  for (std::size_t e = 0; e < rows.column.size(); ++e) rows.values[2 * rows.column.size() + e] *= -1;
  for (std::size_t i = 0; i < n; ++i) rows.rhs[3 * n + i] = 0;
  CgSolver cg(executor(), rows.pattern(), {.preconditioner = CgSolver::Preconditioner::none}, {count});
  cg.solve(tasks(rows, 0), {1e-6, 2000}, results());
  auto const status = fetch(status_, count);
  EXPECT_NE(status[0], 0);
  EXPECT_EQ(status[2], static_cast<std::int32_t>(Status::breakdown)) << "p'Ap < 0";
  for (std::size_t const k : {1, 3}) EXPECT_EQ(status[k], 0) << "beam " << k;
  EXPECT_EQ(fetch(iterations_, count)[3], 0);
  auto const x = fetch(x_, count * n);
  for (std::size_t i = 3 * n; i < 4 * n; ++i) EXPECT_EQ(x[i], 0) << "b = 0";
}

TEST_P(CgSolverOn, WorksInTheCallersMemory) {
  config::RunConfig c;
  c.problem.name = "spd";
  for (auto const& meta : {std::optional<MetaSolver>{}, std::optional(test::meta_solver(c))}) {
    metasolve::Setup setup{count, meta};
    CgSolver own(executor(), whole_.pattern(), {}, setup);
    own.solve(tasks(whole_, 0.1), to_1e6, results());
    auto const expected = fetch(x_, count * n);
    setup.workspace = workspace(CgSolver::workspace_bytes(executor(), whole_.pattern(), {}, setup));
    auto const given = tasks(whole_, 0.1);
    auto const before = backend().allocated();
    CgSolver cg(executor(), whole_.pattern(), {}, setup);
    EXPECT_EQ(backend().allocated(), before) << "no memory but the caller's";
    cg.solve(given, to_1e6, results());
    EXPECT_EQ(fetch(x_, count * n), expected);
    auto within = given;
    within.shift = {static_cast<double const*>(setup.workspace.data), 0};
    test::expect_message<InputError>([&] { cg.solve(within, to_1e6, results()); },
                                     {"setup.workspace overlaps tasks.shift"});
  }
}

TEST_P(CgSolverOn, WrongArgumentsAreNamed) {
  using Numbers = std::vector<std::int32_t>;
  auto const refuses = [&](std::initializer_list<std::string> parts, Numbers const& begin, Numbers const& column) {
    test::expect_message<InputError>([&] { CgSolver(executor(), {begin, column}, {}, {1}); }, parts);
  };
  refuses({"row_ptrs"}, {}, {});
  refuses({"row_ptrs"}, {0}, {});
  refuses({"row 1", "diagonal"}, {0, 1, 2}, {0, 0});
  refuses({"row 0", "column 2"}, {0, 2, 3}, {0, 2, 1});
  refuses({"row 1", "ascending"}, {0, 1, 3}, {0, 1, 0});
  refuses({"row 0", "row 1", "symmetric"}, {0, 2, 3}, {0, 1, 1});
  refuses({"row_ptrs", "3"}, {0, 1, 2}, {0, 1, 1});
  test::expect_message<InputError>([&] { CgSolver(executor(), whole_.pattern(), {.fill_level = -2}, {1}); },
                                   {"fill_level"});
  constexpr auto none_has = sparse::preconditioners.size();
  CgSolver::Options unknown{.preconditioner = static_cast<CgSolver::Preconditioner>(none_has)};
  test::expect_message<InputError>([&] { CgSolver(executor(), whole_.pattern(), unknown, {1}); },
                                   {"options.preconditioner is " + std::to_string(none_has)});
  for (auto const kind : {CgSolver::Preconditioner::ilu, CgSolver::Preconditioner::automatic}) {
    test::expect_message<InputError>([&] { CgSolver(executor(), whole_.pattern(), {.preconditioner = kind}, {1}); },
                                     {"options.preconditioner is", "symmetric", "ssor (4)"});
  }
  test::expect_message<InputError>([&] { CgSolver(executor(), whole_.pattern(), {.block_size = 0}, {1}); },
                                   {"options.block_size is 0"});
  unknown = {.ordering = static_cast<CgSolver::Ordering>(-1)};
  test::expect_message<InputError>([&] { CgSolver(executor(), whole_.pattern(), unknown, {1}); },
                                   {"options.ordering is -1"});
  config::RunConfig c;
  c.problem.name = "spd";
  test::expect_message<InputError>(
      [&] {
        CgSolver(executor(), whole_.pattern(), {CgSolver::Preconditioner::jacobi}, {1, test::meta_solver(c)});
      },
      {"meta_solver", "preconditioner has none"});
  test::expect_message<InputError>(
      [&] {
        CgSolver(executor(), whole_.pattern(), {CgSolver::Preconditioner::ssor}, {1, test::meta_solver(c)});
      },
      {"meta_solver", "shift", "omega"});
  CgSolver cg(executor(), whole_.pattern(), {}, {count});
  auto const given = tasks(whole_, 0);
  auto const says = [&](std::string const& what, auto&& edit) {
    auto t = given;
    auto r = results();
    edit(t, r);
    test::expect_message<InputError>([&] { cg.solve(t, to_1e6, r); }, {what});
  };
  says("tasks.values", [](auto& t, auto&) { t.values = {}; });
  says("tasks.rhs", [](auto& t, auto&) { t.rhs = {}; });
  says("tasks.count", [](auto& t, auto&) { t.count = count + 1; });
  says("tasks.shift is -1", [](auto& t, auto&) { t.shift = -1; });
  says("tasks.shift is neither", [](auto& t, auto&) { t.shift = std::nan(""); });
  says("overlaps tasks.rhs", [](auto& t, auto& r) { r.solution = {const_cast<double*>(t.rhs.data), n, 1}; });
  EXPECT_NO_THROW(cg.solve({}, {}, {}));
}

METASOLVE_ON_EXECUTORS(CgSolverOn);

}  // namespace
}  // namespace metasolve::cg_solver_test
