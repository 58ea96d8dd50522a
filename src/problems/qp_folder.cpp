// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_folder.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "metasolve/detail/problems/qp_dense.hpp"
#include "metasolve/detail/problems/qp_files.hpp"
#include "metasolve/detail/problems/qp_matrix.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/qp_scaling.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

constexpr int most_features = 64;
/// Tasks among which dependences are searched.
constexpr std::int64_t most_compared = 256;

/// A number of each task.
struct TaskNumber {
  std::vector<double> const* values;  ///< [tasks][stride]
  std::size_t stride, offset;
  bool is_indicator;  ///< of infinity
  std::string name;

  [[nodiscard]] double of(std::int64_t task) const {
    double const value = (*values)[at(task) * stride + offset];
    if (!is_indicator) return value;
    return std::isinf(value) ? 1 : 0;
  }
};

void add_numbers(std::vector<TaskNumber>& numbers, std::vector<double> const& values,
                 std::vector<std::string> const& names) {
  for (std::size_t i = 0; i < names.size(); ++i) numbers.push_back({&values, names.size(), i, false, names[i]});
}

constexpr char of_indicator[] = " infinite";  // behind the number's name

std::vector<std::string> numbered_names(std::string const& name, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(name + std::to_string(i));
  return names;
}

std::vector<std::string> entry_names(std::string const& name, CsrPattern const& pattern) {
  std::vector<std::string> names;
  QpMatrix{pattern, std::vector<double>(pattern.col_idxs.size(), 0)}.for_each(
      [&](std::int32_t i, std::int32_t j, double) {
        names.push_back(name + "(" + std::to_string(i + 1) + ", " + std::to_string(j + 1) + ")");
      });
  return names;
}

/// Those that the files give as such.
std::vector<TaskNumber> given_features(GivenQps const& data) {
  std::vector<TaskNumber> numbers;
  add_numbers(numbers, data.features, numbered_names("feature ", data.feature_count()));
  return numbers;
}

/// Of the programs.
std::vector<TaskNumber> every_number(GivenQps const& data) {
  std::vector<TaskNumber> numbers;
  add_numbers(numbers, data.q, numbered_names("q", data.p.rows()));
  add_numbers(numbers, data.l, numbered_names("l", data.a.rows()));
  add_numbers(numbers, data.u, numbered_names("u", data.a.rows()));
  if (data.matrices_differ) {
    add_numbers(numbers, data.p_values, entry_names("P", data.p));
    add_numbers(numbers, data.a_values, entry_names("A", data.a));
  }
  return numbers;
}

std::vector<TaskNumber> differing_numbers(GivenQps const& data) {
  std::vector<TaskNumber> result;
  for (auto& number : every_number(data)) {
    bool differs = false, is_infinite = false;
    for (std::int64_t t = 0; t < data.tasks; ++t) {
      differs = differs || number.of(t) != number.of(0);
      is_infinite = is_infinite || std::isinf(number.of(t));
    }
    if (!differs) continue;
    number.is_indicator = is_infinite;
    if (is_infinite) number.name += of_indicator;
    result.push_back(std::move(number));
  }
  return result;
}

/// @throws InputError there is none of one of these names
std::vector<TaskNumber> named_numbers(GivenQps const& data, std::vector<std::string> const& names,
                                      std::filesystem::path const& path) {
  auto every = every_number(data);
  auto const given = given_features(data);
  every.insert(every.end(), given.begin(), given.end());
  std::vector<TaskNumber> result;
  for (auto const& name : names) {
    bool const is_indicator = name.ends_with(of_indicator);
    auto const of_number = is_indicator ? name.substr(0, name.size() - std::string(of_indicator).size()) : name;
    auto const found = std::ranges::find(every, of_number, &TaskNumber::name);
    if (found == every.end()) {
      throw InputError(path.string() + ": the meta-solver's feature \"" + name +
                       "\" is no number of these programs; give programs of the folder's form that it was trained on");
    }
    result.push_back(*found);
    result.back().is_indicator = is_indicator;
    result.back().name = name;
  }
  return result;
}

/// Those that determine the others, in their order.
std::vector<TaskNumber> independent_numbers(std::vector<TaskNumber> const& numbers, std::int64_t tasks) {
  auto const compared = static_cast<int>(std::min(tasks, most_compared));
  DenseMatrix sample(compared, static_cast<int>(numbers.size()));
  for (int j = 0; j < sample.columns; ++j) {
    double mean = 0, square = 0;
    for (int t = 0; t < compared; ++t) mean += (sample(t, j) = numbers[at(j)].of(t * tasks / compared)) / compared;
    for (int t = 0; t < compared; ++t) square += std::pow(sample(t, j) -= mean, 2);
    // Without units; what is constant among those compared stays so.
    if (double const norm = std::sqrt(square); norm > 1e-12 * std::abs(mean))
      for (int t = 0; t < compared; ++t) sample(t, j) /= norm;
  }
  auto chosen = independent_columns(std::move(sample), 1e-7, most_features);
  std::sort(chosen.begin(), chosen.end());
  std::vector<TaskNumber> result;
  result.reserve(chosen.size());
  for (int const j : chosen) result.push_back(numbers[at(j)]);
  return result;
}

RowClass class_in_all_tasks(GivenQps const& data, std::int64_t row) {
  bool is_equality = true, is_unbounded = true;
  for (std::int64_t t = 0; t < data.tasks; ++t) {
    double const l = data.l[at(t * data.a.rows() + row)], u = data.u[at(t * data.a.rows() + row)];
    is_equality = is_equality && l == u;
    is_unbounded = is_unbounded && std::isinf(l) && std::isinf(u);
  }
  if (is_equality) return RowClass::equality;
  return is_unbounded ? RowClass::unbounded : RowClass::inequality;
}

/// Of each row's penalty, as OSQP's scaling has it, for the first task.
std::vector<double> scaling_of(QpFamily const& family, double const* q) {
  sparse::QpMatrices qp{family.variables(), family.rows(), {}, {}, {q, at(family.variables())}};
  auto const copy = [](CsrPattern const& pattern, std::vector<double> const& values) {
    std::vector<sparse::QpMatrices::Entry> entries;
    QpMatrix{pattern, values}.for_each([&](std::int32_t i, std::int32_t j, double value) {
      entries.push_back({i, j, value});
    });
    return entries;
  };
  qp.p = copy(family.p, family.p_values);
  qp.a = copy(family.a, family.a_values);
  return sparse::equilibrated(qp).rows;
}

/// With these numbers as features.
QpFamily family_with(std::shared_ptr<GivenQps const> const& data, std::vector<TaskNumber> features) {
  auto const numbers = std::make_shared<std::vector<TaskNumber> const>(std::move(features));
  QpFamily family;
  family.name = "folder";
  family.given = data->tasks;
  family.p = data->p;
  family.a = data->a;
  family.matrices_differ = data->matrices_differ;
  family.has_scales = !data->scales.empty();
  family.p_values.assign(data->p_values.begin(), data->p_values.begin() + data->p.entries());
  family.a_values.assign(data->a_values.begin(), data->a_values.begin() + data->a.entries());
  for (std::int64_t i = 0; i < data->a.rows(); ++i) {
    family.classes.push_back(class_in_all_tasks(*data, i));
    family.penalty_group.push_back(family.classes.back() == RowClass::equality ? 1 : 0);
  }
  family.row_weights = scaling_of(family, data->q.data());
  for (auto const& number : *numbers) family.feature_names.push_back(number.name);
  family.sample = [data, numbers](std::uint64_t /*seed*/, int /*stream*/, std::int64_t index, double* row) {
    for (auto const& number : *numbers) *row++ = number.of(index);
    auto const add = [&](std::vector<double> const& values, std::int64_t width) {
      auto const first = values.begin() + index * width;
      row = std::copy(first, first + width, row);
    };
    add(data->q, data->p.rows());
    add(data->l, data->a.rows());
    add(data->u, data->a.rows());
    if (!data->scales.empty()) add(data->scales, 2);
    if (!data->matrices_differ) return;
    add(data->p_values, data->p.entries());
    add(data->a_values, data->a.entries());
  };
  return family;
}

}  // namespace

QpFamily folder_family(std::filesystem::path const& path, std::int64_t memory) {
  auto const data = std::make_shared<GivenQps const>(read_given_qps(path, memory));
  if (data->feature_count() > 0) return family_with(data, given_features(*data));
  return family_with(data, independent_numbers(differing_numbers(*data), data->tasks));
}

QpFamily folder_family_as(QpFamily const& trained, std::filesystem::path const& path, std::int64_t memory) {
  auto const data = std::make_shared<GivenQps const>(read_given_qps(path, memory));
  auto family = family_with(data, named_numbers(*data, trained.feature_names, path));
  auto const same = [](CsrPattern const& x, CsrPattern const& y) {
    return x.row_ptrs == y.row_ptrs && x.col_idxs == y.col_idxs;
  };
  if (!same(family.p, trained.p) || !same(family.a, trained.a)) {
    throw InputError(path.string() +
                     ": programs with other patterns of P or A than those of the meta-solver's training");
  }
  if (family.has_scales != trained.has_scales) {
    throw InputError(path.string() + (trained.has_scales ? ": no scales" : ": scales") +
                     ", other than the programs of the meta-solver's training");
  }
  // Whether a row of these few is always an equality says nothing about the family.
  family.classes = trained.classes;
  family.row_weights = trained.row_weights;
  family.penalty_group = trained.penalty_group;
  return family;
}

}  // namespace metasolve::problems
