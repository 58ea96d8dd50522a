// SPDX-License-Identifier: Apache-2.0
#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/symmetric_structure.hpp"

namespace metasolve::sparse {

Ordering approximate_minimum_degree(SymmetricStructure const& structure) {
  int const n = structure.unknowns;
  if (n < 3) return natural_ordering(n);
  // With the diagonal: Eigen takes a row without it for a dense one, and leaves it to the end.
  std::vector<std::int32_t> col_ptrs(at(n) + 1), row_idxs;
  row_idxs.reserve(structure.row_idxs.size() + at(n));
  for (std::int32_t j = 0; j < n; ++j) {
    row_idxs.push_back(j);
    row_idxs.insert(row_idxs.end(), structure.row_idxs.begin() + structure.col_ptrs[at(j)],
                    structure.row_idxs.begin() + structure.col_ptrs[at(j) + 1]);
    col_ptrs[at(j) + 1] = static_cast<std::int32_t>(row_idxs.size());
  }
  std::vector<double> const values(row_idxs.size(), 1.0);
  using Matrix = Eigen::SparseMatrix<double, Eigen::ColMajor, std::int32_t>;
  Matrix const matrix =
      Eigen::Map<Matrix const>(n, n, col_ptrs.back(), col_ptrs.data(), row_idxs.data(), values.data());
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, std::int32_t> order(n);
  Eigen::AMDOrdering<std::int32_t>{}(matrix.selfadjointView<Eigen::Lower>(), order);
  return {order.indices().data(), order.indices().data() + n};
}

}  // namespace metasolve::sparse
