// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/problems/@name@.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace metasolve::problems {

namespace {

/// Part of a configuration (RunConfig::of): one member per key below.
struct @Name@Settings {
  double decades = 4;
  bool operator==(@Name@Settings const&) const = default;
};

class @Name@Problem final : public RowProblem {
  using P = kernels::NonlinearProblem<kernels::@Name@>;

 public:
  @Name@Problem() : RowProblem(own_rows<P>()) {}

  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    auto keys = RowProblem::keys();
    keys.push_back(real(OwnPlace{&@Name@Settings::decades}, {0, 8},
                        {"problem.@name@_decades", "", "k is drawn from as many, about 1"}));
    return keys;
  }

  /// A task depends only on seed, stream and index, so that any part of them can be generated at any time.
  [[nodiscard]] Splits tasks(config::RunConfig const& c) const override {
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      double const decades = c.of<@Name@Settings>().decades;
      return of_rows(nullptr, count, [=, seed = c.training.seed](std::int64_t first, std::int64_t n, double* rows) {
        for (std::int64_t t = 0; t < n; ++t) {
          random::Draws const draws(seed, stream, static_cast<std::uint64_t>(first + t));
          fill_row(rows + t * P::columns, std::pow(10.0, decades * (draws.uniform(0) - 0.5)),
                   0.1 + 2 * draws.uniform(1), draws.uniform(2));
        }
      });
    };
    auto const& p = c.problem;
    return {draw(p.train_tasks, random::Stream::train_tasks),
            draw(p.validation_tasks, random::Stream::validation_tasks),
            draw(p.test_tasks, random::Stream::test_tasks)};
  }

  [[nodiscard]] std::string file_columns() const override { return "k,a,b"; }
  /// `metasolve solve --problem @name@ --tasks FILE.csv`.
  [[nodiscard]] SolveInput read(SolveRequest const& request) const override {
    auto const table = io::read_columns(request.tasks_file(), {"k", "a", "b"});
    request.tell_ignored(table);
    config::RunConfig without;
    without.problem.name = name();
    auto tasks = of_rows(nullptr, table.rows,
                         [values = table.values](std::int64_t first, std::int64_t n, double* rows) {
                           for (std::int64_t t = 0; t < n; ++t) {
                             double const* const given = values.data() + 3 * (first + t);
                             fill_row(rows + t * P::columns, given[0], given[1], given[2]);
                           }
                         });
    return all_at_once(request.configure(without), std::move(tasks));
  }

 private:
  /// The guess: y = (a, b), which is the solution for k = 0. Relaxation factor 1.
  static void fill_row(double* row, double k, double a, double b) {
    double const numbers[P::columns] = {k, a, b, 1, a, b};
    std::copy_n(numbers, P::columns, row);
  }
};

}  // namespace

Problem const& @name@_problem() {
  static @Name@Problem const problem;
  return problem;
}

}  // namespace metasolve::problems
