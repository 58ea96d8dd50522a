// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "metasolve/detail/problems/qp_family.hpp"

/// A user's quadratic programs on disk.
namespace metasolve::problems {

/// Programs as read. The pattern is the union of all files'; entries that a file lacks are 0.
struct GivenQps {
  CsrPattern p, a;  ///< p: the lower triangle
  std::int64_t tasks = 0;
  bool matrices_differ = false;
  std::vector<double> p_values, a_values;  ///< [entries], or [tasks][entries] where they differ
  std::vector<double> q, l, u;             ///< [tasks][n], [tasks][m], [tasks][m]; bounds from 1e20 on are infinite
  std::vector<double> scales, features;    ///< [tasks][2], [tasks][feature_count()]; empty: there are none

  [[nodiscard]] int feature_count() const {
    return static_cast<int>(static_cast<std::int64_t>(features.size()) / tasks);
  }
};

/// path: a folder, or one .npz file of it. A folder holds
///   - .npz files of tasks: arrays q, l, u, of one task or with a first axis of tasks (those without it are common to
///     the file's tasks), and P and A as matrices::read_named_matrix reads them, also with an axis of tasks; likewise
///     scales, what residuals are measured in, and features, any numbers that a network shall see;
///   - or .csv files, a task a row: columns q1 ... qn, l1 ... lm, u1 ... um, where inf is a number;
///   - P and A in files of their own (P.npz, P.npy, P.mtx, P.mtx.gz), unless all .npz files hold them.
/// Tasks are in the order of file names, where numbers count by their value. P may be whole or a triangle.
/// memory: limit of each array in bytes.
/// @throws InputError, which names the file, the task and the entry: unreadable; without tasks; sizes that do not fit
/// together; P that is not symmetric; q that is not finite; a bound that is no number; l > u
GivenQps read_given_qps(std::filesystem::path const& path, std::int64_t memory);

}  // namespace metasolve::problems
