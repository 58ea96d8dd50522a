// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_file_parts.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/qp_matrix.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

using Place = std::pair<std::int32_t, std::int32_t>;

std::string size_of(matrices::MatrixArrays const& m) {
  return std::to_string(m.rows) + " by " + std::to_string(m.columns);
}

std::string place_text(Place place) {
  return "(" + std::to_string(place.first + 1) + ", " + std::to_string(place.second + 1) + ")";
}

/// Places of which some task's value is not 0, and for sparse files all that are there: ascending.
std::vector<Place> union_of_places(std::vector<QpMatrixSource> const& sources) {
  std::vector<Place> places;
  for (auto const& source : sources) {
    auto const& m = *source.arrays;
    std::size_t const count = m.places.size();
    bool const is_full = count == at(m.rows) * at(m.columns);
    for (std::size_t e = 0; e < count; ++e) {
      bool is_used = !is_full;
      for (std::size_t t = 0; t < at(m.tasks) && !is_used; ++t) is_used = m.values[t * count + e] != 0;
      if (is_used) places.push_back(m.places[e]);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
  }
  return places;
}

CsrPattern pattern_of_places(std::vector<Place> const& places, std::int32_t rows) {
  CsrPattern pattern;
  pattern.row_ptrs.assign(at(rows) + 1, 0);
  for (auto const& [row, column] : places) {
    ++pattern.row_ptrs[at(row) + 1];
    pattern.col_idxs.push_back(column);
  }
  for (std::size_t i = 0; i < at(rows); ++i) pattern.row_ptrs[i + 1] += pattern.row_ptrs[i];
  return pattern;
}

/// Leaves the first row alone where all are equal.
void collapse(QpMatrixValues& matrix, std::size_t tasks) {
  std::size_t const entries = matrix.pattern.col_idxs.size();
  for (std::size_t t = 1; t < tasks && !matrix.differ; ++t)
    matrix.differ = !std::equal(matrix.values.begin(), matrix.values.begin() + static_cast<std::ptrdiff_t>(entries),
                                matrix.values.begin() + static_cast<std::ptrdiff_t>(t * entries));
  if (!matrix.differ) matrix.values.resize(entries);
}

/// "FILE: task 3" of a task of all sources. As in the output of `solve`, the first is task 0.
std::string task_text(std::vector<QpMatrixSource> const& sources, std::size_t task) {
  auto source = sources.begin();
  for (; source + 1 != sources.end() && task >= at(source->tasks); ++source) task -= at(source->tasks);
  return source->file + ": task " + std::to_string(task);
}

}  // namespace

QpMatrixValues common_values(std::string const& name, std::vector<QpMatrixSource> const& sources) {
  auto const& first = *sources.front().arrays;
  std::size_t total = 0;
  for (auto const& source : sources) {
    auto const& m = *source.arrays;
    total += at(source.tasks);
    if (m.rows != first.rows || m.columns != first.columns) {
      throw InputError(source.file + ": " + name + " is " + size_of(m) + ", but that of " + sources.front().file +
                       " is " + size_of(first) + "; give programs of one size");
    }
    if (m.tasks != 1 && m.tasks != source.tasks) {
      throw InputError(source.file + ": " + name + " is there for " + std::to_string(m.tasks) +
                       " tasks, but q, l, u for " + std::to_string(source.tasks) +
                       "; give one matrix, or one for each task");
    }
  }
  auto const places = union_of_places(sources);
  QpMatrixValues result{pattern_of_places(places, first.rows)};
  result.values.assign(total * places.size(), 0);
  std::size_t before = 0;
  for (auto const& source : sources) {
    auto const& m = *source.arrays;
    std::vector<std::size_t> index;
    for (auto const& place : m.places) {
      auto const found = std::lower_bound(places.begin(), places.end(), place);
      bool const is_there = found != places.end() && *found == place;
      index.push_back(is_there ? static_cast<std::size_t>(found - places.begin()) : places.size());
    }
    for (std::size_t t = 0; t < at(source.tasks); ++t) {
      double const* const from = m.values.data() + (m.tasks == 1 ? 0 : t * m.places.size());
      double* const to = result.values.data() + (before + t) * places.size();
      for (std::size_t e = 0; e < index.size(); ++e) {
        if (!std::isfinite(from[e])) {
          throw InputError(source.file + ": task " + std::to_string(t) + ": " + name + place_text(m.places[e]) +
                           " is " + io::shortest(from[e]) + ", expected a finite number");
        }
        if (index[e] < places.size()) to[index[e]] += from[e];
      }
    }
    before += at(source.tasks);
  }
  collapse(result, total);
  return result;
}

QpMatrixValues lower_triangle(QpMatrixValues const& whole, std::vector<QpMatrixSource> const& sources) {
  auto const& first = *sources.front().arrays;
  if (first.rows != first.columns) {
    throw InputError(sources.front().file + ": P is " + size_of(first) + ", expected a square matrix");
  }
  std::map<Place, std::pair<int, int>> sides;  // of the lower triangle's place: entries below and above, from 1 on
  bool has_below = false, has_above = false;
  QpMatrix{whole.pattern, std::vector<double>(whole.pattern.col_idxs.size(), 0)}.for_each(
      [&, e = 0](std::int32_t i, std::int32_t j, double) mutable {
        ++e;
        has_below = has_below || i > j;
        has_above = has_above || i < j;
        auto& [below, above] = sides[{std::max(i, j), std::min(i, j)}];
        (i >= j ? below : above) = e;
        if (i == j) above = e;
      });
  bool const is_whole = has_below && has_above;
  std::vector<Place> places;
  places.reserve(sides.size());
  for (auto const& [place, side] : sides) places.push_back(place);
  QpMatrixValues result{pattern_of_places(places, first.rows), whole.differ};
  std::size_t const entries = whole.pattern.col_idxs.size();
  std::size_t const tasks = entries == 0 ? 0 : whole.values.size() / entries;
  for (std::size_t t = 0; t < tasks; ++t) {
    double const* const values = whole.values.data() + t * entries;
    double largest = 0;
    for (std::size_t e = 0; e < entries; ++e) largest = std::max(largest, std::abs(values[e]));
    auto const value = [&](int e) { return e == 0 ? 0.0 : values[e - 1]; };
    for (auto const& [place, side] : sides) {
      double const below = value(side.first), above = value(side.second);
      // Products such as M'M are symmetric up to rounding alone.
      if (is_whole && !(std::abs(below - above) <= 1e-10 * largest)) {
        throw InputError(task_text(sources, t) + ": P is not symmetric: P" + place_text(place) + " is " +
                         io::shortest(below) + ", P" + place_text({place.second, place.first}) + " " +
                         io::shortest(above) + "; give a symmetric matrix or one triangle");
      }
      result.values.push_back(has_below || place.first == place.second ? below : above);
    }
  }
  return result;
}

void check_vectors(QpFilePart& part, std::int64_t n, std::int64_t m) {
  constexpr double infinite_from = 1e20;  // OSQP's convention
  auto const reject = [&](std::int64_t task, std::string const& problem) {
    throw InputError(part.file + ": task " + std::to_string(task) + ": " + problem);
  };
  auto const entry = [](char const* name, std::int64_t i, double value) {
    return name + std::to_string(i + 1) + " is " + io::shortest(value);
  };
  for (std::int64_t t = 0; t < part.tasks; ++t) {
    for (std::int64_t i = 0; i < n; ++i)
      if (double const q = part.q[at(t * n + i)]; !std::isfinite(q))
        reject(t, entry("q", i, q) + ", expected a finite number");
    for (std::int64_t i = 0; i < m; ++i) {
      double& l = part.l[at(t * m + i)];
      double& u = part.u[at(t * m + i)];
      if (l <= -infinite_from) l = -qp_infinity;
      if (u >= infinite_from) u = qp_infinity;
      if (!(l < infinite_from)) reject(t, entry("l", i, l) + ", expected a number below 1e20, or -inf for no bound");
      if (!(u > -infinite_from)) reject(t, entry("u", i, u) + ", expected a number above -1e20, or inf for no bound");
      if (!(l <= u)) reject(t, entry("l", i, l) + ", above " + entry("u", i, u) + "; correct one of them");
    }
  }
}

namespace {

std::vector<double> joined(std::vector<QpFilePart> const& parts, char const* name,
                           std::vector<double> QpFilePart::*which, bool positive) {
  auto const width = [which](QpFilePart const& part) {
    return static_cast<std::int64_t>((part.*which).size()) / part.tasks;
  };
  std::int64_t const size = width(parts.front());
  std::vector<double> all;
  for (auto const& part : parts) {
    if (width(part) != size) {
      throw InputError(part.file + ": has " + std::to_string(width(part)) + " " + name + " a task, but " +
                       parts.front().file + " " + std::to_string(size) + "; give the same in each file");
    }
    auto const& values = part.*which;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i]) && (!positive || values[i] > 0)) continue;
      throw InputError(part.file + ": task " + std::to_string(i / at(size)) + ": number " +
                       std::to_string(i % at(size) + 1) + " of its " + name + " is " + io::shortest(values[i]) +
                       ", expected a " + (positive ? "positive" : "finite") + " number");
    }
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace

std::vector<double> joined_scales(std::vector<QpFilePart> const& parts) {
  auto all = joined(parts, "scales", &QpFilePart::scales, true);
  auto const size = static_cast<std::int64_t>(parts.front().scales.size()) / parts.front().tasks;
  if (size == 0 || size == 2) return all;
  throw InputError(parts.front().file + ": has " + std::to_string(size) +
                   " scales a task, expected 2, of the primal and of the dual residual");
}

std::vector<double> joined_features(std::vector<QpFilePart> const& parts) {
  return joined(parts, "features", &QpFilePart::features, false);
}

}  // namespace metasolve::problems
