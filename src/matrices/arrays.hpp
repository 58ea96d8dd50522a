// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "metasolve/detail/io/matrix_market.hpp"
#include "metasolve/detail/matrices/zip_file.hpp"

/// Matrices in NumPy's and SciPy's files.
namespace metasolve::matrices {

/// One matrix, or several with entries at the same places.
struct MatrixArrays {
  std::int32_t rows = 0, columns = 0;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;  ///< (i, j), repeated ones to be summed
  std::int64_t tasks = 1;
  bool several = false;        ///< data has an axis of tasks
  std::vector<double> values;  ///< [tasks][places]; may be NaN or infinite
};

/// Reads .npz: what scipy.sparse.save_npz writes of a CSR, CSC or COO matrix; the same with `data` of shape
/// [tasks][entries], where `format` (else csr) and `shape` may be missing; or one dense array. Reads .npy: a dense
/// array of shape [N][N] or [tasks][N][N]. memory: limit of each array in bytes.
/// @throws InputError, which names the file and the array: unreadable; another format; not square; an index out of
/// range; sizes that do not fit together; too large
MatrixArrays read_matrix_arrays(std::filesystem::path const& path, std::int64_t memory,
                                io::MatrixShape shape = io::MatrixShape::square);

/// The matrix NAME of an archive of several things: a dense array NAME, of shape [M][N] or [tasks][M][N], or the parts
/// of a sparse one, NAME_data, NAME_indices, NAME_indptr and, of any shape, NAME_shape, with NAME_format where it is
/// not csr.
/// @throws InputError as above
MatrixArrays read_named_matrix(ZipFile const& zip, std::string const& name, std::int64_t memory, io::MatrixShape shape);

/// A file of one matrix as a list of entries. @throws InputError it holds several
io::MatrixMarket entries_of(MatrixArrays const& arrays, std::filesystem::path const& path);

}  // namespace metasolve::matrices
