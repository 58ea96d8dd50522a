// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "tests/support/caller_memory.hpp"

/// Shared by the tests of the public solver of ODE steps: 600 steps in the caller's memory, and memory for results.
namespace metasolve::test {

constexpr ImplicitEulerSolver::System robertson{"robertson", true};
constexpr Stopping<double> to_1e9{1e-9, 10000};

/// tests/data/robertson.csv: 600 steps with their sweeps at three factors, from another program.
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

class RobertsonSteps : public CallerMemory {
 protected:
  void SetUp() override {
    CallerMemory::SetUp();
    if (IsSkipped()) return;
    c_ = place(reference_.c);
    h_ = place(reference_.h);
    // One more number at the end, for tests that begin one later.
    auto y = reference_.y;
    y.push_back(0);
    y_ = place(y);
    status_ = place(std::vector<std::int32_t>(n + 1, -1));
    iterations_ = place(std::vector<std::int32_t>(n, -1));
    measure_ = place(std::vector<double>(n));
    solution_ = place(std::vector<double>(3 * n));
    origin_ = place(std::vector<Origin>(n));
    tally_ = place(std::vector<Tally>(1, {7, 7}));
  }
  [[nodiscard]] ImplicitEulerSolver::Tasks tasks() const {
    return {.count = static_cast<std::int64_t>(n),
            .previous = {y_, 3, 1},
            .parameters = {c_, 3, 1},
            .step = {h_, 1},
            .relaxation = 1.37};
  }
  [[nodiscard]] Results<double> results() const {
    return {status_, iterations_, measure_, {solution_, 3, 1}, {}, origin_, tally_};
  }
  [[nodiscard]] ImplicitEulerSolver solver(std::optional<MetaSolver> const& meta = {}) const {
    return {executor(), robertson, {n, meta}};
  }
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<double> measure, solution;
    bool operator==(Outcome const&) const = default;
  };
  Outcome outcome() { return {fetch(status_, n), counts(), fetch(measure_, n), solutions()}; }
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

}  // namespace metasolve::test
