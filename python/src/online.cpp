// SPDX-License-Identifier: Apache-2.0
#include "metasolve/online_meta_solver.hpp"

#include "common.hpp"

namespace metasolve::python {

namespace {

constexpr std::pair<char const*, OnlineMetaSolver::Estimator> estimators[] = {
    {"bins", OnlineMetaSolver::Estimator::bins},
    {"least_squares", OnlineMetaSolver::Estimator::least_squares},
    {"network", OnlineMetaSolver::Estimator::network}};
constexpr std::pair<char const*, OnlineMetaSolver::Exploration> explorations[] = {
    {"confidence", OnlineMetaSolver::Exploration::confidence}, {"thompson", OnlineMetaSolver::Exploration::thompson}};

struct BoundOnline : Held<OnlineMetaSolver> {
  std::int64_t chosen = -1;  ///< tasks of the last choose, until their costs are known; -1: none

  [[nodiscard]] std::int64_t parameters() { return static_cast<std::int64_t>((*this)->options().parameters.size()); }
  [[nodiscard]] std::int64_t features() { return static_cast<std::int64_t>((*this)->options().features.size()); }
};

template <class Entry>
Entry entry(nb::tuple const& of, std::size_t i) {
  return nb::cast<Entry>(nb::object(of[i]));
}

/// parameters: (name, low, high, constant, logarithmic, values, iteration_cost), features: (name, low, high,
/// logarithmic, bins), rest: (estimator, exploration, memory, constant_share, first_limit, most_loss, seed, cost_unit).
/// All of the right types.
OnlineMetaSolver::Options options_of(std::vector<nb::tuple> const& parameters, std::vector<nb::tuple> const& features,
                                     nb::tuple const& rest, std::optional<MetaSolver> const& prior,
                                     std::int64_t capacity) {
  OnlineMetaSolver::Options o;
  for (auto const& p : parameters) {
    o.parameters.push_back({entry<std::string>(p, 0), entry<double>(p, 1), entry<double>(p, 2), entry<double>(p, 3),
                            entry<bool>(p, 4), entry<int>(p, 5), entry<double>(p, 6)});
  }
  for (auto const& f : features) {
    o.features.push_back(
        {entry<std::string>(f, 0), entry<double>(f, 1), entry<double>(f, 2), entry<bool>(f, 3), entry<int>(f, 4)});
  }
  o.capacity = capacity;
  o.estimator = choice("estimator", entry<std::string>(rest, 0), estimators);
  o.exploration = choice("exploration", entry<std::string>(rest, 1), explorations);
  o.memory = entry<std::int64_t>(rest, 2);
  o.constant_share = entry<double>(rest, 3);
  o.first_limit = entry<double>(rest, 4);
  o.most_loss = entry<double>(rest, 5);
  o.seed = entry<std::uint64_t>(rest, 6);
  o.cost_unit = entry<double>(rest, 7);
  o.prior = prior;
  return o;
}

/// The inverse: (parameters, features, rest).
nb::tuple tuples_of(OnlineMetaSolver::Options const& o) {
  nb::list parameters, features;
  for (auto const& p : o.parameters) {
    parameters.append(nb::make_tuple(p.name, p.low, p.high, p.constant, p.is_logarithmic, p.values, p.iteration_cost));
  }
  for (auto const& f : o.features) features.append(nb::make_tuple(f.name, f.low, f.high, f.is_logarithmic, f.bins));
  return nb::make_tuple(parameters, features,
                        nb::make_tuple(name_of(o.estimator, estimators), name_of(o.exploration, explorations), o.memory,
                                       o.constant_share, o.first_limit, o.most_loss, o.seed, o.cost_unit));
}

/// Numbers as an array of NumPy, which owns them.
nb::object numpy_of(std::vector<double> values, std::vector<std::size_t> const& shape) {
  auto* const kept = new std::vector<double>(std::move(values));
  nb::capsule const owner(kept, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, double>(kept->data(), shape.size(), shape.data(), owner));
}

template <class Items, class Number>
nb::object numbers(Items const& items, Number OnlineReport::Bin::*member) {
  std::vector<double> all;
  for (auto const& item : items) all.push_back(item.*member);
  return numpy_of(std::move(all), {items.size()});
}
/// [bins][width]
nb::object rows(OnlineReport const& r, std::vector<double> OnlineReport::Bin::*member, std::size_t width) {
  std::vector<double> all;
  for (auto const& bin : r.bins) all.insert(all.end(), (bin.*member).begin(), (bin.*member).end());
  return numpy_of(std::move(all), {r.bins.size(), width});
}

/// The cells' values are those of the grid in every bin.
nb::dict cells_of(OnlineReport const& r, std::size_t width) {
  std::size_t const arms = r.cells.size() / r.bins.size();
  std::vector<double> grid, tasks, cost;
  for (std::size_t c = 0; c < r.cells.size(); ++c) {
    auto const& cell = r.cells[c];
    if (c < arms) grid.insert(grid.end(), cell.parameters.begin(), cell.parameters.end());
    tasks.push_back(cell.tasks);
    cost.push_back(cell.cost);
  }
  nb::dict all;
  all["parameters"] = numpy_of(std::move(grid), {arms, width});
  all["tasks"] = numpy_of(std::move(tasks), {r.bins.size(), arms});
  all["cost"] = numpy_of(std::move(cost), {r.bins.size(), arms});
  return all;
}

/// (numbers, bins, cells): the fields of the classes in online_meta_solver.py.
nb::tuple report_of(BoundOnline& s) {
  auto const r = alone(s.executor(), [&] { return s->report(); });
  auto const parameters = static_cast<std::size_t>(s.parameters()), features = static_cast<std::size_t>(s.features());
  nb::dict of_all, bins;
  of_all["calls"] = r.calls;
  of_all["tasks"] = r.tasks;
  of_all["cost"] = r.cost;
  of_all["constant_cost"] = r.constant_cost;
  of_all["saved"] = r.saved();
  of_all["regret"] = r.regret;
  of_all["constants"] = r.constants;
  of_all["explored"] = r.explored;
  of_all["replaced"] = r.replaced;
  of_all["retried"] = r.retried;
  of_all["debt"] = r.debt;
  using Bin = OnlineReport::Bin;
  bins["low"] = rows(r, &Bin::low, features);
  bins["high"] = rows(r, &Bin::high, features);
  bins["tasks"] = numbers(r.bins, &Bin::tasks);
  bins["best"] = rows(r, &Bin::best, parameters);
  bins["cost"] = numbers(r.bins, &Bin::cost);
  bins["constant_cost"] = numbers(r.bins, &Bin::constant_cost);
  bins["uncertainty"] = numbers(r.bins, &Bin::uncertainty);
  return nb::make_tuple(of_all, bins, cells_of(r, parameters));
}

/// The same on an executor, for so many tasks. Neither executor does anything else meanwhile.
BoundOnline* on(BoundOnline& s, ExecutorHandle const& executor, std::int64_t capacity) {
  auto made = [&] {
    GilReleased const released;
    std::scoped_lock const both(s.executor()->mutex, executor->mutex);
    return OnlineMetaSolver(executor->executor, *s, capacity);
  }();
  return new BoundOnline{{executor, std::move(made)}};  // Python's from here on
}

BatchView<double const> features_of(BoundOnline& s, Call& call, nb::handle features) {
  if (features.is_none()) return {};
  if (s.features() == 0) throw InputError("features: the online meta-solver was made without features; give none");
  return call.reads_narrow<double>(features, "features", s.features());
}

/// theta: contiguous [count][parameters], where to write what was chosen. On a device this waits.
void choose(BoundOnline& s, std::int64_t count, bool single, nb::handle features, nb::handle theta,
            Stream const& stream) {
  Call call(s.executor()->device, count, single);
  auto const x = features_of(s, call, features);
  auto const to = call.writes<double>(theta, "theta", s.parameters());
  s.chosen = -1;
  auto const numbers = static_cast<std::size_t>(count * s.parameters());
  {
    InOrder const order(s.executor(), stream);
    auto const& executor = s.executor()->executor;
    auto const chosen = s->choose(count, x);
    if (executor.kind() == DeviceKind::cpu) {
      if (numbers > 0) executor.download(to.data, chosen.data, numbers * sizeof(double));
    } else if (numbers > 0) {
      std::vector<double> host(numbers);
      executor.download(host.data(), chosen.data, numbers * sizeof(double));
      executor.upload(to.data, host.data(), numbers * sizeof(double));
    }
    order.make_caller_wait();
  }
  s.chosen = count;
}

void learn(BoundOnline& s, nb::handle cost, Stream const& stream) {
  if (s.chosen < 0)
    throw InputError("learn: there was no `choose` before, or its costs are known; call `choose` first");
  Call call(s.executor()->device, s.chosen, false);
  auto const of_tasks = call.column<double>(cost, "cost");
  auto const count = std::exchange(s.chosen, -1);
  InOrder const order(s.executor(), stream);
  if (count > 0) s->learn(of_tasks);
  order.make_caller_wait();
}

void merge(BoundOnline& s, nb::handle sum) {
  Array const of(sum, "sum", false);
  if (of.type != element_type<double>() || of.dimensions != 1 || (of.strides[0] != 1 && of.shape[0] > 1) ||
      of.device.kind != DeviceKind::cpu) {
    throw InputError("sum: expected a contiguous float64 array in one dimension, on the CPU");
  }
  std::span const values(static_cast<double const*>(of.data), static_cast<std::size_t>(of.shape[0]));
  alone(s.executor(), [&] { s->merge(values); });
}

}  // namespace

Online online_of(Call& call, nb::handle meta_solver, nb::handle features) {
  auto& s = nb::cast<BoundOnline&>(meta_solver);
  s.chosen = -1;
  return {&*s, features_of(s, call, features)};
}

void bind_online(nb::module_& m) {
  nb::class_<BoundOnline>(m, "OnlineMetaSolver")
      .def("__init__",
           [](BoundOnline* self, ExecutorHandle const& executor, std::vector<nb::tuple> const& parameters,
              std::vector<nb::tuple> const& features, nb::tuple const& rest, std::optional<MetaSolver> const& prior,
              std::int64_t capacity) {
             auto const options = options_of(parameters, features, rest, prior, capacity);
             auto made = alone(executor, [&] { return OnlineMetaSolver(executor->executor, options); });
             new (self) BoundOnline{{executor, std::move(made)}};
           })
      .def_static("load",
                  [](ExecutorHandle const& executor, std::string const& file, std::int64_t capacity) {
                    auto made =
                        alone(executor, [&] { return OnlineMetaSolver::load(executor->executor, file, capacity); });
                    return new BoundOnline{{executor, std::move(made)}};  // Python's from here on
                  })
      .def("on", &on)
      .def_prop_ro("options", [](BoundOnline& s) { return tuples_of(s->options()); })
      .def_prop_ro("capacity", [](BoundOnline& s) { return s->options().capacity; })
      .def("choose", &choose, nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg().none())
      .def("learn", &learn, nb::arg().none(), nb::arg().none())
      .def("report", &report_of)
      .def("save", [](BoundOnline& s, std::string const& file) { alone(s.executor(), [&] { s->save(file); }); })
      .def("learned",
           [](BoundOnline& s) {
             auto sums = alone(s.executor(), [&] { return s->learned(); });
             std::size_t const size = sums.size();
             return numpy_of(std::move(sums), {size});
           })
      .def("merge", &merge);
}

}  // namespace metasolve::python
