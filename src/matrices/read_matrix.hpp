// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/detail/io/matrix_market.hpp"

/// Single matrices and vectors of a user, in any format that is read.
namespace metasolve::matrices {

/// The suffix in lower case, without .gz: ".mtx" of A.MTX.gz.
std::string suffix_of(std::filesystem::path const& path);

/// By suffix: .npz and .npy (arrays.hpp); else Matrix Market, with .gz compressed.
/// memory: limit in bytes. @throws InputError, which names the file, and the line if it has lines
io::MatrixMarket read_matrix(std::filesystem::path const& path, std::int64_t memory,
                             io::MatrixShape shape = io::MatrixShape::square);

/// By suffix: .npy; else text or Matrix Market, with .gz compressed. @throws InputError as read_matrix; not `count`
/// numbers
std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count, std::int64_t memory);

}  // namespace metasolve::matrices
