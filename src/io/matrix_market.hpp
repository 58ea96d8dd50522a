// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

/// Sparse matrices in the Matrix Market exchange format (NIST), and vectors in that or as plain text. Comments may be
/// indented and lie among the entries; a byte order mark, CRLF and CR line ends are accepted.
namespace metasolve::io {

struct MatrixMarketEntry {
  std::int32_t row = 0, column = 0;  ///< 0-based
  double value = 0;
  std::int64_t line = 0;  ///< of the file, from 1
};

struct MatrixMarket {
  std::int32_t rows = 0;
  bool symmetric = false;                  ///< as the header says: then no entry lies above the diagonal
  std::vector<MatrixMarketEntry> entries;  ///< in the order of the file, repeated ones as they are
};

/// Reads a square real or integer matrix in coordinate form, general or symmetric.
/// memory: bytes that it may take; known from the size line, before the entries are read.
/// @throws InputError, which names the file and the line: cannot be read; a malformed header or size line; another kind
/// of matrix (pattern, complex, array, skew-symmetric, hermitian); not square; an index outside; a value that is no
/// finite number; fewer or more entries than promised; too large
MatrixMarket read_matrix_market(std::filesystem::path const& path, std::int64_t memory);

/// Reads a right-hand side: numbers separated by white space, lines that begin with # or % left out; or, where the
/// first line says %%MatrixMarket, one column in array or coordinate form.
/// @throws InputError, which names the file and the line: cannot be read; not `count` numbers; one that is not finite
std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count);

}  // namespace metasolve::io
