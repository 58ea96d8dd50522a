// SPDX-License-Identifier: Apache-2.0
#include "metasolve/black_box.hpp"

#include "common.hpp"
#include "training.hpp"

namespace metasolve::python {

namespace {

constexpr std::pair<char const*, ParameterKind> kinds[] = {{"interval", ParameterKind::interval},
                                                           {"logarithmic", ParameterKind::logarithmic},
                                                           {"real", ParameterKind::real},
                                                           {"integer", ParameterKind::integer},
                                                           {"choice", ParameterKind::choice}};
constexpr std::pair<char const*, BlackBoxCost> costs[] = {
    {"iterations", BlackBoxCost::iterations}, {"history", BlackBoxCost::history}, {"seconds", BlackBoxCost::seconds}};

/// given: (name, kind, low, high, constant, scale, options).
BlackBoxParameter parameter_of(nb::handle given) {
  auto const p = nb::cast<nb::tuple>(given);
  auto const number = [&](int i) { return nb::cast<double>(nb::object(p[i])); };
  return {.name = nb::cast<std::string>(nb::object(p[0])),
          .low = number(2),
          .high = number(3),
          .kind = choice("kind", nb::cast<std::string>(nb::object(p[1])), kinds),
          .constant = number(4),
          .scale = number(5),
          .options = nb::cast<std::vector<std::string>>(nb::object(p[6]))};
}

/// Writes histories, each L_0 ... L_K of float64, to rows of `width` numbers; what exceeds them is not needed.
void write_histories(nb::handle histories, std::int64_t width, double* to) {
  for (nb::handle const each : nb::cast<nb::list>(histories)) {
    auto const from = nb::cast<nb::ndarray<double const, nb::ndim<1>, nb::c_contig>>(each);
    std::copy_n(from.data(), std::min<std::int64_t>(static_cast<std::int64_t>(from.size()), width), to);
    to += width;
  }
}

/// function(rows, theta, tolerance, limit, iterations, status, seconds or None) writes the last three and returns
/// the histories or None.
void call_function(nb::object const& function, std::size_t columns, std::size_t parameters, Probes const& p) {
  auto const n = static_cast<std::size_t>(p.count);
  auto const counts = copy_of(p.iterations, {n}), states = copy_of(p.status, {n});
  auto const seconds = p.seconds != nullptr ? copy_of(p.seconds, {n}) : nb::none();
  nb::object const histories = function(copy_of(p.tasks, {n, columns}), copy_of(p.theta, {n, parameters}), p.tolerance,
                                        p.max_iterations, counts, states, seconds);
  copy_to(p.iterations, counts);
  copy_to(p.status, states);
  if (p.seconds != nullptr) copy_to(p.seconds, seconds);
  if (p.history != nullptr) write_histories(histories, std::int64_t{p.max_iterations} + 1, p.history);
}

/// solve: as call_function calls it.
BlackBox box_of(std::string const& name, std::vector<std::string> const& columns, nb::list const& parameters,
                std::vector<std::string> const& by_logarithm, std::vector<std::string> const& hidden,
                std::string const& cost, std::vector<std::string> const& reference, std::string const& cache,
                nb::callable const& solve) {
  BlackBox box;
  box.name = name;
  box.columns = columns;
  for (nb::handle const each : parameters) box.parameters.push_back(parameter_of(each));
  box.by_logarithm = by_logarithm;
  box.hidden = hidden;
  box.cost = choice("cost", cost, costs);
  box.reference = reference;
  box.cache = cache;
  // Whoever holds the box last releases it, perhaps without the GIL.
  std::shared_ptr<nb::object> const function(new nb::object(solve), [](nb::object* o) { with_gil([&] { delete o; }); });
  box.solve = [function, c = columns.size(), k = box.parameters.size()](Probes const& probes) {
    with_gil([&] { call_function(*function, c, k, probes); });
  };
  return box;
}

}  // namespace

void bind_black_box(nb::module_& m) {
  nb::class_<BlackBox>(m, "BlackBox")
      .def("__init__",
           [](BlackBox* self, std::string const& name, std::vector<std::string> const& columns,
              nb::list const& parameters, std::vector<std::string> const& by_logarithm,
              std::vector<std::string> const& hidden, std::string const& cost,
              std::vector<std::string> const& reference, std::string const& cache, nb::callable const& solve) {
             auto box = box_of(name, columns, parameters, by_logarithm, hidden, cost, reference, cache, solve);
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
