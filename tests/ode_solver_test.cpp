// SPDX-License-Identifier: Apache-2.0
#include "metasolve/ode_solver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "caller_memory.hpp"
#include "expect_message.hpp"
#include "src/io/csv.hpp"

/// The public solver of ODE steps on each executor: reference counts from the caller's memory in either layout, what a
/// meta-solver may and may not do to a call, wrong arguments.
namespace metasolve {
namespace {

using Strided = BatchView<double const>;
constexpr OdeSolver::System robertson{"robertson", true};
constexpr Stopping<double> to_1e9{1e-9, 10000};

/// tests/data/robertson.csv: 600 steps with their sweeps at three factors, made by another program.
struct Reference {
  static constexpr std::size_t count = 600;
  std::vector<double> c, h, y;  ///< [count][3], [count], [count][3]
  std::vector<std::int32_t> sweeps;

  explicit Reference(char const* column = "sweeps_r1.37") {
    std::filesystem::path const file = std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data/robertson.csv";
    c = io::read_columns(file, {"c1", "c2", "c3"}).values;
    h = io::read_columns(file, {"h"}).values;
    y = io::read_columns(file, {"y1", "y2", "y3"}).values;
    auto const given = io::read_columns(file, {column}).values;
    sweeps.assign(given.begin(), given.end());
  }
  [[nodiscard]] static std::vector<double> transposed(std::vector<double> const& rows) {
    std::vector<double> columns(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) columns[i % 3 * count + i / 3] = rows[i];
    return columns;
  }
};

/// Robertson's default meta-solver, before it learns.
config::RunConfig meta_config(int width) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.network.hidden = {width, width};
  c.network.activation = kernels::Activation::relu;
  c.network.precision = engine::Precision::single_precision;
  c.network.initial_gain = 0.1;
  return c;
}

class OdeSolverOn : public test::CallerMemory {
 protected:
  void SetUp() override {
    CallerMemory::SetUp();
    if (IsSkipped()) return;
    c_ = place(reference_.c);
    h_ = place(reference_.h);
    y_ = place(reference_.y);
    status_ = place(std::vector<std::int32_t>(n, -1));
    iterations_ = place(std::vector<std::int32_t>(n, -1));
    measure_ = place(std::vector<double>(n));
    solution_ = place(std::vector<double>(3 * n));
    origin_ = place(std::vector<Origin>(n));
    tally_ = place(std::vector<Tally>(1, {7, 7}));
  }
  [[nodiscard]] OdeSolver::Tasks tasks() const {
    return {.count = static_cast<std::int64_t>(n),
            .previous = {y_, 3, 1},
            .parameters = {c_, 3, 1},
            .step = {h_, 1},
            .relaxation = 1.37};
  }
  [[nodiscard]] Results<double> results() const {
    return {status_, iterations_, measure_, {solution_, 3, 1}, {}, origin_, tally_};
  }
  [[nodiscard]] OdeSolver solver(std::optional<MetaSolver> const& meta = {}) const {
    return {executor(), robertson, {n, meta}};
  }
  std::vector<std::int32_t> counts() { return fetch(iterations_, n); }
  std::vector<double> solutions() { return fetch(solution_, 3 * n); }
  Tally tally() { return fetch(tally_, 1).front(); }

  static constexpr std::size_t n = Reference::count;
  Reference reference_;
  double *c_ = nullptr, *h_ = nullptr, *y_ = nullptr, *measure_ = nullptr, *solution_ = nullptr;
  std::int32_t *status_ = nullptr, *iterations_ = nullptr;
  Origin* origin_ = nullptr;
  Tally* tally_ = nullptr;
};

TEST_P(OdeSolverOn, CountsTheReferencesInEitherLayout) {
  auto ode = solver();
  EXPECT_EQ(ode.unknowns(), 3);
  EXPECT_EQ(ode.parameters(), 3);
  ode.solve(tasks(), to_1e9, results());
  auto const by_rows = counts();
  auto const solutions_by_rows = solutions();
  int equal = 0;
  for (std::size_t t = 0; t < n; ++t) {
    EXPECT_LE(std::abs(by_rows[t] - reference_.sweeps[t]), 1) << "row " << t;
    equal += by_rows[t] == reference_.sweeps[t] ? 1 : 0;
  }
  EXPECT_GE(equal, 597);
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  for (double const m : fetch(measure_, n)) EXPECT_LE(m, 1e-9);
  EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::chosen));

  auto by_columns = tasks();
  by_columns.previous = Strided::struct_of_arrays(place(Reference::transposed(reference_.y)), n);
  by_columns.parameters = Strided::struct_of_arrays(place(Reference::transposed(reference_.c)), n);
  auto out = results();
  out.solution = BatchView<double>::struct_of_arrays(solution_, n);
  ode.solve(by_columns, to_1e9, out);
  EXPECT_EQ(counts(), by_rows);
  EXPECT_EQ(solutions(), Reference::transposed(solutions_by_rows));
}

TEST_P(OdeSolverOn, TakesNumbersForAllTasksGuessesAndTheCallersOwnLimits) {
  auto ode = solver();
  auto own = tasks();
  own.relaxation = {place(std::vector<double>(n, 1.2)), 1};
  ode.solve(own, to_1e9, results());
  Reference const at_1_2("sweeps_r1.2");
  int equal = 0;
  for (std::size_t t = 0; t < n; ++t) equal += counts()[t] == at_1_2.sweeps[t] ? 1 : 0;
  EXPECT_GE(equal, 597);

  // The solution as a guess: no sweep is left to do, if the same numbers for all are read as such.
  own = tasks();
  own.step = 1.0;
  own.parameters = {c_, 0, 1};
  ode.solve(own, {1e-11, 10000}, results());
  auto const solved = fetch(status_, n);
  EXPECT_GT(std::count(solved.begin(), solved.end(), 0), 500);
  auto* const found = place(solutions());
  own.guess = {found, 3, 1};
  ode.solve(own, {1e-9, 10000}, results());
  for (std::size_t t = 0; t < n; ++t) EXPECT_TRUE(solved[t] != 0 || counts()[t] == 0) << "task " << t;

  std::vector<double> tolerances(n, 1e-9);
  std::vector<std::int32_t> limits(n, 10000);
  std::vector<std::size_t> slow;
  for (std::size_t t = 0; t < n; ++t) {
    if (reference_.sweeps[t] > 20) slow.push_back(t);
  }
  ASSERT_GE(slow.size(), 2u);
  tolerances[slow[0]] = 1e-3;
  limits[slow[1]] = 1;
  ode.solve(tasks(), {1, 1, place(tolerances), place(limits)}, results());
  EXPECT_LT(counts()[slow[0]], reference_.sweeps[slow[0]]);
  EXPECT_EQ(counts()[slow[1]], 1);
  EXPECT_EQ(fetch(status_, n)[slow[1]], static_cast<std::int32_t>(Status::iteration_limit));
}

TEST_P(OdeSolverOn, SolvesInPlace) {
  auto ode = solver();
  ode.solve(tasks(), to_1e9, results());
  auto const expected = solutions();
  auto limits = std::vector<std::int32_t>(n, 10000);
  limits[3] = 0;  // this one fails, and keeps what it has
  auto out = results();
  out.solution = {y_, 3, 1};
  ode.solve(tasks(), {1e-9, 0, nullptr, place(limits)}, out);
  auto const in_place = fetch(y_, 3 * n);
  for (std::size_t i = 0; i < 3 * n; ++i) {
    EXPECT_EQ(in_place[i], i / 3 == 3 ? reference_.y[i] : expected[i]) << "task " << i / 3;
  }
  // On the guess, too.
  auto* const guess = place(reference_.y);
  auto own = tasks();
  own.previous = {place(reference_.y), 3, 1};
  own.guess = {guess, 3, 1};
  out.solution = {guess, 3, 1};
  ode.solve(own, {1e-9, 0, nullptr, place(limits)}, out);
  EXPECT_EQ(fetch(guess, 3 * n), in_place);
}

TEST_P(OdeSolverOn, AMetaSolverChoosesUnlessThePolicySaysNo) {
  for (int const width : {16, 100}) {  // within the solve; before it
    auto ode = solver(test::meta_solver(meta_config(width)));
    ode.solve(tasks(), to_1e9, results(), {.meta_solver = false});
    auto const constant = counts();
    ode.solve(tasks(), to_1e9, results());
    EXPECT_NE(counts(), constant) << width;
    EXPECT_EQ(tally().replaced, 0);
    EXPECT_EQ(tally().retried, 0);
    EXPECT_EQ(fetch(origin_, n), std::vector<Origin>(n, Origin::chosen));
    EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  }
}

/// Whatever the network says: solved with the constants, to the last bit, and counted.
TEST_P(OdeSolverOn, WhatIsNotFiniteOrOutOfRangeIsReplaced) {
  auto without = solver();
  without.solve(tasks(), to_1e9, results());
  auto const constant = counts();
  auto const expected = solutions();
  for (int const width : {16, 100}) {
    for (bool const nan : {true, false}) {
      // Numbers of the second layer near the largest there are, and the last output infinite; or the second layer
      // infinite, and the outputs inf - inf.
      auto ode = solver(test::meta_solver(meta_config(width), [&](auto& weights) {
        auto const from_end = [&](int i) { return weights.end() - i; };
        std::fill_n(from_end(4 + 5 * width), width, 3e38);
        std::fill_n(from_end(4 + 4 * width), 3 * width, 0.0);  // of the other outputs
        for (int i = 1; i <= width; ++i) *from_end(4 + i) = nan && i % 2 == 0 ? -2 : 2;
        if (nan) std::fill_n(from_end(4 + 5 * width + width * width), width * width, 2.0);
        if (nan) std::fill_n(from_end(4 + 6 * width + width * width), width, 3e38);
      }));
      ode.solve(tasks(), to_1e9, results());
      // exp(tanh(inf)) = e is a factor like another: it is the guess that leaves the clamp where y_3 > 2 / e.
      std::int64_t replaced = 0;
      auto const origin = fetch(origin_, n);
      for (std::size_t t = 0; t < n; ++t) {
        bool const is_replaced = nan || reference_.y[3 * t + 2] * std::exp(1.0) > 2;
        EXPECT_EQ(origin[t], is_replaced ? Origin::replaced : Origin::chosen) << "task " << t;
        if (!is_replaced) continue;
        ++replaced;
        EXPECT_EQ(counts()[t], constant[t]);
        for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) EXPECT_EQ(solutions()[i], expected[i]);
      }
      EXPECT_GT(replaced, 0);
      EXPECT_EQ(tally().replaced, replaced);
    }
  }
}

/// A meta-solver that is sure of r near 2, where nothing converges.
TEST_P(OdeSolverOn, WhatFailsIsTriedAgainWithTheConstants) {
  auto without = solver();
  without.solve(tasks(), to_1e9, results());
  auto const constant = counts();
  auto const expected = solutions();
  for (int const width : {16, 100}) {
    auto ode = solver(test::meta_solver(meta_config(width), [&](auto& weights) { weights[weights.size() - 4] = 6; }));
    ode.solve(tasks(), to_1e9, results());
    auto const status = fetch(status_, n);
    auto const alone = counts();
    std::int64_t const failed = static_cast<std::int64_t>(n) - std::count(status.begin(), status.end(), 0);
    EXPECT_GT(failed, 300);
    EXPECT_EQ(tally().retried, 0);
    for (bool const tells : {true, false}) {  // the caller asks for the outcome of each task, or does not
      auto out = results();
      if (!tells) out.status = nullptr, out.origin = nullptr;
      ode.solve(tasks(), to_1e9, out, {.retry = true});
      EXPECT_EQ(tally().retried, failed);
      for (std::size_t t = 0; t < n; ++t) {
        bool const again = status[t] != 0;
        EXPECT_EQ(counts()[t], alone[t] + (again ? constant[t] : 0)) << "task " << t;
        if (!again) continue;
        for (std::size_t i = 3 * t; i < 3 * t + 3; ++i) EXPECT_EQ(solutions()[i], expected[i]);
      }
    }
    auto const origin = fetch(origin_, n);
    EXPECT_EQ(std::count(origin.begin(), origin.end(), Origin::retried), failed);
    // A first attempt may be told to end early; the second has the whole limit.
    constexpr std::int32_t early = 5;
    ode.solve(tasks(), to_1e9, results(), {.retry = true, .first_limit = early});
    for (std::size_t t = 0; t < n; ++t) {
      bool const again = status[t] != 0 || alone[t] > early;
      EXPECT_EQ(counts()[t], again ? early + constant[t] : alone[t]) << "task " << t;
    }
    ode.solve(tasks(), to_1e9, results(), {.first_limit = early});
    EXPECT_EQ(counts(), alone) << "without retry it has no meaning";
    ode.solve(tasks(), to_1e9, results(), {.retry = true});
    EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
    // In place a failed attempt must not spoil what the next one starts from.
    auto* const y = place(reference_.y);
    auto own = tasks();
    own.previous = {y, 3, 1};
    auto out = results();
    out.solution = {y, 3, 1};
    ode.solve(own, to_1e9, out, {.retry = true});
    auto const in_place = fetch(y, 3 * n);
    for (std::size_t t = 0; t < n; ++t) {
      if (status[t] != 0) {
        EXPECT_EQ(in_place[3 * t], expected[3 * t]);
      }
    }
  }
}

TEST_P(OdeSolverOn, WorksInTheCallersMemory) {
  auto const meta = test::meta_solver(meta_config(100));
  auto own = solver(meta);
  own.solve(tasks(), to_1e9, results());
  auto const expected = solutions();
  metasolve::Setup setup{n, meta};
  auto const bytes = OdeSolver::workspace_bytes(executor(), robertson, setup);
  EXPECT_GT(bytes, 100u * 100u * sizeof(float));
  auto const before = backend().allocated();
  setup.workspace = {place(std::vector<double>(bytes / 8 + 32)), bytes};
  auto const at = reinterpret_cast<std::uintptr_t>(setup.workspace.data);
  setup.workspace.data = reinterpret_cast<void*>((at + 255) / 256 * 256);
  auto const with_caller = backend().allocated();
  {
    OdeSolver ode(executor(), robertson, setup);
    EXPECT_EQ(backend().allocated(), with_caller) << "no memory but the caller's";
    ode.solve(tasks(), to_1e9, results());
    EXPECT_EQ(solutions(), expected);
  }
  EXPECT_GE(with_caller, before);
  setup.workspace.bytes = bytes - 1;
  test::expect_message<InputError>([&] { OdeSolver(executor(), robertson, setup); }, {"workspace.bytes"});
  setup.workspace = {reinterpret_cast<void*>((at + 255) / 256 * 256 + 8), bytes};
  test::expect_message<InputError>([&] { OdeSolver(executor(), robertson, setup); }, {"aligned"});
}

TEST_P(OdeSolverOn, ABadTaskBreaksDownAlone) {
  auto ode = solver();
  ode.solve(tasks(), to_1e9, results());
  auto const expected = counts();
  auto h = reference_.h;
  h[1] = -1;
  h[2] = std::nan("");
  auto y = reference_.y;
  y[3 * 4] = std::numeric_limits<double>::infinity();
  auto own = tasks();
  own.step = {place(h), 1};
  own.previous = {place(y), 3, 1};
  ode.solve(own, to_1e9, results());
  auto const status = fetch(status_, n);
  for (std::size_t t = 0; t < n; ++t) {
    bool const bad = t == 1 || t == 2 || t == 4;
    EXPECT_EQ(status[t], static_cast<std::int32_t>(bad ? Status::breakdown : Status::converged));
    EXPECT_EQ(counts()[t], bad ? 10000 : expected[t]);
  }
}

TEST_P(OdeSolverOn, WrongArgumentsAreNamed) {
  auto ode = solver();
  auto const says = [&](std::string const& what, auto&& edit) {
    auto t = tasks();
    auto r = results();
    auto s = to_1e9;
    edit(t, s, r);
    test::expect_message<InputError>([&] { ode.solve(t, s, r); }, {what});
  };
  says("tasks.count", [](auto& t, auto&, auto&) { t.count = n + 1; });
  says("tasks.count", [](auto& t, auto&, auto&) { t.count = -1; });
  says("tasks.previous", [](auto& t, auto&, auto&) { t.previous = {}; });
  says("tasks.parameters", [](auto& t, auto&, auto&) { t.parameters = {}; });
  says("stopping.tolerance", [](auto&, auto& s, auto&) { s.tolerance = 0; });
  says("stopping.max_iterations", [](auto&, auto& s, auto&) { s.max_iterations = -1; });
  says("results.status overlaps results.iterations", [&](auto&, auto&, auto& r) { r.iterations = r.status + 1; });
  says("results.measure overlaps tasks.step", [&](auto&, auto&, auto& r) { r.measure = h_; });
  says("overlaps tasks.previous", [&](auto&, auto&, auto& r) { r.solution = {y_ + 1, 3, 1}; });
  says("overlaps tasks.previous", [&](auto&, auto&, auto& r) { r.solution = {y_, 1, n}; });
  says("same numbers", [&](auto&, auto&, auto& r) { r.solution = {solution_, 0, 1}; });
  says("same numbers", [&](auto&, auto&, auto& r) { r.solution = {solution_, 2, 1}; });
  says("tasks.step", [](auto& t, auto&, auto&) { t.step = 0; });
  says("tasks.time is neither", [](auto& t, auto&, auto&) { t.time = {static_cast<double const*>(nullptr), 1}; });
  says("tasks.relaxation is neither", [](auto& t, auto&, auto&) { t.relaxation = std::nan(""); });
  says("results.tally is not aligned", [&](auto& t, auto&, auto& r) {
    t.count = 0;
    r.tally = reinterpret_cast<Tally*>(reinterpret_cast<char*>(measure_) + 4);
  });
  says("results.measure is not aligned",
       [&](auto&, auto&, auto& r) { r.measure = reinterpret_cast<double*>(reinterpret_cast<char*>(measure_) + 4); });
  // Side by side in one array of structs is no overlap.
  auto* const both = place(std::vector<double>(6 * n, 0.5));
  auto t = tasks();
  t.previous = {both, 6, 1};
  auto r = results();
  r.solution = {both + 3, 6, 1};
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  // So are the halves of one struct of arrays, and its rows.
  t.previous = {both, 1, 2 * n};
  r.solution = {both + n, 1, 2 * n};
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  t.previous = {both, 1, n};
  r.solution = {};
  r.measure = both + 3 * n;
  EXPECT_NO_THROW(ode.solve(t, to_1e9, r));
  says("results.measure overlaps tasks.previous", [&](auto& tasks, auto&, auto& out) {
    tasks.previous = {both, 1, 2 * n};
    out.measure = both + 1;
  });
  EXPECT_NO_THROW(ode.solve({}, {}, {})) << "no tasks are no error";
  EXPECT_NO_THROW(ode.solve({.step = {static_cast<double const*>(nullptr), 1}}, {}, {})) << "nor are their arrays";

  auto const refuses = [&](std::string const& what, OdeSolver::System const& system, metasolve::Setup const& setup) {
    test::expect_message<InputError>([&] { OdeSolver(executor(), system, setup); }, {what});
  };
  refuses("lorenz", {"lorenz"}, {1});
  refuses("setup.capacity", robertson, {});
  refuses("poisson", robertson, {1, test::meta_solver({})});
  refuses("system.low", {"robertson", true, 1, 1}, {1});
}

METASOLVE_ON_EXECUTORS(OdeSolverOn);

}  // namespace
}  // namespace metasolve
