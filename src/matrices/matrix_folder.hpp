// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A user's folder of matrices A_k and right-hand sides b_k.
namespace metasolve::matrices {

/// Information from the file names in a folder, before any file is opened.
struct MatrixListing {
  struct Entry {
    std::int64_t number = 0;         ///< k
    std::filesystem::path matrix;    ///< A_k
    std::filesystem::path rhs = {};  ///< b_k; empty: all ones
    std::string problem = {};        ///< why it cannot be read; empty: no known problem
  };
  std::vector<Entry> entries;         ///< by ascending number, at least one
  std::vector<std::string> left_out;  ///< files that look related, and why they are left out; if many, only some
};

/// Matrices are A_k.mtx, A_k.mtx.gz, A_k.npz or A_k.npy, right-hand sides b_k.txt or b_k.mtx, also with .gz, or
/// b_k.npy. Numbers may have leading zeros and the suffix may be in capitals: A_1.mtx, A_001.MTX. b_1 and b_001 both
/// match either. Of A_1.mtx and A_1.mtx.gz the first is read. Files compressed in other ways are not read, but named.
/// @throws InputError the folder cannot be read or holds no matrix; two matrices have the same number
MatrixListing list_matrix_folder(std::filesystem::path const& folder);

/// "3 of 5 systems have a right-hand side b_k; all ones for the others".
std::string right_sides_text(std::int64_t with, std::int64_t systems);

}  // namespace metasolve::matrices
