// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

/// Elastic beams of unit length along x, clamped at x = 0, that bend under their own weight.
namespace black_box {

/// One beam: its width and height, Lame parameters and density.
struct Beam {
  double width = 0, lambda = 0, mu = 0, rho = 0;
};

/// P1 elements on a mesh of boxes, each of the six tetrahedra along its diagonal. Three unknowns at each node; those at
/// the clamped end stay in the system, as rows of the identity times the number of elements at the node.
class Beams {
 public:
  explicit Beams(std::array<int, 3> const& boxes);

  [[nodiscard]] int unknowns() const { return static_cast<int>(load_.size()); }
  /// Whole rows with ascending columns: places that are nonzero for some beam.
  [[nodiscard]] std::vector<std::int32_t> const& row_ptrs() const { return row_ptrs_; }
  [[nodiscard]] std::vector<std::int32_t> const& columns() const { return columns_; }

  /// values [columns().size()] and rhs [unknowns()] of one beam.
  void assemble(Beam const& beam, double* values, double* rhs) const;

 private:
  /// Of an entry between components a and b of two nodes: lambda along[0] + mu (along[1] + across) + fixed, where the
  /// sums are over elements of a mesh of unit boxes.
  struct Entry {
    int a = 0, b = 0;
    std::array<double, 2> along{};
    std::array<double, 3> across{};
    double fixed = 0;
  };

  std::array<int, 3> boxes_;
  std::vector<std::int32_t> row_ptrs_, columns_;
  std::vector<Entry> entries_;
  std::vector<double> load_;  ///< elements at the node, a quarter of each, against z
};

}  // namespace black_box
