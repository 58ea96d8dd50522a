// SPDX-License-Identifier: Apache-2.0
#include "common.hpp"
#include "metasolve/qp_solver.hpp"

namespace metasolve::python {

namespace {

struct Qp : Held<QpSolver> {
  std::int64_t p_entries, a_entries;
  int codebook;
};

/// A contiguous array of NumPy, as long as the array's object.
template <class T>
class HostNumbers {
 public:
  HostNumbers(nb::handle given, char const* name) : array_(given, name, false) {
    if (array_.type != element_type<T>() || array_.dimensions != 1 || array_.device.kind != DeviceKind::cpu ||
        (array_.strides[0] != 1 && array_.shape[0] > 1)) {
      throw InputError(std::string(name) + ": must be a contiguous array of " + element_type<T>().name() +
                       " on the CPU");
    }
  }
  [[nodiscard]] std::span<T const> span() const {
    return {static_cast<T const*>(array_.data), static_cast<std::size_t>(array_.shape[0])};
  }

 private:
  Array array_;
};

/// tasks: (p_values, a_values, q, lower, upper, scales, rho, alpha, guess, entry, features, shifts). The first six
/// alone for polish and gradient.
QpSolver::Tasks tasks_of(Qp& s, Call& call, nb::tuple const& of) {
  int const n = s->variables(), m = s->rows();
  QpSolver::Tasks t;
  t.count = call.count();
  t.p_values = call.reads<double>(of[0], "p_values", s.p_entries, true);
  t.a_values = call.reads<double>(of[1], "a_values", s.a_entries, true);
  t.q = call.reads<double>(of[2], "q", n);
  t.lower = call.reads<double>(of[3], "lower", m, true);
  t.upper = call.reads<double>(of[4], "upper", m, true);
  t.scales = call.reads<double>(of[5], "scales", 2, true);
  if (of.size() < 7) return t;
  t.rho = call.reads<double>(of[6], "rho", s->groups(), true);
  if (!of[7].is_none()) {
    t.alpha = call.column<double>(of[7], "alpha");
    if (t.alpha.data == nullptr && t.alpha.value == 0) throw InputError("alpha is 0, expected above 0 and below 2");
  }
  t.guess = call.reads<double>(of[8], "guess", n + m);
  t.entry = call.column<std::int32_t>(of[9], "entry");
  if (s->features() > 0 && !of[10].is_none()) t.features = call.reads<double>(of[10], "features", s->features());
  t.shifts_guess = nb::cast<bool>(of[11]);
  return t;
}

void call_solve(Qp& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const t = tasks_of(s, call, tasks);
  auto const stops = stopping_of<double>(call, stopping);
  auto const writes = results_of<double>(call, results, s->variables() + s->rows());
  auto const how = policy_of(call, policy);
  InOrder const order(s.executor(), stream);
  s->solve(t, stops, writes, how);
  order.make_caller_wait();
}

/// results: (solution, status, measure, polished)
void call_polish(Qp& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& results,
                 Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const t = tasks_of(s, call, tasks);
  QpSolver::Polish polish;
  polish.solution = call.writes<double>(results[0], "solution", s->variables() + s->rows());
  polish.status = call.writes_each<std::int32_t>(results[1], "status");
  polish.measure = call.writes_each<double>(results[2], "measure");
  polish.polished = call.writes_each<std::int32_t>(results[3], "polished");
  InOrder const order(s.executor(), stream);
  s->polish(t, polish);
  order.make_caller_wait();
}

/// gradient: (solution, solution_bar, of_x, q_bar, lower_bar, upper_bar, p_bar, a_bar, status)
void call_gradient(Qp& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& gradient,
                   Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const t = tasks_of(s, call, tasks);
  int const n = s->variables(), m = s->rows();
  QpSolver::Gradient g;
  g.of_x = nb::cast<bool>(gradient[2]);
  g.solution = call.reads<double>(gradient[0], "solution", n + m);
  g.solution_bar = call.reads<double>(gradient[1], g.of_x ? "x_bar" : "solution_bar", g.of_x ? n : n + m);
  g.q_bar = call.writes<double>(gradient[3], "q_bar", n);
  g.lower_bar = call.writes<double>(gradient[4], "lower_bar", m);
  g.upper_bar = call.writes<double>(gradient[5], "upper_bar", m);
  g.p_bar = call.writes<double>(gradient[6], "p_bar", s.p_entries);
  g.a_bar = call.writes<double>(gradient[7], "a_bar", s.a_entries);
  g.status = call.writes_each<std::int32_t>(gradient[8], "status");
  InOrder const order(s.executor(), stream);
  s->gradient(t, g);
  order.make_caller_wait();
}

/// rho [codebook][groups]; p_values, a_values of one task.
void call_set_codebook(Qp& s, nb::object const& rho, nb::object const& p_values, nb::object const& a_values,
                       Stream const& stream) {
  Call entries(s.executor()->device, s.codebook, false), one(s.executor()->device, 1, true);
  QpSolver::Codebook codebook;
  codebook.rho = entries.reads<double>(rho, "rho", s->groups());
  codebook.p_values = one.reads<double>(p_values, "p_values", s.p_entries);
  codebook.a_values = one.reads<double>(a_values, "a_values", s.a_entries);
  InOrder const order(s.executor(), stream);
  s->set_codebook(codebook);
  order.make_caller_wait();
}

void make(Qp* self, ExecutorHandle const& executor, nb::tuple const& patterns, nb::tuple const& typical,
          nb::tuple const& numbers, nb::tuple const& arrays, int codebook, std::int64_t capacity,
          std::optional<MetaSolver> const& meta_solver) {
  PatternArrays const p(patterns[0], patterns[1]), a(patterns[2], patterns[3]);
  HostNumbers<double> const p_values(typical[0], "p_values"), q(typical[1], "q"), a_values(typical[2], "a_values"),
      lower(typical[3], "lower"), upper(typical[4], "upper"), weights(arrays[0], "row_weights");
  HostNumbers<std::int32_t> const group(arrays[1], "penalty_group"), shift_x(arrays[2], "shift_x"),
      shift_y(arrays[3], "shift_y");
  QpSolver::Problem const problem{p.pattern(),     a.pattern(),  p_values.span(), q.span(),
                                  a_values.span(), lower.span(), upper.span()};
  QpSolver::Options options;
  options.sigma = nb::cast<double>(numbers[0]);
  options.absolute = nb::cast<double>(numbers[1]);
  options.scaling = nb::cast<bool>(numbers[2]);
  options.equality = nb::cast<double>(numbers[3]);
  options.unbounded = nb::cast<double>(numbers[4]);
  options.certificate_tolerance = nb::cast<double>(numbers[5]);
  options.guess_rho = nb::cast<double>(numbers[6]);
  options.rho = nb::cast<double>(numbers[7]);
  options.row_weights = weights.span();
  options.penalty_group = group.span();
  options.shift_x = shift_x.span();
  options.shift_y = shift_y.span();
  options.codebook = codebook;
  auto solver =
      alone(executor, [&] { return QpSolver(executor->executor, problem, options, setup_of(capacity, meta_solver)); });
  new (self) Qp{{executor, std::move(solver)},
                static_cast<std::int64_t>(problem.p.col_idxs.size()),
                static_cast<std::int64_t>(problem.a.col_idxs.size()),
                codebook};
}

}  // namespace

void bind_qp(nb::module_& m) {
  nb::class_<Qp>(m, "QpSolver")
      .def("__init__", &make)
      .def_prop_ro("unknowns", [](Qp& s) { return s->variables() + s->rows(); })
      .def_prop_ro("variables", [](Qp& s) { return s->variables(); })
      .def_prop_ro("rows", [](Qp& s) { return s->rows(); })
      .def_prop_ro("groups", [](Qp& s) { return s->groups(); })
      .def_prop_ro("rho", [](Qp& s) { return s->rho(); })
      .def_prop_ro("factor_entries", [](Qp& s) { return s->factor_entries(); })
      .def_prop_ro("row_weights",
                   [](Qp& s) { return std::vector<double>(s->row_weights().begin(), s->row_weights().end()); })
      .def("set_codebook", &call_set_codebook)
      .def("solve", &call_solve)
      .def("polish", &call_polish)
      .def("gradient", &call_gradient);
}

}  // namespace metasolve::python
