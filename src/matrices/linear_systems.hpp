// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/sparse/csr_matrix.hpp"

/// A user's linear systems A_k x = b_k, from a folder or a file.
namespace metasolve::matrices {

struct LinearSystem {
  std::int64_t number = 0;                            ///< k
  std::string name;                                   ///< of its matrix, for messages
  std::shared_ptr<sparse::CsrPattern const> pattern;  ///< systems of equal patterns share one
  std::vector<double> values;                         ///< A_k [entries]
  std::vector<double> rhs;                            ///< b_k [N]
  std::vector<double> guess = {};                     ///< x_0 [N]; empty: zeros

  [[nodiscard]] std::int32_t unknowns() const { return pattern->rows(); }
};

/// Where they are.
struct LinearFiles {
  /// A folder (matrix_folder.hpp), or a file: .npz or .npy of one or several matrices (arrays.hpp), or Matrix Market.
  std::filesystem::path matrices;
  /// .npy [tasks][N], tasks in the order of their numbers; or of one system any file of a vector. Empty: the folder's
  /// b_k, else all ones.
  std::filesystem::path rhs = {};
  /// The same for x_0; or a folder of x_k.npy, x_k.txt or x_k.mtx. Empty, or without such a file: zeros.
  std::filesystem::path guess = {};
};

struct LinearSystems {
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<LinearSystem> systems;  ///< by ascending number
  std::vector<Broken> broken;         ///< those that cannot be read
  std::int64_t right_sides = 0;       ///< systems with a right-hand side of their own
  std::int64_t guesses = 0;           ///< likewise
  std::vector<std::string> left_out;  ///< as in MatrixListing
};

/// memory: limit in bytes per file. @throws InputError a folder or a file of all systems cannot be read; rhs or guess
/// do not have a row of N numbers for each system
LinearSystems read_linear_systems(LinearFiles const& files, std::int64_t memory);

/// The files that this reads for LinearFiles::matrices, right-hand sides of a folder included, and for ::guess.
/// @throws InputError the folder of matrices cannot be read
std::vector<std::filesystem::path> matrices_read(std::filesystem::path const& matrices);
std::vector<std::filesystem::path> guesses_read(std::filesystem::path const& guess);

}  // namespace metasolve::matrices
