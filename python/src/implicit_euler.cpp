// SPDX-License-Identifier: Apache-2.0
#include "metasolve/implicit_euler_solver.hpp"

#include "common.hpp"

namespace metasolve::python {

namespace {

using Method = ImplicitEulerSolver::Method;
constexpr std::pair<char const*, Method> methods[] = {
    {"newton_sor", Method::newton_sor}, {"newton", Method::newton}, {"anderson_sor", Method::anderson_sor}};

struct ImplicitEuler : Held<ImplicitEulerSolver> {};

/// tasks: (previous, parameters, step, time, relaxation, x0)
ImplicitEulerSolver::Tasks tasks_of(ImplicitEuler& s, Call& call, nb::tuple const& of) {
  ImplicitEulerSolver::Tasks t;
  t.count = call.count();
  t.previous = call.reads<double>(of[0], "previous", s->unknowns());
  t.parameters = call.reads<double>(of[1], "parameters", s->parameters(), true);
  t.step = call.column<double>(of[2], "step");
  t.time = call.column<double>(of[3], "time");
  t.relaxation = call.column<double>(of[4], "relaxation");
  t.guess = call.reads<double>(of[5], "x0", s->unknowns());
  return t;
}

/// gradient: (x, x_bar, previous_bar, parameters_bar, step_bar, time_bar, status)
void call_gradient(ImplicitEuler& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& gradient,
                   Stream const& stream) {
  Call call(s.executor()->device, count, single);
  std::int64_t const n = s->unknowns();
  auto const t = tasks_of(s, call, tasks);
  ImplicitEulerSolver::Gradient g;
  g.solution = call.reads<double>(gradient[0], "x", n);
  g.solution_bar = call.reads<double>(gradient[1], "x_bar", n);
  g.previous_bar = call.writes<double>(gradient[2], "previous_bar", n);
  g.parameters_bar = call.writes<double>(gradient[3], "parameters_bar", s->parameters());
  g.step_bar = call.writes_each<double>(gradient[4], "step_bar");
  g.time_bar = call.writes_each<double>(gradient[5], "time_bar");
  auto* const status = call.writes_each<std::int32_t>(gradient[6], "status");
  InOrder const order(s.executor(), stream);
  s->gradient(t, g, status);
  order.make_caller_wait();
}

}  // namespace

void bind_implicit_euler(nb::module_& m) {
  nb::class_<ImplicitEuler>(m, "ImplicitEulerSolver")
      .def("__init__",
           [](ImplicitEuler* self, ExecutorHandle const& executor, std::string const& system,
              std::optional<std::pair<double, double>> const& clamp, std::string const& method, std::int64_t capacity,
              std::optional<MetaSolver> const& meta_solver) {
             ImplicitEulerSolver::System of;
             of.name = system;
             of.clamps = clamp.has_value();
             if (clamp) std::tie(of.low, of.high) = *clamp;
             of.method = choice("method", method, methods);
             auto solver = alone(executor, [&] {
               return ImplicitEulerSolver(executor->executor, of, setup_of(capacity, meta_solver));
             });
             new (self) ImplicitEuler{{executor, std::move(solver)}};
           })
      .def_prop_ro("unknowns", [](ImplicitEuler& s) { return s->unknowns(); })
      .def_prop_ro("parameters", [](ImplicitEuler& s) { return s->parameters(); })
      .def("solve",
           [](ImplicitEuler& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
              nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
             Call call(s.executor()->device, count, single);
             auto const t = tasks_of(s, call, tasks);
             auto const stops = stopping_of<double>(call, stopping);
             auto const writes = results_of<double>(call, results, s->unknowns());
             auto const how = policy_of(call, policy);
             InOrder const order(s.executor(), stream);
             s->solve(t, stops, writes, how);
             order.make_caller_wait();
           })
      .def("gradient", &call_gradient);
}

}  // namespace metasolve::python
