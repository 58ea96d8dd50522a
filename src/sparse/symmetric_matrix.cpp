// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/symmetric_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

/// An entry of both triangles, with the sum of its values in each.
struct Pair {
  std::int32_t row = 0, column = 0;  ///< row >= column
  double lower = 0, upper = 0;
  std::int64_t line = 0;  ///< of its last entry
};

std::vector<Pair> pairs_of(io::MatrixMarket const& matrix) {
  std::vector<Pair> pairs;
  pairs.reserve(matrix.entries.size());
  for (auto const& e : matrix.entries) {
    bool const below = e.row >= e.column;
    bool const both = matrix.symmetric || e.row == e.column;
    double const mirrored = matrix.skew_symmetric ? -e.value : both ? e.value : 0;
    pairs.push_back({std::max(e.row, e.column), std::min(e.row, e.column), below ? e.value : 0,
                     below ? mirrored : e.value, e.line});
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](Pair const& a, Pair const& b) {
    return a.column != b.column ? a.column < b.column : a.row < b.row;
  });
  std::size_t used = 0;
  for (auto const& p : pairs) {
    if (used > 0 && pairs[used - 1].row == p.row && pairs[used - 1].column == p.column) {
      auto& sum = pairs[used - 1];
      sum = {sum.row, sum.column, sum.lower + p.lower, sum.upper + p.upper, p.line};
    } else {
      pairs[used++] = p;
    }
  }
  pairs.resize(used);
  return pairs;
}

}  // namespace

SymmetricMatrix symmetric_matrix(io::MatrixMarket const& matrix, std::filesystem::path const& file) {
  auto const pairs = pairs_of(matrix);
  auto const place = [&](Pair const& p) {
    return file.string() + (p.line > 0 ? ":" + std::to_string(p.line) : "") + ": entry (" + std::to_string(p.row + 1) +
           ", " + std::to_string(p.column + 1) + ")";
  };
  std::vector<char> met(at(matrix.rows), 0), has_diagonal(at(matrix.rows), 0);
  std::vector<double> below, diagonal(at(matrix.rows), 0.0), scale(at(matrix.rows), 0.0);
  for (auto const& p : pairs) {
    if (p.row == p.column) scale[at(p.row)] = std::sqrt(std::max(0.0, p.lower));
  }
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (auto const& p : pairs) {
    // An entry of a positive definite matrix is below sqrt(a_ii a_jj); that also bounds the rounding of its summands,
    // even under cancellation.
    constexpr double rounding = 1e-12;
    double const size = std::max({std::abs(p.lower), std::abs(p.upper), scale[at(p.row)] * scale[at(p.column)]});
    if (!(std::abs(p.lower - p.upper) <= rounding * size)) {
      throw InputError(place(p) + " is " + io::shortest(p.lower) + ", its mirror image " + io::shortest(p.upper) +
                       ": the matrix is not symmetric");
    }
    double const value = std::midpoint(p.lower, p.upper);  // their sum may overflow
    met[at(p.row)] = met[at(p.column)] = 1;
    if (p.row == p.column) {
      if (!(value > 0)) {
        throw InputError(place(p) + " of the diagonal is " + io::shortest(value) +
                         ": the matrix is not positive definite");
      }
      diagonal[at(p.row)] = value;
      has_diagonal[at(p.row)] = 1;
    } else {
      places.emplace_back(p.row, p.column);
      below.push_back(value);
    }
  }
  for (std::int32_t i = 0; i < matrix.rows; ++i) {
    if (has_diagonal[at(i)] != 0) continue;
    throw InputError(file.string() + ": row " + std::to_string(i + 1) +
                     (met[at(i)] != 0 ? " has no diagonal entry" : " is empty") +
                     ": the matrix is not positive definite");
  }
  SymmetricMatrix result{structure_of(matrix.rows, places), std::move(below)};
  result.values.insert(result.values.end(), diagonal.begin(), diagonal.end());
  return result;
}

std::vector<double> values_on(SymmetricMatrix const& matrix, SymmetricStructure const& pattern, Ordering const& order) {
  auto const& s = matrix.structure;
  auto const place = inverse(order);
  std::vector<double> values(at(pattern.entries() + pattern.unknowns), 0.0);
  for (std::int32_t j = 0; j < s.unknowns; ++j) {
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) {
      values[at(pattern.find(place[at(s.row_idxs[at(e)])], place[at(j)]))] = matrix.values[at(e)];
    }
    values[at(pattern.entries() + place[at(j)])] = matrix.values[at(s.entries() + j)];
  }
  return values;
}

}  // namespace metasolve::sparse
