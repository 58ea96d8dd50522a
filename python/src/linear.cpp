// SPDX-License-Identifier: Apache-2.0

#include "common.hpp"
#include "metasolve/linear_solver.hpp"
#include "preconditioners.hpp"

namespace metasolve::python {

namespace {

using Method = LinearSolver::Method;
constexpr std::pair<char const*, Method> methods[] = {{"automatic", Method::automatic},
                                                      {"cholesky", Method::cholesky},
                                                      {"ldl", Method::ldl},
                                                      {"lu", Method::lu},
                                                      {"dense_lu", Method::dense_lu},
                                                      {"cg", Method::cg},
                                                      {"bicgstab", Method::bicgstab},
                                                      {"gmres", Method::gmres}};
constexpr std::pair<char const*, LinearSolver::Matrix> matrices[] = {
    {"general", LinearSolver::Matrix::general},
    {"symmetric", LinearSolver::Matrix::symmetric},
    {"positive_definite", LinearSolver::Matrix::positive_definite}};
constexpr std::pair<char const*, LinearSolver::Ordering> orderings[] = {
    {"automatic", LinearSolver::Ordering::automatic},
    {"natural", LinearSolver::Ordering::natural},
    {"rcm", LinearSolver::Ordering::rcm},
    {"amd", LinearSolver::Ordering::amd}};
constexpr std::pair<char const*, LinearSolver::Precision> precisions[] = {{"full", LinearSolver::Precision::full},
                                                                          {"mixed", LinearSolver::Precision::mixed}};

struct Linear : Held<LinearSolver> {
  std::int64_t entries;
};

/// tasks: (values, rhs, x0, shift, omega)
LinearSolver::Tasks tasks_of(Linear& s, Call& call, nb::tuple const& of) {
  std::int64_t const n = s->unknowns();
  LinearSolver::Tasks t;
  t.count = call.count();
  t.values = call.reads<double>(of[0], "values", s.entries, true);
  t.rhs = call.reads<double>(of[1], "rhs", n);
  t.guess = call.reads<double>(of[2], "x0", n);
  t.shift = call.column<double>(of[3], "shift");
  t.omega = call.column<double>(of[4], "omega");
  return t;
}

void call_solve(Linear& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const t = tasks_of(s, call, tasks);
  auto const stops = stopping_of<double>(call, stopping);
  auto const writes = results_of<double>(call, results, s->unknowns());
  auto const how = policy_of(call, policy);
  InOrder const order(s.executor(), stream);
  s->solve(t, stops, writes, how);
  order.make_caller_wait();
}

void call_solve_again(Linear& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                      nb::tuple const& results, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const t = tasks_of(s, call, tasks);
  auto const stops = stopping_of<double>(call, stopping);
  auto const writes = results_of<double>(call, results, s->unknowns());
  InOrder const order(s.executor(), stream);
  s->solve_again(t, stops, writes);
  order.make_caller_wait();
}

/// gradient: (x, x_bar, rhs_bar, values_bar)
void call_gradient(Linear& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& gradient,
                   nb::tuple const& stopping, nb::tuple const& results, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  std::int64_t const n = s->unknowns();
  auto const t = tasks_of(s, call, tasks);
  LinearSolver::Gradient g;
  g.solution = call.reads<double>(gradient[0], "x", n);
  g.solution_bar = call.reads<double>(gradient[1], "x_bar", n);
  g.rhs_bar = call.writes<double>(gradient[2], "rhs_bar", n);
  g.values_bar = call.writes<double>(gradient[3], "values_bar", s.entries);
  auto const stops = stopping_of<double>(call, stopping);
  auto const writes = results_of<double>(call, results, n);
  InOrder const order(s.executor(), stream);
  s->gradient(t, g, stops, writes);
  order.make_caller_wait();
}

}  // namespace

void bind_linear(nb::module_& m) {
  nb::class_<Linear>(m, "LinearSolver")
      .def("__init__",
           [](Linear* self, ExecutorHandle const& executor, nb::object const& row_ptrs, nb::object const& col_idxs,
              std::string const& matrix, std::string const& method, std::string const& ordering,
              std::string const& precision, bool keeps_factors, std::string const& preconditioner, int fill_level,
              int block_size, int restart, std::int64_t capacity) {
             LinearSolver::Options options;
             options.matrix = choice("matrix", matrix, matrices);
             options.method = choice("method", method, methods);
             options.ordering = choice("ordering", ordering, orderings);
             options.precision = choice("precision", precision, precisions);
             options.keeps_factors = keeps_factors;
             options.preconditioner = choice("preconditioner", preconditioner, preconditioners);
             options.fill_level = fill_level;
             options.block_size = block_size;
             options.restart = restart;
             PatternArrays const arrays(row_ptrs, col_idxs);
             auto const pattern = arrays.pattern();
             auto solver = alone(
                 executor, [&] { return LinearSolver(executor->executor, pattern, options, setup_of(capacity, {})); });
             new (self) Linear{{executor, std::move(solver)}, static_cast<std::int64_t>(pattern.col_idxs.size())};
           })
      .def_prop_ro("unknowns", [](Linear& s) { return s->unknowns(); })
      .def_prop_ro("method", [](Linear& s) { return name_of(s->method(), methods); })
      .def_prop_ro("ordering", [](Linear& s) { return name_of(s->ordering(), orderings); })
      .def_prop_ro("factor_entries", [](Linear& s) { return s->factor_entries(); })
      .def("solve", &call_solve)
      .def("solve_again", &call_solve_again)
      .def("gradient", &call_gradient);
}

}  // namespace metasolve::python
