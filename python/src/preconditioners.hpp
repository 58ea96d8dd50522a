// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "metasolve/preconditioner.h"

namespace metasolve::python {

inline constexpr std::pair<char const*, PreconditionerKind> preconditioners[] = {
    {"none", PreconditionerKind::none},
    {"jacobi", PreconditionerKind::jacobi},
    {"incomplete_cholesky", PreconditionerKind::incomplete_cholesky},
    {"block_jacobi", PreconditionerKind::block_jacobi},
    {"ssor", PreconditionerKind::ssor},
    {"ilu", PreconditionerKind::ilu},
    {"automatic", PreconditionerKind::automatic}};

}  // namespace metasolve::python
