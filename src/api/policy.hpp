// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/types.hpp"

struct metasolve_policy;

/// What a caller gave as a policy: read from the C struct and looked at in one file. What it does to a call is in
/// src/engine/batch_solver.hpp.
namespace metasolve::api {

/// @throws InputError a number is out of range
void check(Policy const& policy);

}  // namespace metasolve::api

namespace metasolve::c_api {

/// Null: the defaults.
/// @throws InputError its size is none that a version up to this had
Policy policy(metasolve_policy const* given);

}  // namespace metasolve::c_api
