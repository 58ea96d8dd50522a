// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include "metasolve/iteration_loss.hpp"
#include "metasolve/runs.hpp"

namespace metasolve::python {

namespace {

nb::dict as_dict(TrainingProgress const& p) {
  nb::dict all;
  all["epoch"] = p.epoch;
  all["epochs"] = p.epochs;
  all["loss"] = p.loss;
  all["validation_loss"] = p.validation_loss;
  all["validation_iterations"] = p.validation_iterations;
  all["best_iterations"] = p.best_iterations;
  all["constant_iterations"] = p.constant_iterations;
  all["rate"] = p.rate;
  all["tolerance"] = p.tolerance;
  all["tasks_per_second"] = p.tasks_per_second;
  all["seconds"] = p.seconds;
  all["seconds_left"] = p.seconds_left;
  all["members"] = p.members;
  all["member"] = p.member;
  all["best_member"] = p.best_member;
  return all;
}

std::string train(ExecutorHandle const& executor, std::string const& folder, std::string const& configuration,
                  std::vector<std::string> const& overrides, bool resume, StopFlag const& stop,
                  nb::callable const& notice, nb::callable const& progress) {
  auto const control = control_of(resume, stop, notice, progress);
  return alone(executor, [&] { return train_run(executor->executor, folder, configuration, overrides, control); });
}

constexpr std::pair<char const*, TaskSet> task_sets[] = {
    {"train", TaskSet::train}, {"validation", TaskSet::validation}, {"test", TaskSet::test}};

using Loss = Held<IterationLoss>;

/// results: (loss, iterations, status, measure, gradient)
void evaluate_loss(Loss& s, std::int64_t count, std::optional<nb::object> const& tasks,
                   std::optional<nb::object> const& theta, nb::tuple const& results, Stream const& stream) {
  Call call(s.executor()->device, count, false);
  auto const which = tasks ? call.reads_each<std::int32_t>(*tasks, "tasks") : nullptr;
  BatchView<double const> const parameters =
      theta ? call.reads<double>(*theta, "theta", s->parameters()) : BatchView<double const>{};
  IterationLoss::Results r;
  r.loss = call.writes_each<double>(results[0], "loss");
  r.iterations = call.writes_each<std::int32_t>(results[1], "iterations");
  r.status = call.writes_each<std::int32_t>(results[2], "status");
  r.measure = call.writes_each<double>(results[3], "measure");
  r.gradient = call.writes<double>(results[4], "gradient", s->parameters());
  InOrder const order(s.executor(), stream);
  s->evaluate(count, which, parameters, r);
  order.make_caller_wait();
}

}  // namespace

TrainingControl control_of(bool resume, StopFlag const& stop, nb::callable const& notice,
                           nb::callable const& progress) {
  TrainingControl control;
  control.resume = resume;
  control.stop = &stop.value;
  control.notice = [function = notice.ptr()](std::string const& text) {
    with_gil([&] { nb::handle{function}(text); });
  };
  control.progress = [function = progress.ptr()](TrainingProgress const& p) {
    with_gil([&] { nb::handle{function}(as_dict(p)); });
  };
  return control;
}

TaskRows rows_from(nb::callable const& rows, std::size_t columns) {
  return [function = rows.ptr(), columns](TaskSet set, std::int64_t first, std::int64_t n, double* to) {
    with_gil([&] {
      auto const memory = copy_of(to, {static_cast<std::size_t>(n), columns});
      nb::handle{function}(name_of(set, task_sets), first, memory);
      copy_to(to, memory);
    });
  };
}

nb::dict as_dict(TrainingReport const& r) {
  nb::dict all;
  all["constant_iterations"] = r.constant_iterations;
  all["iterations"] = r.iterations;
  all["converged"] = r.converged;
  all["time_ratio"] = r.time_ratio;
  all["seconds"] = r.seconds;
  all["finished"] = r.finished;
  all["was_finished"] = r.was_finished;
  all["tasks"] = r.tasks;
  all["failed"] = r.failed;
  all["constant_failed"] = r.constant_failed;
  all["tuned"] = r.tuned;
  all["tuned_iterations"] = r.tuned_iterations;
  all["tuned_time_ratio"] = r.tuned_time_ratio;
  all["tuned_failed"] = r.tuned_failed;
  all["gives_constant"] = r.gives_constant;
  return all;
}

double* rows_of(Array const& a, std::int64_t width, char const* name) {
  bool const fits = a.type == element_type<double>() && a.dimensions == 2 && a.shape[1] == width &&
                    a.device.kind == DeviceKind::cpu && (a.shape[0] * width == 0 || (a.strides[1] == 1 || width == 1));
  if (!fits || (a.shape[0] > 1 && a.strides[0] != width)) {
    throw InputError(std::string(name) + ": expected contiguous rows of " + std::to_string(width) + " float64");
  }
  return static_cast<double*>(a.data);
}

void bind_training(nb::module_& m) {
  nb::class_<StopFlag>(m, "StopFlag").def(nb::init<>()).def("set", [](StopFlag& flag) { flag.value = true; });
  m.def("train_run", &train);
  m.def("evaluate_run",
        [](ExecutorHandle const& executor, std::string const& run, std::vector<std::string> const& overrides) {
          return alone(executor, [&] { return evaluate_run(executor->executor, run, overrides); });
        });
  m.def("tune_constant",
        [](ExecutorHandle const& executor, std::string const& configuration, std::vector<std::string> const& overrides,
           std::optional<double> low, std::optional<double> high, std::optional<double> spacing, bool by_seconds) {
          TuningRange const range{low, high, spacing, by_seconds};
          return alone(executor, [&] { return tune_constant(executor->executor, configuration, overrides, range); });
        });
  m.def("load_configuration", [](std::string const& file) { return load_configuration(file); });
  m.def("inspect_model", [](std::string const& path) { return inspect_model(path); });

  nb::class_<Loss>(m, "IterationLoss")
      .def("__init__",
           [](Loss* self, ExecutorHandle const& executor, std::string const& configuration,
              std::vector<std::string> const& overrides, std::int64_t capacity) {
             auto made =
                 alone(executor, [&] { return IterationLoss(executor->executor, configuration, overrides, capacity); });
             new (self) Loss(executor, std::move(made));
           })
      .def_prop_ro("description", [](Loss& s) { return s->description(); })
      .def_prop_ro("columns", [](Loss& s) { return s->columns(); })
      .def_prop_ro("features", [](Loss& s) { return s->features(); })
      .def_prop_ro("parameters", [](Loss& s) { return s->parameters(); })
      .def("tasks", [](Loss& s, std::string const& set) { return s->tasks(choice("task_set", set, task_sets)); })
      .def("rows",
           [](Loss& s, std::string const& set, std::int64_t first, nb::handle to) {
             Array const rows(to, "rows", true);
             double* const data = rows_of(rows, s->columns(), "rows");
             s->rows(choice("task_set", set, task_sets), first, rows.shape[0], data);
           })
      .def("features_of",
           [](Loss& s, nb::handle from, nb::handle to) {
             Array const rows(from, "rows", false), features(to, "features", true);
             s->features_of(rows.shape[0], rows_of(rows, s->columns(), "rows"),
                            rows_of(features, s->features(), "features"));
           })
      .def_prop_ro("tolerance", [](Loss& s) { return s->tolerance(); })
      .def("set_tolerance", [](Loss& s, double tolerance) { s->set_tolerance(tolerance); })
      .def("own_parameters",
           [](Loss& s, nb::handle to) {
             Array const parameters(to, "parameters", true);
             double* const data = rows_of(parameters, s->parameters(), "parameters");
             InOrder const order(s.executor(), {});
             s->own_parameters(data);
           })
      .def("set_tasks",
           [](Loss& s, nb::handle from) {
             Array const rows(from, "rows", false);
             double const* const data = rows_of(rows, s->columns(), "rows");
             InOrder const order(s.executor(), {});
             s->set_tasks(rows.shape[0], data);
           })
      .def("evaluate", &evaluate_loss);
}

}  // namespace metasolve::python
