// SPDX-License-Identifier: Apache-2.0
#include "common.hpp"
#include "metasolve/pressure_solver.hpp"

namespace metasolve::python {

namespace {

using Preconditioner = PressureSolver::Preconditioner;
using Measure = PressureSolver::Measure;

constexpr std::pair<char const*, Preconditioner> pressure_preconditioners[] = {
    {"none", Preconditioner::none},
    {"modified_cholesky", Preconditioner::modified_cholesky},
    {"multigrid", Preconditioner::multigrid}};
constexpr std::pair<char const*, Measure> pressure_measures[] = {{"largest_residual", Measure::largest_residual},
                                                                 {"residual", Measure::residual},
                                                                 {"relative_residual", Measure::relative_residual}};

struct BoundPressure : Held<PressureSolver> {
  int rows, columns;
};

void make_pressure(BoundPressure* self, ExecutorHandle const& executor, int rows, int columns,
                   std::string const& preconditioner, double fill_share, std::string const& measure,
                   std::int64_t capacity, std::optional<MetaSolver> const& meta_solver) {
  PressureSolver::Options o;
  o.rows = rows, o.columns = columns;
  o.preconditioner = choice("preconditioner", preconditioner, pressure_preconditioners);
  o.fill_share = fill_share;
  o.measure = choice("measure", measure, pressure_measures);
  auto const setup = setup_of(capacity, meta_solver);
  auto solver = alone(executor, [&] { return PressureSolver(executor->executor, o, setup); });
  new (self) BoundPressure{{executor, std::move(solver)}, rows, columns};
}

}  // namespace

void bind_pressure(nb::module_& m) {
  nb::class_<BoundPressure>(m, "PressureSolver")
      .def("__init__", &make_pressure)
      .def_prop_ro("unknowns", [](BoundPressure& s) { return s->unknowns(); })
      // tasks: (rhs, weights along x, along y, open, x0)
      .def("solve",
           [](BoundPressure& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
              nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
             Call call(s.executor()->device, count, single);
             std::int64_t const n = s->unknowns(), rows = s.rows, columns = s.columns;
             PressureSolver::Tasks t;
             t.count = count;
             t.rhs = call.reads<double>(tasks[0], "rhs", n);
             t.weights_x = call.reads<double>(tasks[1], "weights[0]", rows * (columns - 1), true);
             t.weights_y = call.reads<double>(tasks[2], "weights[1]", (rows - 1) * columns, true);
             t.open = call.reads<double>(tasks[3], "open", n, true);
             t.guess = call.reads<double>(tasks[4], "x0", n);
             auto const stops = stopping_of<double>(call, stopping);
             auto const writes = results_of<double>(call, results, n);
             auto const how = policy_of(call, policy);
             InOrder const order(s.executor(), stream);
             s->solve(t, stops, writes, how);
             order.make_caller_wait();
           });
}

}  // namespace metasolve::python
