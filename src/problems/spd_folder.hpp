// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/detail/sparse/symmetric_matrix.hpp"

/// A user's folder of matrices A_k.mtx and right-hand sides b_k.
namespace metasolve::problems {

/// A_k x = b_k.
struct SpdSystem {
  std::int64_t number = 0;  ///< k
  sparse::SymmetricMatrix matrix;
  std::vector<double> rhs;
};

/// Information from the file names in a folder, before any file is opened.
struct SpdListing {
  struct Entry {
    std::int64_t number = 0;         ///< k
    std::filesystem::path matrix;    ///< A_k.mtx
    std::filesystem::path rhs = {};  ///< b_k.txt or b_k.mtx; empty: all ones
    std::string problem = {};        ///< why it cannot be read; empty: no known problem
  };
  std::vector<Entry> entries;         ///< by ascending number, at least one
  std::vector<std::string> left_out;  ///< files that look related, and why they are left out; if many, only some
};

/// Numbers may have leading zeros and the suffix may be in capitals: A_1.mtx, A_001.MTX. b_1 and b_001 both match
/// either. Files compressed by gzip and the like are not read, but named.
/// @throws InputError the folder cannot be read or holds no matrix; two matrices have the same number
SpdListing list_spd_folder(std::filesystem::path const& folder);

/// Contents of a folder of matrices. An unusable system does not prevent the others from being solved.
struct SpdFolder {
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<SpdSystem> systems;  ///< by ascending number
  std::vector<Broken> broken;
  std::int64_t right_sides = 0;       ///< systems with their own file for b; the others use all ones
  std::vector<std::string> left_out;  ///< as in SpdListing
};

/// "3 of 5 systems have a right-hand side b_k; all ones for the others".
std::string right_sides_text(std::int64_t with, std::int64_t systems);

/// Reads everything that list_spd_folder finds. memory: limit in bytes per matrix. @throws InputError as it does
SpdFolder read_spd_folder(std::filesystem::path const& folder, std::int64_t memory);

}  // namespace metasolve::problems
