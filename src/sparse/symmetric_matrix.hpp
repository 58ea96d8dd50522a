// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/io/matrix_market.hpp"
#include "metasolve/detail/sparse/symmetric_structure.hpp"

namespace metasolve::sparse {

/// A symmetric matrix on the host. values: [entries of the structure, unknowns of the diagonal].
struct SymmetricMatrix {
  SymmetricStructure structure;
  std::vector<double> values;
};

/// Repeated entries are summed.
/// @throws InputError naming the file and the line: not symmetric to 1e-12 of sqrt(a_ii a_jj); an empty row; a
/// diagonal entry that is not positive, so that the matrix is not positive definite
SymmetricMatrix symmetric_matrix(io::MatrixMarket const& matrix, std::filesystem::path const& file);

/// The values of `matrix` on a pattern that contains its own, with rows and columns renumbered by `order`. pattern: in
/// the new numbering.
std::vector<double> values_on(SymmetricMatrix const& matrix, SymmetricStructure const& pattern, Ordering const& order);

}  // namespace metasolve::sparse
