// SPDX-License-Identifier: Apache-2.0
#include "metasolve/black_box.hpp"

#include "common.hpp"
#include "training.hpp"

namespace metasolve::python {

namespace {

/// parameters: (name, low, high, logarithmic, constant) of each. solve(rows, theta, limit, iterations, status): writes
/// the last two.
BlackBox box_of(std::string const& name, std::vector<std::string> const& columns, nb::list const& parameters,
                std::vector<std::string> const& by_logarithm, nb::callable const& solve) {
  BlackBox box;
  box.name = name;
  box.columns = columns;
  box.by_logarithm = by_logarithm;
  for (nb::handle const each : parameters) {
    auto const p = nb::cast<nb::tuple>(each);
    box.parameters.push_back({nb::cast<std::string>(nb::object(p[0])), nb::cast<double>(nb::object(p[1])),
                              nb::cast<double>(nb::object(p[2])), nb::cast<bool>(nb::object(p[3])),
                              nb::cast<double>(nb::object(p[4]))});
  }
  auto const c = columns.size(), k = box.parameters.size();
  // Whoever holds the box last releases it, perhaps without the GIL.
  std::shared_ptr<nb::object> const function(new nb::object(solve), [](nb::object* o) { with_gil([&] { delete o; }); });
  box.solve = [function, c, k](std::int64_t count, double const* rows, double const* theta, std::int32_t limit,
                               std::int32_t* iterations, std::int32_t* status) {
    auto const n = static_cast<std::size_t>(count);
    with_gil([&] {
      auto const counts = copy_of(iterations, {n}), states = copy_of(status, {n});
      (*function)(copy_of(rows, {n, c}), copy_of(theta, {n, k}), limit, counts, states);
      copy_to(iterations, counts);
      copy_to(status, states);
    });
  };
  return box;
}

}  // namespace

void bind_black_box(nb::module_& m) {
  nb::class_<BlackBox>(m, "BlackBox")
      .def("__init__",
           [](BlackBox* self, std::string const& name, std::vector<std::string> const& columns,
              nb::list const& parameters, std::vector<std::string> const& by_logarithm, nb::callable const& solve) {
             auto box = box_of(name, columns, parameters, by_logarithm, solve);
             validate(box);
             new (self) BlackBox(std::move(box));
           })
      .def("train",
           [](BlackBox const& box, ExecutorHandle const& executor, std::string const& run, nb::callable const& rows,
              std::vector<std::string> const& settings, bool resume, StopFlag const& stop, nb::callable const& notice,
              nb::callable const& progress) {
             auto const control = control_of(resume, stop, notice, progress);
             auto const tasks = rows_from(rows, box.columns.size());
             auto const report = alone(
                 executor, [&] { return train_black_box(executor->executor, run, box, tasks, settings, control); });
             return as_dict(report);
           })
      .def("evaluate",
           [](BlackBox const& box, ExecutorHandle const& executor, std::string const& run, nb::callable const& rows,
              std::vector<std::string> const& settings) {
             auto const tasks = rows_from(rows, box.columns.size());
             auto const report =
                 alone(executor, [&] { return evaluate_black_box(executor->executor, run, box, tasks, settings); });
             return as_dict(report);
           })
      .def("predict", [](BlackBox const& box, MetaSolver const& model, nb::handle from, nb::handle to) {
        Array const rows(from, "rows", false), parameters(to, "parameters", true);
        double const* const data = rows_of(rows, static_cast<std::int64_t>(box.columns.size()), "rows");
        double* const theta = rows_of(parameters, static_cast<std::int64_t>(box.parameters.size()), "parameters");
        GilReleased const released;
        predict_parameters(box, model, rows.shape[0], data, theta);
      });
}

}  // namespace metasolve::python
