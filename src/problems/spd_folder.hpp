// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/sparse/symmetric_matrix.hpp"

/// A folder of matrices A_k.mtx and right-hand sides b_k, as a user has it.
namespace metasolve::problems {

/// A_k x = b_k.
struct SpdSystem {
  std::int64_t number = 0;  ///< k
  sparse::SymmetricMatrix matrix;
  std::vector<double> rhs;
};

/// What the names in a folder say, before any file is opened.
struct SpdListing {
  struct Entry {
    std::int64_t number = 0;         ///< k
    std::filesystem::path matrix;    ///< A_k.mtx
    std::filesystem::path rhs = {};  ///< b_k.txt or b_k.mtx; empty: all ones
    std::string problem = {};        ///< why it cannot be read; empty: nothing is known against it
  };
  std::vector<Entry> entries;         ///< by ascending number, at least one
  std::vector<std::string> left_out;  ///< files that look as if they belonged to it, and why they do not; of many, some
};

/// Numbers may have leading zeros, the suffix may be in capitals: A_1.mtx, A_001.MTX. b_1 and b_001 both belong to
/// either. Not there: files packed by gzip and the like; they are named.
/// @throws InputError the folder cannot be read, or holds no matrix; two matrices of one number
SpdListing list_spd_folder(std::filesystem::path const& folder);

/// What a folder of matrices holds. A system that cannot be used does not keep the others from being solved.
struct SpdFolder {
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<SpdSystem> systems;  ///< by ascending number
  std::vector<Broken> broken;
  std::int64_t right_sides = 0;       ///< systems with a file of their own for b; the others have all ones
  std::vector<std::string> left_out;  ///< as of SpdListing
};

/// "3 of 5 systems have a right-hand side b_k; all ones for the others".
std::string right_sides_text(std::int64_t with, std::int64_t systems);

/// Reads all that list_spd_folder finds. memory: bytes that one matrix may take. @throws InputError as that does
SpdFolder read_spd_folder(std::filesystem::path const& folder, std::int64_t memory);

}  // namespace metasolve::problems
