// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/io/matrix_market.hpp"
#include "src/sparse/symmetric_structure.hpp"

namespace metasolve::sparse {

/// A symmetric matrix on the host. values: [entries of the structure, unknowns of the diagonal].
struct SymmetricMatrix {
  SymmetricStructure structure;
  std::vector<double> values;
};

/// Repeated entries are summed.
/// @throws InputError, which names the file and the line: not symmetric, to 1e-12 of sqrt(a_ii a_jj); a row with
/// no entry at all; a diagonal entry that is not positive, so that the matrix is not positive definite
SymmetricMatrix symmetric_matrix(io::MatrixMarket const& matrix, std::filesystem::path const& file);

/// The values of `matrix` on a pattern that holds its own, rows and columns renumbered by `order`.
/// pattern: in the new numbers.
std::vector<double> values_on(SymmetricMatrix const& matrix, SymmetricStructure const& pattern, Ordering const& order);

}  // namespace metasolve::sparse
