// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/matrices/arrays.hpp"
#include "metasolve/detail/problems/qp_family.hpp"

/// Pieces of a folder of quadratic programs.
namespace metasolve::problems {

/// The tasks of one file.
struct QpFilePart {
  std::string file;
  std::int64_t tasks = 0;
  std::vector<double> q{}, l{}, u{};               ///< [tasks][n], [tasks][m]
  std::vector<double> scales{}, features{};        ///< [tasks][2], [tasks][any]; empty: there are none
  std::optional<matrices::MatrixArrays> p{}, a{};  ///< its own; of one task, or of all
};

/// A matrix for `tasks` tasks.
struct QpMatrixSource {
  std::string file;
  matrices::MatrixArrays const* arrays;
  std::int64_t tasks;
};

/// Values on the union of patterns.
struct QpMatrixValues {
  CsrPattern pattern;
  bool differ = false;
  std::vector<double> values{};  ///< [entries], or [tasks][entries] where they differ
};

/// @throws InputError other sizes than the first one's; values that are not finite
QpMatrixValues common_values(std::string const& name, std::vector<QpMatrixSource> const& sources);

/// The lower triangle of such a matrix, given as a whole or as one triangle. @throws InputError not symmetric; not
/// square
QpMatrixValues lower_triangle(QpMatrixValues const& whole, std::vector<QpMatrixSource> const& sources);

/// Makes bounds from 1e20 on infinite. @throws InputError names the file, the task and the entry
void check_vectors(QpFilePart& part, std::int64_t n, std::int64_t m);

/// Those of all parts, [tasks][size] or empty: scales have 2 numbers, features the same number everywhere. @throws
/// InputError a part has none, or others; a number that is not finite, or a scale that is not positive
std::vector<double> joined_scales(std::vector<QpFilePart> const& parts);
std::vector<double> joined_features(std::vector<QpFilePart> const& parts);

}  // namespace metasolve::problems
