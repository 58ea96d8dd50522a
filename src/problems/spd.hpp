// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/problems/iccg_settings.hpp"
#include "src/problems/symmetric_matrix.hpp"

namespace metasolve::problems {

/// Symmetric positive definite systems of one pattern, on the host.
struct SpdTasks {
  std::int64_t count = 0;
  std::shared_ptr<SymmetricStructure const> structure;  ///< of all of them, in the order in which they are solved
  IccgSettings iccg;
  /// Systems first ... first + n - 1: values [n][entries + unknowns], right sides [n][unknowns].
  std::function<void(std::int64_t first, std::int64_t n, double* values, double* right)> fill;
};

/// A_k x = b_k.
struct SpdSystem {
  std::int64_t number = 0;  ///< k
  SymmetricMatrix matrix;
  std::vector<double> right;
};

/// What a folder of matrices holds. A system that cannot be used does not keep the others from being solved.
struct SpdFolder {
  struct Broken {
    std::int64_t number = 0;
    std::string message;
  };
  std::vector<SpdSystem> systems;  ///< by ascending number
  std::vector<Broken> broken;
};

/// Reads A_k.mtx (io::read_matrix_market, symmetric_matrix) with b_k.txt, or all ones where there is none. memory:
/// bytes that one matrix may take.
/// @throws InputError the folder cannot be read, or holds no A_k.mtx; numbered so twice
SpdFolder read_spd_folder(std::filesystem::path const& folder, std::int64_t memory);

/// Systems that share a pattern, the union of theirs.
struct SpdGroup {
  std::vector<std::size_t> members;  ///< indices of systems
  SymmetricStructure structure;      ///< in the systems' own numbers
};

/// Systems go together where each lacks at most an eighth of the union's entries: such as cancel in one of them, not
/// those of another mesh.
std::vector<SpdGroup> grouped(std::vector<SpdSystem> const& systems);

/// The systems of one group, renumbered by `ordering`. They are copied.
SpdTasks given_spd(std::vector<SpdSystem> const& systems, SpdGroup const& group, OrderingKind ordering,
                   IccgSettings const& settings);

}  // namespace metasolve::problems
