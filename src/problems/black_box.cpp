// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/black_box.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/error.hpp"
#include "metasolve/types.hpp"

namespace metasolve::problems {

namespace {

using Arguments = kernels::LockstepArguments<double>;

[[noreturn]] void reject(BlackBox const& box, std::string const& what) {
  throw InputError("black box \"" + box.name + "\": " + what);
}

/// Calls a box for each part of a batch, in host memory.
class BlackBoxStage final : public engine::SolveStage<double> {
 public:
  BlackBoxStage(BlackBox box, std::shared_ptr<std::vector<double> const> rows, engine::StageLimits const& limits)
      : box_(std::move(box)), rows_(std::move(rows)), limits_(limits) {}

  [[nodiscard]] int parameter_size() const override { return static_cast<int>(box_.parameters.size()); }
  [[nodiscard]] int solution_size() const override { return 0; }
  [[nodiscard]] bool waits() const override { return true; }

  void attempt(Arguments const& a, kernels::Attempt attempt, kernels::Guard const& guard) override {
    if (guard.validates || attempt == kernels::Attempt::again) {
      throw Error("attempt: a black box has no guard and no second attempt");
    }
    if (a.slots == 0) return;
    begin(a.slots);
    for (std::int64_t s = 0; s < a.slots; ++s) put(s, a, s);
    run(a.max_iterations[0]);
    for (std::int64_t s = 0; s < a.slots; ++s) write(a, s);
  }

  /// The tasks, and each below and above in each parameter: one call.
  void differentiate(Arguments const& a) override {
    if (a.slots == 0) return;
    auto const p = box_.parameters.size();
    auto const copies = static_cast<std::int64_t>(1 + 2 * p);
    begin(copies * a.slots);
    for (std::int64_t s = 0; s < a.slots; ++s) {
      for (std::int64_t copy = 0; copy < copies; ++copy) put(copy * a.slots + s, a, s);
      for (std::size_t i = 0; i < p; ++i) {
        auto const below = static_cast<std::int64_t>(1 + 2 * i);
        theta_of(below * a.slots + s)[i] -= step_of(i, a.theta(s, static_cast<int>(i)));
        theta_of((below + 1) * a.slots + s)[i] += step_of(i, a.theta(s, static_cast<int>(i)));
      }
    }
    run(a.max_iterations[0]);
    for (std::int64_t s = 0; s < a.slots; ++s) {
      write(a, s);
      for (std::size_t i = 0; i < p && a.theta_bar; ++i) {
        auto const below = static_cast<std::int64_t>(1 + 2 * i) * a.slots + s, above = below + a.slots;
        bool const stands = !failed(s) && !failed(below) && !failed(above);
        double const rise = static_cast<double>(iterations_[at(above)]) - static_cast<double>(iterations_[at(below)]);
        double const step = step_of(i, a.theta(s, static_cast<int>(i)));
        a.theta_bar(s, static_cast<int>(i)) = stands && step > 0 ? a.weight * rise / (2 * step) : 0;
      }
    }
  }

  void gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) override {
    throw InputError("optimizer.kind: a black box has gradients by differences alone; use \"adam\"");
  }

 private:
  static std::size_t at(std::int64_t slot) { return static_cast<std::size_t>(slot); }
  double* theta_of(std::int64_t slot) { return theta_.data() + at(slot) * box_.parameters.size(); }
  [[nodiscard]] std::size_t width() const { return box_.columns.size() + box_.parameters.size(); }
  [[nodiscard]] bool failed(std::int64_t slot) const {
    return kernels::is_failure(static_cast<kernels::Status>(status_[at(slot)]));
  }

  [[nodiscard]] double step_of(std::size_t i, double theta) const {
    auto const& parameter = box_.parameters[i];
    double const low = parameter.logarithmic ? 0 : parameter.low;
    double const reach = std::min(theta - low, parameter.high - theta);
    return limits_.difference.step * std::max(0.0, reach);
  }

  void begin(std::int64_t slots) {
    given_.resize(at(slots) * box_.columns.size());
    theta_.resize(at(slots) * box_.parameters.size());
    iterations_.assign(at(slots), 0);
    status_.assign(at(slots), 0);
  }
  /// Slot s of the call as slot `to` of the box's.
  void put(std::int64_t to, Arguments const& a, std::int64_t s) {
    auto const* const row = rows_->data() + at(a.task(s)) * width();
    std::copy_n(row, box_.columns.size(), given_.data() + at(to) * box_.columns.size());
    auto const* const own = row + box_.columns.size();
    for (std::size_t i = 0; i < box_.parameters.size(); ++i) {
      theta_of(to)[i] = a.theta ? a.theta(s, static_cast<int>(i)) : own[i];
    }
  }
  void run(std::int32_t limit) {
    box_.solve(static_cast<std::int64_t>(status_.size()), given_.data(), theta_.data(), limit, iterations_.data(),
               status_.data());
    for (std::size_t s = 0; s < status_.size(); ++s) {
      if (status_[s] < 0 || status_[s] > static_cast<std::int32_t>(Status::stagnated) || iterations_[s] < 0) {
        reject(box_, "its solve gave a task status " + std::to_string(status_[s]) + " and " +
                         std::to_string(iterations_[s]) + " iterations; expected a value of Status, and 0 or more");
      }
      iterations_[s] = std::min(iterations_[s], limit);
    }
  }
  void write(Arguments const& a, std::int64_t s) const {
    auto const status = static_cast<kernels::Status>(status_[at(s)]);
    auto const made = iterations_[at(s)];
    kernels::write_outcome<double>(a, s, status, made, 0.0, static_cast<double>(made));
  }

  BlackBox box_;
  std::shared_ptr<std::vector<double> const> rows_;  ///< [tasks][width()]
  engine::StageLimits limits_;
  std::vector<double> given_, theta_;
  std::vector<std::int32_t> iterations_, status_;
};

/// What the stage and the network read: all on the host.
struct BoxData {
  std::shared_ptr<std::vector<double>> rows;
  exec::Buffer<double> features, parameters;
};

engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks, BlackBox const& box,
                               engine::StageLimits const& limits) {
  if (exec.name() == "cuda") reject(box, "is solved on the host; choose the device \"cpu\"");
  auto const columns = static_cast<std::int64_t>(box.columns.size());
  auto const parameters = static_cast<std::int64_t>(box.parameters.size()), width = columns + parameters;
  auto data = std::make_shared<BoxData>();
  data->rows = std::make_shared<std::vector<double>>();
  data->features = exec::Buffer<double>(exec, tasks.count * columns);
  data->parameters = exec::Buffer<double>(exec, tasks.count * parameters);
  if (!exec.planning()) {
    data->rows->resize(static_cast<std::size_t>(tasks.count * width));
    tasks.fill(0, tasks.count, data->rows->data());
    auto const features = features_of(box, data->rows->data(), tasks.count, width);
    data->features.upload(features.data(), tasks.count * columns);
    engine::upload_columns(data->parameters, data->rows->data(), width, columns, parameters, 0, tasks.count);
  }
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = {data->features.data(), columns, 1};
  group.default_parameters = {data->parameters.data(), parameters, 1};
  group.solver = std::make_unique<BlackBoxStage>(box, data->rows, limits);
  group.data = std::move(data);
  return group;
}

}  // namespace

}  // namespace metasolve::problems

void metasolve::validate(BlackBox const& box) {
  using metasolve::problems::reject;
  if (box.name.empty()) throw InputError("black box: has no name");
  if (!box.solve) reject(box, "has no solve");
  if (box.columns.empty()) reject(box, "has no columns: the numbers of a task");
  if (box.parameters.empty()) reject(box, "has no parameters");
  std::set<std::string> names;
  for (auto const& column : box.columns) {
    if (!names.insert(column).second) reject(box, "column \"" + column + "\" occurs twice");
  }
  for (auto const& column : box.by_logarithm) {
    if (!names.contains(column)) reject(box, "by_logarithm: \"" + column + "\" is no column");
  }
  for (auto const& p : box.parameters) {
    if (!names.insert(p.name).second) reject(box, "\"" + p.name + "\" occurs twice");
    bool const fits = std::isfinite(p.low) && std::isfinite(p.high) && p.low < p.high && (!p.logarithmic || p.low > 0);
    if (!fits) reject(box, "parameter \"" + p.name + "\": expected low < high, and low > 0 for a logarithmic one");
    double const least = p.logarithmic ? 0 : p.low;
    if (!(p.constant >= least && p.constant <= p.high)) {
      reject(box, "parameter \"" + p.name + "\": its constant is outside its range");
    }
  }
}

namespace metasolve::problems {

std::vector<double> features_of(BlackBox const& box, double const* rows, std::int64_t n, std::int64_t width) {
  std::vector<bool> logarithms;
  for (auto const& column : box.columns) logarithms.push_back(std::ranges::count(box.by_logarithm, column) > 0);
  std::vector<double> features;
  features.reserve(static_cast<std::size_t>(n) * logarithms.size());
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::size_t c = 0; c < logarithms.size(); ++c) {
      double const x = rows[t * width + static_cast<std::int64_t>(c)];
      features.push_back(logarithms[c] ? std::log10(x) : x);
    }
  }
  return features;
}

RowDescription described(BlackBox const& box) {
  RowDescription d;
  d.name = box.name;
  d.type = typeid(BlackBox);
  d.column_names = box.columns;
  d.sides.problem = box.name;
  for (auto const& column : box.columns) {
    bool const is_log = std::ranges::count(box.by_logarithm, column) > 0;
    d.sides.features.push_back({(is_log ? "log10 of " : "") + column});
  }
  for (auto const& p : box.parameters) {
    auto const kind = p.logarithmic ? kernels::HeadKind::logarithmic : kernels::HeadKind::interval;
    d.head.push_back({kind, d.outputs++, p.low, p.high, p.constant});
    d.parameter_columns.push_back(static_cast<int>(d.column_names.size()));
    d.column_names.push_back(p.name);
    d.sides.parameters.push_back(model::parameter_of(p.name, d.head.back()));
  }
  d.columns = static_cast<int>(d.column_names.size());
  d.sides.head = d.head;
  d.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver, engine::StageLimits const& limits) {
    return bind(exec, tasks, *static_cast<BlackBox const*>(solver), limits);
  };
  BlackBox shape = box;
  shape.solve = nullptr;  // the description outlives the caller's function
  d.features_of = [shape, width = d.columns](double const* rows, std::int64_t n, double* of_rows) {
    std::ranges::copy(features_of(shape, rows, n, width), of_rows);
  };
  return d;
}

void register_box(BlackBox const& box) {
  validate(box);
  auto description = described(box);
  auto const sides = description.sides;
  register_problem(std::move(description));
  auto const& known = user_problem(box.name, typeid(BlackBox)).description().sides;
  if (known.features == sides.features && known.parameters == sides.parameters) return;
  reject(box,
         "another one of that name, with other columns or parameters, was used in this process; give it a name of "
         "its own");
}

}  // namespace metasolve::problems
