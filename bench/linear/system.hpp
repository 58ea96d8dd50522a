// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Sets of linear systems: matrices of one pattern, a right-hand side each.
namespace metasolve::bench::linear {

/// Compressed sparse rows, columns ascending, every diagonal entry present.
struct Rows {
  std::vector<std::int32_t> row_ptrs, col_idxs;
  [[nodiscard]] std::int32_t size() const { return static_cast<std::int32_t>(row_ptrs.size()) - 1; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(col_idxs.size()); }
};

/// What is known about the matrices, and so which methods may be used.
enum class Kind { dense, general, positive_definite };

struct System {
  std::string name;  ///< as in the rows of the report, for example "beams 16x4x4"
  Kind kind = Kind::general;
  double tolerance = 1e-6;  ///< of the relative residual
  bool sweep = false;       ///< one of a series of sizes: for the methods that its plot shows
  std::int64_t tasks = 0;
  Rows rows;
  std::vector<double> values;  ///< [tasks][entries]
  std::vector<double> rhs;     ///< [tasks][unknowns]
  /// Of positive definite matrices, for who needs no more.
  Rows lower;
  std::vector<double> lower_values;  ///< [tasks][lower entries]
  /// Other tasks of the same kind, on which constants are tuned: never on those that are measured. May be null.
  std::shared_ptr<System const> training;

  [[nodiscard]] std::int32_t unknowns() const { return rows.size(); }
  [[nodiscard]] double const* values_of(std::int64_t task) const { return values.data() + task * rows.entries(); }
  [[nodiscard]] double const* lower_of(std::int64_t task) const { return lower_values.data() + task * lower.entries(); }
  [[nodiscard]] double const* rhs_of(std::int64_t task) const { return rhs.data() + task * unknowns(); }
};

/// Fills lower and lower_values from the whole matrices.
void take_lower(System& system);

/// How well x solves a task, in double and from the original matrix.
struct Error {
  double residual;  ///< ||b - A x|| / ||b||, 2-norm
  double backward;  ///< ||b - A x|| / (||A|| ||x|| + ||b||), infinity norm: some epsilons are all that rounding permits
};
Error error_of(System const& system, std::int64_t task, double const* x);

/// Cantilevers of nx x ny x nz boxes, six tetrahedra each, of random width, Lame parameters and density. The clamped
/// unknowns stay as rows of the identity, or are eliminated.
System beams(int nx, int ny, int nz, bool keeps_clamped, std::int64_t tasks, std::uint64_t seed);
/// -div(k grad u) = f on an n x n grid, k with random inclusions whose contrast is 1 to 1e4.
System diffusion(int n, std::int64_t tasks, std::uint64_t seed);
/// Matrices of independent normal numbers.
System dense(int n, std::int64_t tasks, std::uint64_t seed);
/// Matrices A_0.mtx, A_1.mtx, ... (Matrix Market, one pattern) and right-hand sides b_0.txt, ... of a folder.
/// tasks: so many, repeated from the first where the folder has fewer; 0: those of the folder.
/// @throws std::runtime_error names the file
System from_folder(std::string const& name, std::string const& folder, std::int64_t tasks);

/// By the name on the command line: beams8x2x2 (clamped unknowns stay), beams16x4x4 (they are eliminated), sweep6
/// (24x6x6), diffusion30, dense8. tasks: 0 for the set's own number. @throws std::runtime_error
System set_of(std::string const& token, std::int64_t tasks);

}  // namespace metasolve::bench::linear
