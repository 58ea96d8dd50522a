// SPDX-License-Identifier: Apache-2.0
#include "metasolve/jacobi_solver.hpp"

#include "common.hpp"

namespace metasolve::python {

namespace {

constexpr std::pair<char const*, Measure> measures[] = {{"relative_error", Measure::relative_error},
                                                        {"relative_residual", Measure::relative_residual}};

template <class Real>
struct Jacobi : Held<JacobiSolver<Real>> {
  std::int64_t entries;  ///< 0: Poisson
};

template <class Real>
void bind(nb::module_& m, char const* name) {
  using Solver = JacobiSolver<Real>;
  using Bound = Jacobi<Real>;
  nb::class_<Bound>(m, name)
      .def("__init__",
           [](Bound* self, ExecutorHandle const& executor, std::optional<nb::object> const& row_ptrs,
              std::optional<nb::object> const& col_idxs, int unknowns, std::string const& measure,
              std::int64_t capacity, std::optional<MetaSolver> const& meta_solver) {
             auto const kind = choice("measure", measure, measures);
             auto const setup = setup_of(capacity, meta_solver);
             if (!row_ptrs) {
               auto solver =
                   alone(executor, [&] { return Solver::poisson(executor->executor, unknowns, kind, setup); });
               new (self) Bound{{executor, std::move(solver)}, 0};
               return;
             }
             PatternArrays const arrays(*row_ptrs, *col_idxs);
             auto const pattern = arrays.pattern();
             auto solver = alone(executor, [&] { return Solver::sparse(executor->executor, pattern, kind, setup); });
             new (self) Bound{{executor, std::move(solver)}, static_cast<std::int64_t>(pattern.col_idxs.size())};
           })
      .def_prop_ro("unknowns", [](Bound& s) { return s->unknowns(); })
      // tasks: (values, rhs, x0, solution)
      .def("solve", [](Bound& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                       nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
        Call call(s.executor()->device, count, single);
        std::int64_t const n = s->unknowns();
        typename Solver::Tasks t;
        t.count = count;
        t.values = call.reads<Real>(tasks[0], "values", s.entries, true);
        t.rhs = call.reads<Real>(tasks[1], "rhs", n);
        t.guess = call.reads<Real>(tasks[2], "x0", n);
        t.solution = call.reads<Real>(tasks[3], "solution", n);
        auto const stops = stopping_of<Real>(call, stopping);
        auto const writes = results_of<Real>(call, results, n);
        auto const how = policy_of(call, policy);
        InOrder const order(s.executor(), stream);
        s->solve(t, stops, writes, how);
        order.make_caller_wait();
      });
}

}  // namespace

void bind_jacobi(nb::module_& m) {
  bind<double>(m, "JacobiSolverDouble");
  bind<float>(m, "JacobiSolverFloat");
}

}  // namespace metasolve::python
