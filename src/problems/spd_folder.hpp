// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/detail/matrices/matrix_folder.hpp"
#include "metasolve/detail/sparse/symmetric_matrix.hpp"

/// The symmetric positive definite systems of a user's folder.
namespace metasolve::problems {

/// A_k x = b_k.
struct SpdSystem {
  std::int64_t number = 0;  ///< k
  sparse::SymmetricMatrix matrix;
  std::vector<double> rhs;
};

/// Contents of a folder of matrices. An unusable system does not prevent the others from being solved.
struct SpdFolder {
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<SpdSystem> systems;  ///< by ascending number
  std::vector<Broken> broken;
  std::int64_t right_sides = 0;       ///< systems with their own file for b; the others use all ones
  std::vector<std::string> left_out;  ///< as in MatrixListing
};

/// Reads everything that list_matrix_folder finds. memory: limit in bytes per matrix. @throws InputError as it does
SpdFolder read_spd_folder(std::filesystem::path const& folder, std::int64_t memory);

}  // namespace metasolve::problems
