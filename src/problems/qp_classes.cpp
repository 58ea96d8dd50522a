// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_classes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

using sparse::at;

void QpInstance::tell(std::string_view name, double value) {
  feature_names.emplace_back(name);
  features.push_back(value);
}

void QpInstance::tell(std::string_view name, std::vector<double> values, int at_most) {
  if (values.size() > at(at_most)) {
    std::sort(values.begin(), values.end());
    std::vector<double> quantiles(at(at_most));
    for (std::size_t i = 0; i < quantiles.size(); ++i)
      quantiles[i] = values[i * (values.size() - 1) / (quantiles.size() - 1)];
    values = std::move(quantiles);
  }
  for (std::size_t i = 0; i < values.size(); ++i) tell(std::string(name) + ' ' + std::to_string(i + 1), values[i]);
}

void QpInstance::bound(std::int64_t count, double lower, double upper, std::int32_t group) {
  l.insert(l.end(), at(count), lower);
  u.insert(u.end(), at(count), upper);
  penalty_group.insert(penalty_group.end(), at(count), group);
}

QpFamily family_of_class(std::string name, std::function<QpInstance(NumberSequence)> draw) {
  QpInstance const typical = draw(NumberSequence(random::Draws(0, random::Stream::weights, 0)));
  QpFamily family;
  family.name = std::move(name);
  family.p = typical.p.pattern;
  family.a = typical.a.pattern;
  family.matrices_differ = true;
  family.p_values = typical.p.values;
  family.a_values = typical.a.values;
  for (std::size_t i = 0; i < typical.l.size(); ++i) {
    double const l = typical.l[i], u = typical.u[i];
    family.classes.push_back(l == u                           ? RowClass::equality
                             : std::isinf(l) && std::isinf(u) ? RowClass::unbounded
                                                              : RowClass::inequality);
  }
  family.penalty_group = typical.penalty_group;
  family.feature_names = typical.feature_names;
  auto const width = at(family.width());
  family.sample = [draw = std::move(draw), width](std::uint64_t seed, int stream, std::int64_t index, double* row) {
    auto const task = draw(
        NumberSequence(random::Draws(seed, static_cast<random::Stream>(stream), static_cast<std::uint64_t>(index))));
    auto const parts = {&task.features, &task.q, &task.l, &task.u, &task.p.values, &task.a.values};
    std::size_t total = 0;
    for (auto const* part : parts) total += part->size();
    if (total != width) throw Error("a class of quadratic programs: a task has another pattern");
    for (auto const* part : parts) row = std::copy(part->begin(), part->end(), row);
  };
  return family;
}

RandomPattern::RandomPattern(std::int32_t rows, std::int32_t n, double density, std::uint64_t seed, std::uint64_t which)
    : columns(n) {
  std::vector<std::int32_t> places(at(rows) * at(n));
  random::shuffle(places, seed, which);
  places.resize(at(std::llround(density * static_cast<double>(places.size()))));
  std::sort(places.begin(), places.end());
  pattern.row_ptrs.assign(at(rows) + 1, 0);
  for (auto const place : places) {
    ++pattern.row_ptrs[at(place / n) + 1];
    pattern.col_idxs.push_back(place % n);
  }
  for (std::size_t i = 0; i < at(rows); ++i) pattern.row_ptrs[i + 1] += pattern.row_ptrs[i];
}

QpMatrix RandomPattern::values(std::function<double()> const& draw) const {
  QpMatrix result{pattern, std::vector<double>(pattern.col_idxs.size())};
  std::generate(result.values.begin(), result.values.end(), draw);
  return result;
}

std::vector<double> column_sums(QpMatrix const& a, std::int32_t columns, std::vector<double> const& weight) {
  std::vector<double> sums(at(columns), 0);
  a.for_each([&](std::int32_t row, std::int32_t column, double value) {
    sums[at(column)] += value * (weight.empty() ? value : weight[at(row)]);
  });
  return sums;
}

}  // namespace metasolve::problems
