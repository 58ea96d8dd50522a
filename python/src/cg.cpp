// SPDX-License-Identifier: Apache-2.0
#include "metasolve/cg_solver.hpp"

#include "common.hpp"
#include "preconditioners.hpp"

namespace metasolve::python {

namespace {

constexpr std::pair<char const*, CgSolver::Ordering> orderings[] = {{"natural", CgSolver::Ordering::natural},
                                                                    {"rcm", CgSolver::Ordering::rcm}};
constexpr std::pair<char const*, CgSolver::ShiftScale> shift_scales[] = {{"automatic", CgSolver::ShiftScale::automatic},
                                                                         {"absolute", CgSolver::ShiftScale::absolute},
                                                                         {"diagonal", CgSolver::ShiftScale::diagonal}};

struct Cg : Held<CgSolver> {
  std::int64_t entries;
};

}  // namespace

void bind_cg(nb::module_& m) {
  nb::class_<Cg>(m, "CgSolver")
      .def("__init__",
           [](Cg* self, ExecutorHandle const& executor, nb::object const& row_ptrs, nb::object const& col_idxs,
              std::string const& preconditioner, std::string const& ordering, int fill_level, int fill_entries,
              std::string const& shift_scale, int block_size, std::int64_t capacity,
              std::optional<MetaSolver> const& meta_solver) {
             CgSolver::Options options;
             options.preconditioner = choice("preconditioner", preconditioner, preconditioners);
             options.ordering = choice("ordering", ordering, orderings);
             options.fill_level = fill_level;
             options.fill_entries = fill_entries;
             options.shift_scale = choice("shift_scale", shift_scale, shift_scales);
             options.block_size = block_size;
             PatternArrays const arrays(row_ptrs, col_idxs);
             auto const pattern = arrays.pattern();
             auto solver = alone(executor, [&] {
               return CgSolver(executor->executor, pattern, options, setup_of(capacity, meta_solver));
             });
             new (self) Cg{{executor, std::move(solver)}, static_cast<std::int64_t>(pattern.col_idxs.size())};
           })
      .def_prop_ro("unknowns", [](Cg& s) { return s->unknowns(); })
      // tasks: (values, rhs, x0, shift, omega)
      .def("solve", [](Cg& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                       nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
        Call call(s.executor()->device, count, single);
        std::int64_t const n = s->unknowns();
        CgSolver::Tasks t;
        t.count = count;
        t.values = call.reads<double>(tasks[0], "values", s.entries, true);
        t.rhs = call.reads<double>(tasks[1], "rhs", n);
        t.guess = call.reads<double>(tasks[2], "x0", n);
        t.shift = call.column<double>(tasks[3], "shift");
        t.omega = call.column<double>(tasks[4], "omega");
        auto const stops = stopping_of<double>(call, stopping);
        auto const writes = results_of<double>(call, results, n);
        auto const how = policy_of(call, policy);
        InOrder const order(s.executor(), stream);
        s->solve(t, stops, writes, how);
        order.make_caller_wait();
      });
}

}  // namespace metasolve::python
