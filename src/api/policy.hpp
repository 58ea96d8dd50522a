// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/types.hpp"

struct metasolve_policy;

/// Reads and validates the caller's policy, also from the C struct. src/engine/batch_solver.hpp applies it.
namespace metasolve::api {

/// @throws InputError a number is out of range
void check(Policy const& policy);

}  // namespace metasolve::api

namespace metasolve::c_api {

/// Null: the defaults.
/// @throws InputError its size matches no version up to this one
Policy policy(metasolve_policy const* given);

}  // namespace metasolve::c_api
