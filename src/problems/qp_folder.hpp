// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "metasolve/detail/problems/qp_family.hpp"

namespace metasolve::problems {

/// A user's programs (read_given_qps). Features: entries of q, l, u, P and A that differ between tasks; of those that
/// are affine functions of others, over the tasks that are there, one; at most 64, those that explain most of the rest.
/// Or the features that the files give. Of a bound that is infinite in some tasks alone: whether it is. Row weights:
/// Ruiz's scaling of the first task. path: the folder, or one .npz file; memory: limit of each array, bytes. @throws
/// InputError as read_given_qps
QpFamily folder_family(std::filesystem::path const& path, std::int64_t memory);

/// The same for programs that a meta-solver of `trained`, such a family, solves: with its features and classes of rows.
/// @throws InputError other patterns
QpFamily folder_family_as(QpFamily const& trained, std::filesystem::path const& path, std::int64_t memory);

}  // namespace metasolve::problems
