// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "metasolve/detail/io/lines.hpp"

/// Matrices in the Matrix Market exchange format (NIST), and vectors in that format or as plain text. Comments may be
/// indented and appear among the entries; a byte order mark, CRLF and CR line ends are accepted.
namespace metasolve::io {

struct MatrixMarketEntry {
  std::int32_t row = 0, column = 0;  ///< 0-based
  double value = 0;
  std::int64_t line = 0;  ///< 1-based line of the file; 0: the file has no lines
};

/// A matrix as a list of its entries. Readers of other formats make the same.
struct MatrixMarket {
  std::int32_t rows = 0;
  bool symmetric = false;                  ///< as declared in the file: then no entry lies above the diagonal
  bool skew_symmetric = false;             ///< likewise, and none on the diagonal: a_ji = -a_ij
  std::vector<MatrixMarketEntry> entries;  ///< in file order, duplicates kept
  std::int32_t columns = 0;                ///< as many as rows, unless MatrixShape::any was read
};

/// Which matrices a reader takes.
enum class MatrixShape { square, any };

/// Reads a real, integer or pattern matrix (whose entries are 1) in coordinate or array form: general, symmetric
/// or skew-symmetric.
/// memory: limit in bytes; checked against the size line before the entries are read.
/// @throws InputError, which names the file and the line: unreadable; a malformed header or size line; another kind of
/// matrix (complex, hermitian); not of that shape; an index out of range; a value that is not a finite number; fewer or
/// more entries than declared; too large
MatrixMarket read_matrix_market(std::filesystem::path const& path, std::int64_t memory,
                                MatrixShape shape = MatrixShape::square);
/// The same from an opened text.
MatrixMarket read_matrix_market(Lines& lines, std::int64_t memory, MatrixShape shape = MatrixShape::square);

/// Reads a right-hand side: numbers separated by white space, skipping lines that begin with # or %; or, if the first
/// line begins with %%MatrixMarket, one column in array or coordinate form.
/// @throws InputError, which names the file and the line: unreadable; not `count` numbers; a number that is not finite
std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count);
/// The same from an opened text.
std::vector<double> read_vector(Lines& lines, std::int64_t count);

}  // namespace metasolve::io
