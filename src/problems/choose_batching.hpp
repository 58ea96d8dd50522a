// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/solve_stage.hpp"
#include "src/problems/iccg_settings.hpp"

namespace metasolve::problems {

/// Numbers that one team touches at each iteration of ConjugateGradient: matrix, factor, state. fill: entries of L.
std::int64_t near_numbers(sparse::SymmetricStructure const& structure, std::int64_t fill);

/// At most so many entries are in the complete factor: of its envelope.
std::int64_t envelope(sparse::SymmetricStructure const& structure);

/// Whether they are solved as one block-diagonal system (BlockIccg) rather than in lockstep: as asked for, or by size
/// (docs/performance.md). Never by how many there are, nor by threads: the two ways differ in rounding, and a task's
/// result is the same beside any others. scratch_bytes: of a team (exec::Backend::scratch_bytes_per_team); 0: no limit.
bool goes_by_blocks(sparse::SymmetricStructure const& structure, IccgSettings const& settings,
                    std::int64_t scratch_bytes, engine::StageLimits const& limits);

}  // namespace metasolve::problems
