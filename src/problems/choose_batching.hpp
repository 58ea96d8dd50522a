// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"

namespace metasolve::problems {

/// Numbers that one team accesses in each iteration of ConjugateGradient: matrix, factor, state. fill: entries of L.
std::int64_t near_numbers(sparse::SymmetricStructure const& structure, std::int64_t fill);

/// Upper bound on the entries of the complete factor: its envelope.
std::int64_t envelope(sparse::SymmetricStructure const& structure);

/// Whether systems are solved as one block-diagonal system (BlockIccg) rather than in lockstep: as configured, or by
/// size (docs/performance.md). Never by task count or threads: the two differ in rounding, and a task's result must not
/// depend on the other tasks. scratch_bytes: per team (exec::Backend::scratch_bytes_per_team); 0: no limit.
bool goes_by_blocks(sparse::SymmetricStructure const& structure, IccgSettings const& settings,
                    std::int64_t scratch_bytes, engine::StageLimits const& limits);

}  // namespace metasolve::problems
