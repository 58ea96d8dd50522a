// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/black_box.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "metasolve/detail/problems/black_box_problem.hpp"
#include "metasolve/detail/problems/black_box_stage.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

using problems::reject;

bool is_whole(double x) { return std::round(x) == x; }

/// What is wrong with a parameter; empty: nothing.
std::string fault_of(BlackBoxParameter const& p) {
  bool const is_finite = std::isfinite(p.low) && std::isfinite(p.high) && std::isfinite(p.constant);
  if (p.kind == ParameterKind::choice) {
    if (p.options.size() < 2) return "expected 2 or more options to choose from";
    std::set<std::string> const names(p.options.begin(), p.options.end());
    if (names.size() != p.options.size() || names.contains("")) return "an option is empty or occurs twice";
    bool const is_index = is_whole(p.constant) && p.constant >= 0 && p.constant < static_cast<double>(p.options.size());
    return is_index ? "" : "its constant is not the index of an option, 0 to " + std::to_string(p.options.size() - 1);
  }
  if (!p.options.empty()) return "has options, but is no choice";
  if (p.kind == ParameterKind::real) {
    return std::isfinite(p.constant) && std::isfinite(p.scale) && p.scale > 0
               ? ""
               : "expected a finite constant, and a scale above 0";
  }
  bool const is_logarithmic = p.kind == ParameterKind::logarithmic;
  if (!is_finite || !(p.low < p.high) || (is_logarithmic && !(p.low > 0))) {
    return "expected low < high, and low > 0 for a logarithmic one";
  }
  if (p.kind == ParameterKind::integer && !(is_whole(p.low) && is_whole(p.high) && is_whole(p.constant))) {
    return "expected whole numbers";
  }
  double const least = is_logarithmic ? 0 : p.low;
  return p.constant >= least && p.constant <= p.high ? "" : "its constant is outside its range";
}

void require_columns(BlackBox const& box, std::vector<std::string> const& named, std::string const& where) {
  for (auto const& column : named) {
    if (std::ranges::count(box.columns, column) == 0) reject(box, where + ": \"" + column + "\" is no column");
  }
}

}  // namespace

void validate(BlackBox const& box) {
  if (box.name.empty()) throw InputError("black box: has no name");
  if (!box.solve) reject(box, "has no solve");
  if (box.columns.empty()) reject(box, "has no columns: the numbers of a task");
  if (box.parameters.empty()) reject(box, "has no parameters");
  std::set<std::string> names;
  for (auto const& column : box.columns) {
    if (column.empty()) reject(box, "a column has no name");
    if (!names.insert(column).second) reject(box, "column \"" + column + "\" occurs twice");
  }
  require_columns(box, box.by_logarithm, "by_logarithm");
  require_columns(box, box.hidden, "hidden");
  require_columns(box, box.reference, "reference");
  if (problems::feature_count(box) == 0) reject(box, "hidden: all columns; a network must see one of them at least");
  if (!box.reference.empty() && box.reference.size() != box.parameters.size()) {
    reject(box, "reference: " + std::to_string(box.reference.size()) + " columns; expected one for each of " +
                    std::to_string(box.parameters.size()) + " parameters");
  }
  for (auto const& p : box.parameters) {
    if (p.name.empty()) reject(box, "a parameter has no name");
    if (!names.insert(p.name).second) reject(box, "\"" + p.name + "\" occurs twice");
    auto const fault = fault_of(p);
    if (!fault.empty()) reject(box, "parameter \"" + p.name + "\": " + fault);
  }
}

namespace problems {

void reject(BlackBox const& box, std::string const& what) {
  throw InputError("black box \"" + box.name + "\": " + what);
}

estimate::ParameterSpace space_of(BlackBox const& box) {
  using Kind = estimate::ParameterSpace::Kind;
  estimate::ParameterSpace space;
  for (auto const& p : box.parameters) {
    switch (p.kind) {
      case ParameterKind::interval:
        space.add({Kind::bounded, p.low, p.high});
        break;
      case ParameterKind::logarithmic:
        space.add({Kind::bounded, 0, p.high});
        break;
      case ParameterKind::real:
        space.add({.kind = Kind::real, .scale = p.scale});
        break;
      case ParameterKind::integer:
        space.add({Kind::integer, p.low, p.high});
        break;
      case ParameterKind::choice:
        space.add({.kind = Kind::choice, .options = static_cast<int>(p.options.size())});
        break;
    }
  }
  return space;
}

std::vector<double> constants_of(BlackBox const& box) {
  std::vector<double> constants;
  for (auto const& p : box.parameters) {
    if (p.kind != ParameterKind::choice) {
      constants.push_back(p.constant);
      continue;
    }
    for (std::size_t i = 0; i < p.options.size(); ++i)
      constants.push_back(static_cast<double>(i) == p.constant ? 1 : 0);
  }
  return constants;
}

namespace {

bool is_among(std::vector<std::string> const& names, std::string const& name) {
  return std::ranges::find(names, name) != names.end();
}

/// The head of one coordinate. Scores of options are bounded, so that no option's probability vanishes.
kernels::HeadEntry head_of(BlackBoxParameter const& p, std::int32_t output) {
  using kernels::HeadKind;
  constexpr double largest_score = 4;
  switch (p.kind) {
    case ParameterKind::real:
      return {.kind = HeadKind::offset, .output = output, .high = p.scale};
    case ParameterKind::choice:
      return {HeadKind::interval, output, -largest_score, largest_score, 0};
    case ParameterKind::logarithmic:
      return {HeadKind::logarithmic, output, p.low, p.high, p.constant};
    case ParameterKind::interval:
    case ParameterKind::integer:
      break;
  }
  return {HeadKind::interval, output, p.low, p.high, p.constant};
}

}  // namespace

std::int64_t feature_count(BlackBox const& box) {
  return std::ranges::count_if(box.columns, [&](auto const& column) { return !is_among(box.hidden, column); });
}

std::vector<double> features_of(BlackBox const& box, double const* rows, std::int64_t n, std::int64_t width) {
  std::vector<std::pair<std::int64_t, bool>> seen;  // column, whether by logarithm
  for (std::size_t c = 0; c < box.columns.size(); ++c) {
    if (is_among(box.hidden, box.columns[c])) continue;
    seen.emplace_back(static_cast<std::int64_t>(c), is_among(box.by_logarithm, box.columns[c]));
  }
  std::vector<double> features;
  features.reserve(static_cast<std::size_t>(n) * seen.size());
  for (std::int64_t t = 0; t < n; ++t) {
    for (auto const& [column, by_logarithm] : seen) {
      double const x = rows[t * width + column];
      features.push_back(by_logarithm ? std::log10(x) : x);
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
    if (is_among(box.hidden, column)) continue;
    d.sides.features.push_back({(is_among(box.by_logarithm, column) ? "log10 of " : "") + column});
  }
  auto const add = [&](BlackBoxParameter const& p, std::string const& name) {
    d.head.push_back(head_of(p, d.outputs++));
    d.parameter_columns.push_back(static_cast<int>(d.column_names.size()));
    d.column_names.push_back(name);
    d.sides.parameters.push_back(model::parameter_of(name, d.head.back()));
  };
  for (auto const& p : box.parameters) {
    if (p.kind != ParameterKind::choice) add(p, p.name);
    for (auto const& option : p.options) add(p, p.name + " " + option);
  }
  d.columns = static_cast<int>(d.column_names.size());
  d.sides.head = d.head;
  d.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver, engine::StageLimits const& limits) {
    return bind_black_box(exec, tasks, *static_cast<BlackBox const*>(solver), limits);
  };
  BlackBox shape = box;
  shape.solve = nullptr;  // the description outlives the caller's function
  d.features_of = [shape, width = d.columns](double const* rows, std::int64_t n, double* of_rows) {
    std::ranges::copy(features_of(shape, rows, n, width), of_rows);
  };
  return d;
}

TaskRows with_constants(BlackBox const& box, TaskRows const& rows) {
  return [columns = static_cast<std::int64_t>(box.columns.size()), constants = constants_of(box), rows](
             TaskSet set, std::int64_t first, std::int64_t n, double* to) {
    auto const width = columns + static_cast<std::int64_t>(constants.size());
    std::vector<double> given(to, to + n * columns);  // what is not written stays what it was: NaN
    rows(set, first, n, given.data());
    for (std::int64_t t = 0; t < n; ++t) {
      std::copy_n(given.data() + t * columns, columns, to + t * width);
      std::ranges::copy(constants, to + t * width + columns);
    }
  };
}

void register_box(BlackBox const& box) {
  validate(box);
  add_problem(std::make_unique<BlackBoxProblem const>(box));
  auto const& known = dynamic_cast<BlackBoxProblem const&>(user_problem(box.name, typeid(BlackBox)));
  if (known.has_shape_of(box)) return;
  reject(
      box,
      "another one of that name, with other columns, parameters or cost, was used in this process; give it a name of "
      "its own");
}

}  // namespace problems
}  // namespace metasolve
